"""Convergence tests on buckets of S3 emulators, over HTTP."""

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from imgmeta import AbsentObject, ListedObject, ObjectLocation, ObjectStore, PresentObject
from imgmeta.adapters.aws import error_code
from imgmeta.core.objects import Listing, Observation
from support.convergence.bucket import HEAD, Bucket, Bytes, ModelBucket, Version
from support.convergence.machine import DIVERGED, MANY_STEPS, Convergence
from support.convergence.s3_bucket import S3Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = [pytest.mark.emulator, pytest.mark.usefixtures("aws_environment")]

SOME_STEPS = settings(MANY_STEPS, max_examples=25)


class Store:
    """A minimal S3 object store."""

    def __init__(self, client: "S3Client") -> None:
        self._client = client

    def observe(self, location: ObjectLocation) -> Observation:
        try:
            response = self._client.get_object(Bucket=location.bucket, Key=location.key)
        except ClientError as error:
            if error_code(error) != "NoSuchKey":
                raise
            return AbsentObject(location)
        version = Version(0, int.from_bytes(response["Body"].read()[:HEAD]))
        return PresentObject(
            location,
            size=response["ContentLength"],
            last_modified=response["LastModified"].astimezone(UTC),
            etag=response["ETag"].strip('"'),
            content=Bytes(version),
            version_id=response.get("VersionId"),
        )

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,  # noqa: ARG002 - every file is an object
    ) -> Iterator[Listing]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=prefix, StartAfter=after or ""
        )
        for page in pages:
            for item in page.get("Contents", []):
                key = item.get("Key", "")
                if wanted is None or wanted(key):
                    yield ListedObject(key, item.get("Size", 0), item.get("ETag", "").strip('"'))


def machine_on(
    client: "S3Client", store: Callable[["S3Client"], ObjectStore] = Store
) -> type[Convergence]:
    """Return a state machine with S3 buckets, observed by `store`."""

    class ConvergenceOnS3(Convergence):
        def make_bucket(self) -> Bucket:
            return S3Bucket(client, store(client), versioned=True)

    return ConvergenceOnS3


def test_index_converges_to_s3_bucket(s3: "S3Client") -> None:
    run_state_machine_as_test(machine_on(s3), settings=SOME_STEPS)


class StaleStore(Store):
    """An object store with a bug: it returns the first observation of an object forever."""

    def __init__(self, client: "S3Client") -> None:
        super().__init__(client)
        self._cache: dict[ObjectLocation, Observation] = {}

    def observe(self, location: ObjectLocation) -> Observation:
        return self._cache.setdefault(location, super().observe(location))


def test_stale_object_store_does_not_converge(s3: "S3Client") -> None:
    with pytest.raises(AssertionError, match=DIVERGED):
        run_state_machine_as_test(
            machine_on(s3, StaleStore),
            settings=settings(
                SOME_STEPS,
                max_examples=200,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
            ),
        )


def without_version_id(event: Any) -> object:  # noqa: ANN401 - a JSON document or None
    """Return an event without its version ID, which differs between servers."""
    if event is not None:
        event["s3"]["object"].pop("versionId", None)
    return event


@pytest.mark.parametrize("versioned", [False, True])
def test_s3_bucket_behaves_like_model(s3: "S3Client", *, versioned: bool) -> None:
    real = S3Bucket(s3, Store(s3), versioned=versioned)
    model = ModelBucket(versioned=versioned, name=real.name)
    changes: list[Callable[[Bucket], object]] = [
        lambda bucket: bucket.delete("never.jpg"),
        lambda bucket: bucket.put("a+b c.jpg", 1),
        lambda bucket: bucket.put("a+b c.jpg", 2),
        lambda bucket: bucket.delete_noncurrent("a+b c.jpg"),
        lambda bucket: bucket.delete("a+b c.jpg"),
        lambda bucket: bucket.delete("a+b c.jpg"),
        lambda bucket: bucket.put("a+b c.jpg", 3),
        *[lambda bucket: bucket.delete_noncurrent("a+b c.jpg")] * 5,
    ]

    def state(bucket: Bucket) -> tuple[int, bool, list[str]] | None:
        current = bucket.current("a+b c.jpg")
        objects: ObjectStore = bucket
        keys = [line.key for line in objects.list(bucket.name)]
        return None if current is None else (current.content, current.version_id is not None, keys)

    for change in changes:
        assert without_version_id(change(real)) == without_version_id(change(model))
        assert state(real) == state(model)
