"""Whatever a target may lead to: files here, and objects in S3."""

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.core.objects import Listing, ObjectLocation, Observation
from imgmeta.core.targets import LOCAL_BUCKET

if TYPE_CHECKING:
    from imgmeta.adapters.filesystem import LocalObjectStore
    from imgmeta.adapters.s3 import S3ObjectStore

__all__ = ["RoutingObjectStore"]


class RoutingObjectStore:
    """The object store that each bucket is in: the local file system's is one, all others are S3's.

    Args:
        aws: the clients to use.
    """

    def __init__(self, aws: AWSConnection) -> None:
        self._aws = aws

    def observe(self, location: ObjectLocation) -> Observation:
        """Return what is there now, as the port says."""
        return self._of(location.bucket).observe(location)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        """Yield the objects whose keys start with `prefix`, as the port says."""
        return self._of(bucket).list(bucket, prefix, after=after, wanted=wanted)

    def check(self, bucket: str, prefix: str = "") -> None:
        """Refuse what cannot be listed in S3, before any work is begun.

        Raises:
            ConfigurationError: there is no such bucket, or not for these credentials.
            TransientError: S3 does not answer now.
        """
        if bucket != LOCAL_BUCKET:
            self._s3.check(bucket, prefix)

    def _of(self, bucket: str) -> "LocalObjectStore | S3ObjectStore":
        return self._local if bucket == LOCAL_BUCKET else self._s3

    @cached_property
    def _local(self) -> "LocalObjectStore":
        from imgmeta.adapters.filesystem import LocalObjectStore

        return LocalObjectStore()

    @cached_property
    def _s3(self) -> "S3ObjectStore":
        client = self._aws.clients.s3
        from imgmeta.adapters.s3 import S3ObjectStore

        return S3ObjectStore(client)
