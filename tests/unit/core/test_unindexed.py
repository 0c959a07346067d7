"""Files that are not indexed are counted by kind and suffix."""

import pytest

from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.core.unindexed import (
    MAX_SUFFIXES,
    Kind,
    UnindexedCount,
    UnindexedFiles,
    kind_of,
    label_of,
    suffix_of,
)


def counted(*keys: str) -> UnindexedFiles:
    files = UnindexedFiles()
    for key in keys:
        files.add(key)
    return files


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("DCIM/100/clip.MP4", Kind.VIDEO),
        ("A001.R3D", Kind.VIDEO),
        ("a.xmp", Kind.SIDECAR),
        ("IMG_1.AAE", Kind.SIDECAR),
        ("a.x3f", Kind.RAW),
        ("logo.svg", Kind.OTHER_IMAGE),
        ("a.mp3", Kind.AUDIO),
        ("a.pdf", Kind.DOCUMENT),
        ("notes.txt", Kind.TEXT),
        ("imgmeta.db", Kind.DATA),
        ("backup.tar.gz", Kind.ARCHIVE),
        ("d/.DS_Store", Kind.SYSTEM),
        ("Thumbs.db", Kind.SYSTEM),
        ("2026/", Kind.FOLDER_MARKER),
        ("a.jpg", Kind.EXCLUDED),
        ("README", Kind.NO_SUFFIX),
        ("a.b/README", Kind.NO_SUFFIX),
        ("e.Not really a suffix", Kind.NO_SUFFIX),
        ("ends with a dot.", Kind.NO_SUFFIX),
        ("a.xyz", Kind.OTHER),
    ],
)
def test_kind_depends_on_the_name(key: str, kind: Kind) -> None:
    assert kind_of(key) is kind


def test_supported_suffix_is_excluded_by_the_settings() -> None:
    assert {kind_of(f"a.{suffix.upper()}") for suffix in IMAGE_SUFFIXES} == {Kind.EXCLUDED}


def test_suffix_is_in_lower_case() -> None:
    assert suffix_of("d.e/a.b.Mp4") == "mp4"


def test_summary_counts_kinds_and_names_unknown_suffixes() -> None:
    files = counted("a.mp4", "b.MOV", "c.xmp", "d.xyz", "e", "f.mp4", "g.xyz")
    assert files.summary() == ("7 files not indexed: 3 video, 2 .xyz, 1 sidecar, 1 without suffix")
    assert files.total == 7
    assert files.by_reason() == {"video": 3, "other": 2, "sidecar": 1, "without suffix": 1}
    assert files.by_suffix() == {"mp4": 2, "xyz": 2, "": 1, "mov": 1, "xmp": 1}


def test_summary_of_one_file_and_of_none() -> None:
    assert counted("a.mp4").summary() == "1 file not indexed: 1 video"
    assert counted().summary() == ""


def test_summary_limits_the_number_of_kinds() -> None:
    files = counted(*(f"a.x{number}" for number in range(20)))
    assert files.summary().endswith(", 12 more")


def test_given_reason_is_kept() -> None:
    files = UnindexedFiles()
    assert files.add("album", "link to a folder") == "link to a folder"
    assert files.add("a.mp4") == "video"
    assert files.summary() == "2 files not indexed: 1 link to a folder, 1 video"


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("a.mp4", "video"),
        ("a.XYZ", ".xyz"),
        ("a.\x1b[2J", "other"),
        ("a.\u00e9", "other"),
        ("a", "without suffix"),
    ],
)
def test_label_is_the_kind_or_a_plain_suffix(key: str, label: str) -> None:
    assert label_of(key) == label


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (UnindexedCount(), "0"),
        (UnindexedCount({"video": 4, ".xyz": 1}), "5 (4 video, 1 .xyz)"),
        (UnindexedCount({"video": 1_000}, is_complete=False), "at least 1,000 (1,000 video)"),
        (UnindexedCount(error="cannot list caf\u00e9\n"), r"not counted: cannot list caf\xe9\n"),
    ],
)
def test_count_is_one_line_of_visible_ascii(count: UnindexedCount, text: str) -> None:
    assert count.text() == text


def test_text_of_a_count_is_limited_in_length() -> None:
    many = UnindexedCount({f".{'x' * 15}{number}": 10**20 for number in range(9)})
    assert len(many.text()) == 150
    assert len(UnindexedCount(error="x" * 10_000).text()) < 150


def test_suffix_in_the_summary_is_not_escaped() -> None:
    assert counted("a.\x1b[2J").summary() == "1 file not indexed: 1 .\x1b[2j"


def test_memory_does_not_depend_on_the_number_of_suffixes() -> None:
    files = counted(*(f"a.{number}" for number in range(MAX_SUFFIXES + 500)))
    assert files.total == MAX_SUFFIXES + 500
    assert len(files.by_suffix()) == MAX_SUFFIXES + 1
    assert files.by_suffix()[""] == 500
