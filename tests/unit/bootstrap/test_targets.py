import errno
import os
import sys
from pathlib import Path

import pytest

from imgmeta.adapters.filesystem import locating, names
from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.bootstrap import parse_target, targets
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import LOCAL_BUCKET, Target
from imgmeta.core.uris import uri_of
from imgmeta.errors import ConfigurationError

ACCESS_POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint"


def key(path: Path) -> str:
    return path.resolve().as_posix().removeprefix("/")


def test_folder_means_every_key_below_it(folder: Path) -> None:
    expected = Target(LOCAL_BUCKET, f"{key(folder)}/")

    assert parse_target(str(folder)) == expected
    assert parse_target(f"{folder}/") == expected
    assert parse_target(f"file://{folder}") == expected


def test_file_means_its_own_key(folder: Path) -> None:
    path = folder / "a.jpg"
    expected = Target(LOCAL_BUCKET, key(path), exact=True)

    assert parse_target(str(path)) == expected
    assert parse_target(f"file://{path}") == expected


def test_relative_path_starts_in_the_working_directory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)

    assert parse_target(".") == Target(LOCAL_BUCKET, f"{key(folder)}/")
    assert parse_target("a.jpg") == Target(LOCAL_BUCKET, key(folder / "a.jpg"), exact=True)


def test_root_folder_means_every_key() -> None:
    assert parse_target("/") == Target(LOCAL_BUCKET, "")


def test_dangling_link_is_accepted(folder: Path) -> None:
    link = folder / "link.jpg"
    link.symlink_to(folder / "gone.jpg")

    assert parse_target(str(link)) == Target(LOCAL_BUCKET, key(folder) + "/link.jpg", exact=True)


@pytest.mark.parametrize("name", ["gone", "gone.jpg", "gone/", "a.jpg/b.jpg", "a\0.jpg"])
def test_missing_path_is_rejected(folder: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        parse_target(f"{folder}/{name}")


@pytest.mark.parametrize("text", ["", "file://"])
def test_empty_path_is_rejected(text: str) -> None:
    with pytest.raises(ConfigurationError, match="the path is empty"):
        parse_target(text, must_exist=False)


def test_unreadable_path_is_not_reported_as_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(path: str) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "lstat", deny)
    with pytest.raises(ConfigurationError, match="permission denied for"):
        parse_target(f"{folder}/a.jpg")


def test_missing_path_is_accepted_if_it_need_not_exist(folder: Path) -> None:
    assert parse_target(f"{folder}/gone.jpg", must_exist=False) == Target(
        LOCAL_BUCKET, key(folder / "gone.jpg"), exact=True
    )
    assert parse_target(f"{folder}/gone/", must_exist=False) == Target(
        LOCAL_BUCKET, key(folder / "gone") + "/"
    )


@pytest.mark.parametrize("text", ["gs://holiday/2026/", "https://example.com/a.jpg"])
def test_unsupported_scheme_is_rejected_with_examples(text: str) -> None:
    with pytest.raises(ConfigurationError, match=text.partition("/")[0]) as error:
        parse_target(text)
    assert "use a folder, a file or s3://bucket/prefix" in str(error.value)


@pytest.mark.parametrize(
    ("text", "bucket", "prefix"),
    [
        *(("s3://holiday", "holiday", ""), ("s3://holiday/", "holiday", "")),
        *(("S3://holiday/2026", "holiday", "2026"), ("s3://holiday/a/b/", "holiday", "a/b/")),
        ("s3://my.old_Bucket-1//a%20b+c?d#e é\n", "my.old_Bucket-1", "/a%20b+c?d#e é\n"),
    ],
)
@pytest.mark.parametrize("must_exist", [True, False])
def test_s3_uri_means_the_keys_with_its_prefix(
    text: str, bucket: str, prefix: str, *, must_exist: bool
) -> None:
    assert parse_target(text, must_exist=must_exist) == Target(bucket, prefix)


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        *(("a%20b.jpg", "a b.jpg"), ("a%2520b.jpg", "a%20b.jpg"), ("%F0%9F%8F%96", "🏖")),
        *(("a%2Fb", "a/b"), ("//a/../b%0A", "//a/../b\n"), ("100%25", "100%"), ("a+b", "a+b")),
    ],
)
def test_s3_uri_is_percent_decoded(text: str, prefix: str) -> None:
    assert parse_target(f"s3://holiday/{text}") == Target("holiday", prefix)


@pytest.mark.parametrize(
    "key", ["100%", "100% a.jpg", "a%zz", "a b%20c", "é%20", "a%20#b", "a%20?b", "a%20\n", "a%2"]
)
def test_text_that_is_no_uri_names_the_literal_key(key: str) -> None:
    assert parse_target(f"s3://holiday/{key}") == Target("holiday", key)


