"""Audits of the index: each request compares one slice of a bucket, and asks for the next one."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from imgmeta.core.audit import AuditSlice
from imgmeta.core.hints import AuditRequest, Hint
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.targets import Target
from imgmeta.errors import ConfigurationError
from imgmeta.ports import AuditQueue
from imgmeta.service.indexer import Indexer

__all__ = ["AuditLimits", "AuditProgress", "audit", "start_audits"]


@dataclass(frozen=True, slots=True)
class AuditLimits:
    """Limits of one request.

    Attributes:
        max_keys: the largest number of keys of one bucket that an audit compares.
        slice_keys: the number of keys after which a slice ends.
        slice_differences: the number of differences after which a slice ends.
        is_time_left: whether to continue the slice; called after each key.
    """

    max_keys: int
    slice_keys: int
    slice_differences: int
    is_time_left: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """The result of one slice, and of its audit so far.

    Attributes:
        bucket: the bucket.
        slice_keys: number of keys compared in this slice.
        slice_drift: number of these keys at which the index was wrong.
        keys: number of keys that the audit has compared.
        drift: number of all these keys at which the index was wrong.
        is_finished: whether no other slice follows.
        is_complete: whether all keys of the bucket have been compared.
    """

    bucket: str
    slice_keys: int
    slice_drift: int
    keys: int
    drift: int
    is_finished: bool
    is_complete: bool


def start_audits(queue: AuditQueue, buckets: Collection[str]) -> None:
    """Ask for an audit of each bucket.

    Raises:
        ConfigurationError: there is no bucket.
        AdapterError: the queue cannot be reached.
    """
    if not buckets:
        msg = "cannot audit the index without a bucket: set IMAGE_BUCKET"
        raise ConfigurationError(msg)
    queue.send_audits(AuditRequest(bucket) for bucket in buckets)


def audit(
    indexer: Indexer, queue: AuditQueue, request: AuditRequest, served: Target, limits: AuditLimits
) -> AuditProgress:
    """Compare the next slice of a bucket with the index, and ask for the one after it.

    The differences become hints in the queue, which repairs them as it processes any other hint.
    The request for the next slice is sent last: if anything fails before, the queue delivers this
    request again, and hints that were sent twice do no harm. If this request is delivered again
    after that, two chains of slices follow: they cost twice as much and count keys twice, but they
    end as one chain does, and only one of two equal hints finds a difference to repair.

    Args:
        indexer: the indexer of the index.
        queue: the queue that delivered the request.
        request: the request, for the bucket of `served`.
        served: the keys to compare.
        limits: the limits.

    Raises:
        AdapterError: the bucket, the index or the queue cannot be reached.
    """
    piece = AuditSlice(
        min(limits.slice_keys, limits.max_keys - request.keys),
        limits.slice_differences,
        limits.is_time_left,
    )
    listing = piece.read(indexer.objects.list(served.bucket, served.prefix, after=request.after))
    piece.take(indexer.verify(served, after=request.after, listing=listing))
    queue.send_later(
        Hint(ObjectLocation(served.bucket, each.key), audit=True) for each in piece.differences
    )
    keys, drift = request.keys + piece.keys, request.drift + piece.drift
    is_complete = piece.last_key is None
    is_finished = is_complete or keys >= limits.max_keys
    if not is_finished:
        queue.send_audits([AuditRequest(served.bucket, piece.last_key, keys, drift)])
    return AuditProgress(
        served.bucket, piece.keys, piece.drift, keys, drift, is_finished, is_complete
    )
