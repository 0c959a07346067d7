r"""JSON Lines: one object a line, in the attribute names that records are stored under.

What is not plainly visible is escaped as `\u…`, in a JSON that means the same: so a line that ends
up on a terminal after all does no harm there, and always is one line.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from imgmeta.core.drift import Comparison
from imgmeta.core.outcomes import ItemOutcome
from imgmeta.core.records import ImageRecord
from imgmeta.core.statistics import Statistics, in_reading_order
from imgmeta.deployment.core.packages import FunctionPackage

__all__ = ["drift_line", "error_line", "package_line", "record_line", "statistics_lines"]


def record_line(record: ImageRecord) -> str:
    """Return a record as it is stored."""
    return _visible(record.to_json())


def drift_line(bucket: str, found: Comparison) -> str:
    """Return a difference as `BucketName`, `ObjectKey`, `Difference` and, if there is, `Error`."""
    line = {"BucketName": bucket, "ObjectKey": found.key, "Difference": found.difference.value}
    return _line(line | ({"Error": found.reason} if found.reason else {}))


def error_line(item: ItemOutcome) -> str:
    """Return an item that could not be reached: `BucketName`, `ObjectKey`, `Outcome`, `Error`."""
    location = item.location
    line = {"BucketName": location.bucket, "ObjectKey": location.key, "Outcome": item.outcome.value}
    return _line(line | {"Error": item.reason or ""})


def statistics_lines(statistics: Statistics) -> Iterator[str]:
    """Yield each count as `Group`, `Value` and `Count`."""
    for group, counts in statistics.groups().items():
        for value, count in in_reading_order(group, counts):
            yield _line({"Group": group, "Value": value, "Count": count})


def package_line(package: FunctionPackage, path: Path) -> str:
    """Return what is in a package, and where it is written."""
    parts = [
        {"Name": each.name, "Version": each.version, "Size": each.size} for each in package.parts
    ]
    return _line(
        {
            "Path": str(path),
            "Runtime": package.platform.runtime,
            "Architecture": package.platform.architecture,
            "Size": len(package.content),
            "UnpackedSize": package.unpacked_size,
            "IsPrecompiled": package.is_precompiled,
            "Parts": parts,
        }
    )


def _line(value: Mapping[str, object]) -> str:
    return _visible(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _visible(line: str) -> str:
    if line.isprintable():
        return line
    # Whatever is not printable stands in a string, where JSON allows an escape for it.
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)