def test_encoded_access_point_is_decoded() -> None:
    uri = f"s3://{ACCESS_POINT.replace(':', '%3A')}/photos/a%20b.jpg"
    assert parse_target(uri) == Target(f"{ACCESS_POINT}/photos", "a b.jpg")


@pytest.mark.parametrize("text", ["s3://holiday/%FF.jpg", "s3://holiday/%ED%B3%BF", "s3://%FF/"])
def test_encoded_key_that_is_not_utf8_is_rejected(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"keys must be UTF-8|invalid bucket"):
        parse_target(text)


NAMES = [b"a b.jpg", b"a%20b.jpg", b"100%.jpg", b"a#b?c.jpg", b"a\nb.jpg", b"'\".jpg", b"\xff.jpg"]


@pytest.mark.parametrize("name", [*NAMES, "🏖é.jpg".encode(), b"?Signature=1.jpg", b"-a.jpg"])
def test_file_is_found_by_its_uri_and_by_its_path(folder: Path, name: bytes) -> None:
    path = folder / os.fsdecode(name)
    path.touch()
    target = parse_target(path.as_uri())
    assert target.exact
    assert target == parse_target(str(path))
    assert uri_of(target.location) == path.as_uri()
    assert parse_target(path.as_uri().replace("file://", "FILE://localhost")) == target


def test_literal_path_after_the_scheme_is_accepted(folder: Path) -> None:
    for name in ("100%.jpg", "a b%20c.jpg", "a%20#.jpg"):
        (folder / name).touch()
        assert parse_target(f"file://{folder}/{name}") == parse_target(f"{folder}/{name}")


@pytest.mark.parametrize("text", ["file://photos/a.jpg", "file://my photos/a.jpg", "file://host"])
@pytest.mark.parametrize("must_exist", [True, False])
def test_file_of_another_host_is_rejected(text: str, *, must_exist: bool) -> None:
    with pytest.raises(ConfigurationError, match="use file:///path, or the path alone"):
        parse_target(text, must_exist=must_exist)


@pytest.mark.parametrize("must_exist", [True, False])
def test_encoded_nul_is_in_no_path(folder: Path, *, must_exist: bool) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        parse_target(f"file://{folder}/a%00.jpg", must_exist=must_exist)


def test_uri_of_a_key_that_no_path_can_have_names_this_key() -> None:
    location = ObjectLocation(LOCAL_BUCKET, "\uefc3\uefa9.jpg")
    assert parse_target(uri_of(location)) == Target(LOCAL_BUCKET, location.key, exact=True)


@pytest.mark.parametrize(
    "name",
    [
        *("", "/", "/a.jpg", "ab", "ab/c", "-abc", ".abc", "a b c", "abc\n", "büro", "a" * 256),
        *("arn:aws:s3:eu-west-1:111122223333:accesspoint/x", "hol\x1b[2J/", "a:b:c"),
    ],
)
def test_invalid_bucket_is_rejected_with_an_example(name: str) -> None:
    with pytest.raises(ConfigurationError, match="use a URI like s3://holiday") as error:
        parse_target(f"s3://{name}")
    assert str(error.value).isprintable()


@pytest.mark.parametrize("bucket", ["photos--use1-az4--x-s3", "photos--usw2-az1--xa-s3"])
def test_directory_bucket_is_refused_by_name(bucket: str) -> None:
    with pytest.raises(ConfigurationError, match=f"{bucket}: .* in order: use a general purpose"):
        parse_target(f"s3://{bucket}/2026/")


OUTPOST = "arn:aws:s3-outposts:us-west-2:111122223333:outpost/op-01ac5d28a6a232904"


@pytest.mark.parametrize(
    ("arn", "bucket"),
    [
        (f"{ACCESS_POINT}/photos", f"{ACCESS_POINT}/photos"),
        (f"{ACCESS_POINT}:photos", f"{ACCESS_POINT}/photos"),
        (
            "arn:aws-us-gov:s3:us-gov-west-1:111122223333:accesspoint/photos",
            "arn:aws-us-gov:s3:us-gov-west-1:111122223333:accesspoint/photos",
        ),
        (f"{OUTPOST}/accesspoint/photos", f"{OUTPOST}/accesspoint/photos"),
        (f"{OUTPOST.replace('/', ':')}:accesspoint:photos", f"{OUTPOST}/accesspoint/photos"),
        ("photos-wdf7lkpmdw4mhy2zpvvkypctyvmtoeuw1a-s3alias",) * 2,
    ],
)
@pytest.mark.parametrize("prefix", ["", "2026/", "a:b/accesspoint/c.jpg"])
def test_access_point_is_accepted_instead_of_a_bucket(arn: str, bucket: str, prefix: str) -> None:
    assert parse_target(f"s3://{arn}/{prefix}") == Target(bucket, prefix)
    assert parse_target(f"s3://{arn}") == Target(bucket)


