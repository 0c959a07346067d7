from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise

import pytest

pytest.importorskip("jinja2", reason="needs the extra report")
pytest.importorskip("vl_convert", reason="needs the extra report")

from imgmeta.adapters.html import html_page
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.reports import Ranked, Ranking, Report, Scope, build_report
from imgmeta.testing.strategies.record_examples import image_record
from support.html.page import Page, read_page

NOW = datetime(2026, 11, 30, 12, 30, tzinfo=UTC)
TAKEN = datetime(2026, 6, 7, 8, 9)  # noqa: DTZ001 - local time
HASH = "sha256:" + 64 * "a"


def report_of(*records: ImageRecord, filters: tuple[tuple[str, str], ...] = ()) -> Report:
    return build_report(records, Scope("photos.db", filters, NOW))


def page(report: Report) -> Page:
    return read_page(b"".join(html_page(report)))


def full_report() -> Report:
    return report_of(
        image_record("a", file_size=2_000_000, content_hash=HASH, taken_at=TAKEN),
        image_record("b", file_size=2_000_000, content_hash=HASH, complete=False),
        image_record("c", latitude=48.137, longitude=11.575, taken_at=TAKEN.replace(year=2025)),
        image_record("d", display_width=4000, display_height=3000, upload_timestamp=1_780_000_000),
        image_record("e", status=Status.FAILED, error="not an image", upload_timestamp=7),
    )


@pytest.fixture(scope="module")
def full() -> Page:
    return page(full_report())


def test_policy_allows_the_style_sheet_of_the_page_only(full: Page) -> None:
    (policy,) = [each for each in full.named("meta") if "http-equiv" in each]
    digest = b64encode(sha256(full.style.encode()).digest()).decode()
    assert policy["http-equiv"] == "Content-Security-Policy"
    assert policy["content"].split("; ") == [
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]


def test_policy_precedes_all_content(full: Page) -> None:
    names = [element.name for element in full.elements]
    assert names[:4] == ["html", "head", "meta", "meta"]


def test_page_has_landmarks_and_a_link_to_the_content(full: Page) -> None:
    names = [element.name for element in full.elements]
    assert [names.count(name) for name in ("header", "main", "footer", "h1", "nav")] == [1] * 5
    assert full.named("html") == [{"lang": "en"}]
    assert full.named("a")[0] == {"class": "skip", "href": "#content"}


def test_headings_skip_no_level(full: Page) -> None:
    levels = [int(name[1]) for name, _ in full.elements if name in {"h1", "h2", "h3", "h4"}]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_each_id_is_unique_and_each_reference_has_its_element(full: Page) -> None:
    ids = [attributes["id"] for _, attributes in full.elements if "id" in attributes]
    assert len(ids) == len({*ids})
    references = [each["href"].removeprefix("#") for each in full.named("a")]
    for _, attributes in full.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            references += attributes.get(name, "").split()
    assert {*references} <= {*ids}


def test_each_drawing_has_a_text_alternative_or_is_decoration(full: Page) -> None:
    for each in full.named("svg"):
        assert each.get("aria-hidden") == "true" or (
            each["role"] == "img" and each["aria-labelledby"]
        )


def test_each_table_has_a_caption_and_header_cells(full: Page) -> None:
    names = [element.name for element in full.elements]
    assert names.count("table") == names.count("caption") == names.count("thead") > 8
    assert all(each.get("scope") in {"col", "row"} for each in full.named("th"))


def test_totals_are_shown(full: Page) -> None:
    totals = "Images 5 Total size 4.00 MB Unreadable 1 Cut short 1 Duplicates 1 With a position 1"
    assert totals in full.text
    assert "5 images, 4.00 MB · Nov 30, 2026, 12:30 UTC" in full.text


def test_sections_show_the_values_of_the_report(full: Page) -> None:
    for text in (
        "Jun 7, 2025 to Jun 7, 2026, by month. 2 images without a time.",
        "1 image with a position, in 1 cell of a grid of about 10 km.",
        "48.15° N, 11.62° E",
        "s3://holiday/e not an image 3 bytes Jan 1, 1970, 00:00",
        "2 images in 1 group with the same content. Keeping one of each would free 2.00 MB.",
        "3 images cannot be compared with others of the same size",
    ):
        assert text in full.text


def test_period_with_nearly_all_images_is_named_without_a_chart() -> None:
    old = image_record("old", taken_at=TAKEN.replace(year=1900))
    later = [image_record(f"{number}", taken_at=TAKEN) for number in range(20)]
    text = page(report_of(old, *later)).text
    assert "Jun 7, 1900 to Jun 7, 2026. 20 images on Jun 7, 2026. 1 image earlier. " in text
    assert "chart" not in text


def test_filters_are_shown() -> None:
    text = page(report_of(filters=(("--camera", "canon"), ("--incomplete", "")))).text
    assert "--camera canon --incomplete" in text


def test_each_term_has_a_description() -> None:
    with_flag = page(report_of(image_record(), filters=(("--incomplete", ""),)))
    names = [element.name for element in with_flag.elements]
    assert names.count("dt") == names.count("dd") > 0


def test_page_without_images_says_so() -> None:
    empty = page(report_of())
    assert "No image matches." in empty.text
    assert not empty.named("table")


def test_page_without_problems_says_so() -> None:
    text = page(report_of(image_record())).text
    assert "Unreadable images None." in text
    assert "No file is known to be cut short." in text
    assert "The hashes in the index show no duplicates." in text
    assert "No image has a position." in text


def test_page_about_failures_has_no_sections_about_readable_images() -> None:
    failures = page(report_of(image_record(status=Status.FAILED, error="empty")))
    ids = {attributes["id"] for _, attributes in failures.elements if "id" in attributes}
    assert "problems" in ids
    assert not ids & {"equipment", "sizes", "places"}


def test_number_of_unreadable_records_is_shown() -> None:
    report = full_report()
    text = page(replace(report, totals=replace(report.totals, unreadable=1))).text
    assert "1 record of the index could not be read and is not counted." in text


def test_remaining_images_of_a_short_list_are_counted() -> None:
    failed = [
        image_record(f"{number:02}", status=Status.FAILED, error=f"error {number:02}")
        for number in range(60)
    ]
    text = page(report_of(*failed)).text
    assert "The latest 50 of 60 images" in text
    assert "48 others 48" in text


def test_approximate_counts_are_marked() -> None:
    report = replace(
        full_report(), cameras=Ranking((Ranked("Acme", 5, 5),), 7, 1, 0, is_exact=False)
    )
    text = page(report).text
    assert "There are too many different values to count each exactly." in text
    assert "Many others 7" in text


def test_links_and_long_groups_of_duplicates_are_counted() -> None:
    copies = [
        image_record(f"{number}", bucket_name="file://", file_size=9, content_hash=HASH, etag="e")
        for number in range(7)
    ]
    text = page(report_of(*copies)).text
    assert "and 2 more 7 may be links to the same file" in text
