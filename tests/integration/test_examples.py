"""The sample photos: their script, and their records."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from imgmeta.bootstrap import open_indexer, open_repository, parse_target
from imgmeta.config import Settings
from imgmeta.core.records import ImageRecord, Status

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ImageRecord]:
    index = tmp_path_factory.mktemp("index") / "index.db"
    with open_repository(f"sqlite:///{index}") as repository:
        outcomes = list(open_indexer(Settings(), repository).sync(parse_target(str(EXAMPLES))))
    top = len(EXAMPLES.resolve().as_posix())
    return {o.location.key[top:]: o.record for o in outcomes if o.record}


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for part in ("photos", "broken")
        for path in (folder / part).rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_script_is_deterministic(tmp_path: Path) -> None:
    pytest.importorskip("pillow_heif", reason="needs the extra heic")
    for name in ("one", "two"):
        script, folder = str(EXAMPLES / "draw_photos.py"), str(tmp_path / name)
        subprocess.run(
            [sys.executable, script, folder], check=True, capture_output=True, timeout=300
        )

    assert files(tmp_path / "one") == files(tmp_path / "two")
    assert files(tmp_path / "one").keys() == files(EXAMPLES).keys()


def test_samples_are_small() -> None:
    assert sum(map(len, files(EXAMPLES).values())) < 300_000


def test_every_sample_is_indexed(records: dict[str, ImageRecord]) -> None:
    assert records.keys() == files(EXAMPLES).keys()


def test_only_the_broken_files_fail(records: dict[str, ImageRecord]) -> None:
    failed = {name for name, record in records.items() if record.status is Status.FAILED}

    assert failed == {"broken/cut-off.jpg", "broken/renamed.png"}
    assert all(records[name].error for name in failed)


def test_samples_cover_every_format(records: dict[str, ImageRecord]) -> None:
    formats = {record.format for record in records.values() if record.format}

    assert formats == {"JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "HEIC"}


def test_every_property_of_a_photo_is_read(records: dict[str, ImageRecord]) -> None:
    record = records["photos/lighthouse.jpg"]

    assert (record.width, record.height, record.orientation) == (480, 320, None)
    assert (record.camera_make, record.camera_model) == ("Fernglas", "Fernglas M1")
    assert record.lens_model == "Fernglas 35mm F2"
    assert (record.exposure_time, record.f_number) == (0.004, 5.6)
    assert (record.iso, record.focal_length) == (100, 35)
    assert record.icc_profile
    assert record.latitude == pytest.approx(54.679, abs=1e-6)
    assert record.longitude == pytest.approx(13.43381, abs=3e-6)
    assert record.altitude == 46
    assert record.taken_at == datetime(2026, 6, 21, 21, 18, 5)  # noqa: DTZ001 - local time, as the camera wrote it
    assert record.taken_at_offset == "+02:00"
    assert record.taken_at_utc == datetime(2026, 6, 21, 19, 18, 5, tzinfo=UTC)


def test_southern_and_western_coordinates_are_negative(
    records: dict[str, ImageRecord],
) -> None:
    def position(name: str) -> tuple[float | None, float | None]:
        record = records[f"photos/{name}"]
        return record.latitude, record.longitude

    assert position("HARBOUR.JPG") == pytest.approx((-33.85689, 151.21539), abs=3e-6)
    assert position("aurora.png") == pytest.approx((64.13333, -21.93333), abs=3e-6)


def test_display_size_depends_on_the_orientation(records: dict[str, ImageRecord]) -> None:
    sideways, upside_down = records["photos/tower.jpg"], records["photos/balloons.jpeg"]

    assert (sideways.orientation, sideways.width, sideways.height) == (6, 480, 320)
    assert (sideways.display_width, sideways.display_height) == (320, 480)
    assert (upside_down.orientation, upside_down.display_width) == (3, 480)


def test_utc_time_is_unknown_without_an_offset(records: dict[str, ImageRecord]) -> None:
    record = records["photos/balloons.jpeg"]

    assert record.taken_at
    assert (record.taken_at_offset, record.taken_at_utc) == (None, None)


def test_frames_and_pages_are_counted(records: dict[str, ImageRecord]) -> None:
    assert records["photos/clock.gif"].frame_count == 12
    assert records["photos/scans/letter.tiff"].frame_count == 3


def test_transparency_is_read(records: dict[str, ImageRecord]) -> None:
    assert records["photos/logo.png"].has_alpha is True
    assert records["photos/lighthouse.jpg"].has_alpha is False


def test_truncated_photo_with_a_complete_header_is_read(
    records: dict[str, ImageRecord],
) -> None:
    record = records["photos/half-sent.jpg"]

    assert (record.width, record.height) == (480, 320)
    assert record.camera_model == "Fernglas Pocket"


def test_query_prints_photos_with_a_position_in_chronological_order(
    tmp_path: Path,
) -> None:
    store = f"sqlite:///{tmp_path}/index.db"
    with open_repository(store) as repository:
        list(open_indexer(Settings(), repository).sync(parse_target(str(EXAMPLES))))

    done = subprocess.run(
        [sys.executable, str(EXAMPLES / "query.py"), store],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert [line.rpartition("  ")[2] for line in done.stdout.splitlines()] == [
        *("HARBOUR.JPG", "aurora.png", "tower.jpg", "dunes.avif", "blossom.heic"),
        "lighthouse.jpg",
    ]
