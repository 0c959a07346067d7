from xml.etree import ElementTree as ET

import pytest

pytest.importorskip("jinja2", reason="needs the extra report")
pytest.importorskip("vl_convert", reason="needs the extra report")

from imgmeta.adapters.html.charts import Column, ColumnChart, draw_columns

CHART = ColumnChart(
    "uploads", 'Uploads <over> "time"', "Most in May.", [Column("May 2026", 3), Column("Jun", 1)]
)


@pytest.fixture(scope="module")
def drawn() -> ET.Element:
    text = draw_columns(CHART, width=320, height=190, ticks=["May 2026"], css_class="narrow")
    return ET.fromstring(text)  # noqa: S314 - drawn by this test


def test_chart_is_an_image_with_a_title_and_a_description(drawn: ET.Element) -> None:
    assert (drawn.tag, drawn.get("role")) == ("svg", "img")
    title, description = drawn.findall("title") + drawn.findall("desc")
    assert (drawn.get("aria-labelledby"), title.text) == (title.get("id"), CHART.title)
    assert (drawn.get("aria-describedby"), description.text) == (
        description.get("id"),
        CHART.description,
    )


def test_chart_has_the_requested_size(drawn: ET.Element) -> None:
    assert (drawn.get("width"), drawn.get("height")) == ("320", "190")
    assert drawn.get("viewBox") == "0 0 320 190"


def test_colors_are_those_of_the_style_sheet(drawn: ET.Element) -> None:
    colors = {
        value
        for each in drawn.iter()
        for name in ("fill", "stroke")
        if (value := each.get(name)) not in (None, "none", "transparent")
    }
    assert colors == {"var(--accent)", "var(--muted)", "var(--line)"}


def test_chart_has_no_inline_style_which_the_policy_of_the_page_forbids(
    drawn: ET.Element,
) -> None:
    assert not [each for each in drawn.iter() if each.get("style") or each.tag == "style"]


def test_only_the_chosen_columns_have_labels(drawn: ET.Element) -> None:
    texts = [each.text for each in drawn.iter("text")]
    assert "May 2026" in texts
    assert "Jun" not in texts


def test_drawing_of_another_form_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vl_convert.vegalite_to_svg", lambda *_, **__: "<svg/>")
    with pytest.raises(RuntimeError, match="another form"):
        draw_columns(CHART, width=320, height=190, ticks=[], css_class="narrow")


def test_parts_of_a_chart_have_no_role_without_a_name(drawn: ET.Element) -> None:
    root, *parts = drawn.iter()
    assert root.get("role") == "img"
    assert not [
        part.attrib for part in parts if {"role", "aria-roledescription"} & set(part.attrib)
    ]
