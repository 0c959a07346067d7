"""The command-line interface."""

import sys

from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED, USAGE_ERROR

__all__ = ["main"]

_LIBRARIES = frozenset({"typer", "rich"})


def main() -> None:
    """Run the command that `sys.argv` names and exit with its code."""
    try:
        from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - reports a missing library

        code = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        sys.stderr.write(f"imgmeta: the command line needs {library}: pip install 'imgmeta[cli]'\n")
        code = USAGE_ERROR
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
