"""The object store of all targets: local files, S3, and plug-ins."""

from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import ExitStack, closing
from functools import cached_property
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Self, cast

from imgmeta.bootstrap.aws import AWSConnection
from imgmeta.core.objects import (
    BUCKET_WITH_SCHEME,
    ListedObject,
    Listing,
    ObjectLocation,
    Observation,
)
from imgmeta.core.targets import LOCAL_BUCKET, is_plugin_bucket
from imgmeta.ports import LinkDetector, ObjectStatus, ObjectStore

if TYPE_CHECKING:
    from imgmeta.adapters.filesystem import LocalObjectStore
    from imgmeta.adapters.s3 import S3ObjectStore

__all__ = ["RoutingObjectStore"]


class RoutingObjectStore:
    """Routes each call to the local file system, to S3 or to a plug-in, depending on the bucket.

    As a context manager, it closes the object stores of plug-ins at the end.

    Args:
        aws: the AWS clients.
        requester_pays: see `S3ObjectStore`.
    """

    def __init__(self, aws: AWSConnection, *, requester_pays: bool = False) -> None:
        self._aws = aws
        self._requester_pays = requester_pays
        self._plugins = dict[str, ObjectStore]()
        self._opened = ExitStack()
        self._lock = Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the object stores of plug-ins."""
        self._plugins.clear()
        self._opened.__exit__(kind, error, traceback)

    def observe(self, location: ObjectLocation) -> Observation:
        """Return the current state of a location: see `ObjectStore.observe`."""
        return self._route(location.bucket).observe(location)

    def status(self, location: ObjectLocation) -> ListedObject | None:
        """Return the state of an object: see `ObjectStatus.status`. S3 URIs are always listed."""
        if not BUCKET_WITH_SCHEME.fullmatch(location.bucket):
            return None
        store = self._route(location.bucket)
        return store.status(location) if isinstance(store, ObjectStatus) else None

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

    def file_id(self, location: ObjectLocation) -> Hashable | None:
        """Return the bucket and the ID of a file in it: see `LinkDetector.file_id`."""
        if not BUCKET_WITH_SCHEME.fullmatch(location.bucket):
            return None
        store = self._route(location.bucket)
        file = store.file_id(location) if isinstance(store, LinkDetector) else None
        return None if file is None else (location.bucket, file)

    def check(self, bucket: str, prefix: str = "") -> None:
        """Check that a prefix can be listed, before any work is started.

        Raises:
            ConfigurationError: the bucket does not exist, or access is denied.
            AdapterError: the object store cannot respond.
        """
        if is_plugin_bucket(bucket):
            listing = self._plugin(bucket).list(bucket, prefix)
            with closing(cast("Generator[Listing]", listing)):
                next(listing, None)
        elif bucket != LOCAL_BUCKET:
            self._s3.check(bucket, prefix)

    def _route(self, bucket: str) -> ObjectStore:
        if bucket == LOCAL_BUCKET:
            return self._local
        return self._plugin(bucket) if is_plugin_bucket(bucket) else self._s3

    def _plugin(self, bucket: str) -> ObjectStore:
        from imgmeta.bootstrap.plugins import open_plugin_objects

        with self._lock:
            if bucket not in self._plugins:
                opened = self._opened.enter_context(open_plugin_objects(bucket))
                self._plugins[bucket] = opened
            return self._plugins[bucket]

    @cached_property
    def _local(self) -> "LocalObjectStore":
        from imgmeta.adapters.filesystem import LocalObjectStore

        return LocalObjectStore()

    @cached_property
    def _s3(self) -> "S3ObjectStore":
        client = self._aws.clients.s3
        from imgmeta.adapters.s3 import S3ObjectStore

        return S3ObjectStore(client, requester_pays=self._requester_pays)
