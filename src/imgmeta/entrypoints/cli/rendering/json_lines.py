r"""JSON Lines: one object per line, with the attribute names of stored records.

Unprintable characters are escaped as `\u…`, so that a terminal shows each object safely.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imgmeta.core.json_lines import escape_json, record_line
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.outcomes import ItemOutcome, Outcome
from imgmeta.core.uris import uri_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from imgmeta.core.drift import Comparison
    from imgmeta.core.grouping import GroupedCounts
    from imgmeta.core.properties import ImageProperties
    from imgmeta.core.statistics import Statistics
    from imgmeta.core.unindexed import UnindexedFiles
    from imgmeta.deployment.core.packages import FunctionPackage

__all__ = [
    "difference_line",
    "error_line",
    "json_line",
    "location_line",
    "location_values",
    "package_line",
    "properties_line",
    "record_line",
    "sent_line",
    "statistics_lines",
    "unindexed_counts_line",
    "unindexed_line",
]


def properties_line(properties: ImageProperties) -> str:
    """Return the properties of an image, with the attribute names of a record."""
    return escape_json(properties.model_dump_json(by_alias=True, exclude_none=True))


def difference_line(bucket: str, comparison: Comparison) -> str:
    """Return a difference: its location, `Difference` and any reason as `Error`."""
    line = location_values(ObjectLocation(bucket, comparison.key))
    line["Difference"] = comparison.difference.value
    return json_line(line | ({"Error": comparison.reason} if comparison.reason else {}))


def error_line(item: ItemOutcome) -> str:
    """Return an item with the outcome `error`: its location, `Outcome` and `Error`."""
    result = {"Outcome": item.outcome.value, "Error": item.reason or ""}
    return json_line(location_values(item.location) | result)


def location_line(location: ObjectLocation) -> str:
    """Return the location of an image."""
    return json_line(location_values(location))


def sent_line(count: int) -> str:
    """Return the number of images that were sent to a queue."""
    return json_line({"Sent": count})


def unindexed_line(location: ObjectLocation, reason: str) -> str:
    """Return a file that is not indexed: its location, `Outcome` and `Reason`."""
    result = {"Outcome": Outcome.IGNORED.value, "Reason": reason}
    return json_line(location_values(location) | result)


def unindexed_counts_line(files: UnindexedFiles) -> str:
    """Return the number of files that are not indexed, by reason and by suffix."""
    return json_line(
        {"NotIndexed": files.total, "Reasons": files.by_reason(), "Suffixes": files.by_suffix()}
    )


def statistics_lines(statistics: Statistics | GroupedCounts) -> Iterator[str]:
    """Yield each count as `Group`, `Value` and `Count`."""
    from imgmeta.core.statistics import sort_counts  # noqa: PLC0415 - one command has statistics

    for group, counts in statistics.groups().items():
        for value, count in sort_counts(group, counts):
            yield json_line({"Group": group, "Value": value, "Count": count})


def package_line(package: FunctionPackage, path: Path) -> str:
    """Return the contents of a deployment package and the path it was written to."""
    parts = [
        {"Name": each.name, "Version": each.version, "Size": each.size} for each in package.parts
    ]
    return json_line(
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


def location_values(location: ObjectLocation) -> dict[str, str]:
    """Return a location as `BucketName`, `ObjectKey` and `Uri`."""
    return {
        "BucketName": location.bucket,
        "ObjectKey": location.key,
        "Uri": uri_of(location),
    }


def json_line(value: Mapping[str, object]) -> str:
    """Return an object as one line of JSON that a terminal shows safely."""
    return escape_json(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
