"""What is put into the deployed bucket, replaced and removed is what the deployed table says."""

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from support.deployment.account import Deployment, photo, until
from support.images.samples import png

pytestmark = pytest.mark.e2e

EXAMPLES = Path(__file__).parents[2] / "examples" / "photos"
WHAT_EXIFTOOL_SAYS = {
    Path(each["SourceFile"]).name: (str(each["ImageWidth"]), str(each["ImageHeight"]))
    for each in json.loads((Path(__file__).parents[1] / "exiftool_answers.json").read_text("utf-8"))
}
"""Widths and heights of the sample photos; ExifTool does not share a line with imgmeta."""

KEYS = (
    "UPPER/CASE.JPG",
    "spaces in it.jpg",
    "plus+and %2B and &=?.jpeg",
    "é/\N{SNOWMAN}/\N{CAMERA}.Jpg",
    "a/b/c/d/e/f.JPEG",
    "=1+1;'\"<>.jpg",
)


def changed(after: Mapping[str, object], before: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in after.items() if before.get(name) != value}


def test_each_sample_photo_is_in_the_table_with_its_width_and_height(
    shared: Deployment, folder: str
) -> None:
    names = [name for name in WHAT_EXIFTOOL_SAYS if (EXAMPLES / name).is_file()]
    for name in names:
        shared.put(folder + name, (EXAMPLES / name).read_bytes())
    found = {name: shared.recorded(folder + name) for name in names}
    processed = {name: item for name, item in found.items() if item["Status"] == "processed"}
    assert len(processed) > 8
    for name, item in processed.items():
        assert (item["Width"], item["Height"]) == WHAT_EXIFTOOL_SAYS[name]
        assert item["FileSize"] == str((EXAMPLES / name).stat().st_size)
        assert item["BucketName"] == shared.bucket


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_recorded_as_it_is_spelled(shared: Deployment, folder: str, key: str) -> None:
    version = shared.put(folder + key, photo(70))
    item = shared.recorded(folder + key)
    assert (item["Status"], item["Width"], item["Height"]) == ("processed", "70", "30")
    assert (item["Format"], item["VersionId"]) == ("JPEG", version)
    [shown] = shared.run("show", f"s3://{shared.bucket}/{folder}{key}", "--json").json
    assert (shown["ObjectKey"], shown["Width"]) == (folder + key, 70)


def test_content_counts_and_not_the_name(shared: Deployment, folder: str) -> None:
    shared.put(f"{folder}really-a.jpg", png())
    assert shared.recorded(f"{folder}really-a.jpg")["Format"] == "PNG"


@pytest.mark.parametrize(("name", "content"), [("broken.jpg", b"\xff\xd8broken"), ("0.jpg", b"")])
def test_what_is_no_image_is_recorded_as_failed_with_the_reason(
    shared: Deployment, folder: str, name: str, content: bytes
) -> None:
    shared.put(folder + name, content)
    item = shared.recorded(folder + name)
    assert (item["Status"], item["FileSize"]) == ("failed", str(len(content)))
    assert item["Error"]
    assert "Width" not in item


def test_other_files_are_not_indexed(shared: Deployment, folder: str) -> None:
    shared.put(f"{folder}notes.txt", photo(40))
    shared.put(f"{folder}photo.jpg.bak", photo(40))
    shared.put(f"{folder}photo.jpg", photo(40))
    shared.recorded(f"{folder}photo.jpg")
    until(shared.is_quiet)
    assert [key for key in shared.items() if key.startswith(folder)] == [f"{folder}photo.jpg"]


def test_a_photo_that_is_replaced_is_recorded_anew(shared: Deployment, folder: str) -> None:
    key = f"{folder}photo.jpg"
    shared.put(key, photo(50))
    before = shared.recorded(key)
    version = shared.put(key, photo(60, 90))
    after = shared.recorded(key, VersionId=version)
    assert (after["Width"], after["Height"]) == ("60", "90")
    assert after["ImageId"] == before["ImageId"]
    assert after["Sequencer"] > before["Sequencer"]


def test_a_photo_that_is_deleted_is_listed_no_more(shared: Deployment, folder: str) -> None:
    gone, left = f"{folder}gone.jpg", f"{folder}left.jpg"
    for key in (gone, left):
        shared.put(key, photo(50))
    shared.recorded(gone)
    shared.recorded(left)
    shared.account.s3.delete_object(Bucket=shared.bucket, Key=gone)
    tombstone = shared.recorded(gone, Status="deleted")
    assert int(tombstone["ExpiresAt"]) > time.time()
    assert "Width" not in tombstone
    listed = shared.run("list", "--prefix", f"s3://{shared.bucket}/{folder}", "--json")
    assert [each["ObjectKey"] for each in listed.json] == [left]


def test_a_photo_that_comes_back_is_listed_again(shared: Deployment, folder: str) -> None:
    key = f"{folder}photo.jpg"
    shared.put(key, photo(50))
    shared.recorded(key)
    marker = shared.account.s3.delete_object(Bucket=shared.bucket, Key=key)
    shared.recorded(key, Status="deleted")
    shared.put(key, photo(55))
    assert shared.recorded(key, Status="processed")["Width"] == "55"
    assert "ExpiresAt" not in shared.items()[key]
    assert marker["DeleteMarker"]


def test_the_permanent_deletion_of_an_old_version_changes_nothing(
    shared: Deployment, folder: str
) -> None:
    key = f"{folder}photo.jpg"
    old = shared.put(key, photo(50))
    new = shared.put(key, photo(60))
    before = shared.recorded(key, VersionId=new)
    shared.account.s3.delete_object(Bucket=shared.bucket, Key=key, VersionId=old)
    after = until(lambda: changed(shared.items()[key], before))
    assert after.keys() == {"Sequencer", "ProcessedAt", "Revision"}
    assert shared.items()[key]["Width"] == "60"


def test_the_permanent_deletion_of_the_newest_version_brings_the_older_back(
    shared: Deployment, folder: str
) -> None:
    key = f"{folder}photo.jpg"
    old = shared.put(key, photo(50))
    new = shared.put(key, photo(60))
    shared.recorded(key, VersionId=new)
    shared.account.s3.delete_object(Bucket=shared.bucket, Key=key, VersionId=new)
    assert shared.recorded(key, VersionId=old)["Width"] == "50"


def test_the_index_and_the_bucket_say_the_same(shared: Deployment, folder: str) -> None:
    for number in range(12):
        shared.put(f"{folder}{number}.jpg", photo(40 + number))
    shared.account.s3.delete_object(Bucket=shared.bucket, Key=f"{folder}3.jpg")
    shared.recorded(f"{folder}3.jpg", Status="deleted")
    until(lambda: len([key for key in shared.items() if key.startswith(folder)]) == 12)
    until(shared.is_quiet)
    verified = shared.run("verify", f"s3://{shared.bucket}")
    assert (verified.code, verified.out) == (0, "")
    assert verified.err.startswith("0 different, ")
