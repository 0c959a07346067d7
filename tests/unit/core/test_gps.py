import pytest

from imgmeta.core.gps import GpsPolicy, restrict
from imgmeta.core.properties import ImageProperties

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
