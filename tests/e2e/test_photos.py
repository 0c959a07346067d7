"""The table of a deployed stack follows uploads, replacements and deletions in its bucket."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.deployment.account import Deployment, photo, wait_until
from support.images.samples import png

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
EXIFTOOL_SIZES = {
    Path(each["SourceFile"]).name: (str(each["ImageWidth"]), str(each["ImageHeight"]))
    for each in json.loads((Path(__file__).parents[1] / "exiftool_answers.json").read_text("utf-8"))
}
"""Widths and heights of the sample photos, determined by ExifTool."""

KEYS = (
    "UPPER/CASE.JPG",
    "spaces in it.jpg",
    "plus+and %2B and &=?.jpeg",
    "é/\N{SNOWMAN}/\N{CAMERA}.Jpg",
    "a/b/c/d/e/f.JPEG",
    "=1+1;'\"<>.jpg",
)


def changed_attributes(
    after: Mapping[str, object], before: Mapping[str, object]
) -> dict[str, object]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def test_sample_photos_are_indexed_with_width_and_height(
    shared_stack: Deployment, prefix: str
) -> None:
    names = [name for name in EXIFTOOL_SIZES if (EXAMPLES / name).is_file()]
    for name in names:
        shared_stack.put(prefix + name, (EXAMPLES / name).read_bytes())
    found = {name: shared_stack.wait_for_record(prefix + name) for name in names}
    processed = {name: item for name, item in found.items() if item["Status"] == "processed"}
    assert len(processed) > 8
    for name, item in processed.items():
        assert (item["Width"], item["Height"]) == EXIFTOOL_SIZES[name]
        assert item["FileSize"] == str((EXAMPLES / name).stat().st_size)
        assert item["BucketName"] == shared_stack.bucket


@pytest.mark.parametrize("key", KEYS)
def test_key_is_recorded_unchanged(shared_stack: Deployment, prefix: str, key: str) -> None:
    version = shared_stack.put(prefix + key, photo(70))
    item = shared_stack.wait_for_record(prefix + key)
    assert (item["Status"], item["Width"], item["Height"]) == ("processed", "70", "30")
    assert (item["Format"], item["VersionId"]) == ("JPEG", version)
    [shown] = shared_stack.run("show", f"s3://{shared_stack.bucket}/{prefix}{key}", "--json").json
    assert (shown["ObjectKey"], shown["Width"]) == (prefix + key, 70)


def test_format_is_detected_from_content(shared_stack: Deployment, prefix: str) -> None:
    shared_stack.put(f"{prefix}really-a.jpg", png())
    assert shared_stack.wait_for_record(f"{prefix}really-a.jpg")["Format"] == "PNG"


@pytest.mark.parametrize(("name", "content"), [("broken.jpg", b"\xff\xd8broken"), ("0.jpg", b"")])
def test_unreadable_file_is_recorded_as_failed_with_the_reason(
    shared_stack: Deployment, prefix: str, name: str, content: bytes
) -> None:
    shared_stack.put(prefix + name, content)
    item = shared_stack.wait_for_record(prefix + name)
    assert (item["Status"], item["FileSize"]) == ("failed", str(len(content)))
    assert item["Error"]
    assert "Width" not in item


def test_other_files_are_not_indexed(shared_stack: Deployment, prefix: str) -> None:
    shared_stack.put(f"{prefix}notes.txt", photo(40))
    shared_stack.put(f"{prefix}photo.jpg.bak", photo(40))
    shared_stack.put(f"{prefix}photo.jpg", photo(40))
    shared_stack.wait_for_record(f"{prefix}photo.jpg")
    wait_until(shared_stack.is_idle)
    assert [key for key in shared_stack.items() if key.startswith(prefix)] == [f"{prefix}photo.jpg"]


def test_replaced_photo_is_recorded_again(shared_stack: Deployment, prefix: str) -> None:
    key = f"{prefix}photo.jpg"
    shared_stack.put(key, photo(50))
    before = shared_stack.wait_for_record(key)
    version = shared_stack.put(key, photo(60, 90))
    after = shared_stack.wait_for_record(key, VersionId=version)
    assert (after["Width"], after["Height"]) == ("60", "90")
    assert after["ImageId"] == before["ImageId"]
    assert after["Sequencer"] > before["Sequencer"]


def test_deleted_photo_is_no_longer_listed(shared_stack: Deployment, prefix: str) -> None:
    gone, left = f"{prefix}gone.jpg", f"{prefix}left.jpg"
    for key in (gone, left):
        shared_stack.put(key, photo(50))
    shared_stack.wait_for_record(gone)
    shared_stack.wait_for_record(left)
    shared_stack.account.s3.delete_object(Bucket=shared_stack.bucket, Key=gone)
    tombstone = shared_stack.wait_for_record(gone, Status="deleted")
    assert int(tombstone["ExpiresAt"]) > time.time()
    assert "Width" not in tombstone
    listed = shared_stack.run("list", "--prefix", f"s3://{shared_stack.bucket}/{prefix}", "--json")
    assert [each["ObjectKey"] for each in listed.json] == [left]


def test_restored_photo_is_listed_again(shared_stack: Deployment, prefix: str) -> None:
    key = f"{prefix}photo.jpg"
    shared_stack.put(key, photo(50))
    shared_stack.wait_for_record(key)
    marker = shared_stack.account.s3.delete_object(Bucket=shared_stack.bucket, Key=key)
    shared_stack.wait_for_record(key, Status="deleted")
    shared_stack.put(key, photo(55))
    assert shared_stack.wait_for_record(key, Status="processed")["Width"] == "55"
    assert "ExpiresAt" not in shared_stack.items()[key]
    assert marker["DeleteMarker"]


def test_deletion_of_an_old_version_keeps_the_record(shared_stack: Deployment, prefix: str) -> None:
    key = f"{prefix}photo.jpg"
    old = shared_stack.put(key, photo(50))
    new = shared_stack.put(key, photo(60))
    before = shared_stack.wait_for_record(key, VersionId=new)
    shared_stack.account.s3.delete_object(Bucket=shared_stack.bucket, Key=key, VersionId=old)
    after = wait_until(lambda: changed_attributes(shared_stack.items()[key], before))
    assert after.keys() == {"Sequencer", "ProcessedAt", "Revision"}
    assert shared_stack.items()[key]["Width"] == "60"


def test_deletion_of_the_newest_version_restores_the_older_record(
    shared_stack: Deployment, prefix: str
) -> None:
    key = f"{prefix}photo.jpg"
    old = shared_stack.put(key, photo(50))
    new = shared_stack.put(key, photo(60))
    shared_stack.wait_for_record(key, VersionId=new)
    shared_stack.account.s3.delete_object(Bucket=shared_stack.bucket, Key=key, VersionId=new)
    assert shared_stack.wait_for_record(key, VersionId=old)["Width"] == "50"


def test_index_and_bucket_agree(shared_stack: Deployment, prefix: str) -> None:
    for number in range(12):
        shared_stack.put(f"{prefix}{number}.jpg", photo(40 + number))
    shared_stack.account.s3.delete_object(Bucket=shared_stack.bucket, Key=f"{prefix}3.jpg")
    shared_stack.wait_for_record(f"{prefix}3.jpg", Status="deleted")
    wait_until(lambda: len([key for key in shared_stack.items() if key.startswith(prefix)]) == 12)
    wait_until(shared_stack.is_idle)
    verified = shared_stack.run("verify", f"s3://{shared_stack.bucket}")
    assert (verified.code, verified.out) == (0, "")
    assert "0 differences, " in verified.err
