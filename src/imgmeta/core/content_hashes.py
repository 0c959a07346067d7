"""Hashes of the whole content of an object."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

__all__ = ["CONTENT_HASH_PATTERN", "ContentHash", "HashKind"]


class HashKind(StrEnum):
    """The hash functions whose equal digests mean equal content.

    S3's checksums of 32 and 64 bits are not among them: two files may have the same by accident.
    """

    MD5 = "md5"
    SHA1 = "sha1"
    SHA256 = "sha256"

    @property
    def digits(self) -> int:
        """Number of hexadecimal digits of a digest."""
        return _DIGITS[self]


_DIGITS = {HashKind.MD5: 32, HashKind.SHA1: 40, HashKind.SHA256: 64}

CONTENT_HASH_PATTERN = (
    "^(" + "|".join(f"{kind}:[0-9a-f]{{{kind.digits}}}" for kind in HashKind) + ")$"
)
"""The text of a hash, as a regular expression of every dialect."""

_TEXT = re.compile(CONTENT_HASH_PATTERN.strip("^$"), re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentHash:
    """A hash of the whole content of an object. `str` returns its text: `sha256:9f86d0…`.

    Attributes:
        kind: the hash function.
        digest: the digest in lower-case hexadecimal digits.
    """

    kind: HashKind
    digest: str

    def __post_init__(self) -> None:
        """Check the digest.

        Raises:
            ValueError: the digest does not have the form that the kind requires.
        """
        if not _TEXT.fullmatch(str(self)):
            msg = f"a {self.kind} digest has {self.kind.digits} lower-case hexadecimal digits"
            raise ValueError(msg)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the hash whose text is `text`.

        Raises:
            ValueError: the text is not that of a hash.
        """
        kind, _, digest = text.partition(":")
        return cls(HashKind(kind), digest)

    def __str__(self) -> str:
        """Return the text that records store: the kind, a colon and the digest."""
        return f"{self.kind}:{self.digest}"

    def equals(self, other: "ContentHash") -> bool | None:
        """Return whether both are hashes of the same content; None if their kinds differ.

        Digests of different kinds tell nothing about each other.
        """
        return self.digest == other.digest if self.kind is other.kind else None
