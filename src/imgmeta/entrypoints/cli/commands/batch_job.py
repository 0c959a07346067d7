"""The `batch-job` command."""

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from imgmeta.bootstrap import list_target, parse_target
from imgmeta.core.targets import Target, suffix_filter
from imgmeta.entrypoints.cli.arguments import bucket_target
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.inventories import InventoryURI, read_inventory
from imgmeta.entrypoints.cli.options import DryRun, StackName, Yes, command_options
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imgmeta.core.objects import Listing

__all__ = ["batch_job"]


@command_options(store=False, objects=True)
def batch_job(  # noqa: PLR0913 - one parameter for each option
    context: CommandContext,
    *,
    target: Annotated[
        str | None,
        typer.Argument(metavar="S3_URI", help="Bucket or prefix of the stack."),
    ] = None,
    stack_name: StackName,
    inventory: InventoryURI = None,
    job_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Watch this job instead of creating one.")
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
) -> int:
    r"""Index all images of a bucket with an S3 Batch Operations job.

    Writes the list of images to the stack's artifact bucket, creates a job that calls the stack's
    function for each image, shows it, asks for confirmation, and shows the progress. At the end,
    prints the failed images by reason, from the job's completion report.

    The stack needs the parameter BatchOperations=on. AWS charges for each job and each image.

    Ctrl-C before the confirmation cancels the job; later, it only stops watching: the job
    continues. Exits 1 if the job or an image failed.

    With --json: one line for each failed image, as in `imgmeta sync --json`, then the job.

    \b
    imgmeta batch-job s3://holiday/2026/ --stack-name photos
    imgmeta batch-job s3://holiday --stack-name photos --inventory S3_URI
    imgmeta batch-job --job-id 5078d22c-bad2-4ba8-82e2-3c120c719a38 \
      --stack-name photos
    """
    from imgmeta.deployment.bootstrap import open_batch_jobs  # noqa: PLC0415 - keeps other commands fast
    from imgmeta.deployment.core.batch_jobs import JobStatus  # noqa: PLC0415 - as above
    from imgmeta.entrypoints.cli import batch_dialog  # noqa: PLC0415 - as above

    if (target is None) == (job_id is None):
        msg = "pass either s3://bucket/prefix or --job-id ID"
        raise ConfigurationError(msg)
    if job_id is not None and (dry_run or inventory):
        msg = "pass --job-id without --dry-run and --inventory: the job exists"
        raise ConfigurationError(msg)
    parsed = None if target is None else bucket_target(parse_target(target), target)
    context = replace(context, stack_name=stack_name)
    runner = open_batch_jobs(context.aws, context.deployed)
    if parsed is None:
        job = runner.find(job_id or "")
        if not job.status.is_prepared:
            # The command that created it was stopped before it could ask.
            job = runner.prepare(job.job_id)
        is_waiting = job.status is JobStatus.SUSPENDED
        if is_waiting and not batch_dialog.start_job(context, runner, job, yes=yes):
            return FAILED
        return batch_dialog.watch_job(context, runner, stack_name, job)
    runner.check(parsed)
    listing = _listing(context, parsed, inventory)
    if dry_run:
        count = sum(1 for _ in listing)
        context.text_output.line(f"The job would have {count:,} images. Nothing was changed.")
        return SUCCESS
    try:
        created = batch_dialog.create_job(context, runner, parsed, listing, yes=yes)
    except KeyboardInterrupt:
        context.stderr.line()
        context.stderr.line("Stopped before the job started. Nothing was changed.")
        return INTERRUPTED
    if created is None:
        return FAILED
    return batch_dialog.watch_job(context, runner, stack_name, created)


def _listing(context: CommandContext, target: Target, inventory: str | None) -> "Iterator[Listing]":
    settings, objects = context.index_settings, context.object_store
    if not inventory:
        objects.check(target.bucket, target.prefix)
        return list_target(settings, objects, target)
    opened = read_inventory(context, inventory)
    return opened.list(target, wanted=suffix_filter(settings.suffixes))
