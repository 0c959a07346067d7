"""The health of a stack as JSON. Its keys are an interface: they are added, not changed."""

import json
from datetime import datetime

from imgmeta.core.uris import uri_of
from imgmeta.deployment.core.findings import LastReport
from imgmeta.deployment.core.health import Findings, StackHealth
from imgmeta.deployment.core.stacks import QueueDepth

__all__ = ["health_line"]


def health_line(health: StackHealth) -> str:
    """Return the health of a stack as JSON."""
    problems = list(health.problems())
    latest = health.latest_record
    return json.dumps(
        {
            "StackName": health.stack.name,
            "StackStatus": health.stack.status,
            "Healthy": not problems,
            "Faults": problems,
            "Warnings": list(health.warnings()),
            "Alarms": {
                name: None if alarm is None else alarm.state.value
                for name, alarm in health.alarms.items()
            },
            "Queue": _depth(health.queue),
            "DeadLetters": _depth(health.dead_letters),
            "LastRecord": None
            if latest is None
            else json.loads(latest.to_json()) | {"Uri": latest.uri},
            "UnreadableRecords": health.unreadable_records,
            **_findings(health.findings),
            "Unchecked": dict(health.unchecked),
            "Outputs": dict(sorted(health.stack.outputs.items())),
        }
    )


def _findings(found: Findings) -> dict[str, object]:
    subscriptions = found.subscriptions
    return {
        "CheckedAt": _time(found.checked_at),
        "Function": _function(found),
        "EventSource": found.event_source,
        "Errors": _errors(found),
        "QueueTraffic": _traffic(found),
        "DeadLetterSample": _letters(found),
        "Throttles": None if found.throttles is None else dict(found.throttles),
        "Subscriptions": None
        if subscriptions is None
        else [
            {"Protocol": each.protocol, "Endpoint": each.endpoint, "Confirmed": each.confirmed}
            for each in subscriptions
        ],
        "NewestObjects": _newest(found),
        "EventBridge": None if found.event_delivery is None else dict(found.event_delivery),
        "LastDigest": _report(found.last_digest),
        "LastAudit": _report(found.last_audit),
    }


def _function(found: Findings) -> dict[str, object] | None:
    probe = found.probe
    if probe is None:
        return None
    return {
        "Responds": not (probe.error or probe.throttled),
        "Throttled": probe.throttled,
        "Error": probe.error or None,
        "Version": probe.version or None,
    }


def _errors(found: Findings) -> dict[str, object] | None:
    errors = found.errors
    if errors is None:
        return None
    return {
        "FailedInvocations": errors.crashes,
        "OtherErrors": errors.failures,
        "MessagesFailedAgain": errors.repeated,
        "Reason": errors.reason or None,
        "LastAt": _time(errors.newest),
        "Recovered": errors.recovered,
    }


def _traffic(found: Findings) -> dict[str, object] | None:
    traffic = found.traffic
    if traffic is None:
        return None
    return {
        "OldestSeconds": traffic.oldest_seconds,
        "Received": traffic.received,
        "Deleted": traffic.deleted,
        "ReceivedAgain": traffic.redelivered,
    }


def _letters(found: Findings) -> dict[str, object] | None:
    letters = found.letters
    if letters is None:
        return None
    return {
        "LookedAt": letters.looked_at,
        "CommonestReason": letters.reason,
        "Count": letters.count,
        "OldestSentAt": _time(letters.oldest),
    }


def _newest(found: Findings) -> list[dict[str, object]] | None:
    if found.newest is None:
        return None
    return [
        {
            "BucketName": each.bucket,
            "ObjectKey": None if each.location is None else each.location.key,
            "Uri": None if each.location is None else uri_of(each.location),
            "LastModified": _time(each.uploaded_at),
            "Indexed": each.indexed,
            "ListedKeys": each.listed,
            "Complete": each.complete,
        }
        for each in found.newest
    ]


def _report(report: LastReport | None) -> dict[str, object] | None:
    if report is None:
        return None
    shown = {name: report.fields.get(name) for name in ("bucket", "keys", "drift", "complete")}
    present = {name.title(): value for name, value in shown.items() if value is not None}
    return {"At": _time(report.at), "SearchedSince": _time(report.since), **present}


def _depth(queue: QueueDepth | None) -> dict[str, int] | None:
    return None if queue is None else {"Waiting": queue.waiting, "InFlight": queue.in_flight}


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()
