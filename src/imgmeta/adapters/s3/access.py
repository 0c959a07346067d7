"""Access to objects: absent objects, denied requests, and requests that the requester pays for."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from imgmeta.adapters.aws import add_handler, error_code, error_message, is_foreign, names_action
from imgmeta.errors import ConfigurationError, PermanentError, Remedy

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["denied_read", "failed_check", "is_absent", "is_denied", "send_request_payer"]

_ABSENT = "NoSuchKey"
"""GET's code for an absent object. `404`, the status of a response without a code, may also mean
that there is no bucket, or come from another server."""
_DELETE_MARKER = "MethodNotAllowed"
"""GET's code for a delete marker, if the response says that it is one: every other server may
respond with this code, too."""

_DENIED = frozenset({"403", "AccessDenied", "AllAccessDisabled"})

_GENERIC_DENIALS = frozenset({"", "access denied", "forbidden"})

_PAID_OPERATIONS = ("GetObject", "HeadObject", "ListObjectsV2")


def send_request_payer(client: "S3Client") -> None:
    """Confirm in each request for a bucket or an object that the requester pays for it.

    Source: Amazon S3 User Guide, "Downloading objects from Requester Pays buckets".
    """

    def confirm(params: dict[str, Any], **_: object) -> None:
        params["RequestPayer"] = "requester"

    for operation in _PAID_OPERATIONS:
        add_handler(client, f"provide-client-params.s3.{operation}", confirm)


def is_absent(error: ClientError) -> bool:
    """Return whether an error response to GET says that there is no object."""
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    is_marker = headers.get("x-amz-delete-marker") == "true"
    return error_code(error) == _ABSENT or (error_code(error) == _DELETE_MARKER and is_marker)


def is_denied(error: ClientError) -> bool:
    """Return whether S3 denies access."""
    return error_code(error) in _DENIED and not is_foreign(error)


def denied_read(error: ClientError, context: str, *, requester_pays: bool) -> PermanentError:
    """Return the error for an object that may not be read, in AWS's own words if they help.

    Args:
        error: the error response to GET.
        context: what failed.
        requester_pays: whether the request said that the requester pays.
    """
    message = error_message(error)
    if _is_denied_by_key(message):
        msg = f"{context}: access denied: {message.rstrip('.')}"
        return PermanentError(msg, remedy=Remedy.KMS_KEY)
    if names_action(error):
        return PermanentError(f"{context}: access denied: {message}")
    message = message.rstrip(".")
    words = "" if message.lower() in _GENERIC_DENIALS else f"{message}: "
    msg = (
        f"{context}: access denied: {words}allow s3:GetObject and s3:ListBucket "
        "(without s3:ListBucket, S3 also denies access to objects that do not exist)"
    )
    return PermanentError(msg, remedy=None if requester_pays else Remedy.REQUEST_PAYER)


def _is_denied_by_key(message: str) -> bool:
    """Return whether S3 may not decrypt an object for the user.

    Source: AWS re:Post, "Why do I receive an Access Denied error when I access objects in an S3
    bucket that has AWS KMS default encryption?"; AWS KMS API Reference, "Decrypt", for keys in
    other accounts.
    """
    return "kms:Decrypt" in message or "ciphertext refers to a customer master key" in message


def failed_check(error: PermanentError, *, requester_pays: bool) -> ConfigurationError:
    """Return the error for a bucket that cannot be listed; it names the permission, if missing.

    Args:
        error: the error of the request.
        requester_pays: as for `denied_read`.
    """
    message, remedy, cause = error.message.rstrip("."), error.remedy, error.__cause__
    if isinstance(cause, ClientError) and names_action(cause):
        message = error.message
    elif isinstance(cause, ClientError) and is_denied(cause):
        message += ": allow s3:ListBucket"
        remedy = None if requester_pays else Remedy.REQUEST_PAYER
    return ConfigurationError(message, remedy=remedy)
