"""All fuzz targets, by name.

A target is a function that takes any bytes and raises an exception if a law is broken: the code
raises only its documented exceptions, reads and stores no more than it promises, and gives the same
result for the same bytes.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fuzz import seeds
from fuzz.image_targets import (
    check_block,
    check_format,
    check_huge_image,
    check_image,
    check_with_pillow,
    format_seeds,
)
from fuzz.text_targets import (
    check_event,
    check_inventory,
    check_query,
    check_record,
    check_sqlite_file,
    check_uri,
)
from imgmeta.formats.registry import FORMATS

__all__ = ["FINDINGS", "TARGETS", "FuzzTarget"]

FINDINGS = Path(__file__).parent / "findings"
"""Inputs that broke a law once, in a folder for each target."""


class FuzzTarget(NamedTuple):
    """A target.

    Attributes:
        check: raises an exception if the bytes break a law.
        seeds: returns valid inputs.
    """

    check: Callable[[bytes], None]
    seeds: Callable[[], tuple[bytes, ...]]


def _format_targets() -> dict[str, FuzzTarget]:
    targets: dict[str, FuzzTarget] = {}
    for image_format in FORMATS:
        name = image_format.name.lower()
        name += "-bare" if name in targets else ""
        targets[name] = FuzzTarget(check_format(image_format), partial(format_seeds, image_format))
    return targets


TARGETS: dict[str, FuzzTarget] = {
    "image": FuzzTarget(check_image, seeds.image_seeds),
    "huge-image": FuzzTarget(check_huge_image, seeds.image_seeds),
    **_format_targets(),
    "pillow": FuzzTarget(check_with_pillow, seeds.image_seeds),
    "exif": FuzzTarget(check_block("exif"), seeds.exif_seeds),
    "xmp": FuzzTarget(check_block("xmp"), seeds.xmp_seeds),
    "iptc": FuzzTarget(check_block("iptc"), seeds.iptc_seeds),
    "icc": FuzzTarget(check_block("icc"), seeds.icc_seeds),
    "app12": FuzzTarget(check_block("app12"), seeds.app12_seeds),
    "ciff": FuzzTarget(check_block("ciff"), seeds.ciff_seeds),
    "reconyx": FuzzTarget(check_block("reconyx"), lambda: (bytes(100), b"RECONYXH2\0" + bytes(90))),
    "event": FuzzTarget(check_event, seeds.event_seeds),
    "query": FuzzTarget(check_query, seeds.query_seeds),
    "uri": FuzzTarget(check_uri, seeds.uri_seeds),
    "inventory": FuzzTarget(check_inventory, seeds.inventory_seeds),
    "record": FuzzTarget(check_record, seeds.record_seeds),
    "sqlite": FuzzTarget(check_sqlite_file, seeds.sqlite_seeds),
}
