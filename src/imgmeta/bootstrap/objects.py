"""The object store of all targets: local files and S3."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.core.objects import ListedObject, Listing, ObjectLocation, Observation
from imgmeta.core.targets import LOCAL_BUCKET

if TYPE_CHECKING:
    from imgmeta.adapters.filesystem import LocalObjectStore
    from imgmeta.adapters.s3 import S3ObjectStore

__all__ = ["RoutingObjectStore"]


class RoutingObjectStore:
    """Routes each call to the local file system or to S3, depending on the bucket.

    Args:
        aws: the AWS clients.
        requester_pays: see `S3ObjectStore`.
    """

    def __init__(self, aws: AWSConnection, *, requester_pays: bool = False) -> None:
        self._aws = aws
        self._requester_pays = requester_pays

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the current state of a location: see `ObjectStore.observe`."""
        return self._route(location.bucket).observe(location)

    def status(self, location: ObjectLocation) -> ListedObject | None:
        """Return the state of a file: see `ObjectStatus.status`. S3 URIs are always listed."""
        return self._local.status(location) if location.bucket == LOCAL_BUCKET else None

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects whose keys start with `prefix`: see `ObjectStore.list`."""
        store = self._route(bucket)
        return store.list(bucket, prefix, after=after, wanted=wanted, skipped=skipped)

    def check(self, bucket: str, prefix: str = "") -> None:
        """Check that a prefix can be listed, before any work is started.

        Raises:
            ConfigurationError: the bucket does not exist, or access is denied.
            TransientError: S3 cannot respond now.
        """
        if bucket != LOCAL_BUCKET:
            self._s3.check(bucket, prefix)

    def _route(self, bucket: str) -> "LocalObjectStore | S3ObjectStore":
        return self._local if bucket == LOCAL_BUCKET else self._s3

    @cached_property
    def _local(self) -> "LocalObjectStore":
        from imgmeta.adapters.filesystem import LocalObjectStore

        return LocalObjectStore()

    @cached_property
    def _s3(self) -> "S3ObjectStore":
        client = self._aws.clients.s3
        from imgmeta.adapters.s3 import S3ObjectStore

        return S3ObjectStore(client, requester_pays=self._requester_pays)
