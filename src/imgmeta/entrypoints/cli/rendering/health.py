"""The health of a stack, for people."""

from collections.abc import Iterator
from datetime import datetime

from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import counted
from imgmeta.deployment.core.findings import (
    LastReport,
    NewestObject,
    Probe,
    QueueTraffic,
    RecentErrors,
)
from imgmeta.deployment.core.health import Findings, StackHealth
from imgmeta.deployment.core.stacks import AlarmState, QueueDepth
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.entrypoints.cli.rendering.screen import Span, Style, path_span

__all__ = ["health_rows"]

_Row = tuple[Span | str, ...]

_LABEL = 16
_ALARM_STATES = {
    AlarmState.OK: Span("OK", Style.GOOD, width=10),
    AlarmState.ALARM: Span("ALARM", Style.BAD, width=10),
    AlarmState.INSUFFICIENT_DATA: Span("no data", Style.FAINT, width=10),
}

_EVENT_DELIVERY = {
    True: Span("on", Style.GOOD),
    False: Span("OFF", Style.BAD),
    None: Span("NO BUCKET", Style.BAD),
}


def health_rows(health: StackHealth, now: datetime) -> Iterator[_Row]:
    """Yield the lines of a stack's health."""
    stack, findings = health.stack, health.findings
    style = Style.GOOD if stack.is_usable else Style.BAD
    yield _row("Stack", Span(f"{stack.name} {stack.status}", style))
    yield from _function_rows(findings, now)
    for name, alarm in health.alarms.items():
        yield (
            Span("Alarm", Style.FAINT, width=_LABEL),
            Span("DELETED", Style.BAD, width=10) if alarm is None else _ALARM_STATES[alarm.state],
            name,
        )
        if alarm is not None and alarm.state is AlarmState.ALARM and alarm.description:
            yield (" " * _LABEL, alarm.description)
    yield _row("Queue", _depth(health, "queue", health.queue), *_traffic(findings.traffic))
    yield from _dead_letter_rows(health, now)
    yield from _throttle_rows(findings)
    for each in findings.subscriptions or ():
        state = Span("confirmed", Style.GOOD) if each.confirmed else Span("UNCONFIRMED", Style.BAD)
        yield _row("Subscription", state, f" {each.endpoint}")
    for bucket, is_on in (findings.event_delivery or {}).items():
        state = _EVENT_DELIVERY[is_on]
        yield _row("EventBridge", state, f" {bucket}")
    for newest in findings.newest or ():
        yield _row("Newest object", *_newest(newest, now))
    yield _row("Last image", *_latest_image(health, now))
    if health.unreadable_records:
        count = f"at least {health.unreadable_records:,} unreadable: sync the bucket"
        yield _row("Records", Span(count, Style.BAD))
    yield from _report_rows(findings, now)
    for warning in health.warnings():
        yield _row("Warning", Span(warning, Style.CHANGED))
    for name, reason in health.unchecked.items():
        yield _row("Not checked", f"{name}: {reason}")


def _row(label: str, *spans: Span | str) -> _Row:
    return (Span(label, Style.FAINT, width=_LABEL), *spans)


def _function_rows(findings: Findings, now: datetime) -> Iterator[_Row]:
    if findings.probe is not None:
        yield _row("Function", _probe(findings.probe))
    if findings.event_source is not None:
        is_on = findings.event_source == "Enabled"
        yield _row("Event source", Span(findings.event_source, Style.GOOD if is_on else Style.BAD))
    if findings.errors is not None:
        yield from _error_rows(findings.errors, now)


def _probe(probe: Probe) -> Span:
    if probe.throttled:
        return Span("throttled", Style.BAD)
    if probe.error:
        return Span(f"FAILS {probe.error}", Style.BAD)
    return Span(f"responds{f', imgmeta {probe.version}' if probe.version else ''}", Style.GOOD)


def _error_rows(errors: RecentErrors, now: datetime) -> Iterator[_Row]:
    if not errors.crashes and not errors.failures:
        source = "metrics" if errors.log_error else "log" if errors.metrics_error else ""
        text = f"none in the last 15 minutes{f', by the {source} alone' if source else ''}"
        yield _row("Errors", Span(text, Style.FAINT if source else Style.GOOD))
        return
    crashes = counted(errors.crashes, "failed invocation")
    counts = f"{crashes}, {counted(errors.failures, 'other error')}"
    repeated = f"; messages that failed again: {errors.repeated:,}" if errors.repeated else ""
    yield _row("Errors", Span(f"{counts} in the last 15 minutes{repeated}", Style.BAD))
    if errors.newest is not None:
        yield (" " * _LABEL, f"{_ago(errors.newest, now)}: {errors.reason or 'unknown reason'}")


def _depth(health: StackHealth, name: str, depth: QueueDepth | None) -> str:
    if depth is None:
        return "not checked" if name in health.failed else "no queue"
    return f"{depth.waiting:,} waiting, {depth.in_flight:,} in flight"


def _traffic(traffic: QueueTraffic | None) -> Iterator[str]:
    if traffic is None:
        return
    if traffic.oldest_seconds is not None:
        yield f", oldest {_age(traffic.oldest_seconds)}"
    if traffic.redelivered:
        yield f", about {traffic.redelivered:,} received more than once"


def _dead_letter_rows(health: StackHealth, now: datetime) -> Iterator[_Row]:
    letters = health.findings.letters
    oldest = None if letters is None else letters.oldest
    age = "" if oldest is None else f", oldest {_age((now - oldest).total_seconds())}"
    yield _row("Dead letters", _depth(health, "dead-letter queue", health.dead_letters), age)
    if letters is not None:
        yield (" " * _LABEL, f"{letters.count:,} of {letters.looked_at:,}: {letters.reason}")


def _throttle_rows(findings: Findings) -> Iterator[_Row]:
    if findings.throttles is None:
        return
    counts = [f"{name} {count:,}" for name, count in findings.throttles.items() if count]
    shown = f"{', '.join(counts) or 'none'} in the last 15 minutes"
    yield _row("Throttles", Span(shown, Style.BAD if counts else Style.GOOD))


def _newest(newest: NewestObject, now: datetime) -> _Row:
    keys = f" (of the first {newest.listed:,} keys)" if not newest.complete else ""
    if newest.location is None or newest.uploaded_at is None:
        return (f"none older than 5 minutes in {newest.bucket}{keys}",)
    state = Span("indexed", Style.GOOD) if newest.indexed else Span("NOT INDEXED", Style.BAD)
    return (state, f" {_ago(newest.uploaded_at, now)}{keys}: ", _name(newest.location))


def _latest_image(health: StackHealth, now: datetime) -> _Row:
    record = health.latest_record
    if "table" in health.failed:
        return ("not checked",)
    if record is None or record.last_modified is None:
        return ("none in the last 30 days",)
    return (f"{record.status} {_ago(record.last_modified, now)}: ", _name(record.location))


def _name(location: ObjectLocation) -> Span:
    return path_span(display_name(location))


def _report_rows(findings: Findings, now: datetime) -> Iterator[_Row]:
    for label, report in (
        ("Last digest", findings.last_digest),
        ("Last audit", findings.last_audit),
    ):
        if report is not None:
            yield _row(label, _report(report, now))


def _report(report: LastReport, now: datetime) -> str:
    if report.at is None:
        return f"none in the last {_age((now - report.since).total_seconds())}"
    return _ago(report.at, now)


def _ago(time: datetime, now: datetime) -> str:
    return f"{_age((now - time).total_seconds())} ago"


def _age(seconds: float) -> str:
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(seconds, 0):.0f} seconds"
