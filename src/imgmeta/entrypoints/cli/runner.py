"""Runs a command line, and turns each failure into an error message and an exit code."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

import typer
from typer.main import get_command

from imgmeta.core.text import printable, redact_urls
from imgmeta.entrypoints.cli.app import COMMANDS, create_app
from imgmeta.entrypoints.cli.arguments import accept_request_payer
from imgmeta.entrypoints.cli.exit_codes import CLOSED_PIPE, FAILED, SUCCESS, USAGE_ERROR
from imgmeta.entrypoints.cli.remedies import error_message
from imgmeta.entrypoints.cli.rendering.screen import OutputError, escape_unencodable
from imgmeta.entrypoints.cli.startup import discard_output
from imgmeta.entrypoints.cli.working_directory import is_working_directory_deleted
from imgmeta.errors import ConfigurationError, ImgmetaError

__all__ = ["run"]


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; return the exit code."""
    escape_unencodable(sys.stdout)
    escape_unencodable(sys.stderr)
    try:
        code = _dispatch(arguments)
        if sys.stdout is not None:  # None if the process was started with standard output closed
            sys.stdout.flush()
    except OutputError as error:
        return _stop_output(str(error), closed=isinstance(error.__cause__, BrokenPipeError))
    except OSError as error:
        if isinstance(error, FileNotFoundError) and is_working_directory_deleted():
            msg = "the working directory was deleted: change to another one"
            return _report(msg, USAGE_ERROR)
        file_name = "" if error.filename is None else f" {os.fsdecode(error.filename)}"
        reason = f"{error.strerror or error}{file_name}"
        return _stop_output(reason, closed=isinstance(error, BrokenPipeError))
    except SystemExit:
        # Typer exits this way when the pipe closes while it prints help.
        return _stop_output("", closed=True)
    return code


def _dispatch(arguments: Sequence[str]) -> int:
    try:
        code = get_command(create_app(arguments[0] if arguments else None)).main(
            # Without arguments, show the help but return a usage error.
            args=accept_request_payer(arguments) or ["--help"],
            prog_name="imgmeta",
            standalone_mode=False,
        )
    except typer.TyperException as error:
        return _report(_usage(error, arguments), USAGE_ERROR)
    except ImgmetaError as error:
        code = USAGE_ERROR if isinstance(error, ConfigurationError) else FAILED
        return _report(error_message(error), code)
    return int(code or SUCCESS) if arguments else USAGE_ERROR


def _stop_output(reason: str, *, closed: bool) -> int:
    # Python flushes standard output at exit; the null device keeps that from failing again.
    with suppress(OSError, AttributeError):
        discard_output(sys.stdout)
    return CLOSED_PIPE if closed else _report(f"stopped: {reason}", FAILED)


def _usage(error: typer.TyperException, arguments: Sequence[str]) -> str:
    context: typer.Context | None = getattr(error, "ctx", None)
    # Typer's errors for an option without its value have no context.
    given = [each for each in arguments[:1] if each in COMMANDS]
    command = context.command_path if context else " ".join(["imgmeta", *given])
    message = error.format_message().rstrip(".")
    if isinstance(error, typer.BadParameter) and error.__cause__ is not None:
        message = _invalid_value(message, error.__cause__)
    if message.startswith("Got unexpected extra argument"):
        from imgmeta.entrypoints.cli.option_hints import argument_hint  # noqa: PLC0415 - imports every command

        if hint := argument_hint(command):
            message = f"{message}: {hint}"
    option = getattr(error, "option_name", None)
    # Only the error for an unknown option has similar ones.
    if isinstance(option, str) and hasattr(error, "possibilities"):
        from imgmeta.entrypoints.cli.option_hints import option_hint  # noqa: PLC0415 - imports every command

        if hint := option_hint(option, command):
            message = f"No such option: {option}: {hint}"
    # An argument may be a URL with a password or a signature.
    return f"{redact_urls(message)} (see `{command} --help`)"


def _invalid_value(message: str, cause: BaseException) -> str:
    """Return a message of Typer, which validates values with pydantic, without pydantic's words."""
    from pydantic import ValidationError  # noqa: PLC0415 - slow to import, needed for errors only

    from imgmeta.core.invalid_values import first_invalid_value  # noqa: PLC0415 - as above

    if not isinstance(cause, ValidationError):
        return message
    _, reason = first_invalid_value(cause)
    return f"{message.partition(': ')[0]}: {reason.rstrip('.')}"


def _report(message: str, code: int) -> int:
    # Messages of imgmeta are escaped already; escaping them again would double each backslash.
    text = message if message.isprintable() else printable(message)
    # An error on standard error cannot be reported anywhere.
    with suppress(OSError, AttributeError):
        sys.stderr.write(f"imgmeta: {text}\n")
        sys.stderr.flush()
    return code
