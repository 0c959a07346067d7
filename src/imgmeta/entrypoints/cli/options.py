"""The arguments and options that commands share."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

import typer

from imgmeta.entrypoints.cli.context import CommandContext

__all__ = ["DryRun", "StackName", "Targets", "Yes", "command_options", "preserve_paragraphs"]

Targets = Annotated[
    list[str],
    typer.Argument(
        metavar="FOLDER|FILE|S3_URI",
        help="Folders with all below them, images, and objects as s3://bucket/prefix.",
    ),
]

StackName = Annotated[
    str, typer.Option("--stack-name", metavar="NAME", help="The stack of CloudFormation.")
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Go on without asking.")]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and stop there.")]

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
    """The options that commands share, in the order in which help shows them."""

    store: _Store = None
    endpoint_url: _EndpointURL = None
    profile: _Profile = None
    region: _Region = None
    as_json: _Json = False


_AWS = frozenset({"endpoint_url", "profile", "region"})


def command_options(
    *, store: bool = True, aws: bool = True, json: bool = True
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Return what makes a command one that Typer can call: with shared options after its own ones.

    The command takes the invocation that the shared options make, and options of its own.

    Args:
        store: whether it has the option for the index.
        aws: whether it has those for AWS: endpoint, profile and region.
        json: whether it has the one for JSON Lines.
    """
    has = {"store": store, "as_json": json} | dict.fromkeys(_AWS, aws)
    shared = [each for each in inspect.signature(_Shared).parameters.values() if has[each.name]]

    def with_options(command: Callable[..., int]) -> Callable[..., int]:
        own = [*inspect.signature(command).parameters.values()][1:]

        @wraps(command)
        def run(**given: Any) -> int:  # noqa: ANN401 - whatever the command takes
            options = {each.name: given.pop(each.name) for each in shared}
            return command(CommandContext.start(**options), **given)

        preserve_paragraphs(run)
        signature = inspect.Signature([*own, *shared])
        run.__signature__ = signature  # type: ignore[attr-defined]  # PEP 362
        return run

    return with_options


def preserve_paragraphs(command: Callable[..., object]) -> None:
    r"""Make Click print the paragraphs of a raw docstring that start with `\b` as they are.

    Click looks for the control character; a docstring with a backslash has to be raw.
    """
    command.__doc__ = (command.__doc__ or "").replace(r"\b", "\b")
