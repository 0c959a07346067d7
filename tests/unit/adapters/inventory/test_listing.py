"""Tests of listings from S3 Inventory reports."""

import errno
import gzip
import hashlib
import sys
import tempfile
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from imgmeta import ConfigurationError, PermanentError
from imgmeta.adapters.inventory import list_inventory, sorting
from imgmeta.core.objects import ListedObject
from support.aws.inventories import (
    FORMATS,
    UPLOADED,
    Report,
    Version,
    csv_file,
    needs_pyarrow,
    parquet_file,
    report,
)

CURRENT = ("Bucket", "Key", "Size", "ETag", "StorageClass")
VERSIONS = [
    Version("b c+d%.jpg"),
    Version("a.jpg", size=9, etag="old", is_latest=False),
    Version("海.jpg", storage_class="GLACIER"),
    Version("a.jpg", size=7),
    Version("gone.jpg", size=None, etag=None, is_delete_marker=True),
    Version("A.txt"),
]
VALID = csv_file([Version("a.jpg")])
Write = Callable[..., bytes]


def refusal(each: Report) -> str:
    with pytest.raises(PermanentError) as caught:
        each.list()
    return str(caught.value)


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
def test_current_versions_are_listed_in_key_order(file_format: str, write: Write) -> None:
    files = write(VERSIONS[:2]), write(VERSIONS[2:])
    listed = report(*files, file_format=file_format).list(wanted=lambda key: key.endswith(".jpg"))
    assert listed == [
        ListedObject("a.jpg", 7, "e1", UPLOADED),
        ListedObject("b c+d%.jpg", 3, "e1", UPLOADED),
        ListedObject("海.jpg", 3, "e1", UPLOADED, "GLACIER"),
    ]


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
def test_inventory_of_current_versions_is_listed(file_format: str, write: Write) -> None:
    each = report(
        write([Version("b.jpg"), Version("a.jpg")], CURRENT),
        file_format=file_format,
        columns=CURRENT,
    )
    assert each.list() == [ListedObject("a.jpg", 3, "e1"), ListedObject("b.jpg", 3, "e1")]


def test_inventory_without_files_is_empty() -> None:
    assert report().list() == []


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
def test_newest_of_two_rows_of_a_key_is_listed(file_format: str, write: Write) -> None:
    newer = Version("a.jpg", etag="new", modified=UPLOADED + timedelta(seconds=1))
    each = report(write([newer]), write([Version("a.jpg")]), file_format=file_format)
    assert [listed.etag for listed in each.list() if isinstance(listed, ListedObject)] == ["new"]


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
def test_row_of_another_bucket_is_an_error(file_format: str, write: Write) -> None:
    each = report(write([Version("a.jpg", bucket="other")]), file_format=file_format)
    assert "1: it is of the bucket 'other', not of 'holiday'" in refusal(each)


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
@pytest.mark.parametrize("damage", [b"x", b"\0" * 5_000])
def test_file_that_differs_from_its_digest_is_an_error(
    file_format: str, write: Write, damage: bytes
) -> None:
    each = report(write(VERSIONS), file_format=file_format)
    for key in each.contents:
        each.contents[key] = damage + each.contents[key][len(damage) :]
    assert refusal(each).startswith("cannot read the inventory file s3://reports/inv/holiday/")


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
def test_replaced_file_is_an_error(file_format: str, write: Write) -> None:
    each = report(write(VERSIONS), file_format=file_format)
    for key in each.contents:
        each.contents[key] = write([Version("b c+d%.jpg")])
    assert "differs from the manifest, so that it is damaged or was replaced" in refusal(each)


def test_longer_file_is_not_read_to_its_end() -> None:
    each, pieces = report(VALID), list[bytes]()

    def longer(_: object) -> Iterator[bytes]:
        for _ in range(100):
            pieces.append(VALID)
            yield VALID

    with pytest.raises(PermanentError, match="differs from the manifest"):
        list(list_inventory(each.manifest, longer))
    assert len(pieces) == 2


def described_again(each: Report) -> Report:
    """Return a report whose manifest has the digests of the contents."""
    return each.with_document(
        files=[
            {"key": key, "size": len(content), "MD5checksum": hashlib.md5(content).hexdigest()}  # noqa: S324 - the format has MD5
            for key, content in each.contents.items()
        ]
    )


@pytest.mark.parametrize("length", [0, 10, 60, -1])
def test_cut_gzip_file_is_an_error(length: int) -> None:
    each = report(csv_file(VERSIONS))
    for key in each.contents:
        each.contents[key] = each.contents[key][:length]
    assert "the file is cut short" in refusal(described_again(each))


def csv_lines(*lines: bytes) -> Report:
    return report(gzip.compress(b"\n".join(lines)))


def test_compressed_members_are_read_one_after_another() -> None:
    each = report(VALID + csv_file([Version("b.jpg")]))
    assert [listed.key for listed in each.list()] == ["a.jpg", "b.jpg"]


def test_file_that_is_not_gzip_is_an_error() -> None:
    assert "it is not a GZIP file" in refusal(report(b"holiday,a.jpg\n"))
    assert "it is not a GZIP file" in refusal(report(VALID + b"rest"))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"holiday,a.jpg", "line 1: it has 2 fields instead of 10"),
        (b"\xff", "it is not UTF-8"),
        (b'"a"b', "line 1: ',' expected after '\"'"),
        (b'"open', "line 1: unexpected end of data"),
        (b"a" * 200_000, "the next line is longer than 65,536 bytes"),
    ],
)
def test_invalid_line_is_an_error(line: bytes, reason: str) -> None:
    assert reason in refusal(csv_lines(line))


