"""Deployment packages in an Amazon S3 bucket."""

from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translate_errors
from imgmeta.core.objects import ObjectLocation
from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import FunctionPackage
from imgmeta.errors import ConfigurationError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_sts import STSClient

__all__ = ["S3ArtifactStore"]

_KEY_PREFIX = "imgmeta/"
_BUCKET_PREFIX = "imgmeta-artifacts-"
_NOT_FOUND = frozenset({"404", "NoSuchBucket", "NoSuchKey", "NotFound"})
_FORBIDDEN = frozenset({"403", "AccessDenied", "Forbidden"})
_ALREADY_CREATED = "BucketAlreadyOwnedByYou"
_DEFAULT_REGION = "us-east-1"
"""The one region that CreateBucket does not accept as a location."""


class _Owner(TypedDict, total=False):
    ExpectedBucketOwner: str


class S3ArtifactStore:
    """Stores packages in one bucket, under their names, which contain their hash.

    Args:
        s3: a client of Amazon S3, in the function's region.
        sts: a client of AWS STS, for the same account.
        bucket: the bucket; None: the account's own bucket for this region. That bucket is created
            if it is missing, even if it is given by its name.
    """

    def __init__(self, s3: "S3Client", sts: "STSClient", bucket: str | None = None) -> None:
        self._s3 = s3
        self._sts = sts
        self._given_bucket = bucket

    def check(self) -> None:
        """Check that the bucket can be used or created: see `ArtifactStore.check`."""
        self._exists()

    def location_of(self, package: FunctionPackage) -> ObjectLocation:
        """Return the upload location of this package: see `ArtifactStore.location_of`."""
        return ObjectLocation(self._bucket, f"{_KEY_PREFIX}{package.name}")

    def upload(self, package: FunctionPackage) -> bool:
        """Upload the package unless it is already there: see `ArtifactStore.upload`."""
        location = self.location_of(package)
        if not self._exists():
            self._create()
        with translate_errors(
            f"cannot upload the package to the bucket {printable(location.bucket)}"
        ):
            if self._has_object(location, len(package.content)):
                return False
            self._s3.put_object(
                Bucket=location.bucket,
                Key=location.key,
                Body=package.content,
                ContentType="application/zip",
                **self._owner,
            )
        return True

    @cached_property
    def _bucket(self) -> str:
        return self._own_bucket if self._given_bucket is None else self._given_bucket

    @cached_property
    def _own_bucket(self) -> str:
        return f"{_BUCKET_PREFIX}{self._account}-{self._s3.meta.region_name}"

    @cached_property
    def _is_own(self) -> bool:
        given = self._given_bucket
        return given is None or (given.startswith(_BUCKET_PREFIX) and given == self._own_bucket)

    @cached_property
    def _account(self) -> str:
        with translate_errors("cannot determine the AWS account"):
            return self._sts.get_caller_identity()["Account"]

    @cached_property
    def _owner(self) -> _Owner:
        """The required owner of the account's own bucket: others could guess and take its name."""
        return _Owner(ExpectedBucketOwner=self._account) if self._is_own else _Owner()

    def _exists(self) -> bool:
        """Return whether the bucket exists; raise unless it can be used or created."""
        shown = printable(self._bucket)
        with translate_errors(f"cannot use the artifact bucket {shown}"):
            try:
                region = self._s3.head_bucket(Bucket=self._bucket, **self._owner).get(
                    "BucketRegion"
                )
            except ClientError as error:
                code = error_code(error)
                if code in _NOT_FOUND and self._is_own:
                    return False
                if code in _NOT_FOUND:
                    msg = f"the artifact bucket {shown} does not exist"
                    raise ConfigurationError(msg, remedy=Remedy.ARTIFACT_BUCKET) from error
                if code in _FORBIDDEN:
                    msg = f"access to the artifact bucket {shown} is denied"
                    raise ConfigurationError(msg, remedy=Remedy.ARTIFACT_BUCKET) from error
                raise
        if region and region != self._s3.meta.region_name:
            # AWS Lambda API Reference, "FunctionCode": "in the same AWS Region as your function".
            msg = (
                f"the artifact bucket {shown} is in {printable(region)}, not in the function's "
                f"region {self._s3.meta.region_name}"
            )
            raise ConfigurationError(msg, remedy=Remedy.ARTIFACT_BUCKET)
        return True

    def _has_object(self, location: ObjectLocation, size: int) -> bool:
        try:
            head = self._s3.head_object(Bucket=location.bucket, Key=location.key, **self._owner)
        except ClientError as error:
            # Without s3:ListBucket, S3 reports a missing object as forbidden.
            if error_code(error) in _NOT_FOUND | _FORBIDDEN:
                return False
            raise
        return head.get("ContentLength") == size  # some proxies omit the length

    def _create(self) -> None:
        name = self._bucket
        region = self._s3.meta.region_name
        with translate_errors(f"cannot create the bucket {printable(name)}"):
            try:
                if region == _DEFAULT_REGION:
                    self._s3.create_bucket(Bucket=name)
                else:
                    location: BucketLocationConstraintType = region  # type: ignore[assignment]  # any region's name
                    self._s3.create_bucket(
                        Bucket=name, CreateBucketConfiguration={"LocationConstraint": location}
                    )
            except ClientError as error:
                if error_code(error) != _ALREADY_CREATED:
                    raise
            self._protect(name)

    def _protect(self, name: str) -> None:
        self._s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "BlockPublicPolicy": True,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": True,
            },
        )
        self._s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
