"""Packages in a bucket of Amazon S3."""

from functools import cached_property
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import error_code, translate_errors
from imgmeta.core.text import printable
from imgmeta.deployment.core.packages import FunctionPackage
from imgmeta.deployment.core.stacks import Artifact
from imgmeta.errors import ConfigurationError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_sts import STSClient

__all__ = ["S3ArtifactStore"]

_FOLDER = "imgmeta/"
_PREFIX = "imgmeta-artifacts-"
_NOT_FOUND = frozenset({"404", "NoSuchBucket", "NoSuchKey", "NotFound"})
_FORBIDDEN = frozenset({"403", "AccessDenied", "Forbidden"})
_OURS_ALREADY = "BucketAlreadyOwnedByYou"
_WITHOUT_LOCATION = "us-east-1"
"""The one region that CreateBucket does not take as a location."""


class _Owner(TypedDict, total=False):
    ExpectedBucketOwner: str


class S3ArtifactStore:
    """Keeps packages in one bucket, by their names, which hold their hash.

    Args:
        s3: a client of Amazon S3, in the region where the function is to run.
        sts: a client of AWS STS, of the same account.
        bucket: the bucket; None, or that one's name: one of this account and region, which is made
            if need be.
    """

    def __init__(self, s3: "S3Client", sts: "STSClient", bucket: str | None = None) -> None:
        self._s3 = s3
        self._sts = sts
        self._given = bucket

    def check(self) -> None:
        """Refuse a place where packages cannot be kept, as the port says."""
        self._is_there()

    def place_of(self, package: FunctionPackage) -> Artifact:
        """Return where this package is kept, as the port says."""
        return Artifact(self._bucket, f"{_FOLDER}{package.name}")

    def keep(self, package: FunctionPackage) -> bool:
        """Have the package at its place, as the port says."""
        place = self.place_of(package)
        if not self._is_there():
            self._make()
        what = f"the package cannot be put into the bucket {printable(place.bucket)}"
        with translate_errors(what):
            if self._is_kept(place, len(package.content)):
                return False
            self._s3.put_object(
                Bucket=place.bucket,
                Key=place.key,
                Body=package.content,
                ContentType="application/zip",
                **self._owner,
            )
        return True

    @cached_property
    def _bucket(self) -> str:
        return self._own if self._given is None else self._given

    @cached_property
    def _own(self) -> str:
        return f"{_PREFIX}{self._account}-{self._s3.meta.region_name}"

    @cached_property
    def _is_own(self) -> bool:
        given = self._given
        return given is None or (given.startswith(_PREFIX) and given == self._own)

    @cached_property
    def _account(self) -> str:
        with translate_errors("AWS does not say whose account this is"):
            return self._sts.get_caller_identity()["Account"]

    @cached_property
    def _owner(self) -> _Owner:
        """Whose the bucket must be: anybody could have made one of a name that can be guessed."""
        return _Owner(ExpectedBucketOwner=self._account) if self._is_own else _Owner()

    def _is_there(self) -> bool:
        shown = printable(self._bucket)
        with translate_errors(f"the bucket {shown} cannot be used for packages"):
            try:
                region = self._s3.head_bucket(Bucket=self._bucket, **self._owner).get(
                    "BucketRegion"
                )
            except ClientError as error:
                code = error_code(error)
                if code in _NOT_FOUND and self._is_own:
                    return False
                if code in _NOT_FOUND:
                    msg = f"there is no bucket {shown}: make it, or give another --artifact-bucket"
                    raise ConfigurationError(msg) from error
                if code in _FORBIDDEN:
                    msg = (
                        f"the bucket {shown} is not for these credentials: give another "
                        "--artifact-bucket"
                    )
                    raise ConfigurationError(msg) from error
                raise
        if region and region != self._s3.meta.region_name:
            # AWS Lambda API Reference, "FunctionCode": "in the same AWS Region as your function".
            msg = (
                f"the bucket {shown} is in {printable(region)}, and a package must be in "
                "the function's own region: give another --artifact-bucket"
            )
            raise ConfigurationError(msg)
        return True

    def _is_kept(self, place: Artifact, size: int) -> bool:
        try:
            head = self._s3.head_object(Bucket=place.bucket, Key=place.key, **self._owner)
        except ClientError as error:
            # Without the permission to list, S3 does not say that an object is missing.
            if error_code(error) in _NOT_FOUND | _FORBIDDEN:
                return False
            raise
        return head.get("ContentLength") == size  # which some proxies leave out

    def _make(self) -> None:
        name = self._bucket
        region = self._s3.meta.region_name
        with translate_errors(f"the bucket {printable(name)} cannot be made"):
            try:
                if region == _WITHOUT_LOCATION:
                    self._s3.create_bucket(Bucket=name)
                else:
                    location: BucketLocationConstraintType = region  # type: ignore[assignment]  # AWS knows
                    self._s3.create_bucket(
                        Bucket=name, CreateBucketConfiguration={"LocationConstraint": location}
                    )
            except ClientError as error:
                if error_code(error) != _OURS_ALREADY:
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
