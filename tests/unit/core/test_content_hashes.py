"""Content hashes: their text, and comparisons."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.content_hashes import CONTENT_HASH_PATTERN, ContentHash, HashKind

ABC = "900150983cd24fb0d6963f7d28e17f72"
"""MD5 of `abc`: RFC 1321, A.5."""


@given(st.sampled_from(HashKind), st.data())
def test_text_of_a_hash_is_parsed_back(kind: HashKind, data: st.DataObject) -> None:
    digest = data.draw(st.from_regex(f"[0-9a-f]{{{kind.digits}}}", fullmatch=True))
    each = ContentHash(kind, digest)
    assert ContentHash.parse(str(each)) == each
    assert re.fullmatch(CONTENT_HASH_PATTERN, str(each))


@pytest.mark.parametrize(
    "text",
    [
        *("", "md5", ABC, f"md5:{ABC[1:]}", f"md5:{ABC}0", f"md5:{ABC.upper()}"),
        *(f"sha256:{ABC}", f"crc32:{ABC[:8]}", f"MD5:{ABC}", f"md5:{ABC}\n", f" md5:{ABC}"),
        f"md5:{'٣' * 32}",
    ],
)
def test_other_text_is_not_a_hash(text: str) -> None:
    with pytest.raises(ValueError, match=r"digest has|not a valid HashKind"):
        ContentHash.parse(text)
    assert not re.match(CONTENT_HASH_PATTERN.replace("$", r"\Z"), text, re.ASCII)


def test_hashes_of_one_kind_are_equal_or_not() -> None:
    one = ContentHash(HashKind.MD5, ABC)
    assert one.equals(ContentHash(HashKind.MD5, ABC)) is True
    assert one.equals(ContentHash(HashKind.MD5, ABC[::-1])) is False


def test_hashes_of_different_kinds_tell_nothing_about_each_other() -> None:
    one = ContentHash(HashKind.MD5, ABC)
    assert one.equals(ContentHash(HashKind.SHA1, f"{ABC}{ABC[:8]}")) is None
