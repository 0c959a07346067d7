"""The stored GPS position never exceeds what the policy permits."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.gps import GpsPolicy, permits, restrict
from imgmeta.core.properties import ImageProperties

photos = st.builds(
    ImageProperties,
    width=st.just(1),
    latitude=st.none() | st.floats(-90, 90),
    longitude=st.none() | st.floats(-180, 180),
    altitude=st.none() | st.floats(-100_000, 1_000_000),
)
policies = st.sampled_from(GpsPolicy)


@given(photos, policies)
def test_restricted_properties_are_permitted_and_valid(
    photo: ImageProperties, policy: GpsPolicy
) -> None:
    restricted = restrict(photo, policy)
    assert permits(restricted, policy)
    assert restrict(restricted, policy) == restricted
    assert ImageProperties.model_validate(restricted.model_dump()) == restricted


@given(photos, policies)
def test_only_properties_that_are_not_permitted_are_changed(
    photo: ImageProperties, policy: GpsPolicy
) -> None:
    assert permits(photo, policy) == (restrict(photo, policy) == photo)


@given(photos)
def test_rounded_position_is_within_a_kilometer(photo: ImageProperties) -> None:
    restricted = restrict(photo, GpsPolicy.ROUND)
    for rounded, true in (
        (restricted.latitude, photo.latitude),
        (restricted.longitude, photo.longitude),
    ):
        assert rounded is None or (true is not None and abs(rounded - true) <= 0.005 + 1e-9)
    assert restricted.altitude is None
