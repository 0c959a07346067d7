"""Every sentence of `imgmeta.deployment.ports.ArtifactStore`, against every adapter."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

import pytest

from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.ports import ArtifactStore
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.aws.emulators import Emulator, clients_at
from support.aws.moto import HAS_AWS, aws_in_memory, respond_with_error

if TYPE_CHECKING:
    from imgmeta.adapters.aws import Clients


def package(content: bytes = b"zip") -> FunctionPackage:
    name = f"imgmeta-{hashlib.sha256(content).hexdigest()[:16]}.zip"
    return FunctionPackage(name, FunctionPlatform(), content, 3, (), is_precompiled=True)


class Scene(NamedTuple):
    """A store, and what can be seen of it from outside.

    Attributes:
        open: the store, in its own bucket, or in one that is named.
        clients: of the account.
    """

    open: Callable[[str | None], ArtifactStore]
    clients: "Clients"

    def content(self, store: ArtifactStore, package: FunctionPackage) -> bytes:
        place = store.place_of(package)
        return self.clients.s3.get_object(Bucket=place.bucket, Key=place.key)["Body"].read()

    def buckets(self) -> set[str]:
        return {each["Name"] for each in self.clients.s3.list_buckets()["Buckets"]}


def scene_over(clients: "Clients") -> Scene:
    from imgmeta.deployment.adapters.s3 import S3ArtifactStore  # noqa: PLC0415 - needs the extra aws

    return Scene(lambda bucket: S3ArtifactStore(clients.s3, clients.sts, bucket), clients)


def on_moto(_: pytest.FixtureRequest, cleanup: ExitStack) -> Scene:
    patch = cleanup.enter_context(pytest.MonkeyPatch.context())
    return scene_over(cleanup.enter_context(aws_in_memory(patch)))


def on_ministack(request: pytest.FixtureRequest, _: ExitStack) -> Scene:
    request.getfixturevalue("aws_environment")
    server: Emulator = request.getfixturevalue("ministack")
    scene = scene_over(clients_at(server.url))
    for name in scene.buckets():
        if name.startswith("imgmeta-artifacts-"):
            for each in scene.clients.s3.list_objects_v2(Bucket=name).get("Contents", []):
                scene.clients.s3.delete_object(Bucket=name, Key=each["Key"])
            scene.clients.s3.delete_bucket(Bucket=name)
    return scene


SCENES = [
    *([pytest.param(on_moto, id="S3 on moto")] if HAS_AWS else []),
    pytest.param(on_ministack, id="S3 on MiniStack", marks=pytest.mark.emulator),
]


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


# The port: "Return where this package is kept, or would be; nothing is made or written."
def test_the_place_is_known_before_anything_is_there(scene: Scene) -> None:
    before = scene.buckets()
    store = scene.open(None)
    place = store.place_of(package())
    assert place.key.endswith(package().name)
    assert scene.buckets() == before
    assert store.place_of(package(b"another")) != place
    store.keep(package())
    assert store.place_of(package()) == place


# The port: "Refuse a place where packages cannot be kept; one that is yet to be made is none such.
# Nothing is made or written."
def test_a_place_that_is_yet_to_be_made_is_not_refused_and_not_made(scene: Scene) -> None:
    before = scene.buckets()
    scene.open(None).check()
    assert scene.buckets() == before


def test_a_place_where_nothing_can_be_kept_is_refused_before_anything_is_begun(
    scene: Scene,
) -> None:
    with pytest.raises(ConfigurationError, match="there is no bucket"):
        scene.open(f"gone-{uuid4().hex}").check()
    respond_with_error(scene.clients.s3, "s3.HeadBucket", "403", 403)
    with pytest.raises(ConfigurationError, match="is not for these credentials"):
        scene.open(None).check()


# The port: "Have the package at its place; return whether it had to be written."
def test_a_package_is_kept_at_its_place(scene: Scene) -> None:
    store = scene.open(None)
    assert store.keep(package())
    assert scene.content(store, package()) == b"zip"


# The port: "A package that is there already is not written again."
def test_a_package_is_written_once(scene: Scene) -> None:
    store = scene.open(None)
    store.keep(package())
    place = store.place_of(package())
    before = scene.clients.s3.head_object(Bucket=place.bucket, Key=place.key)["LastModified"]
    assert not scene.open(None).keep(package())
    after = scene.clients.s3.head_object(Bucket=place.bucket, Key=place.key)["LastModified"]
    assert after == before
    assert scene.open(None).keep(package(b"another"))


# The port: "A place that is not there yet is made: encrypted, and closed to the public."
def test_the_place_that_is_made_is_encrypted_and_closed_to_the_public(scene: Scene) -> None:
    store = scene.open(None)
    store.keep(package())
    s3, bucket = scene.clients.s3, store.place_of(package()).bucket
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
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """Return a scene in a region that CreateBucket has to be told."""
    if not HAS_AWS:
        pytest.skip("needs the extra aws, and its double")
    with aws_in_memory(monkeypatch):
        from imgmeta.adapters.aws import Clients  # noqa: PLC0415 - as above

        yield scene_over(Clients(region="eu-central-1"))


def test_the_place_that_is_made_is_in_the_region_of_the_function(elsewhere: Scene) -> None:
    place = elsewhere.open(None).place_of(package())
    assert place.bucket.endswith("-eu-central-1")
    assert elsewhere.open(None).keep(package())
    found = elsewhere.clients.s3.get_bucket_location(Bucket=place.bucket)
    assert found["LocationConstraint"] == "eu-central-1"
    assert not elsewhere.open(None).keep(package())


def test_a_place_that_another_deployment_makes_meanwhile_is_used(elsewhere: Scene) -> None:
    elsewhere.open(None).keep(package())
    respond_with_error(elsewhere.clients.s3, "s3.HeadBucket", "404", 404)  # as it was a moment ago
    assert elsewhere.open(None).keep(package(b"another"))


def test_a_place_that_cannot_be_made_is_an_error(elsewhere: Scene) -> None:
    respond_with_error(elsewhere.clients.s3, "s3.CreateBucket", "AccessDenied", 403)
    with pytest.raises(PermanentError, match="cannot be made"):
        elsewhere.open(None).keep(package())


def test_a_place_of_one_s_own_is_used_as_it_is(scene: Scene) -> None:
    name = f"mine-{uuid4().hex}"
    scene.clients.s3.create_bucket(Bucket=name)
    before = scene.buckets()
    store = scene.open(name)
    assert store.place_of(package()).bucket == name
    assert store.keep(package())
    assert not store.keep(package())
    assert scene.content(store, package()) == b"zip"
    assert scene.buckets() == before


# The port: "ConfigurationError when it is not one that this account may use."
def test_a_place_that_is_named_must_be_there(scene: Scene) -> None:
    with pytest.raises(ConfigurationError, match=r"there is no bucket gone-.*--artifact-bucket"):
        scene.open(f"gone-{uuid4().hex}").keep(package())


# The adapter: "one of this account and region, which is made if need be", by its name too, as a
# stack has it as a parameter from then on.
def test_the_account_s_own_place_is_made_again_if_it_is_gone(scene: Scene) -> None:
    own = scene.open(None).place_of(package()).bucket
    assert own not in scene.buckets()
    assert scene.open(own).keep(package())
    assert scene.content(scene.open(own), package()) == b"zip"


def test_the_account_s_own_place_must_be_the_account_s_whoever_names_it(scene: Scene) -> None:
    own = scene.open(None).place_of(package()).bucket
    scene.open(None).keep(package())
    asked: dict[str, object] = {}
    scene.clients.s3.meta.events.register(
        "provide-client-params.s3",
        lambda params, model, **_: asked.update({model.name: params.get("ExpectedBucketOwner")}),
    )
    scene.open(own).keep(package(b"another"))
    account = scene.clients.sts.get_caller_identity()["Account"]
    assert asked == dict.fromkeys(("HeadBucket", "HeadObject", "PutObject"), account)


def test_a_package_whose_size_is_not_told_is_written_again(scene: Scene) -> None:
    scene.open(None).keep(package())
    scene.clients.s3.meta.events.register(
        "after-call.s3.HeadObject", lambda parsed, **_: parsed.pop("ContentLength")
    )
    assert scene.open(None).keep(package())


def test_a_place_of_somebody_else_s_is_not_used(scene: Scene) -> None:
    respond_with_error(scene.clients.s3, "s3.HeadBucket", "403", 403)
    with pytest.raises(ConfigurationError, match="is not for these credentials"):
        scene.open(None).keep(package())


def test_a_place_in_another_region_is_not_used(scene: Scene) -> None:
    name = f"far-{uuid4().hex}"
    scene.clients.s3.create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    with pytest.raises(
        ConfigurationError, match="is in eu-west-1, and a package must be in the function"
    ):
        scene.open(name).keep(package())


# The port: "TransientError when the store cannot answer now, PermanentError when it will not".
@pytest.mark.parametrize("service", ["s3", "sts"])
@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [("SlowDown", 503, TransientError), ("Odd", 400, PermanentError)],
)
def test_a_store_that_does_not_answer_is_an_error(
    scene: Scene, service: str, code: str, status: int, kind: type[Exception]
) -> None:
    respond_with_error(getattr(scene.clients, service), service, code, status)
    with pytest.raises(kind):
        scene.open(None).keep(package())
    if service == "sts":
        with pytest.raises(kind):
            scene.open(None).place_of(package())
