"""The commands that put the function into an account, look after it, and take it out again."""

import os
import platform
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from imgmeta.bootstrap.deployment import open_artifacts, open_deployer, stack_health
from imgmeta.bootstrap.packaging import open_packager
from imgmeta.cloudformation import RETAINED
from imgmeta.config import Settings
from imgmeta.core.packages import architecture_at
from imgmeta.core.stacks import ChangeSet, Stack, StackEvent
from imgmeta.core.text import printable
from imgmeta.entrypoints.cli import stacks
from imgmeta.entrypoints.cli.exit_codes import FAILED, FINE, INTERRUPTED
from imgmeta.entrypoints.cli.files import cache_folder
from imgmeta.entrypoints.cli.invocation import Invocation
from imgmeta.entrypoints.cli.requests import Consent, Request, check_stack_name
from imgmeta.entrypoints.cli.screen import OutputError
from imgmeta.entrypoints.cli.wording import file_size
from imgmeta.errors import AdapterError, ConfigurationError, ImgmetaError
from imgmeta.service.deploying import Deployer
from imgmeta.service.following import NotWatchedError
from imgmeta.service.planning import CODE_BUCKET, EMAIL

__all__ = ["deploy", "destroy", "status"]


@dataclass(frozen=True, slots=True)
class _Begun:
    """What was begun.

    Attributes:
        events: what happens.
        email: who was told before; None: nobody.
    """

    events: Iterable[StackEvent]
    email: str | None


def deploy(invocation: Invocation, request: Request, consent: Consent) -> int:
    """Make the stack as the template and the request say; return the exit code."""
    deployer = open_deployer(invocation.cloud)
    try:
        begun = _begun(invocation, deployer, request, consent)
    except KeyboardInterrupt:
        invocation.messages.line()
        invocation.messages.line("Stopped before any change was begun.")
        return INTERRUPTED
    if isinstance(begun, int):
        return begun
    if not _watched(invocation, request.stack_name, begun.events):
        return INTERRUPTED
    stack = deployer.find(request.stack_name)
    _conclude(invocation, stack)
    email = stack.parameters.get(EMAIL)
    if email != begun.email:
        invocation.messages.line(f"Confirm the subscription in the mail that {email} gets.")
    return FINE


def _begun(
    invocation: Invocation, deployer: Deployer, request: Request, consent: Consent
) -> int | _Begun:
    """Have the changes begun, and return that; or the exit code, where there are none."""
    values = request.values()
    endpoint = invocation.settings.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    local = architecture_at(endpoint, platform.machine())
    at_first = {} if local is None else {"Architecture": local.value}
    bucket = request.artifact_bucket or None  # an option that is empty counts as not given
    plan = deployer.plan(request.stack_name, values, at_first=at_first, bucket=bucket)
    before = dict[str, str]() if plan.stack is None else plan.stack.parameters
    artifacts = open_artifacts(invocation.cloud, bucket or before.get(CODE_BUCKET))
    artifacts.check()
    say = invocation.messages.line
    say(f"Building the function for {plan.target.runtime} on {plan.target.architecture} …")
    package = open_packager(cache=cache_folder(os.environ)).package(plan.target)
    say("Asking CloudFormation what would change …")
    change_set = deployer.propose(plan, package, artifacts)
    if change_set is None:
        name = request.stack_name
        invocation.account.line(f"Nothing changes: the stack {name} is as it should be.")
        _conclude(invocation, deployer.find(name))
        return FINE
    try:
        is_wanted = _is_wanted(invocation, change_set, consent)
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
        return FINE if consent.dry_run else FAILED
    return _Begun(deployer.begin(change_set, package, artifacts), before.get(EMAIL))


def status(invocation: Invocation, stack_name: str) -> int:
    """Say how the stack is; return the exit code."""
    check_stack_name(stack_name)
    deployer = open_deployer(invocation.cloud)
    health = stack_health(invocation.cloud, deployer, deployer.find(stack_name))
    if invocation.as_json:
        invocation.output.raw(stacks.health_line(health))
    else:
        invocation.output.lines(stacks.health_rows(health, datetime.now(UTC)))
    faults = list(health.faults())
    if faults:
        msg = f"not all is well: {'; '.join(map(printable, faults))}"
        raise ImgmetaError(msg)
    return FINE


