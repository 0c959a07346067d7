"""Each bucket and key has one URI, and each URI one bucket and key (RFC 3986, RFC 8089)."""

import re
from importlib.metadata import EntryPoint
from pathlib import Path, PureWindowsPath
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from imgmeta.adapters.filesystem import key_from_path
from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.adapters.plugins import InstalledPlugins, Plugin
from imgmeta.bootstrap import parse_target
from imgmeta.core.file_names import to_key_part
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import (
    LOCAL_BUCKET,
    Target,
    is_access_point,
    is_plugin_bucket,
    split_s3_path,
)
from imgmeta.core.uris import is_uri, legible_name, location_of, uri_of
from imgmeta.entrypoints.cli.rendering.formatting import display_name
from imgmeta.testing.strategies.records import HOSTILE_KEYS

ACCESS_POINT = "arn:aws:s3:eu-west-1:111122223333:accesspoint/photos"
OUTPOST = "arn:aws:s3-outposts:us-west-2:111122223333:outpost/op-01ac5d28a6a232904/accesspoint/p-1"

buckets = (
    st.sampled_from([ACCESS_POINT, OUTPOST, "file://", "mine://", "s3://", "", "a/b", "a%2Fb"])
    | st.sampled_from(["gs://holiday", "gs://a:80", "gs://%2F", "gs://a/b", "file://a", "s3://a"])
    | st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{2,10}", fullmatch=True)
    | st.text(max_size=5)
)
s3_names = st.sampled_from([ACCESS_POINT, OUTPOST]) | st.from_regex(
    r"[A-Za-z0-9][A-Za-z0-9._]{2,10}", fullmatch=True
)
segments = st.sampled_from(
    ["", ".", "..", "a.jpg", "%20", "%", "%zz", " ", "#", "?", "\n", "é", "写"]
)
keys = (
    st.sampled_from(HOSTILE_KEYS)
    | st.lists(segments, max_size=5).map("/".join)
    | st.text("C:/\\ aé%", max_size=8).map("C:/".__add__)
    | st.text("a/%.: lé", max_size=8).map("//nas".__add__)
    | st.text()
    | st.text("a/\uee00\uef7f\uef80\uefbe\uefc3\uefa9\uefee\uefff\uf000\ud800")
    | st.binary().map(lambda path: key_from_path(b"/" + path))
)
locations = st.builds(ObjectLocation, buckets, keys)
file_names = st.binary(min_size=1, max_size=8).filter(
    lambda name: name not in {b".", b".."} and not {0, ord("/")} & {*name}
) | st.sampled_from([b"-", b"a ", b"%41", b"?Signature=", b"s3:", b"\xff", b"\xef\xbe\x80"])
"""Names in a folder that does not exist."""
uri_like = st.builds(
    str.__add__,
    st.sampled_from(
        ["s3://", "S3://", "file://", "file:///", "FILE://Localhost/", "mine:///", "GS://a"]
    ),
    st.text("aé/%25FfCc:. \n") | st.text(),
)


@given(locations)
def test_location_can_be_restored_from_its_uri(location: ObjectLocation) -> None:
    assert location_of(uri_of(location)) == location


@given(locations)
def test_uri_has_only_characters_that_every_shell_takes(location: ObjectLocation) -> None:
    uri = uri_of(location)
    assert is_uri(uri)
    assert re.fullmatch(r"[a-z][a-z0-9+.-]*://(?:/[A-Za-z]:)?[A-Za-z0-9._~/%-]*", uri)
    assert urlsplit(uri).geturl().casefold().startswith(uri.partition(":")[0])


@given(locations, locations)
def test_two_locations_never_share_an_image_id_or_uri(
    first: ObjectLocation, second: ObjectLocation
) -> None:
    assert (uri_of(first) == uri_of(second)) is (first == second)
    # A bucket in S3 has no colon in its name, and no other bucket has a slash in its own.
    if first != second and all(map(_is_real, (first, second))):
        assert first.image_id != second.image_id
        assert str(first) != str(second)


def _is_real(location: ObjectLocation) -> bool:
    named = "/" not in location.bucket.partition("://")[2] and "\ud800" not in location.key
    return named and (is_plugin_bucket(location.bucket) or not {*":/"} & {*location.bucket})


@given(st.binary().filter(lambda path: b"\0" not in path))
def test_uri_of_a_file_is_that_of_pathlib(path: bytes) -> None:
    posix = Path("/" + path.lstrip(b"/").decode("utf-8", "surrogateescape"))
    key = key_from_path(bytes(posix))
    assume(key[1:3] != ":/")  # as the drive of a Windows path
    assert uri_of(ObjectLocation("file://", key)) == posix.as_uri()


