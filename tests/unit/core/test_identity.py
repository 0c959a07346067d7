import hashlib

import pytest

from imgmeta.core.identity import image_id
from imgmeta.core.objects import ObjectLocation


def test_an_id_is_that_of_the_original_system() -> None:
    assert image_id("holiday", "2026/beach.jpg") == "3cbb2b116d6669c090762a82bb1a12b2"


def test_a_location_knows_its_id() -> None:
    assert ObjectLocation("holiday", "a.jpg").image_id == image_id("holiday", "a.jpg")


def test_md5_is_asked_for_as_no_security_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    def restricted(data: bytes, *, usedforsecurity: bool = True) -> object:
        if usedforsecurity:
            msg = "disabled for FIPS"
            raise ValueError(msg)
        return original(data, usedforsecurity=False)

    original = hashlib.md5
    monkeypatch.setattr(hashlib, "md5", restricted)
    assert len(image_id("holiday", "a.jpg")) == 32


def test_a_key_without_a_utf8_form_has_no_id() -> None:
    with pytest.raises(UnicodeEncodeError):
        image_id("holiday", "\ud800.jpg")


@pytest.mark.parametrize(
    ("location", "uri"),
    [
        (ObjectLocation("holiday", "2026/a.jpg"), "s3://holiday/2026/a.jpg"),
        (ObjectLocation("file://", "home/me/a.jpg"), "file:///home/me/a.jpg"),
    ],
)
def test_a_location_is_shown_as_a_uri(location: ObjectLocation, uri: str) -> None:
    assert str(location) == uri
