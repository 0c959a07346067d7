"""Tests of denied access to objects, and of requester-pays buckets."""

from typing import TYPE_CHECKING, Any

import pytest

from imgmeta import ConfigurationError, ObjectLocation, PermanentError, PresentObject
from support.aws.moto import HAS_AWS, respond_with_error, s3_in_memory

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from imgmeta.adapters.s3 import S3ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

PHOTO = ObjectLocation("holiday", "a.jpg")
ROLE = "arn:aws:sts::111122223333:assumed-role/" + "r" * 64 + "/" + "s" * 64
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
DENIAL = (
    f"User: {ROLE} is not authorized to perform: kms:Decrypt on resource: {KEY} because no "
    "identity-based policy allows the kms:Decrypt action"
)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> "Iterator[S3Client]":
    with s3_in_memory(monkeypatch) as client:
        client.create_bucket(Bucket="holiday")
        yield client


@pytest.mark.parametrize("end", ["", ".", "..."])
def test_reason_has_the_words_of_aws_if_they_name_the_action(client: "S3Client", end: str) -> None:
    denial = DENIAL.replace("kms:Decrypt", "s3:GetObject") + end
    respond_with_error(client, "s3.GetObject", "AccessDenied", 403, denial)
    with pytest.raises(PermanentError) as caught:
        S3ObjectStore(client).observe(PHOTO)
    assert str(caught.value) == f"cannot read s3://holiday/a.jpg: access denied: {denial}"


@pytest.mark.parametrize(
    "message",
    [
        DENIAL,
        f"User: {ROLE} is not authorized to perform: kms:Decrypt on resource: ...",
        (
            "The ciphertext refers to a customer master key that does not exist, does not exist in "
            "this region, or you are not allowed to access"
        ),
    ],
)
def test_denied_decryption_names_the_permission_and_the_parameter(
    client: "S3Client", message: str
) -> None:
    respond_with_error(client, "s3.GetObject", "AccessDenied", 403, f"{message}.")
    with pytest.raises(PermanentError) as caught:
        S3ObjectStore(client).observe(PHOTO)
    assert str(caught.value) == (
        f"cannot read s3://holiday/a.jpg: access denied: {message.rstrip('.')}: allow kms:Decrypt "
        "with the key of the object; for a stack, deploy it with --parameter KmsKeyArns=ARN"
    )


def test_check_has_the_words_of_aws_if_they_name_the_action(client: "S3Client") -> None:
    respond_with_error(client, "s3.ListObjectsV2", "AccessDenied", 403, f"{DENIAL}.")
    with pytest.raises(ConfigurationError) as caught:
        S3ObjectStore(client).check("holiday")
    assert str(caught.value) == f"cannot list s3://holiday/: AccessDenied: {DENIAL}."


@pytest.mark.parametrize("requester_pays", [True, False])
def test_check_names_the_permission_and_the_payer(
    client: "S3Client", *, requester_pays: bool
) -> None:
    respond_with_error(client, "s3.ListObjectsV2", "AccessDenied", 403, "Access Denied.")
    with pytest.raises(ConfigurationError, match="Access Denied: allow s3:ListBucket") as caught:
        S3ObjectStore(client, requester_pays=requester_pays).check("holiday")
    assert ("IMGMETA_REQUEST_PAYER" in str(caught.value)) is not requester_pays


def test_response_without_a_body_is_an_error(client: "S3Client") -> None:
    client.put_object(Bucket="holiday", Key="a.jpg", Body=b"x")
    client.meta.events.register("after-call.s3.GetObject", lambda parsed, **_: parsed.clear())
    with pytest.raises(PermanentError, match=r"not from S3 \(it has no Body\)"):
        S3ObjectStore(client).observe(PHOTO)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("Access Denied", ""),
        ("Access Denied.", ""),
        ("", ""),
        ("Access has been disabled.", "Access has been disabled: "),
        ("\x1b[2J", r"\x1b[2J: "),
    ],
)
def test_generic_denial_names_permissions_and_the_payer(
    client: "S3Client", message: str, words: str
) -> None:
    respond_with_error(client, "s3.GetObject", "AccessDenied", 403, message)
    with pytest.raises(PermanentError) as caught:
        S3ObjectStore(client).observe(PHOTO)
    assert f": access denied: {words}allow s3:GetObject and s3:ListBucket (" in str(caught.value)
    assert str(caught.value).endswith("set IMGMETA_REQUEST_PAYER=requester")


def test_hostile_denial_is_bounded_and_printable(client: "S3Client") -> None:
    message = "is not authorized to perform: \n\u202e" + "x" * 99_999
    respond_with_error(client, "s3.GetObject", "AccessDenied", 403, message)
    with pytest.raises(PermanentError) as caught:
        S3ObjectStore(client).observe(PHOTO)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 900


def test_requester_pays_for_every_request(client: "S3Client") -> None:
    payers: list[tuple[str, str | None]] = []

    def record(model: Any, params: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore's type
        payers.append((model.name, params["headers"].get("x-amz-request-payer")))

    client.put_object(Bucket="holiday", Key="a.jpg", Body=b"x" * 200_000)
    client.put_object(Bucket="holiday", Key="b.jpg", Body=b"")
    client.meta.events.register("before-call.s3", record)
    S3ObjectStore(client, requester_pays=True)
    store = S3ObjectStore(client, requester_pays=True)
    store.check("holiday")
    assert len(list(store.list("holiday"))) == 2
    photo = store.observe(PHOTO)
    assert isinstance(photo, PresentObject)
    assert photo.content is not None
    photo.content.read(150_000, 10)
    store.observe(ObjectLocation("holiday", "b.jpg"))
    names = ["ListObjectsV2", "ListObjectsV2", "GetObject", "GetObject", "GetObject", "HeadObject"]
    assert payers == [(name, "requester") for name in names]


def test_denial_does_not_name_the_payer_if_the_requester_pays(client: "S3Client") -> None:
    respond_with_error(client, "s3.GetObject", "AccessDenied", 403, "Access Denied")
    with pytest.raises(PermanentError) as caught:
        S3ObjectStore(client, requester_pays=True).observe(PHOTO)
    assert str(caught.value).endswith("objects that do not exist)")
