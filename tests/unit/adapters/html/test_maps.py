import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.core.reports import PlaceCount

pytest.importorskip("markupsafe", reason="needs the extra report")

from imgmeta.adapters.html.maps import draw_map

MUNICH = PlaceCount(48.15, 11.55, 1234)
PLACES = st.lists(
    st.builds(PlaceCount, st.floats(-90, 90), st.floats(-180, 180), st.integers(1, 10**6)),
    max_size=30,
)


def drawn(places: Sequence[PlaceCount], css_class: str = "wide", width: int = 880) -> ET.Element:
    return ET.fromstring(draw_map(places, width=width, css_class=css_class))  # noqa: S314 - drawn by the code under test


def test_circle_names_its_place_and_number() -> None:
    (circle,) = drawn([MUNICH]).iter("circle")

    assert circle.findtext("title") == "1,234 images around 48.1° N, 11.6° E"


def test_circle_of_one_image_in_the_southwest_is_named() -> None:
    (circle,) = drawn([PlaceCount(-22.9, -43.2, 1)]).iter("circle")

    assert circle.findtext("title") == "1 image around 22.9° S, 43.2° W"


def test_map_describes_itself_to_screen_readers() -> None:
    svg = drawn([MUNICH])
    ids = {each.get("id"): each.text for each in svg if each.get("id")}

    assert svg.get("role") == "img"
    assert ids[svg.get("aria-labelledby")] == "Map of places"
    assert ids[svg.get("aria-describedby")] == (
        "A region with 1 circle, whose areas grow with the number of images. Most images, 1,234, "
        "are around 48.1° N, 11.6° E."
    )


def test_map_without_places_shows_the_world() -> None:
    assert "The world, without places." in draw_map([], width=880, css_class="wide")


def test_region_has_a_scale_and_the_world_has_none() -> None:
    texts = {each.text for each in drawn([MUNICH]).iter("text")}

    assert {"100 km", "48° N", "10° E"} <= texts
    world = drawn([MUNICH, PlaceCount(-33.9, 151.2, 1), PlaceCount(40.7, -74.0, 1)])
    assert not any("km" in (each.text or "") for each in world.iter("text"))


@pytest.mark.parametrize("width", [320, 880])
def test_no_label_touches_the_scale(width: int) -> None:
    places = [PlaceCount(60.15, 24.81, 1), PlaceCount(-0.35, 36.05, 1), PlaceCount(39.05, -94.3, 1)]
    texts = [*drawn(places, width=width).iter("text")]

    *labels, scale = [float(each.get("y", "")) for each in texts]
    assert "km" in (texts[-1].text or "")
    assert all(scale - each >= 14 for each in labels)


def test_inland_region_has_land() -> None:
    (land,) = (each for each in drawn([MUNICH]) if each.get("class") == "land")

    assert land.get("d")


def test_two_maps_of_a_page_have_different_ids() -> None:
    wide, narrow = drawn([MUNICH]), drawn([MUNICH], "narrow", 320)

    assert not {each.get("id") for each in wide if each.get("id")} & {
        each.get("id") for each in narrow
    }


def test_map_of_many_places_is_small() -> None:
    places = [
        PlaceCount(row / 2 - 60, column * 3 - 180, row + 1)
        for row in range(250)
        for column in range(120)
    ]
    svg = draw_map(places, width=880, css_class="wide")

    assert svg.count("<circle") <= 300
    assert len(svg) < 150_000


@settings(max_examples=10)
@given(PLACES, st.sampled_from([320, 880]))
def test_map_loads_nothing_and_keeps_to_the_style_sheet(
    places: list[PlaceCount], width: int
) -> None:
    svg = drawn(places, width=width)

    for element in svg.iter():
        assert not {"href", "style", "onload", "src"} & set(element.attrib)
        numbers = " ".join(value for name, value in element.items() if name in {"d", "cx", "cy"})
        assert re.fullmatch(r"[\d., MHVZhv-]*", numbers)
