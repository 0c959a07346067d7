"""The dialog of `imgmeta batch-job`: confirmation, progress and report of a job."""

from collections.abc import Iterable
from contextlib import suppress

from imgmeta.core.objects import Listing
from imgmeta.core.targets import Target
from imgmeta.core.text import printable
from imgmeta.deployment.core.batch_jobs import BatchJob, FailureGroups, JobStatus
from imgmeta.deployment.service.batch_jobs import BatchJobRunner
from imgmeta.entrypoints.cli.confirmation import confirm
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.exit_codes import FAILED, INTERRUPTED, SUCCESS
from imgmeta.entrypoints.cli.rendering import batch_jobs
from imgmeta.entrypoints.cli.rendering.screen import OutputError
from imgmeta.entrypoints.cli.stack_dialog import follow, follow_up
from imgmeta.errors import AdapterError, ImgmetaError, PermanentError

__all__ = ["create_job", "start_job", "watch_job"]


def create_job(
    context: CommandContext,
    runner: BatchJobRunner,
    target: Target,
    listing: Iterable[Listing],
    *,
    yes: bool,
) -> BatchJob | None:
    """Create a job, show it, and start it if the user agrees; return it.

    Returns:
        The job that was started, or None if there are no images or the user declines.

    Raises:
        ImgmetaError: the job cannot be created or started. A created job is canceled.
        KeyboardInterrupt: as above.
    """
    created = None
    try:
        context.stderr.line("Listing the images …")
        created = runner.create(target, listing)
        if created is None:
            context.stderr.line("No images found. Nothing was changed.")
            return None
        context.stderr.line(f"Created the job {created}; S3 is reading the list of images …")
        job = runner.prepare(created)
        if job.status is not JobStatus.SUSPENDED:
            msg = f"the job {created} is {job.status}: {printable(job.reason) or 'no reason given'}"
            raise PermanentError(msg)
        if not start_job(context, runner, job, yes=yes):
            return None
    except (ImgmetaError, OutputError, KeyboardInterrupt):
        if created is not None:
            # The first error is the one to report; a job that nobody starts expires.
            with suppress(AdapterError):
                runner.cancel(created)
        raise
    return job


def start_job(context: CommandContext, runner: BatchJobRunner, job: BatchJob, *, yes: bool) -> bool:
    """Show a job that waits for its start; start it if the user agrees, and else cancel it.

    Returns:
        Whether the job was started.

    Raises:
        ImgmetaError: the user cannot be asked, or the job cannot be started or canceled.
    """
    context.stderr.lines(batch_jobs.job_rows(job))
    if not yes and not confirm(context, f"Call the function for {job.total:,} images?"):
        runner.cancel(job.job_id)
        context.stderr.line("Canceled the job. Nothing was changed.")
        return False
    runner.start(job)
    return True


def watch_job(
    context: CommandContext, runner: BatchJobRunner, stack_name: str, job: BatchJob
) -> int:
    """Show the progress of a job and, at the end, its failures; return the exit code.

    Raises:
        AdapterError: the job failed, or its status or its report cannot be read.
        OutputError: the progress cannot be printed.
    """
    last: BatchJob | None = None

    def show(current: BatchJob) -> None:
        nonlocal last
        row = batch_jobs.progress_row(current)
        if last is None or row != batch_jobs.progress_row(last):
            context.stderr.line(*row)
            context.stderr.flush()
        last = current

    again = follow_up(
        context, "imgmeta", "batch-job", "--job-id", job.job_id, "--stack-name", stack_name
    )
    note = f"the job continues. To watch it again: {again}"
    if not follow(context, runner.watch(job.job_id), show, note):
        return INTERRUPTED
    return _report(context, runner, last or job)


def _report(context: CommandContext, runner: BatchJobRunner, job: BatchJob) -> int:
    groups = FailureGroups()
    try:
        for task in runner.failures(job):
            groups.add(task)
            if context.as_json:
                context.stdout.raw(batch_jobs.failure_line(task))
    except ImgmetaError as error:
        if job.status is JobStatus.COMPLETE:
            raise
        # A job that failed may have no report. Its own reason follows.
        context.stderr.line(str(error))
    if context.as_json:
        context.stdout.raw(batch_jobs.job_line(job))
    else:
        context.stdout.lines(batch_jobs.failure_rows(groups))
    context.text_output.line(*batch_jobs.summary_row(job))
    if job.status is not JobStatus.COMPLETE:
        msg = f"the job {printable(job.job_id)} is {job.status}"
        reason = printable(job.reason)
        raise PermanentError(f"{msg}: {reason}" if reason else msg)
    return SUCCESS if job.is_success else FAILED
