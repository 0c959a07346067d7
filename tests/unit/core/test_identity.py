import hashlib

import pytest

from imgmeta.core import identity
from imgmeta.core.identity import image_id
from imgmeta.core.objects import ObjectLocation


def test_id_matches_the_original_system() -> None:
    assert image_id("holiday", "2026/beach.jpg") == "3cbb2b116d6669c090762a82bb1a12b2"


def test_location_has_the_image_id() -> None:
    assert ObjectLocation("holiday", "a.jpg").image_id == image_id("holiday", "a.jpg")


def test_id_can_be_computed_where_md5_is_restricted(monkeypatch: pytest.MonkeyPatch) -> None:
    def restricted(data: bytes, *, usedforsecurity: bool = True) -> object:
        if usedforsecurity:
            msg = "disabled for FIPS"
            raise ValueError(msg)
        return original(data, usedforsecurity=False)

    original = hashlib.md5
    monkeypatch.setattr(hashlib, "md5", restricted)
    identity._digest.cache_clear()  # noqa: SLF001 - a cached ID would hide the failure
    assert len(image_id("holiday", "a.jpg")) == 32


def test_key_that_is_not_valid_unicode_has_no_id() -> None:
    with pytest.raises(UnicodeEncodeError):
        image_id("holiday", "\ud800.jpg")


@pytest.mark.parametrize(
    ("location", "uri"),
    [
        (ObjectLocation("holiday", "2026/a.jpg"), "s3://holiday/2026/a.jpg"),
        (ObjectLocation("file://", "home/me/a.jpg"), "file:///home/me/a.jpg"),
    ],
)
def test_location_is_formatted_as_a_uri(location: ObjectLocation, uri: str) -> None:
    assert str(location) == uri
