"""The event notification configurations of Amazon S3 buckets."""

import json
from contextvars import ContextVar
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import add_handler, error_code, is_foreign, translate_errors
from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.bucket_notifications import (
    MissingBucketError,
    NotificationConfiguration,
)
from imgmeta.errors import ConfigurationError, PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

__all__ = ["S3BucketNotifications"]

_LIST = "s3:ListBucket"
_ACTIONS = ("s3:GetBucketNotification", "s3:PutBucketNotification")
_NOT_FOUND = frozenset({"404", "NoSuchBucket", "NotFound"})
_FORBIDDEN = frozenset({"403", "AccessDenied", "Forbidden"})
_MAX_REASON = 80

_document: ContextVar[bytes | None] = ContextVar("document", default=None)
"""The body of the current request to put a configuration."""


class S3BucketNotifications:
    """The event notification configurations of buckets in one account and region.

    botocore drops elements that it does not know, so that a configuration which went through it
    could lose entries. This adapter reads and sends the XML documents themselves.

    Args:
        s3: a client of Amazon S3, in the stack's region.
        sts: a client of AWS STS, for the same account.
    """

    def __init__(self, s3: "S3Client", sts: "STSClient") -> None:
        self._s3 = s3
        self._sts = sts
        _exchange_documents(s3)

    def check(self, bucket: str) -> None:
        """Check that a rule in this account and region gets its events: see the port."""
        shown = printable(bucket)
        with translate_errors(f"cannot use the bucket {shown}"):
            account = self._sts.get_caller_identity()["Account"]
            try:
                region = self._s3.head_bucket(Bucket=bucket).get("BucketRegion")
            except ClientError as error:
                code = error_code(error)
                if code in _NOT_FOUND and not is_foreign(error):
                    msg = f"the bucket {shown} does not exist: check its name and the account"
                    raise ConfigurationError(msg) from error
                if code in _FORBIDDEN and not is_foreign(error):
                    msg = (
                        f"access to the bucket {shown} is denied: check its name, or allow "
                        f"s3:ListBucket: {self._advice(bucket, _LIST, *_ACTIONS)}"
                    )
                    raise ConfigurationError(msg) from error
                raise
            own = self._s3.meta.region_name
            if region and region != own:
                msg = (
                    f"the bucket {shown} is in {printable(region)}, and a stack in {own} gets no "
                    "events from it: deploy another stack with --region "
                    f"{printable(region)}"
                )
                raise ConfigurationError(msg)
            try:
                self._s3.head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
            except ClientError as error:
                if error_code(error) not in _FORBIDDEN or is_foreign(error):
                    raise
                msg = (
                    f"the bucket {shown} belongs to another account than {account}, which gets no "
                    "events from it: deploy the stack in the bucket's account"
                )
                raise ConfigurationError(msg) from error

    def get(self, bucket: str) -> NotificationConfiguration:
        """Return the complete configuration of the bucket: see `BucketNotifications.get`."""
        context = f"cannot read the notifications of the bucket {printable(bucket)}"
        try:
            with translate_errors(context):
                response = self._s3.get_bucket_notification_configuration(Bucket=bucket)
        except PermanentError as error:
            cause = error.__cause__
            if (
                isinstance(cause, ClientError)
                and not is_foreign(cause)
                and error_code(cause) in _NOT_FOUND
            ):
                msg = f"the bucket {printable(bucket)} does not exist"
                raise MissingBucketError(msg) from error
            raise self._with_statement(error, bucket, context) from error
        metadata: Any = response["ResponseMetadata"]
        try:
            return NotificationConfiguration(metadata["Document"])
        except ValueError as error:
            reason = shorten(printable(str(error)), _MAX_REASON)
            msg = f"{context}: the response is not from S3 ({reason})"
            raise PermanentError(msg, remedy=Remedy.ENDPOINT) from error

    def put(self, bucket: str, configuration: NotificationConfiguration) -> None:
        """Replace the configuration of the bucket: see `BucketNotifications.put`."""
        context = f"cannot change the notifications of the bucket {printable(bucket)}"
        token = _document.set(configuration.document)
        try:
            with translate_errors(context):
                self._s3.put_bucket_notification_configuration(
                    Bucket=bucket, NotificationConfiguration={}, SkipDestinationValidation=True
                )
        except PermanentError as error:
            raise self._with_statement(error, bucket, context) from error
        finally:
            _document.reset(token)

    def _advice(self, bucket: str, *actions: str) -> str:
        """Return the sentence with the policy statement that allows actions on a bucket."""
        arn = f"arn:{self._s3.meta.partition}:s3:::{bucket}"
        statement = {"Effect": "Allow", "Action": actions, "Resource": arn}
        return f"add this statement to the policy of your user or role: {json.dumps(statement)}"

    def _with_statement(self, error: PermanentError, bucket: str, context: str) -> PermanentError:
        """Return the error with the policy statement to add, if a permission is missing."""
        cause = error.__cause__
        if not isinstance(cause, ClientError):
            return error
        if error_code(cause) not in _FORBIDDEN or is_foreign(cause):
            return error
        return PermanentError(f"{context}: access denied: {self._advice(bucket, *_ACTIONS)}")


def _exchange_documents(client: "S3Client") -> None:
    """Put the XML of responses into their metadata, and send `_document` as the XML of requests."""

    def keep(http_response: Any, parsed: dict[str, Any], **_: object) -> None:  # noqa: ANN401 - botocore is untyped
        if http_response.status_code == HTTPStatus.OK:
            parsed.setdefault("ResponseMetadata", {})["Document"] = http_response.content

    def send(params: dict[str, Any], **_: object) -> None:
        document = _document.get()
        if document is not None:
            params["body"] = document

    add_handler(client, "after-call.s3.GetBucketNotificationConfiguration", keep)
    # First: others may compute a checksum of the body.
    add_handler(client, "before-call.s3.PutBucketNotificationConfiguration", send, first=True)