windows_names = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters='<>:"/\\|?*\uef80-\uefff'),
    min_size=1,
    max_size=8,
).filter(lambda name: name not in {".", ".."})
windows_paths = st.builds(
    lambda root, names: PureWindowsPath(root, *names),
    st.sampled_from(["C:/", "z:/", "//nas/photos/", "//server.example/c$/"]),
    st.lists(windows_names, min_size=1, max_size=4),
)


def _uri_of_windows_path(path: PureWindowsPath) -> str:
    """Return the URI that RFC 8089, appendixes E.2 and E.3.1, and `Path.as_uri` on Windows have."""
    text = path.as_posix()
    return f"file:///{text[:2]}{quote(text[2:])}" if text[1] == ":" else f"file:{quote(text)}"


@given(windows_paths)
def test_uri_of_a_windows_file_is_that_of_the_standard(path: PureWindowsPath) -> None:
    assume(path.drive)  # pathlib joins names that begin with a drive otherwise
    location = ObjectLocation(LOCAL_BUCKET, WINDOWS.key_from_path(str(path).encode()))
    uri = uri_of(location)
    assert uri.replace("file:///Z:", "file:///z:") == _uri_of_windows_path(path)
    assert location_of(uri) == location


@given(windows_paths)
def test_windows_path_can_be_restored_from_its_key(path: PureWindowsPath) -> None:
    key = WINDOWS.key_from_path(str(path).encode())
    extended = WINDOWS.path_from_key(key)
    assert WINDOWS.key_from_path(extended) == key
    assert WINDOWS.key_from_path(str(path).replace("\\", "/").encode()) == key
    plain = extended.removeprefix(b"\\\\?\\").replace(b"UNC\\", b"\\\\", 1)
    assert PureWindowsPath(plain.decode()) == path
    assert WINDOWS.names_object(key)


@given(keys)
def test_key_either_has_no_windows_path_or_is_the_key_of_its_path(key: str) -> None:
    try:
        path = WINDOWS.path_from_key(key)
    except ValueError:
        return
    assert WINDOWS.key_from_path(path).rstrip("/") == key.rstrip("/")


@given(uri_like)
def test_location_of_a_uri_has_a_canonical_uri(text: str) -> None:
    try:
        location = location_of(text)
    except ValueError:
        return
    assert is_uri(text)
    assert location_of(uri_of(location)) == location


@given(locations)
def test_legible_name_is_printable_and_names_the_same_object(location: ObjectLocation) -> None:
    name = legible_name(location)
    assert name.isprintable()
    assert "\\" not in name
    if is_uri(name):
        assert location_of(name) == location
    else:
        assert name == str(location)


@given(locations.filter(lambda location: "://" not in location.bucket))
def test_legible_name_of_an_object_in_s3_can_be_split_again(location: ObjectLocation) -> None:
    name = legible_name(location)
    parts = location_of(name) if is_uri(name) else ObjectLocation(*split_s3_path(name[5:]))
    # No bucket's name contains a slash, except for the ARNs of access points.
    if "/" not in location.bucket or is_access_point(location.bucket):
        assert parts == location


@given(s3_names, keys.filter(lambda key: "\ud800" not in key))
def test_printed_name_of_an_object_in_s3_is_its_target(bucket: str, key: str) -> None:
    location = ObjectLocation(bucket, key)
    for name in (uri_of(location), display_name(location)):
        assert parse_target(name) == Target(bucket, key)


@given(st.lists(file_names, min_size=1, max_size=3), st.sampled_from(["", "no such folder/"]))
def test_printed_name_of_a_file_is_its_target(names: list[bytes], folder: str) -> None:
    directory = folder or parse_target(".").prefix
    location = ObjectLocation(LOCAL_BUCKET, directory + to_key_part(b"/".join(names)))
    for name in (uri_of(location), display_name(location, parse_target(".").prefix)):
        target = parse_target(name, must_exist=False)
        assert target == Target(LOCAL_BUCKET, location.key, exact=True)


@given(st.from_regex(r"[A-Za-z0-9._~:-]{0,10}", fullmatch=True), keys)
def test_printed_name_of_an_object_of_a_plugin_is_its_target(name: str, key: str) -> None:
    location = ObjectLocation(f"gs://{name}", key.replace("\ud800", ""))
    plugin = Plugin("gs", "gs-imgmeta", "1.0", EntryPoint("gs", "gs_imgmeta", ""))
    with pytest.MonkeyPatch.context() as patch:
        installed = InstalledPlugins((plugin,), ())
        patch.setattr("imgmeta.bootstrap.plugins.installed_object_stores", lambda: installed)
        for text in (uri_of(location), display_name(location)):
            assert parse_target(text) == Target(location.bucket, location.key)
