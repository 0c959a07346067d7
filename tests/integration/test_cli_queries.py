"""Filters, order and cursors of `list`, `count` and `stats`, on a SQLite index in this process."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.core.records import Status
from imgmeta.testing.strategies.record_examples import image_record
from support.cli.command_line import Cli
from support.sqlite.indexes import write_index

JUNE = datetime(2026, 6, 10, 12)  # noqa: DTZ001 - a local time
MUNICH = {"latitude": 48.137, "longitude": 11.575}
FIJI = {"latitude": -17.7, "longitude": 179.9}
CANON = {"camera_make": "Canon", "camera_model": "EOS 5D", "lens_model": "EF50mm"}
NIKON = {"camera_make": "NIKON CORPORATION", "camera_model": "NIKON D70"}
RECORDS = [
    image_record(
        "2026/a.jpg",
        format="JPEG",
        file_size=5_000_000,
        display_width=4000,
        display_height=6000,
        taken_at=JUNE,
        taken_at_utc=JUNE.replace(hour=10, tzinfo=UTC),
        upload_timestamp=1_781_000_000,
        iso=100,
        focal_length=50.0,
        **MUNICH,
        **CANON,
    ),
    image_record(
        "2026/b.gif",
        format="GIF",
        file_size=1_000,
        display_width=100,
        display_height=100,
        upload_timestamp=1_780_000_000,
    ),
    image_record(
        "2026/raw/c.nef",
        format="NEF",
        file_size=20_000_000,
        display_width=6000,
        display_height=4000,
        taken_at=JUNE.replace(month=7),
        upload_timestamp=1_782_000_000,
        iso=800,
        **FIJI,
        **NIKON,
    ),
    image_record("d.jpg", status=Status.FAILED, error="Truncated file", file_size=None),
    image_record("gone.jpg", status=Status.DELETED, file_size=None),
]


@pytest.fixture
def index(tmp_path: Path, cli: Cli) -> Cli:
    """Return a function that runs a command on an index of five records."""
    write_index(tmp_path / "imgmeta.db", RECORDS)
    return cli


def test_argument_of_list_is_answered_with_the_option_for_it(index: Cli) -> None:
    result = index("list", "2026")
    assert result.code == 2
    assert result.err.startswith(
        "imgmeta: Got unexpected extra argument(s) (2026): use --prefix for images in a folder or "
    )


def test_empty_result_names_the_filters_that_exclude_all(index: Cli) -> None:
    other = index("list", "--taken-until", "1990", "--lens", "none")
    assert other.err == "No image matches.\nNo image matches the other filters either.\n"
    negated = index("list", "--not", "taken-since=1990", "--with", "date")
    assert negated.err.startswith(
        "No image matches.\nImages that match the other filters were taken between 2026-06-10 12:00"
    )


def test_images_are_sorted_by_distance_nearest_first(index: Cli) -> None:
    def names(options: str) -> list[str]:
        result = index("list", "--json", "--near", "48.1,11.5", *options.split())
        return [each["ObjectKey"] for each in result.json]

    assert names("--sort distance") == ["2026/a.jpg", "2026/raw/c.nef"]
    assert names("--sort -distance") == ["2026/raw/c.nef", "2026/a.jpg"]
    assert names("--sort distance --within 10km") == ["2026/a.jpg"]


def test_sorting_by_distance_needs_a_position(index: Cli) -> None:
    for options in ("", "--within 5km", "--not near=1,2 --within 5km"):
        result = index("list", "--sort", "distance", *options.split())
        assert (result.code, result.err) == (
            2,
            "imgmeta: --sort distance needs a position: add, for example, --near 48.137,11.575\n",
        )


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", "a b c d"),
        ("--camera canon", "a"),
        ("--not camera=canon", "b c d"),
        ("--not camera=canon --with camera", "c"),
        ("--lens ef50", "a"),
        ("--format jp", "a"),
        ("--taken-since 2026-06-01 --taken-until 2026-07-01", "a"),
        ("--taken-since 2026-06-10T12:00", "a c"),
        ("--taken-since 2026-06-10T12:00+02:00", "a"),
        ("--taken-since 2026-06-10T12:01+02:00", ""),
        ("--since 2026-06-01", "a c"),
        ("--near 48.1,11.6 --within 5km", "a"),
        ("--near 48.1,11.6 --within 500m", ""),
        ("--near -17.7,-179.9 --within 30km", "c"),
        ("--not near=48.1,11.6 --within 5km", "b c d"),
        ("--bbox 47,11,49,12", "a"),
        ("--bbox -20,179,-10,-179", "c"),
        ("--without location", "b d"),
        ("--with location --with date --without camera", ""),
        ("--orientation portrait --min-megapixels 20", "a"),
        ("--min-size 1kB --max-size 5MB", "a b"),
        ("--min-width 4000", "a c"),
        ("--max-height 100", "b"),
        ("--min-iso 200", "c"),
        ("--min-focal 50 --max-focal 50", "a"),
        ("--status failed --error TRUNC", "d"),
        ("--status deleted", "gone"),
        ("--glob *.jpg", "a d"),
        ("--glob 2026/*", "a b"),
        ("--glob /2026/**/*.nef", "c"),
        ("--prefix s3://holiday/2026/ --not prefix=s3://holiday/2026/raw", "a b"),
        ("--sort size", "b a c d"),
        ("--sort -size", "c a b d"),
        ("--sort -uploaded --limit 2", "c a"),
        ("--sort -taken --with date", "c a"),
        ("--sort camera", "a c b d"),
    ],
)
def test_list_finds_the_images_that_match_all_filters(index: Cli, options: str, found: str) -> None:
    result = index("list", "--json", *options.split())
    assert result.code == 0, result.err
    stems = [record["ObjectKey"].rpartition("/")[2].partition(".")[0] for record in result.json]
    assert " ".join(stems) == found
    if "--sort" not in options and "--limit" not in options:
        assert index("count", *options.split()).out == f"{len(stems)}\n"


def test_cursor_of_a_limited_list_continues_it(index: Cli) -> None:
    options, seen = ["--sort", "-size", "--limit", "3"], list[str]()
    first = index("list", "--json", *options)
    seen += [record["ObjectKey"] for record in first.json]
    assert first.err.startswith("More images match: add --after ")
    cursor = first.err.split()[-1]
    rest = index("list", "--json", *options, "--after", cursor)
    seen += [record["ObjectKey"] for record in rest.json]
    assert rest.err == ""
    assert seen == ["2026/raw/c.nef", "2026/a.jpg", "2026/b.gif", "d.jpg"]
    other = index("list", "--sort", "size", "--after", cursor)
    assert other.code == 2
    assert "the cursor belongs to another sort order" in other.err


TAKEN = (
    "The images in the index were taken between 2026-06-10 12:00 and 2026-07-10 12:00 (local time)."
)
UPLOADED = "Images that match the other filters were uploaded at 2026-06-21 00:00 (UTC)."
UNKNOWN = (
    "Images that match the other filters have no time for --taken-since and --taken-until (UTC)."
)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ("--camera leica", None),
        ("--taken-since 2027-01-01", TAKEN),
        ("--since 2027-01-01 --camera nikon", UPLOADED),
        ("--taken-since 2027-01-01T00:00Z --format gif", UNKNOWN),
    ],
)
@pytest.mark.parametrize("command", ["list", "count", "stats"])
def test_empty_result_says_when_there_would_be_something(
    index: Cli, command: str, options: str, line: str | None
) -> None:
    result = index(command, *options.split())
    assert result.code == 0
    assert result.out == ("0\n" if command == "count" else "")
    # The count already says that nothing matches.
    first = None if command == "count" else "No image matches."
    assert result.err.splitlines() == [*filter(None, [first, line])]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "--sort", "beauty"], "invalid --sort 'beauty': use key, status,"),
        (["list", "--after", "x"], "invalid cursor: use one that an earlier query returned"),
        (["list", "--within", "5km"], "--within needs a position: add, for example, --near"),
        (["count", "--near", "1,2"], "--near needs a distance: add, for example, --within 5km"),
        (["stats", "--by", "size"], "Invalid value for '--by'"),
        (["stats", "--not", "canon"], "invalid --not 'canon': use the name and value"),
        (
            ["list", "--since", "2026-02-01", "--until", "2026-02-01"],
            "--since must be earlier than --until",
        ),
        (
            ["list", "--taken-since", "2026-02-02", "--taken-until", "2026-02-01"],
            "--taken-since must be earlier than --taken-until",
        ),
        (
            ["count", "--taken-since", "2026-06", "--taken-until", "2026-06"],
            "--taken-since must be earlier than --taken-until, which ends the range before",
        ),
        (
            ["count", "--min-size", "2MB", "--max-size", "1MB"],
            "--min-size must not be greater than --max-size",
        ),
    ],
)
def test_invalid_option_is_one_line_with_exit_code_2(
    index: Cli, arguments: list[str], message: str
) -> None:
    result = index(*arguments)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(f"imgmeta: {message}")
    assert result.err.count("\n") == 1


def test_negated_position_may_have_the_hyphens_of_its_option(index: Cli) -> None:
    negated = index("count", "--not", "near=90,0", "--within", "5km")
    assert negated.code == 0
    assert index("count", "--not", "--near=90,0", "--within", "5km") == negated


@pytest.mark.parametrize(
    ("by", "values"),
    [
        ("camera", {"Canon EOS 5D": 1, "NIKON D70": 1}),
        ("lens", {"EF50mm": 1}),
        ("format", {"GIF": 1, "JPEG": 1, "NEF": 1}),
        ("month", {"2026-06": 1, "2026-07": 1}),
        ("day", {"2026-06-10": 1, "2026-07-10": 1}),
    ],
)
def test_stats_count_by_one_attribute(index: Cli, by: str, values: dict[str, int]) -> None:
    lines = index("stats", "--by", by, "--json").json
    assert {line["Value"]: line["Count"] for line in lines} == values
    assert {line["Group"] for line in lines} == {by.capitalize()}
    text = index("stats", "--by", by).lines
    assert text[:3] == ["4 images, 25.0 MB", "", by.capitalize()]
    assert len(text) == 3 + len(values)


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["text", "json"])
def test_stats_without_a_known_value_are_explained(index: Cli, options: list[str]) -> None:
    result = index("stats", "--by", "place", "--without", "location", *options)
    assert result.out == ("" if options else "2 images, 1.00 kB\n")
    assert result.err == "None of these images has a known place.\n"


def test_place_of_stats_can_be_pasted_as_a_position(index: Cli) -> None:
    lines = index("stats", "--by", "place", "--camera", "canon", "--json").json
    (place,) = [line["Value"] for line in lines]
    found = index("list", "--near", place, "--within", "10km", "--json").json
    assert [record["ObjectKey"] for record in found] == ["2026/a.jpg"]


def test_filtered_stats_count_the_matching_images(index: Cli) -> None:
    lines = index("stats", "--without", "camera", "--json").json
    counts = {(line["Group"], line["Value"]): line["Count"] for line in lines}
    assert counts == {("Status", "failed"): 1, ("Status", "processed"): 1, ("Format", "GIF"): 1}


def test_range_of_times_is_limited_to_years_that_exist(cli: Cli, tmp_path: Path) -> None:
    with SQLiteImageRepository(tmp_path / "imgmeta.db") as repository:
        for key, seconds in (("a", -(2**62)), ("b", 2**62)):
            repository.put(image_record(key, upload_timestamp=seconds), IfRevision(None))
    line = cli("list", "--since", "2026-01-01", "--until", "2026-01-02").err.splitlines()[1]
    assert "uploaded between 0001-01-01 00:00 and 9999-12-31 23:59 (UTC)" in line.replace(
        " 1-", " 0001-"
    )


def test_count_is_json_on_request(index: Cli) -> None:
    assert index("count", "--json").out == '{"Count":4}\n'