def destroy(invocation: Invocation, stack_name: str, consent: Consent) -> int:
    """Delete the stack; return the exit code."""
    check_stack_name(stack_name)
    deployer = open_deployer(invocation.cloud)
    stack = deployer.find(stack_name)
    resources = deployer.resources(stack)
    invocation.messages.lines(stacks.resource_rows(resources, RETAINED))
    if consent.dry_run:
        return FINE
    named = stacks.stack_name(stack_name, stack.stack_id)
    if not consent.assume_yes and not _says_yes(invocation, f"Delete the stack {named}?"):
        invocation.messages.line("Nothing was changed.")
        return FAILED
    if not _watched(invocation, stack_name, deployer.destroy(stack)):
        return INTERRUPTED
    invocation.account.line(f"The stack {stack_name} is deleted.")
    for each in resources:
        if each.logical_id in RETAINED and each.resource_type != "AWS::S3::BucketPolicy":
            invocation.account.line(f"Kept: {each.resource_type} {each.physical_id}")
    return FINE


def _is_wanted(invocation: Invocation, change_set: ChangeSet, consent: Consent) -> bool:
    """Show what would change, and ask."""
    invocation.messages.lines(stacks.change_rows(change_set))
    if consent.dry_run:
        return False
    return consent.assume_yes or _says_yes(invocation, "Make these changes?")


def _says_yes(invocation: Invocation, question: str) -> bool:
    """Ask a person.

    Raises:
        ConfigurationError: nobody is there to answer.
    """
    invocation.messages.prompt(f"{question} [y/N]")
    try:
        answer = sys.stdin.readline() if sys.stdin is not None else ""
    except UnicodeDecodeError:
        answer = "what is no text, and so no yes"
    if not answer:
        invocation.messages.line()
        msg = "nobody is there to answer: give --yes to go on, or --dry-run only to look"
        raise ConfigurationError(msg)
    return answer.strip().lower() in {"y", "yes"}


def _watched(invocation: Invocation, stack_name: str, events: Iterable[StackEvent]) -> bool:
    """Show what happens; return whether it was watched to its end.

    Raises:
        AdapterError: it did not end well, or its end is not known.
        OutputError: what happens cannot be shown.
    """
    look = _again(invocation, "imgmeta", "status", "--stack-name", stack_name)
    try:
        for event in events:
            invocation.account.line(*stacks.event_row(event))
            invocation.account.flush()
    except (KeyboardInterrupt, OutputError) as error:
        invocation.messages.line(f"Not watched any more. AWS goes on without us; to look: {look}")
        if isinstance(error, OutputError):
            raise
        return False
    except NotWatchedError as error:
        msg = f"{error}; what has begun goes on without us; to look: {look}"
        raise NotWatchedError(msg) from error
    return True


def _conclude(invocation: Invocation, stack: Stack) -> None:
    """Say what the stack gives, and what to type next."""
    if invocation.as_json:
        invocation.output.raw(stacks.outputs_line(stack.outputs))
    else:
        invocation.output.lines(stacks.output_rows(stack.outputs))
    bucket, table = (stack.outputs.get(name) for name in ("S3BucketName", "DynamoDBTableName"))
    if bucket and table:
        copy = stacks.command_line(
            *("aws", "s3", "cp", "PHOTO.jpg", f"s3://{bucket}/"), options=_connection(invocation)
        )
        shown = _again(invocation, "imgmeta", "list", "--store", f"dynamodb://{table}")
        for line in ("Next:", f"  {copy}", f"  {shown}"):
            invocation.messages.line(line)


def _again(invocation: Invocation, *words: str) -> str:
    return stacks.command_line(*words, options=_connection(invocation))


def _connection(invocation: Invocation) -> dict[str, str | None]:
    """Return the options by which another command reaches what this one did."""
    usual = Settings.from_environment(os.environ)
    settings = invocation.settings
    return {
        "--endpoint-url": settings.endpoint_url,
        "--profile": settings.profile,
        "--region": None if settings.region == usual.region else settings.region,
    }
