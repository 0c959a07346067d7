"""Tests of the requests for access points: their hosts and signatures."""

import re
from typing import Any, cast

import pytest

from imgmeta import ObjectLocation
from imgmeta.core.targets import split_s3_path
from support.aws.moto import HAS_AWS

if not HAS_AWS:
    pytest.skip("needs the extra aws", allow_module_level=True)

from botocore.awsrequest import AWSPreparedRequest

from imgmeta.adapters.aws import Clients
from imgmeta.adapters.s3 import S3ObjectStore
from support.aws.emulators import set_aws_environment

OUTPOST = "arn:aws:s3-outposts:us-west-2:111122223333:outpost/op-01ac5d28a6a232904"


class SentError(Exception):
    """A request was sent."""


@pytest.mark.parametrize(
    ("path", "host", "scope"),
    [
        (
            "arn:aws:s3:eu-west-1:111122223333:accesspoint/photos",
            "photos-111122223333.s3-accesspoint.eu-west-1.amazonaws.com",
            "eu-west-1/s3",
        ),
        (
            "arn:aws:s3:eu-west-1:111122223333:accesspoint:photos",
            "photos-111122223333.s3-accesspoint.eu-west-1.amazonaws.com",
            "eu-west-1/s3",
        ),
        (
            f"{OUTPOST}/accesspoint/photos",
            "photos-111122223333.op-01ac5d28a6a232904.s3-outposts.us-west-2.amazonaws.com",
            "us-west-2/s3-outposts",
        ),
        ("photos-wdf7lkpm-s3alias", "photos-wdf7lkpm-s3alias.s3.amazonaws.com", "us-east-1/s3"),
    ],
)
def test_requests_are_sent_to_the_access_point_and_signed_for_its_region(
    monkeypatch: pytest.MonkeyPatch, path: str, host: str, scope: str
) -> None:
    sent: list[tuple[str, str]] = []

    def record(request: AWSPreparedRequest, **_: object) -> None:
        authorization = str(request.headers["Authorization"])
        signed = re.search(r"Credential=[^/]+/[0-9]{8}/([^/]+/[^/]+)/", authorization)
        sent.append((str(request.url), signed[1] if signed else ""))
        raise SentError

    set_aws_environment(monkeypatch)
    client = Clients(region="us-east-1").s3
    client.meta.events.register_first("before-send.s3", cast("Any", record))
    store = S3ObjectStore(client)
    bucket, prefix = split_s3_path(f"{path}/2026/")
    for action in (
        lambda: next(store.list(bucket, prefix)),
        lambda: store.observe(ObjectLocation(bucket, f"{prefix}a b.jpg")),
    ):
        with pytest.raises(SentError):
            action()
    (listed, _), (read, _) = sent
    assert listed.startswith(f"https://{host}/?list-type=2&prefix=2026%2F")
    assert read == f"https://{host}/2026/a%20b.jpg"
    assert {signed for _, signed in sent} == {scope}
