from collections.abc import Iterable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.attributes import Label
from imgmeta.core.filters import Contains
from imgmeta.core.records import ImageRecord, Status
from imgmeta.core.statistics import Statistics, tally_counts
from imgmeta.core.summaries import SummaryCount
from imgmeta.testing.strategies.record_examples import image_record


def tally(records: Iterable[ImageRecord]) -> Statistics:
    return tally_counts(map(SummaryCount.of, records))


def test_missing_attributes_are_not_counted() -> None:
    assert tally([]) == Statistics()
    bare = image_record(file_size=None)
    assert tally([bare]) == Statistics(total=1, by_status=tally([bare]).by_status)
    assert dict(tally([bare]).by_status) == {"processed": 1}


def test_records_are_counted_by_status_format_month_and_gap() -> None:
    december = datetime(2025, 12, 31, 23, 59)  # noqa: DTZ001 - local time, as cameras write it
    counts = tally(
        [
            image_record("a", format="JPEG", taken_at=december),
            image_record("b", format="JPEG", file_size=4),
            image_record("c", status=Status.FAILED, error="not an image"),
            image_record("d", complete=False, file_size=0),
            image_record("e", complete=True, partial_metadata=True, file_size=0),
        ]
    )
    assert (counts.total, counts.file_size) == (5, 10)
    groups = {name: dict(values) for name, values in counts.groups().items()}
    assert groups == {
        "Status": {"processed": 4, "failed": 1},
        "Format": {"JPEG": 2},
        "Camera": {},
        "Month": {"2025-12": 1},
        "Incomplete": {"cut short": 1, "metadata partly read": 1},
    }


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS 40D", "Canon EOS 40D"),
        ("NIKON CORPORATION", "NIKON D70", "NIKON D70"),
        ("KALEIDO Optics", "Kaleido Zoom 7", "Kaleido Zoom 7"),
        ("Kaleido", "kaleido-zoom", "kaleido-zoom"),
        ("ФЭД", "Фэд 5", "Фэд 5"),
        ("Canon", "CANON", "CANON"),
        ("Canon", "Canonet", "Canon Canonet"),
        ("Sony", "Sony7", "Sony Sony7"),
        ("Apple", "iPhone 11", "Apple iPhone 11"),
        (None, "iPhone 11", "iPhone 11"),
        ("Apple", None, "Apple"),
        (None, None, None),
    ],
)
def test_camera_name_does_not_repeat_the_make(
    make: str | None, model: str | None, camera: str | None
) -> None:
    record: ImageRecord = image_record(camera_make=make, camera_model=model)
    assert list(tally([record]).by_camera) == ([camera] if camera else [])


@given(st.none() | st.text(min_size=1), st.none() | st.text(min_size=1))
def test_camera_name_finds_its_images_as_a_filter(make: str | None, model: str | None) -> None:
    record = image_record(camera_make=make, camera_model=model)
    assert all(Contains(Label.CAMERA, each).matches(record) for each in tally([record]).by_camera)


def test_months_have_four_digits_of_the_year() -> None:
    record = image_record(taken_at=datetime(988, 7, 1, 12))  # noqa: DTZ001 - a local time
    assert list(tally([record]).by_month) == ["0988-07"]


def test_unreadable_records_are_counted_by_status() -> None:
    counts = tally([image_record()]).with_unreadable(2)
    assert counts.total == 3
    assert dict(counts.by_status) == {"processed": 1, "unreadable": 2}
    assert tally([]).with_unreadable(0) == Statistics()
