"""The command line."""

import sys

from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED, MISUSED

__all__ = ["main"]

_LIBRARIES = frozenset({"typer", "rich"})


def main() -> None:
    """Run the command that the process's arguments name, and exit with its code."""
    try:
        # Here, so that a library that is not installed becomes a sentence.
        from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - as above

        code = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        sys.stderr.write(f"imgmeta: the command line needs {library}: pip install 'imgmeta[cli]'\n")
        code = MISUSED
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
