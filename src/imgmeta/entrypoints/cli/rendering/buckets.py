"""Existing buckets of a stack, for people: planned changes of their notifications, and results."""

from collections.abc import Iterator

from imgmeta.deployment.core.bucket_plans import BucketPlan, DeliveryChange
from imgmeta.entrypoints.cli.rendering.screen import Span, Style

__all__ = ["plan_rows", "release_rows"]

_Row = tuple[Span | str, ...]
_NAME, _TYPE = 34, 34


def plan_rows(plan: BucketPlan) -> Iterator[_Row]:
    """Yield a line for each bucket whose notifications change, or were expected to."""
    for change in plan.changes:
        sign, style = ("+", Style.GOOD) if change.enabled else ("-", Style.BAD)
        yield (
            Span("change", Style.CHANGED, width=8),
            *_bucket(change.bucket),
            Span(f" {sign} EventBridgeConfiguration", style),
            f" ({_others(change)})",
        )
    for bucket, reason in plan.kept.items():
        yield (
            Span("keep", Style.GOOD, width=8),
            *_bucket(bucket),
            f" EventBridge stays on: {reason}",
        )
    for bucket in plan.gone:
        yield (Span("gone", Style.BAD, width=8), *_bucket(bucket), " the bucket no longer exists")
    for bucket, reason in plan.unknown.items():
        yield (Span("unknown", Style.BAD, width=8), *_bucket(bucket), f" {reason}")


def release_rows(plan: BucketPlan, buckets: tuple[str, ...]) -> Iterator[_Row]:
    """Yield the lines of `plan_rows`, and one for each other bucket, which stays as it is."""
    mentioned = {change.bucket for change in plan.changes} | plan.kept.keys() | set(plan.gone)
    yield from plan_rows(plan)
    for bucket in buckets:
        if bucket not in mentioned:
            yield (Span("keep", Style.GOOD, width=8), *_bucket(bucket))


def _bucket(name: str) -> _Row:
    # Padded, but never cut: the names of two buckets may differ only at their ends.
    return name.ljust(_NAME), " ", Span("AWS::S3::Bucket", Style.FAINT, width=_TYPE)


def _others(change: DeliveryChange) -> str:
    if not change.foreign:
        return "no other notifications"
    noun = "notification stays" if change.foreign == 1 else "notifications stay"
    return f"{change.foreign} other {noun} unchanged"
