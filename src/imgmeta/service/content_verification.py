"""Verification of the content of objects against the content hashes in their records."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from imgmeta.core.content_hashes import ContentHash
from imgmeta.core.drift import Comparison, ContentCheck, ContentComparison, Difference
from imgmeta.core.objects import ByteSource, ObjectLocation, Observation, PresentObject
from imgmeta.core.records import ImageRecord
from imgmeta.core.targets import Target
from imgmeta.errors import InvalidRecordError, ObjectChangedError
from imgmeta.service.concurrency import run_in_order
from imgmeta.service.hashing import hash_bytes
from imgmeta.service.indexer import MAX_ATTEMPTS, Indexer
from imgmeta.service.listing import OnUnindexed
from imgmeta.service.object_errors import ObjectError, object_errors

__all__ = ["verify_content"]

_CORRUPTED = "its bytes changed, but its size and time did not"

_COMPARABLE = frozenset({Difference.SAME, Difference.CHANGED, Difference.OUTDATED})
"""Differences of objects that exist and have a record."""


def verify_content(
    indexer: Indexer,
    target: Target,
    *,
    concurrency: int = 1,
    on_unindexed: OnUnindexed | None = None,
) -> Iterator[ContentComparison]:
    """Yield the difference of each key of `target`, as `Indexer.verify`; change nothing.

    Each object whose record has a content hash is read. If its bytes have this hash, the object is
    unchanged, even if its ETag or time differ. Other bytes of the same size are corrupted if the
    object has the same ETag or the same modification time as in its record, and otherwise changed.

    Args:
        indexer: the indexer.
        target: the objects to compare.
        concurrency: objects read concurrently.
        on_unindexed: as for `Indexer.verify`.

    Raises:
        AdapterError: while iterating: the listing or the index cannot be read.
    """
    comparisons = indexer.verify(target, on_unindexed=on_unindexed)
    return run_in_order(_results_or_tasks(indexer, target.bucket, comparisons), concurrency)


def _results_or_tasks(
    indexer: Indexer, bucket: str, comparisons: Iterable[Comparison]
) -> Iterator[ContentComparison | Callable[[], ContentComparison]]:
    for each in comparisons:
        if each.difference not in _COMPARABLE:
            yield ContentComparison(each, ContentCheck.NOT_NEEDED)
        elif each.content_hash is None:
            yield ContentComparison(each, ContentCheck.UNHASHED)
        elif each.archived:
            yield ContentComparison(each, ContentCheck.ARCHIVED)
        else:
            yield partial(_verify_object, indexer, bucket, each)


def _verify_object(indexer: Indexer, bucket: str, listed: Comparison) -> ContentComparison:
    """Return the comparison of one object, observed again, since some time may have passed."""
    key = listed.key
    location = ObjectLocation(bucket, key)
    reason = "the object kept changing while it was read"
    for _ in range(MAX_ATTEMPTS):
        try:
            stored = indexer.repository.get(location.image_id)
            observation = indexer.comparer.observe(location)
            return _compare(indexer, stored, observation, listed)
        except ObjectChangedError:
            continue
        except InvalidRecordError as error:
            comparison = Comparison(key, Difference.UNREADABLE, error.message)
            return ContentComparison(comparison, ContentCheck.NOT_NEEDED)
        except ObjectError as error:
            reason = str(error)
            break
    comparison = Comparison(key, Difference.UNKNOWN, reason)
    return ContentComparison(comparison, ContentCheck.NOT_NEEDED)


def _compare(
    indexer: Indexer, stored: ImageRecord | None, observation: Observation, listed: Comparison
) -> ContentComparison:
    key = listed.key
    # None: both were deleted since the listing.
    difference = indexer.comparer.difference(stored, observation) or Difference.SAME
    comparison = Comparison(key, difference)
    if (
        difference not in _COMPARABLE
        or stored is None
        or not isinstance(observation, PresentObject)
    ):
        return ContentComparison(comparison, ContentCheck.NOT_NEEDED)
    if stored.content_hash is None:
        return ContentComparison(comparison, ContentCheck.UNHASHED)
    if observation.archived:  # the listing does not show the tiers of S3 Intelligent-Tiering
        return ContentComparison(listed, ContentCheck.ARCHIVED)
    if observation.content is None:
        unknown = Comparison(key, Difference.UNKNOWN, observation.content_error)
        return ContentComparison(unknown, ContentCheck.NOT_NEEDED)
    if observation.size != stored.file_size:
        return ContentComparison(comparison, ContentCheck.NOT_NEEDED)
    if _has_hash(observation.content, ContentHash.parse(stored.content_hash)):
        comparison = Comparison(key, _difference_besides_time(indexer, stored, observation))
    elif observation.etag == stored.etag or observation.last_modified == stored.last_modified:
        comparison = Comparison(key, Difference.CORRUPTED, _CORRUPTED)
    else:
        comparison = Comparison(key, Difference.CHANGED)
    return ContentComparison(comparison, ContentCheck.READ)


def _has_hash(content: ByteSource, expected: ContentHash) -> bool:
    with object_errors():
        return hash_bytes(content, [expected.kind])[expected.kind] == expected


def _difference_besides_time(
    indexer: Indexer, stored: ImageRecord, observed: PresentObject
) -> Difference:
    """Return how a record of the same content differs otherwise, such as by its reader version."""
    same_upload = stored.model_copy(
        update={
            "etag": observed.etag,
            "last_modified": observed.last_modified,
            "version_id": observed.version_id,
        }
    )
    return indexer.comparer.difference(same_upload, observed) or Difference.SAME
