"""The `deploy` command."""

import os
import platform
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated

import typer

from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import architecture_at
from imgmeta.deployment.core.stacks import ChangeSet, Stack, StackEvent
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.deployment.service.planning import CODE_BUCKET, EMAIL, ENVIRONMENT
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.options import DryRun, StackName, Yes, command_options
from imgmeta.entrypoints.cli.output_files import cache_directory
from imgmeta.entrypoints.cli.rendering import stacks
from imgmeta.entrypoints.cli.rendering.formatting import file_size
from imgmeta.entrypoints.cli.stack_dialog import (
    again,
    check_stack_name,
    connection,
    says_yes,
    watched,
)
from imgmeta.errors import AdapterError, ConfigurationError

__all__ = ["deploy"]


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person said beforehand.

    Attributes:
        assume_yes: to all that is asked.
        dry_run: only to look.
    """

    assume_yes: bool
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What a person wants deployed; None where an option was not given.

    Attributes:
        stack_name: the stack's name.
        email: who is told.
        environment: a name that all things carry.
        parameters: others of the template's, each as `name=value`.
        architecture: of the function.
        runtime: of the function.
        artifact_bucket: where packages are kept.
    """

    stack_name: str
    email: str | None = None
    environment: str | None = None
    parameters: tuple[str, ...] = ()
    architecture: str | None = None
    runtime: str | None = None
    artifact_bucket: str | None = None

    def values(self) -> dict[str, str]:
        """Return the values of the template's parameters that are given.

        Raises:
            ConfigurationError: one is given twice, or is none.
        """
        check_stack_name(self.stack_name)
        options = {
            EMAIL: self.email,
            ENVIRONMENT: self.environment,
            "Architecture": self.architecture,
            "Runtime": self.runtime,
        }
        values = {name: value for name, value in options.items() if value is not None}
        for text in self.parameters:
            name, equals, value = text.partition("=")
            if not equals or not name:
                msg = f"'{printable(text)}' is no parameter: give one like MemorySize=512"
                raise ConfigurationError(msg)
            if name in values:
                msg = f"the parameter {printable(name)} is given twice: give it once"
                raise ConfigurationError(msg)
            values[name] = value
        return values


@dataclass(frozen=True, slots=True)
class _Begun:
    """What was begun.

    Attributes:
        events: what happens.
        email: who was told before; None: nobody.
    """

    events: Iterable[StackEvent]
    email: str | None


