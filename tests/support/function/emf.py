"""Parser and validator of CloudWatch's embedded metric format.

Amazon CloudWatch User Guide, "Specification: Embedded metric format".
"""

from typing import Any

__all__ = ["MetricValues", "parse_metrics"]

MetricValues = dict[str, tuple[str, list[float]]]
"""The unit and the values of each metric, by name."""

_MAX_BYTES = 1024 * 1024
_UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes"),
    *("Terabytes", "Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count"),
    "None",
}
"""Amazon CloudWatch API Reference, "MetricDatum"; without the units per second."""


def parse_metrics(document: dict[str, Any]) -> MetricValues:
    """Validate a document; return the unit and the values of each of its metrics."""
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
    value = document[metric["Name"]]
    values = value if isinstance(value, list) else [value]
    assert 1 <= len(values) <= 100
    assert all(type(each) in {int, float} for each in values)
    return metric["Unit"], values
