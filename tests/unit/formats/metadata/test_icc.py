import struct

import pytest

from imgmeta.formats.metadata.icc import profile_description
from support.images.samples import icc


def _with_tag(tag: bytes, *, name: bytes = b"desc") -> bytes:
    return icc()[:128] + struct.pack(">I4sII", 1, name, 144, len(tag)) + tag


def _localized(*names: tuple[bytes, str]) -> bytes:
    table, text = b"", b""
    for language, name in names:
        data = name.encode("utf-16-be")
        offset = 16 + 12 * len(names) + len(text)
        table += struct.pack(">2s2sII", language, b"XX", len(data), offset)
        text += data
    return _with_tag(b"mluc\0\0\0\0" + struct.pack(">II", len(names), 12) + table + text)


def test_description_of_a_version_4_profile_is_read() -> None:
    assert profile_description(icc("Display P3")) == "Display P3"


def test_description_of_a_version_2_profile_is_read() -> None:
    tag = b"desc\0\0\0\0" + struct.pack(">I", 18) + b"sRGB IEC61966-2.1\0" + bytes(80)

    assert profile_description(_with_tag(tag)) == "sRGB IEC61966-2.1"


def test_english_is_preferred_to_other_languages() -> None:
    assert profile_description(_localized((b"de", "Grau"), (b"en", "Gray"))) == "Gray"
    assert profile_description(_localized((b"de", "Grau"), (b"fr", "Gris"))) == "Grau"


@pytest.mark.parametrize(
    "profile",
    [
        b"",
        bytes(200),
        icc()[:140],
        _with_tag(b"", name=b"desc"),
        _with_tag(b"text\0\0\0\0what", name=b"desc"),
        _with_tag(b"mluc\0\0\0\0" + struct.pack(">II", 2**32 - 1, 2**32 - 1) + bytes(40)),
        _with_tag(b"desc", name=b"cprt"),
    ],
)
def test_damaged_profile_has_no_description(profile: bytes) -> None:
    assert profile_description(profile) is None


def test_long_description_is_shortened() -> None:
    description = profile_description(icc("x" * 100_000))

    assert description is not None
    assert len(description) <= 256
