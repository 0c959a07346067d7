"""The command-line interface."""

import sys

__all__ = ["main"]

_COMPLETE = "__complete"
"""The command of the completion scripts, which needs no library and must be fast."""

_LIBRARIES = frozenset({"typer", "rich"})


def main() -> None:
    """Run the command that `sys.argv` names and exit with its code."""
    # Everything is imported here, so that an interrupted import is not reported as an error.
    try:
        code = _run()
    except KeyboardInterrupt:
        code = 130  # the module with the exit codes may be what was interrupted
    sys.exit(code)


def _run() -> int:
    from imgmeta.entrypoints.cli.exit_codes import (  # noqa: PLC0415 - see `main`
        INTERRUPTED,
        USAGE_ERROR,
    )
    from imgmeta.entrypoints.cli.startup import (  # noqa: PLC0415 - see `main`
        exit_code,
        exit_on_interrupt,
        is_interrupt,
    )
    from imgmeta.entrypoints.garbage_collection import (  # noqa: PLC0415 - see `main`
        garbage_collection_paused,
    )

    exit_on_interrupt()
    if sys.argv[1:2] == [_COMPLETE]:
        from imgmeta.entrypoints.cli.completion.values import (  # noqa: PLC0415 - see `main`
            print_values,
        )

        print_values(sys.argv[2:])
        return 0
    try:
        with garbage_collection_paused():
            from imgmeta.entrypoints.cli.runner import run  # noqa: PLC0415 - reports a missing library

        return exit_code(run(sys.argv[1:]))
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        sys.stderr.write(f"imgmeta: the command line needs {library}: pip install 'imgmeta[cli]'\n")
        return USAGE_ERROR
    except BaseException as error:
        if not is_interrupt(error):
            raise
        return exit_code(INTERRUPTED)
    finally:
        exit_on_interrupt()
