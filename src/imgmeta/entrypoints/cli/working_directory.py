"""The state of the working directory."""

import os

__all__ = ["is_working_directory_deleted"]


def is_working_directory_deleted() -> bool:
    """Return whether the working directory was deleted, so that no relative path can be used."""
    try:
        os.getcwd()  # noqa: PTH109 - Path.cwd is the same
    except FileNotFoundError:
        return True
    return False
