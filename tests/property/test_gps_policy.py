"""A photo's location is personal: what is stored never says more than the policy allows."""

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
def test_what_is_kept_is_permitted_and_still_valid(
    photo: ImageProperties, policy: GpsPolicy
) -> None:
    kept = restrict(photo, policy)
    assert permits(kept, policy)
    assert restrict(kept, policy) == kept
    assert ImageProperties.model_validate(kept.model_dump()) == kept


@given(photos, policies)
def test_nothing_is_restricted_that_is_permitted(photo: ImageProperties, policy: GpsPolicy) -> None:
    assert permits(photo, policy) == (restrict(photo, policy) == photo)


@given(photos)
def test_a_rounded_place_is_within_a_kilometre_of_the_true_one(photo: ImageProperties) -> None:
    kept = restrict(photo, GpsPolicy.ROUND)
    for rounded, true in ((kept.latitude, photo.latitude), (kept.longitude, photo.longitude)):
        assert rounded is None or (true is not None and abs(rounded - true) <= 0.005 + 1e-9)
    assert kept.altitude is None
