"""The arguments and options that commands share."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

import typer

from imgmeta.entrypoints.cli.invocation import Invocation

__all__ = ["Targets", "invoked"]

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="FOLDER|FILE|S3_URI",
        help="Folders with all below them, images, and objects as s3://bucket/prefix.",
    ),
]

_Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The index, as sqlite:///relative.db, sqlite:////absolute.db or dynamodb://table. "
        "[env: IMGMETA_STORE; default: sqlite:///imgmeta.db]",
        show_default=False,
    ),
]

_EndpointURL = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url",
        metavar="URL",
        help="Send what is asked of AWS there instead. [env: AWS_ENDPOINT_URL]",
    ),
]

_Profile = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The profile in AWS's files. [env: AWS_PROFILE]"),
]

_Region = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="The region of AWS. [env: AWS_REGION, AWS_DEFAULT_REGION]",
    ),
]

_Json = Annotated[
    bool,
    typer.Option("--json", help="JSON Lines on standard output; all else on standard error."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """The options of every command, in the order in which help shows them."""

    store: _Store = None
    endpoint_url: _EndpointURL = None
    profile: _Profile = None
    region: _Region = None
    as_json: _Json = False


def invoked(command: Callable[..., int]) -> Callable[..., int]:
    """Return the command as Typer calls it: with the shared options after its own ones.

    Args:
        command: takes the invocation that the shared options make, and options of its own.
    """
    shared = inspect.signature(_Shared).parameters
    own = [*inspect.signature(command).parameters.values()][1:]

    @wraps(command)
    def run(**given: Any) -> int:  # noqa: ANN401 - whatever the command takes
        options = {name: given.pop(name) for name in shared}
        return command(Invocation.start(**options), **given)

    run.__signature__ = inspect.Signature([*own, *shared.values()])  # type: ignore[attr-defined]  # PEP 362
    return run
