"""The contract of `imgmeta.deployment.ports.ArtifactStore`, for every adapter."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import pytest

from contract.aws_accounts import ministack_clients, moto_clients
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.ports import ArtifactStore
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.aws.moto import HAS_AWS, aws_in_memory, respond_with_error

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients


def package(content: bytes = b"zip") -> FunctionPackage:
    name = f"imgmeta-{hashlib.sha256(content).hexdigest()[:16]}.zip"
    return FunctionPackage(name, FunctionPlatform(), content, 3, (), is_precompiled=True)


class StoreHarness(NamedTuple):
    """Artifact stores in an account.

    Attributes:
        open: opens the store in a bucket; None: the account's own.
        clients: clients of the account.
    """

    open: Callable[[str | None], ArtifactStore]
    clients: "Clients"

    def content(self, store: ArtifactStore, package: FunctionPackage) -> bytes:
        location = store.location_of(package)
        return self.clients.s3.get_object(Bucket=location.bucket, Key=location.key)["Body"].read()

    def buckets(self) -> set[str]:
        return {each["Name"] for each in self.clients.s3.list_buckets()["Buckets"]}


def harness_over(clients: "Clients") -> StoreHarness:
    from imgmeta.deployment.adapters.s3 import S3ArtifactStore  # noqa: PLC0415 - needs the extra aws

    return StoreHarness(lambda bucket: S3ArtifactStore(clients.s3, clients.sts, bucket), clients)


def on_moto(_: pytest.FixtureRequest, cleanup: ExitStack) -> StoreHarness:
    return harness_over(moto_clients(cleanup))


def on_ministack(request: pytest.FixtureRequest, _: ExitStack) -> StoreHarness:
    harness = harness_over(ministack_clients(request))
    for name in harness.buckets():
        if name.startswith("imgmeta-artifacts-"):
            for each in harness.clients.s3.list_objects_v2(Bucket=name).get("Contents", []):
                harness.clients.s3.delete_object(Bucket=name, Key=each["Key"])
            harness.clients.s3.delete_bucket(Bucket=name)
    return harness


HARNESSES = [
    *([pytest.param(on_moto, id="S3 on moto")] if HAS_AWS else []),
    pytest.param(on_ministack, id="S3 on MiniStack", marks=pytest.mark.emulator),
]


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest) -> Iterator[StoreHarness]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


# The port: "Return the location that this package is uploaded to, without writing anything."
def test_location_is_known_before_the_bucket_exists(harness: StoreHarness) -> None:
    before = harness.buckets()
    store = harness.open(None)
    location = store.location_of(package())
    assert location.key.endswith(package().name)
    assert harness.buckets() == before
    assert store.location_of(package(b"another")) != location
    store.upload(package())
    assert store.location_of(package()) == location


# The port: "Check that the bucket can be used or created, without writing anything."
def test_check_accepts_a_missing_own_bucket_and_does_not_create_it(harness: StoreHarness) -> None:
    before = harness.buckets()
    harness.open(None).check()
    assert harness.buckets() == before


def test_check_rejects_an_unusable_bucket(
    harness: StoreHarness,
) -> None:
    with pytest.raises(ConfigurationError, match=r"the artifact bucket gone-.* does not exist"):
        harness.open(f"gone-{uuid4().hex}").check()
    respond_with_error(harness.clients.s3, "s3.HeadBucket", "403", 403)
    with pytest.raises(ConfigurationError, match=r"access to the artifact bucket .* is denied"):
        harness.open(None).check()


# The port: "Upload the package unless it is already there; return whether it was uploaded."
def test_package_is_uploaded_to_its_location(harness: StoreHarness) -> None:
    store = harness.open(None)
    assert store.upload(package())
    assert harness.content(store, package()) == b"zip"


def test_package_is_uploaded_once(harness: StoreHarness) -> None:
    store = harness.open(None)
    store.upload(package())
    location = store.location_of(package())
    before = harness.clients.s3.head_object(Bucket=location.bucket, Key=location.key)[
        "LastModified"
    ]
    assert not harness.open(None).upload(package())
    after = harness.clients.s3.head_object(Bucket=location.bucket, Key=location.key)["LastModified"]
    assert after == before
    assert harness.open(None).upload(package(b"another"))


# The port: "A missing bucket is created, encrypted and without public access."
def test_created_bucket_is_encrypted_and_blocks_public_access(harness: StoreHarness) -> None:
    store = harness.open(None)
    store.upload(package())
    s3, bucket = harness.clients.s3, store.location_of(package()).bucket
    [rule] = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert block == {
        "BlockPublicAcls": True,
        "IgnorePublicAcls": True,
        "BlockPublicPolicy": True,
        "RestrictPublicBuckets": True,
    }


@pytest.fixture
def other_region(monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreHarness]:
    """Return a harness in a region that CreateBucket needs as a location."""
    if not HAS_AWS:
        pytest.skip("needs the extra aws, and moto")
    with aws_in_memory(monkeypatch):
        from imgmeta.adapters.aws import Clients  # noqa: PLC0415 - needs the extra aws

        yield harness_over(Clients(region="eu-central-1"))


def test_bucket_is_created_in_the_region_of_the_function(other_region: StoreHarness) -> None:
    location = other_region.open(None).location_of(package())
    assert location.bucket.endswith("-eu-central-1")
    assert other_region.open(None).upload(package())
    found = other_region.clients.s3.get_bucket_location(Bucket=location.bucket)
    assert found["LocationConstraint"] == "eu-central-1"
    assert not other_region.open(None).upload(package())


def test_bucket_created_by_a_concurrent_deployment_is_used(other_region: StoreHarness) -> None:
    other_region.open(None).upload(package())
    # It did not exist a moment ago.
    respond_with_error(other_region.clients.s3, "s3.HeadBucket", "404", 404)
    assert other_region.open(None).upload(package(b"another"))


def test_failed_bucket_creation_is_an_error(other_region: StoreHarness) -> None:
    respond_with_error(other_region.clients.s3, "s3.CreateBucket", "AccessDenied", 403)
    with pytest.raises(PermanentError, match="cannot create the bucket"):
        other_region.open(None).upload(package())


def test_given_bucket_is_used_unchanged(harness: StoreHarness) -> None:
    name = f"mine-{uuid4().hex}"
    harness.clients.s3.create_bucket(Bucket=name)
    before = harness.buckets()
    store = harness.open(name)
    assert store.location_of(package()).bucket == name
    assert store.upload(package())
    assert not store.upload(package())
    assert harness.content(store, package()) == b"zip"
    assert harness.buckets() == before


# The port: "ConfigurationError for a bucket that this account cannot use."
def test_given_bucket_must_exist(harness: StoreHarness) -> None:
    with pytest.raises(
        ConfigurationError, match=r"gone-.* does not exist: choose another artifact"
    ):
        harness.open(f"gone-{uuid4().hex}").upload(package())


# The adapter: "even if it is given by its name", as in the parameters of an existing stack.
def test_missing_own_bucket_is_created_again_by_name(harness: StoreHarness) -> None:
    own = harness.open(None).location_of(package()).bucket
    assert own not in harness.buckets()
    assert harness.open(own).upload(package())
    assert harness.content(harness.open(own), package()) == b"zip"


def test_own_bucket_given_by_name_must_belong_to_the_account(harness: StoreHarness) -> None:
    own = harness.open(None).location_of(package()).bucket
    harness.open(None).upload(package())
    owners: dict[str, object] = {}
    harness.clients.s3.meta.events.register(
        "provide-client-params.s3",
        lambda params, model, **_: owners.update({model.name: params.get("ExpectedBucketOwner")}),
    )
    harness.open(own).upload(package(b"another"))
    account = harness.clients.sts.get_caller_identity()["Account"]
    assert owners == dict.fromkeys(("HeadBucket", "HeadObject", "PutObject"), account)


def test_package_is_uploaded_again_if_its_size_is_unknown(harness: StoreHarness) -> None:
    harness.open(None).upload(package())
    harness.clients.s3.meta.events.register(
        "after-call.s3.HeadObject", lambda parsed, **_: parsed.pop("ContentLength")
    )
    assert harness.open(None).upload(package())


def test_bucket_of_another_account_is_rejected(harness: StoreHarness) -> None:
    respond_with_error(harness.clients.s3, "s3.HeadBucket", "403", 403)
    with pytest.raises(ConfigurationError, match=r"access to the artifact bucket .* is denied"):
        harness.open(None).upload(package())


def test_bucket_in_another_region_is_rejected(harness: StoreHarness) -> None:
    name = f"far-{uuid4().hex}"
    harness.clients.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    with pytest.raises(
        ConfigurationError, match="is in eu-west-1, not in the function's region us-east-1"
    ):
        harness.open(name).upload(package())


# The port: "TransientError for a temporary failure, PermanentError for a permanent failure".
@pytest.mark.parametrize("service", ["s3", "sts"])
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("SlowDown", 503, TransientError), ("Odd", 400, PermanentError)],
)
def test_failed_request_is_an_error(
    harness: StoreHarness, service: str, code: str, status: int, kind: type[Exception]
) -> None:
    respond_with_error(getattr(harness.clients, service), service, code, status)
    with pytest.raises(kind):
        harness.open(None).upload(package())
    if service == "sts":
        with pytest.raises(kind):
            harness.open(None).location_of(package())
