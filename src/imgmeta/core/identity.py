"""The identity of an image: one id for one bucket and key, forever."""

import hashlib

__all__ = ["image_id"]


def image_id(bucket: str, key: str) -> str:
    """Return the id of the image at `key` in `bucket`.

    The id is the MD5 digest of `bucket/key` in UTF-8, as 32 lower-case hexadecimal digits. It
    names a place, not a content, and protects nothing, so it also works where MD5 is restricted.

    Args:
        bucket: the bucket's name; `file://` for the local file system.
        key: the object's key, decoded (no percent-encoding, no plus signs for spaces).

    Raises:
        UnicodeEncodeError: the key holds a lone surrogate and has no UTF-8 form. No object in S3
            can have such a key.
    """
    return hashlib.md5(f"{bucket}/{key}".encode(), usedforsecurity=False).hexdigest()
