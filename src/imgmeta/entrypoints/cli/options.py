"""Arguments and options that several commands share."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

import typer

from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.startup import raise_on_interrupt

__all__ = [
    "After",
    "AllFiles",
    "DryRun",
    "NullInput",
    "Sort",
    "StackName",
    "StandardInput",
    "Targets",
    "Yes",
    "command_options",
    "preserve_paragraphs",
]

Targets = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FOLDER|FILE|S3_URI",
        help="Folders (including subfolders), image files, or s3://bucket/prefix. With "
        "--stack-name, the default is all that the stack indexes.",
        show_default=False,
    ),
]

StackName = Annotated[
    str, typer.Option("--stack-name", metavar="NAME", help="CloudFormation stack.")
]

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show the changes without making them.")]

AllFiles = Annotated[
    bool,
    typer.Option("--all-files", help="List each file that is not indexed, with the reason."),
]

StandardInput = Annotated[
    bool,
    typer.Option(
        "--stdin",
        help="Read the targets from standard input, one per line: paths, URIs, or lines that "
        "--json printed.",
    ),
]

NullInput = Annotated[
    bool, typer.Option("--null", "-0", help="With --stdin: each target ends with NUL.")
]

Sort = Annotated[
    str | None,
    typer.Option(
        metavar="[-]ATTRIBUTE",
        help="Sort by size, taken, uploaded, camera, …; with -, largest or latest first.",
        show_default=False,
    ),
]

After = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="Continue a list that --limit ended.")
]

_Store = Annotated[
    str | None,
    typer.Option(
        metavar="PATH|URL",
        help="Index: a SQLite file such as photos.db, dynamodb://table, or the URL of a plug-in. "
        "[env: IMGMETA_STORE; default: imgmeta.db]",
        show_default=False,
    ),
]

_IndexStack = Annotated[
    str | None,
    typer.Option(
        "--stack-name",
        metavar="NAME",
        help="Use the index of this CloudFormation stack, instead of --store.",
    ),
]

_EndpointURL = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url",
        metavar="URL",
        help="Send AWS requests to this URL. [env: AWS_ENDPOINT_URL]",
    ),
]

_Profile = Annotated[
    str | None, typer.Option(metavar="NAME", help="AWS profile. [env: AWS_PROFILE]")
]

_Region = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="AWS region. [env: AWS_REGION, AWS_DEFAULT_REGION]"),
]

_RequestPayer = Annotated[
    bool,
    typer.Option(
        "--request-payer",
        help="Pay for requests to requester-pays buckets. [env: IMGMETA_REQUEST_PAYER=requester]",
    ),
]

_Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON Lines on standard output, all else on standard error."),
]


_Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print results and errors only, without summaries.")
]

_Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Print a line for every image, also if unchanged.")
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _SharedOptions:
    """Options that commands share, in the order of the help."""

    store: _Store = None
    index_stack: _IndexStack = None
    endpoint_url: _EndpointURL = None
    profile: _Profile = None
    region: _Region = None
    request_payer: _RequestPayer = False
    as_json: _Json = False
    quiet: _Quiet = False
    verbose: _Verbose = False


_AWS = frozenset({"endpoint_url", "profile", "region"})


def command_options(  # noqa: PLR0913 - one argument for each group of options
    *,
    store: bool = True,
    index_stack: bool = False,
    aws: bool = True,
    objects: bool = False,
    json: bool = True,
    quiet: bool = False,
    verbose: bool = False,
) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Return a decorator that adds shared options after a command's own.

    The decorated function takes a `CommandContext` and its own options, not the shared ones.

    Args:
        store: whether the command has `--store`.
        index_stack: whether it has an optional `--stack-name`, which names the index.
        aws: whether it has `--endpoint-url`, `--profile` and `--region`.
        objects: whether it has `--request-payer`, since it reads objects.
        json: whether it has `--json`.
        quiet: whether it has `--quiet`.
        verbose: whether it has `--verbose`.
    """
    has = {
        "store": store,
        "index_stack": index_stack,
        "request_payer": objects,
        "as_json": json,
        "quiet": quiet,
        "verbose": verbose,
        **dict.fromkeys(_AWS, aws),
    }
    parameters = inspect.signature(_SharedOptions).parameters.values()
    shared = [each for each in parameters if has[each.name]]

    def decorate(command: Callable[..., int]) -> Callable[..., int]:
        own = [*inspect.signature(command).parameters.values()][1:]

        @wraps(command)
        def run(**values: Any) -> int:  # noqa: ANN401 - each command has options of other types
            raise_on_interrupt()
            options = {each.name: values.pop(each.name) for each in shared}
            with CommandContext.from_options(**options) as context:
                return command(context, **values)

        preserve_paragraphs(run)
        signature = inspect.Signature([*own, *shared])
        run.__signature__ = signature  # type: ignore[attr-defined]  # PEP 362
        return run

    return decorate


def preserve_paragraphs(command: Callable[..., object]) -> None:
    r"""Replace each `\b` in a raw docstring with the backspace character.

    Click does not rewrap a paragraph that starts with that character.
    """
    command.__doc__ = (command.__doc__ or "").replace(r"\b", "\b")
