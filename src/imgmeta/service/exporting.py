"""Exports of records as a file."""

from collections.abc import Iterable, Iterator

from imgmeta.core.gps import GpsPolicy, restrict
from imgmeta.core.records import ImageRecord
from imgmeta.ports import RecordEncoder

__all__ = ["encode_records"]


def encode_records(
    records: Iterable[ImageRecord],
    encode: RecordEncoder,
    *,
    gps_policy: GpsPolicy = GpsPolicy.KEEP,
) -> Iterator[bytes]:
    """Yield the bytes of a file with the records, in pieces.

    Args:
        records: the records, which are read as the pieces are requested.
        encode: the encoder of the format.
        gps_policy: how much of each GPS position the file may have. Records may have been stored
            with a laxer policy.
    """
    return encode(restrict(record, gps_policy) for record in records)
