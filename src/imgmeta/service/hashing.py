"""Hashes of the whole content of objects, and of their thumbnails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imgmeta.core.content_hashes import ContentHash, HashKind
from imgmeta.core.objects import ByteSource, Observation, PresentObject, StoredHashSource
from imgmeta.core.retention import is_same_content
from imgmeta.service.object_errors import object_errors

if TYPE_CHECKING:
    from collections.abc import Collection

    from imgmeta.core.hints import Hint
    from imgmeta.core.properties import ImageProperties, Unreadable
    from imgmeta.core.records import ImageRecord
    from imgmeta.ports import ThumbnailHasher

__all__ = ["current_hash", "current_thumbnail_hash", "hash_bytes", "needs_hash"]

_LOCAL_BLOCK = 1024 * 1024
_REMOTE_BLOCK = 8 * 1024 * 1024
"""Each read of a remote object is a request, so that larger blocks are faster and cost less."""


def needs_hash(hint: Hint, observation: Observation, stored: ImageRecord | None) -> bool:
    """Return whether a hint asks for a hash that the record lacks and the object can give."""
    if not isinstance(observation, PresentObject) or not observation.readable:
        return False
    if hint.hash_thumbnail and stored and stored.has_thumbnail and not stored.thumbnail_hash:
        return True
    known = _known_hash(observation, stored)
    return bool(hint.hash_kinds) and (known is None or known.kind not in hint.hash_kinds)


def current_hash(
    hint: Hint, observed: PresentObject, stored: ImageRecord | None
) -> ContentHash | None:
    """Return the content hash for the record of an observation; None if it is unknown.

    A hash that is known from the same content is kept. If the hint asks for another kind, the
    content is read. It must match the known hash: otherwise the known one is kept, since the
    content is damaged.

    Raises:
        ObjectError: the content cannot be read.
        ObjectChangedError: the object was replaced after it was observed.
    """
    known = _known_hash(observed, stored)
    hashes = [each for each in (known, observed.content_hash) if each is not None]
    wanted = next((each for each in hashes if each.kind in hint.hash_kinds), None)
    if wanted is not None or not hint.hash_kinds or observed.content is None:
        return wanted or next(iter(hashes), None)
    with object_errors():
        return _new_hash(observed.content, hint.hash_kinds, known)


def current_thumbnail_hash(
    hint: Hint,
    observed: PresentObject,
    stored: ImageRecord | None,
    content: ImageProperties | Unreadable,
    hasher: ThumbnailHasher | None,
) -> str | None:
    """Return the hash of the thumbnail for the record of an observation; None if it is unknown.

    A hash that is known from the same content is kept.

    Args:
        hint: the reason to write the record.
        observed: the observation.
        stored: the stored record, if it was read by the current version of the reader.
        content: the properties that were read.
        hasher: computes the hash if the hint asks for it; None: it cannot be computed.

    Raises:
        ObjectError: the content cannot be read.
        ObjectChangedError: the object was replaced after it was observed.
    """
    if stored is not None and stored.thumbnail_hash and is_same_content(stored, observed):
        return stored.thumbnail_hash
    if not hint.hash_thumbnail or hasher is None or observed.content is None:
        return None
    from imgmeta.core.properties import ImageProperties  # noqa: PLC0415 - most runs read no image

    if not isinstance(content, ImageProperties) or not content.has_thumbnail:
        return None
    with object_errors():
        return hasher.hash(observed.content, content)


def hash_bytes(content: ByteSource, kinds: Collection[HashKind]) -> dict[HashKind, ContentHash]:
    """Return the hashes of these kinds, from all bytes, in bounded memory.

    Raises:
        ObjectChangedError: the object was replaced after it was observed.
        AdapterError: the content cannot be read.
    """
    from hashlib import new  # noqa: PLC0415 - see `core.identity`

    functions = {kind: new(kind, usedforsecurity=False) for kind in kinds}
    block = _LOCAL_BLOCK if content.is_local else _REMOTE_BLOCK
    for offset in range(0, content.size, block):
        data = content.read(offset, block)
        for function in functions.values():
            function.update(data)
    return {kind: ContentHash(kind, each.hexdigest()) for kind, each in functions.items()}


def _known_hash(observed: PresentObject, stored: ImageRecord | None) -> ContentHash | None:
    if stored is None or stored.content_hash is None or not is_same_content(stored, observed):
        return None
    return ContentHash.parse(stored.content_hash)


def _new_hash(
    content: ByteSource, kinds: Collection[HashKind], known: ContentHash | None
) -> ContentHash:
    if known is None and isinstance(content, StoredHashSource):
        stored = content.stored_hash()
        if stored is not None and stored.kind in kinds:
            return stored
    kind = HashKind.SHA256 if HashKind.SHA256 in kinds else min(kinds)
    hashes = hash_bytes(content, {kind} if known is None else {kind, known.kind})
    return hashes[kind] if known is None or known in hashes.values() else known