def test_decompression_bomb_is_refused_in_little_memory() -> None:
    bomb = report(gzip.compress(bytes(100_000_000)))
    tracemalloc.start()
    try:
        assert "the next line is longer than 65,536 bytes" in refusal(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("quoted", [b'"', b""])
def test_many_short_lines_are_no_single_field(quoted: bytes) -> None:
    assert "line " in refusal(csv_lines(quoted, *[b"x"] * 300_000))


def test_missing_pyarrow_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "imgmeta.adapters.inventory.parquet_files"
    monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ConfigurationError) as caught:
        report(b"", file_format="Parquet").list()
    assert str(caught.value) == (
        "Parquet inventories need pyarrow: pip install 'imgmeta[inventory]'"
    )


@needs_pyarrow
class TestParquet:
    def test_file_of_another_format_is_an_error(self) -> None:
        assert "it is not a Parquet file, or is damaged" in refusal(
            report(VALID, file_format="Parquet")
        )

    @pytest.mark.parametrize("cut", [4, 100, 500])
    def test_cut_file_is_an_error(self, cut: int) -> None:
        content = parquet_file(VERSIONS)
        assert "it is not a Parquet file, or is damaged" in refusal(
            report(content[:-cut], file_format="Parquet")
        )

    def test_column_of_another_type_is_an_error(self) -> None:
        import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415 - optional

        content = parquet_file([Version("a.jpg")], types={"Size": pa.float64()})
        assert "the column size has another type than int64" in refusal(
            report(content, file_format="Parquet")
        )

    def test_file_without_a_column_of_the_manifest_is_refused(self) -> None:
        content = parquet_file(VERSIONS, ("Bucket", "Key", "Size"))
        with pytest.raises(ConfigurationError, match="it lacks the columns ETag, StorageClass"):
            report(content, file_format="Parquet").list()

    def test_key_that_is_not_utf8_is_an_error(self) -> None:
        content = parquet_file([Version("abc.jpg")])
        broken = content.replace(b"abc.jpg", b"\xff\xfec.jpg")
        assert content != broken
        assert "it is not UTF-8" in refusal(report(broken, file_format="Parquet"))

    def test_missing_key_is_an_error(self) -> None:
        version = Version("a.jpg")
        content = parquet_file([replace(version, key=None)])  # type: ignore[arg-type]  # a damaged file
        assert "row 1: the key '' is empty or longer" in refusal(
            report(content, file_format="Parquet")
        )

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    def test_time_of_any_unit_is_read(self, unit: str) -> None:
        import pyarrow as pa  # noqa: PLC0415 - optional

        content = parquet_file([Version("a.jpg")], types={"LastModifiedDate": pa.timestamp(unit)})
        listed = report(content, file_format="Parquet").list()
        assert listed == [ListedObject("a.jpg", 3, "e1", UPLOADED)]

    def test_value_out_of_range_is_an_error(self) -> None:
        content = parquet_file([Version("a.jpg"), Version("b.jpg", size=-5)])
        assert "row 2: the size of 'b.jpg' is out of range" in refusal(
            report(content, file_format="Parquet")
        )

    def test_missing_values_are_never_the_same_as_a_record(self) -> None:
        content = parquet_file([Version("a.jpg", size=None), Version("b.jpg", storage_class=None)])
        listed = report(content, file_format="Parquet").list()
        assert [each.etag for each in listed if isinstance(each, ListedObject)] == ["", ""]

    def test_full_disk_is_reported(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def fail(*_: object, **__: object) -> object:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(tempfile, "TemporaryFile", fail)
        with pytest.raises(PermanentError) as caught:
            report(parquet_file(VERSIONS), file_format="Parquet").list(folder=tmp_path)
        assert str(caught.value).endswith(
            f"cannot write to {tmp_path}: No space left on device: free space there, or set "
            "TMPDIR to another folder"
        )

    def test_failed_download_closes_the_copy(self) -> None:
        each = report(parquet_file(VERSIONS), file_format="Parquet")

        def fail(_: object) -> Iterator[bytes]:
            yield b"PAR1"
            raise PermanentError("cut")

        with pytest.raises(PermanentError, match="cut"):
            list(list_inventory(each.manifest, fail))


def peak_memory(count: int) -> int:
    """Return the most memory that listing an inventory of this many objects takes."""
    numbers = [zlib.crc32(str(number).encode()) for number in range(count)]
    files = (
        csv_file((Version(f"{number:08x}.jpg") for number in numbers[start::4]), CURRENT)
        for start in range(4)
    )
    each = report(*files, columns=CURRENT)
    expected = len(set(numbers))
    del numbers
    tracemalloc.start()
    try:
        assert sum(1 for _ in list_inventory(each.manifest, each.open)) == expected
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.slow
@pytest.mark.parametrize("count", [20_000, 200_000])
def test_memory_does_not_grow_with_the_inventory(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    options = {"folder": None, "max_memory": 1_000_000}
    monkeypatch.setattr(sorting.ExternalSorter.__init__, "__kwdefaults__", options)
    assert peak_memory(count) < 2_500_000
