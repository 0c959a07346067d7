"""Every path has its own key, from which the path can be restored, and each key can be stored."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.filesystem import key_from_path, path_from_key

awkward = st.sampled_from(
    [
        b"/",
        b"\xff",
        b"\x80",
        b"\xc3\xa9",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\xee\xbe\x80",
        b"\xee\xbf\xbf",
    ]
)
paths = (st.binary() | st.lists(awkward | st.binary(max_size=2)).map(b"".join)).map(
    lambda rest: b"/" + rest
)
keys = st.text() | st.text("a/\uee00\uef7f\uef80\uefbe\uefc3\uefa9\uefee\uefff\uf000\ud800")


@given(paths)
def test_path_can_be_restored_from_its_key(path: bytes) -> None:
    assert path_from_key(key_from_path(path)) == path


@given(paths, paths)
def test_different_paths_have_different_keys(one: bytes, other: bytes) -> None:
    assert (key_from_path(one) == key_from_path(other)) == (one == other)


@given(paths)
def test_every_key_can_be_encoded_as_utf8(path: bytes) -> None:
    assert key_from_path(path).encode().decode() == key_from_path(path)


@given(st.text())
def test_valid_name_is_its_own_key(name: str) -> None:
    if not any("\uef80" <= character <= "\uefff" for character in name):
        assert key_from_path(b"/" + name.encode()) == name


@given(keys)
def test_key_either_has_no_path_or_is_the_key_of_its_path(key: str) -> None:
    try:
        path = path_from_key(key)
    except ValueError:
        return
    assert key_from_path(path) == key


@given(paths, paths)
def test_key_of_a_joined_path_is_the_joined_keys(folder: bytes, rest: bytes) -> None:
    assert key_from_path(folder + rest) == f"{key_from_path(folder)}/{key_from_path(rest)}"
