import pytest

from imgmeta.core.gps import GpsPolicy, restrict
from imgmeta.core.properties import ImageProperties

MUNICH = ImageProperties(format="JPEG", latitude=48.137154, longitude=11.576124, altitude=519.5)


def test_keep_leaves_the_location_as_the_camera_wrote_it() -> None:
    assert restrict(MUNICH, GpsPolicy.KEEP) == MUNICH


def test_round_leaves_about_a_kilometre_and_no_altitude() -> None:
    rounded = restrict(MUNICH, GpsPolicy.ROUND)
    assert (rounded.latitude, rounded.longitude, rounded.altitude) == (48.14, 11.58, None)
    assert rounded.format == "JPEG"


def test_drop_leaves_nothing_of_the_location_and_all_else() -> None:
    assert restrict(MUNICH, GpsPolicy.DROP) == ImageProperties(format="JPEG")


@pytest.mark.parametrize("policy", GpsPolicy)
def test_an_image_without_a_location_is_left_alone(policy: GpsPolicy) -> None:
    assert restrict(ImageProperties(width=1), policy) == ImageProperties(width=1)


def test_half_a_location_is_not_rounded_into_a_place() -> None:
    half = ImageProperties(latitude=48.137154)
    assert restrict(half, GpsPolicy.ROUND) == ImageProperties()


def test_a_place_near_the_meridian_is_not_rounded_into_no_place() -> None:
    near = ImageProperties(latitude=-0.0012, longitude=0.0034)
    assert restrict(near, GpsPolicy.ROUND) == ImageProperties()
    on_the_equator = restrict(ImageProperties(latitude=-0.001, longitude=9.8), GpsPolicy.ROUND)
    assert str(on_the_equator.latitude) == "0.0"
