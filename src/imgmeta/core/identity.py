"""Image IDs: one permanent ID for each bucket and key."""

from functools import lru_cache

__all__ = ["image_id"]


def image_id(bucket: str, key: str) -> str:
    """Return the ID of the image at `key` in `bucket`.

    The ID is the MD5 digest of `bucket/key` in UTF-8, as 32 lowercase hexadecimal digits. It
    identifies a location, not its content. It is not used for security, so it also works where MD5
    is restricted.

    Args:
        bucket: the bucket's name; `file://` for the local file system.
        key: the object's key, decoded (no percent-encoding, no plus signs for spaces).

    Raises:
        UnicodeEncodeError: the key holds a lone surrogate, so it has no UTF-8 form and cannot be a
            key in S3.
    """
    return _digest(f"{bucket}/{key}")


@lru_cache(maxsize=256)  # processing one object needs its ID several times
def _digest(name: str) -> str:
    # Loading OpenSSL takes longer than comparing a hundred unchanged images, which need no ID.
    from hashlib import md5  # noqa: PLC0415 - as above

    return md5(name.encode(), usedforsecurity=False).hexdigest()
