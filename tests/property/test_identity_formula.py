"""The original system's formula: `hashlib.md5(f"{bucket}/{key}".encode()).hexdigest()`."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.identity import image_id


@given(st.text(), st.text())
def test_id_is_the_md5_of_bucket_slash_key(bucket: str, key: str) -> None:
    joined = bucket.encode() + b"/" + key.encode()
    assert image_id(bucket, key) == hashlib.new("md5", joined, usedforsecurity=False).hexdigest()
