import pytest

from imgmeta.adapters.filesystem.flavors import POSIX, WINDOWS
from imgmeta.adapters.filesystem.locating import windows_key
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import LOCAL_BUCKET
from imgmeta.core.uris import location_of, uri_of

PATHS = [
    (r"C:\Users\me\a b.jpg", "C:/Users/me/a b.jpg", r"\\?\C:\Users\me\a b.jpg"),
    ("c:/Users/me/é.jpg", "C:/Users/me/é.jpg", r"\\?\C:\Users\me\é.jpg"),
    (r"\\?\C:\Users\me\100%.jpg", "C:/Users/me/100%.jpg", r"\\?\C:\Users\me\100%.jpg"),
    ("C:\\", "C:/", "\\\\?\\C:\\"),
    (r"\\nas\photos\a.jpg", "//nas/photos/a.jpg", r"\\?\UNC\nas\photos\a.jpg"),
    (r"\\?\UNC\nas\photos\a.jpg", "//nas/photos/a.jpg", r"\\?\UNC\nas\photos\a.jpg"),
    ("//nas/photos/a#1.jpg", "//nas/photos/a#1.jpg", r"\\?\UNC\nas\photos\a#1.jpg"),
]
ROOTS = {"C:/"}


@pytest.mark.parametrize(("path", "key", "native"), PATHS)
def test_windows_path_has_a_key_and_the_key_a_path(path: str, key: str, native: str) -> None:
    assert WINDOWS.key_from_path(path.encode()) == key
    assert WINDOWS.path_from_key(key) == native.encode()
    assert WINDOWS.names_object(key) is (key not in ROOTS)


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (r"C:\Users\me\a b.jpg", "file:///C:/Users/me/a%20b.jpg"),
        ("C:\\", "file:///C:/"),
        (r"\\nas\photos\é #1.jpg", "file://nas/photos/%C3%A9%20%231.jpg"),
        (r"\\server.example\c$\a.jpg", "file://server.example/c%24/a.jpg"),
    ],
)
def test_windows_path_has_the_uri_of_the_standard(path: str, uri: str) -> None:
    location = ObjectLocation(LOCAL_BUCKET, WINDOWS.key_from_path(path.encode()))

    assert uri_of(location) == uri
    assert location_of(uri) == location


def test_root_of_a_drive_has_a_path_that_is_not_its_working_directory() -> None:
    assert WINDOWS.path_from_key("C:") == b"\\\\?\\C:\\"


@pytest.mark.parametrize(
    "path",
    [
        *(r"photos\a.jpg", r"\photos\a.jpg", "C:a.jpg", "", "CC:/a.jpg", r"\\nas", r"\\nas\\a.jpg"),
        *(r"\\.\PhysicalDrive0", r"\\?\Volume{1}\a.jpg", r"\\?\pipe\a", r"\\.\NUL"),
    ],
)
def test_path_without_drive_and_share_has_no_key(path: str) -> None:
    with pytest.raises(ValueError, match="must be absolute"):
        WINDOWS.key_from_path(path.encode())


@pytest.mark.parametrize("key", ["srv/a.jpg", "c:/a.jpg", "C:/a\\b.jpg", "//nas", "", "/a", "C:a"])
def test_key_of_another_system_has_no_windows_path(key: str) -> None:
    with pytest.raises(ValueError, match="no path"):
        WINDOWS.path_from_key(key)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "a.jpg:stream", "a?.jpg", "a*.jpg", 'a"', "a|b", "<a>", "a\nb", "a\0", "a\\b"],
)
def test_name_that_windows_forbids_or_resolves_names_no_object(name: str) -> None:
    for key in (f"C:/photos/{name}", f"//nas/photos/{name}", f"C:/{name}/a.jpg"):
        assert not WINDOWS.names_object(key)


@pytest.mark.parametrize("name", ["NUL", "con.jpg", "COM1", "a.jpg.", "a.jpg ", "é", "aux"])
def test_reserved_name_is_that_of_a_file_and_not_of_a_device(name: str) -> None:
    key = f"C:/photos/{name}"

    assert WINDOWS.names_object(key)
    assert WINDOWS.path_from_key(key) == f"\\\\?\\C:\\photos\\{name}".encode()


def test_path_of_any_length_is_passed_to_the_file_system() -> None:
    key = "C:/" + "/".join(["folder"] * 100) + "/a.jpg"

    assert WINDOWS.path_from_key(key).startswith(b"\\\\?\\C:\\folder\\folder")


@pytest.mark.parametrize(
    ("text", "posix", "windows"),
    [
        ("/srv/a b.jpg", "/srv/a b.jpg", "/srv/a b.jpg"),
        ("localhost/srv/a b.jpg", "/srv/a b.jpg", "/srv/a b.jpg"),
        ("/C:/a b.jpg", "/C:/a b.jpg", "C:/a b.jpg"),
        ("LOCALHOST/C:/a b.jpg", "/C:/a b.jpg", "C:/a b.jpg"),
        ("nas/photos/a b.jpg", None, "//nas/photos/a b.jpg"),
        ("//nas/photos/a b.jpg", "//nas/photos/a b.jpg", "//nas/photos/a b.jpg"),
        ("a b.jpg", None, None),
    ],
)
def test_path_in_a_text_after_the_scheme(text: str, posix: str | None, windows: str | None) -> None:
    assert POSIX.path_in_text(text) == posix
    assert WINDOWS.path_in_text(text) == windows


@pytest.mark.parametrize(
    ("path", "key"),
    [
        (r"C:\photos\2026\..\a.jpg", "C:/photos/a.jpg"),
        ("c:/photos/", "C:/photos"),
        ("C:\\", "C:"),
        (r"\\nas\photos\.\a.jpg", "//nas/photos/a.jpg"),
        (r"\\nas\photos", "//nas/photos"),
    ],
)
def test_location_of_a_windows_path_is_normalized(path: str, key: str) -> None:
    # On this system, ntpath cannot ask the file system for links and for the spelling.
    assert windows_key(path.encode()) == key
    assert WINDOWS.names_object(key)
    assert WINDOWS.key_from_path(WINDOWS.path_from_key(key)).rstrip("/") == key


def test_name_that_is_not_unicode_has_a_key() -> None:
    path = "C:\\\ud800.jpg".encode("utf-8", "surrogatepass")  # as os.fsencode on Windows
    key = WINDOWS.key_from_path(path)

    assert key.encode().decode() == key
    assert WINDOWS.path_from_key(key) == b"\\\\?\\" + path
