"""CloudWatch's embedded metric format, as its specification has it, for who reads what we write.

Amazon CloudWatch User Guide, "Specification: Embedded metric format".
"""

from typing import Any

__all__ = ["Measured", "metrics_of"]

Measured = dict[str, tuple[str, list[float]]]
"""The unit and the values of each metric."""

_MAX_BYTES = 1024 * 1024
_UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes"),
    *("Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count"),
    "None",
}
"""Amazon CloudWatch API Reference, "MetricDatum"; those by the second are left out."""


def metrics_of(document: dict[str, Any]) -> Measured:
    """Return the units and values of each metric in a document, once it is valid."""
    assert set(document["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    stamp = document["_aws"]["Timestamp"]
    assert type(stamp) is int
    assert 1_700_000_000_000 < stamp < 5_000_000_000_000, "milliseconds since 1970"
    assert len(repr(document)) < _MAX_BYTES
    (directive,) = document["_aws"]["CloudWatchMetrics"]
    assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
    assert 1 <= len(directive["Namespace"]) <= 1024
    for names in directive["Dimensions"]:
        assert len(names) <= 30
        assert all(isinstance(document[name], str) and document[name] for name in names)
    assert 1 <= len(directive["Metrics"]) <= 100
    return {each["Name"]: _metric(document, each) for each in directive["Metrics"]}


def _metric(document: dict[str, Any], metric: dict[str, Any]) -> tuple[str, list[float]]:
    assert set(metric) == {"Name", "Unit"}
    assert 1 <= len(metric["Name"]) <= 1024
    assert metric["Unit"] in _UNITS
    found = document[metric["Name"]]
    values = found if isinstance(found, list) else [found]
    assert 1 <= len(values) <= 100
    assert all(type(value) in {int, float} for value in values)
    return metric["Unit"], values
