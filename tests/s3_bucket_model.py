"""A bucket of S3 behind the interface of the model bucket: changes are real requests, and so is
looking at what became of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError

from bucket_model import event_of
from imgmeta import ObjectLocation, ObjectStore
from imgmeta.adapters.aws import error_code
from imgmeta.core.objects import Listing, Observation

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class S3Version:
    """What S3 has at a key; its content is a number, as that of the model's versions."""

    etag: str
    content: int
    version_id: str | None


class S3Bucket:
    """A new bucket, made by the first change or look: until then it may still get versions.

    It makes the events itself, with sequencers of its own: not every server sends any, and here
    they must be there before the next change.

    Args:
        client: changes the bucket.
        objects: how the bucket is observed and listed; what is under test.
        versioned: whether it keeps versions.
    """

    def __init__(self, client: "S3Client", objects: ObjectStore, *, versioned: bool) -> None:
        self.versioned = versioned
        self.name = f"photos-{uuid4().hex}"
        self._client = client
        self._objects = objects
        self._stacks: dict[str, list[str]] = {}
        self._changes = 0

    def put(self, key: str, content: int) -> dict[str, Any]:
        """Store a new current version; return the event that S3 makes of it."""
        answer = self._client.put_object(
            Bucket=self._bucket, Key=key, Body=content.to_bytes(8), ContentType="image/x-model"
        )
        self._push(key, answer.get("VersionId"))
        return self._event("ObjectCreated:Put", key)

    def delete(self, key: str) -> dict[str, Any]:
        """Delete the object: a delete marker on top if versioned, gone for good if not."""
        answer = self._client.delete_object(Bucket=self._bucket, Key=key)
        self._push(key, answer.get("VersionId"))
        name = "ObjectRemoved:DeleteMarkerCreated" if self.versioned else "ObjectRemoved:Delete"
        return self._event(name, key)

    def delete_noncurrent(self, key: str) -> dict[str, Any] | None:
        """Delete the oldest version that is not the current one: the object itself stays."""
        stack = self._stacks.get(key, [])
        if len(stack) < 2:
            return None
        self._client.delete_object(Bucket=self._bucket, Key=key, VersionId=stack.pop(0))
        return self._event("ObjectRemoved:Delete", key)

    def current(self, key: str) -> S3Version | None:
        """Return what is there now, asked of S3 without the store that is under test."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if error_code(error) != "NoSuchKey":
                raise
            return None
        content = int.from_bytes(answer["Body"].read())
        return S3Version(answer["ETag"].strip('"'), content, answer.get("VersionId"))

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

    def _push(self, key: str, version_id: str | None) -> None:
        stack = self._stacks.setdefault(key, [])
        if version_id is not None and version_id not in stack:
            stack.append(version_id)

    def _event(self, name: str, key: str) -> dict[str, Any]:
        self._changes += 1
        return event_of(self._changes, name, self.name, key)
