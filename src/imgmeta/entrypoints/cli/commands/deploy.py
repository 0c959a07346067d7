"""The `deploy` command."""

import os
import platform
from typing import Annotated

import typer

from imgmeta.core.text import printable
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.options import DryRun, StackName, Yes, command_options
from imgmeta.entrypoints.cli.output_files import cache_directory
from imgmeta.errors import ConfigurationError

__all__ = ["deploy"]


@command_options(store=False, objects=True)
def deploy(  # noqa: PLR0913 - one parameter for each option
    context: CommandContext,
    *,
    stack_name: StackName,
    email: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Email address for alarms, failures and digests (required for a new stack).",
        ),
    ] = None,
    environment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Environment name, such as dev or prod, that becomes part of resource names. "
            "Cannot be changed later. [default: dev]",
        ),
    ] = None,
    bucket: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Serve this existing bucket instead of creating one; repeatable. Without the "
            "option, a stack keeps its buckets.",
        ),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(
            metavar="PREFIX",
            help="Index only the keys of existing buckets that start with this, such as 2026/.",
        ),
    ] = None,
    backfill: Annotated[
        bool,
        typer.Option(
            "--backfill",
            help="After the deployment, index the objects that the buckets already hold.",
        ),
    ] = False,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Set a template parameter; repeatable. Other parameters keep their current value "
            "or the template's default.",
        ),
    ] = None,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="arm64|x86_64",
            help="Architecture of the function. [default for a new stack: arm64; in a local "
            "emulator, that of this machine]",
        ),
    ] = None,
    runtime: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Runtime of the function. [default for a new stack: python3.13]"
        ),
    ] = None,
    artifact_bucket: Annotated[
        str | None,
        typer.Option(
            metavar="BUCKET",
            help="Bucket for the deployment package. [default: the one that the stack uses; for a "
            "new stack, imgmeta-artifacts-ACCOUNT-REGION]",
        ),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    r"""Create or update a stack: bucket, queue, function and table.

    The stack also has a topic, alarms and a dashboard. Builds the deployment package, shows the
    changes that CloudFormation would make, asks for confirmation, uploads the package, and shows
    the progress until the deployment is complete. Run the command again to update the stack.

    Ctrl-C during the deployment only stops watching it; CloudFormation continues. If the deployment
    fails, CloudFormation rolls it back, and the command reports the first cause.

    With --bucket, the stack serves buckets that exist already. Their notifications stay, and each
    bucket also sends its events to Amazon EventBridge. --request-payer lets the function pay for
    requests to buckets with Requester Pays.

    With --json: the stack's outputs as one object; after a backfill, its numbers as another.

    \b
    imgmeta deploy --stack-name photos --email me@example.com
    imgmeta deploy --stack-name photos --email me@example.com --bucket my-photos --prefix 2026/
    imgmeta deploy --stack-name photos --parameter MemorySize=1024 --dry-run
    imgmeta deploy --stack-name photos-prod --environment prod --email ops@example.com --yes
    """
    from imgmeta.deployment.bootstrap import open_deployer  # noqa: PLC0415 - keeps other commands fast
    from imgmeta.deployment.core.packages import emulator_architecture  # noqa: PLC0415 - as above
    from imgmeta.deployment.service import planning  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli.bucket_dialog import bucket_parameters  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli.deploy_dialog import DeployDialog  # noqa: PLC0415 - as above

    deployer = open_deployer(context.aws, package_cache=cache_directory(os.environ))
    options = {
        planning.EMAIL: email,
        planning.ENVIRONMENT: environment,
        planning.ARCHITECTURE: architecture,
        planning.RUNTIME: runtime,
    }
    given = [(name, value) for name, value in options.items() if value is not None]
    given += bucket_parameters(bucket or (), prefix)
    given += map(_parse_parameter, parameter or ())
    if context.settings.requester_pays and planning.REQUESTER_PAYS not in dict(given):
        given.append((planning.REQUESTER_PAYS, "yes"))
    endpoint = context.settings.endpoint_url or os.environ.get("AWS_ENDPOINT_URL")
    local = emulator_architecture(endpoint, platform.machine())
    request = planning.DeploymentRequest(
        stack_name=stack_name,
        parameters=tuple(given),
        new_stack_defaults={} if local is None else {planning.ARCHITECTURE: local.value},
        artifact_bucket=artifact_bucket or None,  # an empty option counts as not given
    )
    dialog = DeployDialog(context, deployer, yes=yes, dry_run=dry_run, backfill=backfill)
    return dialog.run(request)


def _parse_parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        msg = f"invalid --parameter '{printable(text)}': expected NAME=VALUE"
        raise ConfigurationError(msg)
    return name, value
