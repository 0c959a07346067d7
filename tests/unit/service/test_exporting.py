from collections.abc import Iterable, Iterator

from imgmeta import GpsPolicy, ImageRecord
from imgmeta.service.exporting import encode_records
from imgmeta.testing.strategies.record_examples import image_record

MUNICH = image_record(latitude=48.13712, longitude=11.57541, altitude=520.0)


def positions(records: Iterable[ImageRecord], /) -> Iterator[bytes]:
    for each in records:
        yield f"{each.latitude},{each.longitude},{each.altitude}".encode()


def test_positions_are_complete_unless_a_policy_forbids_them() -> None:
    assert [*encode_records([MUNICH], positions)] == [b"48.13712,11.57541,520.0"]


def test_stored_position_is_limited_to_what_the_policy_permits() -> None:
    rounded = encode_records([MUNICH], positions, gps_policy=GpsPolicy.ROUND)
    dropped = encode_records([MUNICH], positions, gps_policy=GpsPolicy.DROP)
    assert [*rounded, *dropped] == [b"48.14,11.58,None", b"None,None,None"]
