"""S3 fixtures: a client of each emulator, and a new bucket for each test."""

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from support.aws.emulators import clients_at

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@pytest.fixture(params=["ministack", "moto_server"])
def s3(request: pytest.FixtureRequest, aws_environment: None) -> "S3Client":
    del aws_environment
    return clients_at(request.getfixturevalue(request.param).url).s3


@pytest.fixture
def bucket(s3: "S3Client") -> str:
    """Return the name of an empty bucket with versioning."""
    name = f"photos-{uuid4().hex}"
    s3.create_bucket(Bucket=name)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name
