"""An S3 bucket with the interface of the model bucket, using real requests."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from imgmeta import AbsentObject, ObjectLocation, ObjectStore, PresentObject
from imgmeta.adapters.aws import error_code
from imgmeta.core.objects import Listing, Observation
from support.convergence.bucket import EPOCH, Bytes, Version, body_of, event_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class S3Version:
    """The current version of an object in S3; its content is a number, as in the model."""

    etag: str
    content: int
    version_id: str | None
    size: int


class S3Bucket:
    """A new bucket, created by the first change or observation.

    It creates the events itself, with its own sequencers, since not every server sends events, and
    tests need them before the next change.

    Args:
        client: changes the bucket.
        objects: the object store under test.
        versioned: whether the bucket keeps versions; may be changed before the bucket is created.
        body: returns the bytes of the image with a number, different for each number.
    """

    def __init__(
        self,
        client: "S3Client",
        objects: ObjectStore,
        *,
        versioned: bool,
        body: Callable[[int], bytes] = body_of,
    ) -> None:
        self.versioned = versioned
        self._body = body
        self._numbers: dict[bytes, int] = {}
        self.name = f"photos-{uuid4().hex}"
        self._client = client
        self._objects = objects
        self._stacks: dict[str, list[tuple[str, int]]] = {}
        self._changes = 0

    def put(self, key: str, content: int) -> dict[str, Any]:
        """Store a new current version; return its event."""
        body = self._body(content)
        self._numbers[body] = content
        response = self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, ContentType="image/x-model"
        )
        version_id = response.get("VersionId")
        self._push(key, version_id, len(body))
        return self._event("ObjectCreated:Put", key, len(body), version_id)

    def delete(self, key: str) -> dict[str, Any]:
        """Delete the object, with a delete marker if versioned; return the event."""
        deleted = self.current(key)
        response = self._client.delete_object(Bucket=self._bucket, Key=key)
        version_id = response.get("VersionId")
        self._push(key, version_id, 0)
        name = "ObjectRemoved:DeleteMarkerCreated" if self.versioned else "ObjectRemoved:Delete"
        return self._event(name, key, deleted.size if deleted else 0, version_id)

    def delete_noncurrent(self, key: str) -> dict[str, Any] | None:
        """Delete the oldest noncurrent version, if any; return the event."""
        stack = self._stacks.get(key, [])
        if len(stack) < 2:
            return None
        version_id, size = stack.pop(0)
        self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=version_id)
        return self._event("ObjectRemoved:Delete", key, size, version_id)

    def current(self, key: str) -> S3Version | None:
        """Return the current version, without using the object store under test."""
        try:
            response = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error_code(error) != "NoSuchKey":
                raise
            return None
        body = response["Body"].read()
        version_id = response.get("VersionId")
        return S3Version(response["ETag"].strip('"'), self._numbers[body], version_id, len(body))

    def observe_version(self, key: str, version_id: str | None) -> Observation:
        """Return the observation of one version, which an indexer must not use."""
        location = ObjectLocation(self.name, key)
        try:
            response = (
                self._client.get_object(Bucket=self._bucket, Key=key, VersionId=version_id)
                if version_id
                else self._client.get_object(Bucket=self._bucket, Key=key)
            )
        except ClientError:
            return AbsentObject(location)
        version = Version(0, self._numbers[response["Body"].read()])
        return PresentObject(
            location,
            size=response["ContentLength"],
            last_modified=EPOCH,
            etag=response["ETag"].strip('"'),
            content=Bytes(version),
            version_id=response.get("VersionId"),
        )

    def observe(self, location: ObjectLocation) -> Observation:
        assert location.bucket == self._bucket
        return self._objects.observe(location)

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,  # noqa: ARG002 - every file is an object
    ) -> Iterator[Listing]:
        assert bucket == self._bucket
        return self._objects.list(bucket, prefix, after=after, wanted=wanted)

    @cached_property
    def _bucket(self) -> str:
        self._client.create_bucket(Bucket=self.name)
        if self.versioned:
            self._client.put_bucket_versioning(
                Bucket=self.name, VersioningConfiguration={"Status": "Enabled"}
            )
        return self.name

    def empty(self) -> None:
        """Delete all versions and the bucket."""
        name = self._bucket
        for page in self._client.get_paginator("list_object_versions").paginate(Bucket=name):
            for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                self._client.delete_object(
                    Bucket=name, Key=each["Key"], VersionId=each["VersionId"]
                )
        self._client.delete_bucket(Bucket=name)

    def _push(self, key: str, version_id: str | None, size: int) -> None:
        stack = self._stacks.setdefault(key, [])
        if version_id is not None and version_id not in dict(stack):
            stack.append((version_id, size))

    def _event(self, name: str, key: str, size: int, version_id: str | None) -> dict[str, Any]:
        self._changes += 1
        return event_of(self._changes, name, self.name, key, size=size, version_id=version_id)
