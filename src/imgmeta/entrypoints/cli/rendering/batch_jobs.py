"""S3 Batch Operations jobs for people and as JSON."""

from collections.abc import Iterator

from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.uris import legible_name
from imgmeta.deployment.core.batch_jobs import BatchJob, FailedTask, FailureGroups
from imgmeta.entrypoints.cli.rendering.json_lines import error_line, json_line
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = [
    "failure_line",
    "failure_rows",
    "job_line",
    "job_rows",
    "progress_row",
    "summary_row",
]

Row = tuple[Span | str, ...]

_LABEL = 10


def job_rows(job: BatchJob) -> Iterator[Row]:
    """Yield the lines of a job that waits for its confirmation."""
    report = "" if job.report is None else str(job.report)
    for label, text in (
        ("Job", job.job_id),
        ("Images", f"{job.total:,}"),
        ("Function", job.function),
        ("Report", report),
    ):
        yield (Span(label, Style.FAINT, width=_LABEL), text)


def progress_row(job: BatchJob) -> Row:
    """Return the progress of a job on one line."""
    done = job.succeeded + job.failed
    share = f" ({done / job.total:.0%})" if job.total else ""
    failed = f", {job.failed:,} failed" if job.failed else ""
    return (Span(job.status.value, width=_LABEL), f" {done:,} of {job.total:,}{share}{failed}")


def failure_rows(groups: FailureGroups) -> Iterator[Row]:
    """Yield a line for each reason, the commonest first, and lines for some of its keys."""
    for reason, count in groups.counts.most_common():
        yield (Span(f"{count:,} failed: ", Style.BAD), reason)
        examples = groups.examples[reason]
        for location in examples:
            yield ("  ", legible_name(location))
        if count > len(examples):
            yield (f"  and {count - len(examples):,} more",)


def summary_row(job: BatchJob) -> Row:
    """Return the numbers of a job that ended."""
    failed = Span(f"{job.failed:,} failed", Style.BAD if job.failed else Style.FAINT)
    return (Span(f"{job.succeeded:,} succeeded", Style.GOOD), ", ", failed)


def failure_line(task: FailedTask) -> str:
    """Return a failed task as `imgmeta sync --json` does."""
    return error_line(ItemOutcome(task.location, Outcome.ERROR, reason=task.reason))


def job_line(job: BatchJob) -> str:
    """Return a job as JSON."""
    return json_line(
        {
            "JobId": job.job_id,
            "Status": job.status.value,
            "Total": job.total,
            "Succeeded": job.succeeded,
            "Failed": job.failed,
            "Error": job.reason or None,
            "Report": None if job.report is None else str(job.report),
        }
    )