@pytest.mark.parametrize(
    "name",
    [
        *(f"{ACCESS_POINT}/", f"{ACCESS_POINT}/UPPER", f"{ACCESS_POINT}/ab", ACCESS_POINT),
        *(f"{ACCESS_POINT}/photos:x", f"{ACCESS_POINT}/{'p' * 64}/a", f"{ACCESS_POINT}/ph\x1b[2J"),
        "arn:aws:s3:eu-west-1:1:accesspoint/photos",
        "arn:aws:s3:::holiday",
        "arn:aws:s3-outposts:us-west-2:111122223333:accesspoint/photos",
    ],
)
def test_arn_of_another_resource_is_rejected(name: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid bucket in") as caught:
        parse_target(f"s3://{name}")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "bucket",
    [
        "arn:aws:s3-object-lambda:eu-west-1:111122223333:accesspoint/photos",
        "photos-a1a1a1a1a1a1a1a1a1a1a1a1a1a1--ol-s3",
    ],
)
def test_object_lambda_is_refused_by_name(bucket: str) -> None:
    with pytest.raises(
        ConfigurationError, match="Object Lambda can change objects: use the bucket"
    ):
        parse_target(f"s3://{bucket}/2026/")


def test_multi_region_access_point_needs_awscrt(monkeypatch: pytest.MonkeyPatch) -> None:
    arn = "arn:aws:s3::111122223333:accesspoint/mfzwi23gnjvgw.mrap"
    monkeypatch.setitem(sys.modules, "awscrt", None)
    with pytest.raises(ConfigurationError, match=r"need awscrt: pip install 'botocore\[crt\]'"):
        parse_target(f"s3://{arn}/2026/")
    monkeypatch.setitem(sys.modules, "awscrt", sys)
    assert parse_target(f"s3://{arn}/2026/") == Target(arn, "2026/")


@pytest.mark.parametrize("text", ["https://holiday/a.jpg?X-Amz-Signature=1", "a.jpg?Signature=1"])
def test_presigned_url_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="presigned URLs are not supported"):
        parse_target(text)


def test_key_that_is_not_utf8_is_rejected() -> None:
    with pytest.raises(ConfigurationError, match=r"invalid key in 's3://holiday/\\udcff'"):
        parse_target("s3://holiday/\udcff")


@pytest.mark.parametrize("text", ["\x1b[2J", "x\n\u202ey"])
def test_path_is_escaped_in_the_error(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_target(text)

    assert str(caught.value).isprintable()


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parse paths as on Windows; the files themselves cannot be simulated."""
    monkeypatch.setattr(names, "FLAVOR", WINDOWS)
    monkeypatch.setattr(locating, "FLAVOR", WINDOWS)
    monkeypatch.setattr(targets, "_SEPARATORS", ("\\", "/"))


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("text", "key"),
    [
        (r"C:\photos\a b.jpg", "C:/photos/a b.jpg"),
        ("c:/photos/a b.jpg", "C:/photos/a b.jpg"),
        ("file:///C:/photos/a%20b.jpg", "C:/photos/a b.jpg"),
        ("file:///c%3A/photos/a%20b.jpg", "C:/photos/a b.jpg"),
        ("FILE://localhost/C:/photos/a b.jpg", "C:/photos/a b.jpg"),
        (r"\\nas\photos\a.jpg", "//nas/photos/a.jpg"),
        ("file://nas/photos/a.jpg", "//nas/photos/a.jpg"),
        ("file://nas/photos/a 1.jpg", "//nas/photos/a 1.jpg"),
        ("file:////nas/photos/a.jpg", "//nas/photos/a.jpg"),
        ("file://///nas/photos/a.jpg", "//nas/photos/a.jpg"),
    ],
)
def test_windows_path_and_its_uris_mean_the_same_file(text: str, key: str) -> None:
    target = parse_target(text, must_exist=False)

    assert target == Target(LOCAL_BUCKET, key, exact=True)
    assert parse_target(uri_of(target.location), must_exist=False) == target


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("C:\\", "C:/"),
        ("file:///C:/", "C:/"),
        ("C:\\photos\\", "C:/photos/"),
        ("file:///C:/photos/", "C:/photos/"),
        ("\\\\nas\\photos\\", "//nas/photos/"),
        ("file://nas/photos/", "//nas/photos/"),
    ],
)
def test_windows_folder_means_every_key_below_it(text: str, prefix: str) -> None:
    assert parse_target(text, must_exist=False) == Target(LOCAL_BUCKET, prefix)


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize("text", ["file:///srv/a.jpg", "file://host", "file:///C:a.jpg"])
def test_uri_without_drive_and_share_is_rejected_on_windows(text: str) -> None:
    with pytest.raises(ConfigurationError, match="invalid URI"):
        parse_target(text, must_exist=False)