@command_options(store=False)
def deploy(  # noqa: PLR0913 - one argument for each option
    context: CommandContext,
    *,
    stack_name: StackName,
    email: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Who is told of failures; a new stack needs one."),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Such as dev or prod: all that is made carries it. [default: dev]"
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Another parameter of the template; may be given several times. What is not given "
            "stays as it is, or is the template's default.",
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="arm64|x86_64",
            help="Of the function. [default: arm64; on an emulator on this machine, the machine's]",
        ),
    ] = None,
    runtime: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of the function. [default: python3.13]")
    ] = None,
    artifact_bucket: Annotated[
        str | None,
        typer.Option(
            metavar="BUCKET",
            help="Where the function's zip is put; one is made if none is given.",
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    r"""Put the whole system into an AWS account: bucket, queue, function, table, topic, alarms, dashboard.

    Builds the function, asks CloudFormation what would change, shows that and asks you, puts the
    function's zip into a bucket for such things, and follows the changes until they are made. Done
    again, it changes what differs, and nothing if nothing does.

    It can be left while the changes are made: they go on without it. What fails is rolled back, and the
    first cause is said.

    With --json: the stack's outputs as one object.

    \b
    imgmeta deploy --stack-name photos --email me@example.com
    imgmeta deploy --stack-name photos --parameter MemorySize=1024 --dry-run
    imgmeta deploy --stack-name photos-prod --environment prod --email ops@example.com --yes
    """
    request = Request(
        stack_name=stack_name,
        email=email,
        environment=environment,
        parameters=tuple(parameter or ()),
        architecture=architecture,
        runtime=runtime,
        artifact_bucket=artifact_bucket,
    )
    consent = Consent(yes, dry_run)
    from imgmeta.deployment.bootstrap import open_deployer  # noqa: PLC0415 - beside the other names of the extra

    deployer = open_deployer(context.aws)
    try:
        begun = _begun(context, deployer, request, consent)
    except KeyboardInterrupt:
        context.stderr.line()
        context.stderr.line("Stopped before any change was begun.")
        return INTERRUPTED
    if isinstance(begun, int):
        return begun
    if not watched(context, request.stack_name, begun.events):
        return INTERRUPTED
    stack = deployer.find(request.stack_name)
    _conclude(context, stack)
    now = stack.parameters.get(EMAIL)
    if now != begun.email:
        context.stderr.line(f"Confirm the subscription in the mail that {now} gets.")
    return SUCCESS


def _begun(
    context: CommandContext, deployer: Deployer, request: Request, consent: Consent
) -> int | _Begun:
    """Have the changes begun, and return that; or the exit code, where there are none."""
    from imgmeta.deployment.bootstrap import open_artifacts, open_packager  # noqa: PLC0415 - slow, seldom wanted

    values = request.values()
    endpoint = context.settings.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    local = architecture_at(endpoint, platform.machine())
    at_first = {} if local is None else {"Architecture": local.value}
    bucket = request.artifact_bucket or None  # an option that is empty counts as not given
    plan = deployer.plan(request.stack_name, values, at_first=at_first, bucket=bucket)
    before = dict[str, str]() if plan.stack is None else plan.stack.parameters
    artifacts = open_artifacts(context.aws, bucket or before.get(CODE_BUCKET))
    artifacts.check()
    say = context.stderr.line
    say(f"Building the function for {plan.target.runtime} on {plan.target.architecture} …")
    package = open_packager(cache=cache_directory(os.environ)).package(plan.target)
    say("Asking CloudFormation what would change …")
    change_set = deployer.propose(plan, package, artifacts)
    if change_set is None:
        name = request.stack_name
        context.text_output.line(f"Nothing changes: the stack {name} is as it should be.")
        _conclude(context, deployer.find(name))
        return SUCCESS
    try:
        is_wanted = _is_wanted(context, change_set, consent)
        if is_wanted:
            size, place = file_size(len(package.content)), artifacts.place_of(package)
            say(f"Putting {package.name} ({size}) into {place.bucket} …")
    except BaseException:
        with suppress(AdapterError):  # what led here is to be told, not this
            deployer.discard(change_set)
        raise
    if not is_wanted:
        deployer.discard(change_set)
        say("Nothing was changed.")
        return SUCCESS if consent.dry_run else FAILED
    return _Begun(deployer.begin(change_set, package, artifacts), before.get(EMAIL))


def _is_wanted(context: CommandContext, change_set: ChangeSet, consent: Consent) -> bool:
    """Show what would change, and ask."""
    context.stderr.lines(stacks.change_rows(change_set))
    if consent.dry_run:
        return False
    return consent.assume_yes or says_yes(context, "Make these changes?")


def _conclude(context: CommandContext, stack: Stack) -> None:
    """Say what the stack gives, and what to type next."""
    if context.as_json:
        context.stdout.raw(stacks.outputs_line(stack.outputs))
    else:
        context.stdout.lines(stacks.output_rows(stack.outputs))
    bucket, table = (stack.outputs.get(name) for name in ("S3BucketName", "DynamoDBTableName"))
    if bucket and table:
        copy = stacks.command_line(
            *("aws", "s3", "cp", "PHOTO.jpg", f"s3://{bucket}/"), options=connection(context)
        )
        shown = again(context, "imgmeta", "list", "--store", f"dynamodb://{table}")
        for line in ("Next:", f"  {copy}", f"  {shown}"):
            context.stderr.line(line)
