import pytest

from imgmeta.core.gps import GpsPolicy, restrict, stricter
from imgmeta.core.properties import ImageProperties
from imgmeta.testing.strategies.record_examples import image_record

MUNICH = ImageProperties(format="JPEG", latitude=48.137154, longitude=11.576124, altitude=519.5)


def test_keep_does_not_change_the_position() -> None:
    assert restrict(MUNICH, GpsPolicy.KEEP) == MUNICH


def test_round_keeps_two_decimal_places_and_no_altitude() -> None:
    rounded = restrict(MUNICH, GpsPolicy.ROUND)
    assert (rounded.latitude, rounded.longitude, rounded.altitude) == (48.14, 11.58, None)
    assert rounded.format == "JPEG"


def test_drop_removes_only_the_position() -> None:
    assert restrict(MUNICH, GpsPolicy.DROP) == ImageProperties(format="JPEG")


@pytest.mark.parametrize("policy", GpsPolicy)
def test_image_without_a_position_is_not_changed(policy: GpsPolicy) -> None:
    assert restrict(ImageProperties(width=1), policy) == ImageProperties(width=1)


def test_rounding_removes_a_latitude_without_a_longitude() -> None:
    half = ImageProperties(latitude=48.137154)
    assert restrict(half, GpsPolicy.ROUND) == ImageProperties()


def test_position_that_rounds_to_zero_zero_is_removed() -> None:
    near = ImageProperties(latitude=-0.0012, longitude=0.0034)
    assert restrict(near, GpsPolicy.ROUND) == ImageProperties()
    on_the_equator = restrict(ImageProperties(latitude=-0.001, longitude=9.8), GpsPolicy.ROUND)
    assert str(on_the_equator.latitude) == "0.0"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (GpsPolicy.KEEP, GpsPolicy.KEEP, GpsPolicy.KEEP),
        (GpsPolicy.KEEP, GpsPolicy.ROUND, GpsPolicy.ROUND),
        (GpsPolicy.DROP, GpsPolicy.ROUND, GpsPolicy.DROP),
    ],
)
def test_stricter_policy_permits_less(
    one: GpsPolicy, other: GpsPolicy, expected: GpsPolicy
) -> None:
    assert stricter(one, other) is stricter(other, one) is expected


def test_restricted_record_is_a_record() -> None:
    record = image_record(latitude=48.13712, longitude=11.57541, altitude=520.0)
    restricted = restrict(record, GpsPolicy.ROUND)
    assert restricted == image_record(latitude=48.14, longitude=11.58)
