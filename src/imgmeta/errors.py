"""Exceptions that imgmeta raises.

Expected outcomes (a stale write, an absent object, an unreadable image) are return values, not
exceptions.
"""

from enum import StrEnum

__all__ = [
    "AdapterError",
    "ConfigurationError",
    "ImgmetaError",
    "InvalidEventError",
    "InvalidRecordError",
    "ObjectChangedError",
    "PermanentError",
    "Remedy",
    "TransientError",
]


class Remedy(StrEnum):
    """What the user can change to resolve a failure.

    Every entrypoint may replace the wording, for example with the name of an option.
    """

    ARTIFACT_BUCKET = "choose another artifact bucket"
    BACKFILL = "check the key, or backfill the stack"
    CREDENTIALS = "configure AWS credentials or choose a profile"
    DELETE_STACK = "delete the stack, then deploy again"
    DEPLOY_AGAIN = "deploy the stack again"
    EMAIL = "set a notification email address"
    ENDPOINT = "check the endpoint"
    KMS_KEY = (
        "allow kms:Decrypt with the key of the object; for a stack, deploy it with "
        "--parameter KmsKeyArns=ARN"
    )
    PARAMETER = "set the template parameter"
    REGION = "set an AWS region"
    REQUEST_PAYER = "if the requester pays for this bucket, set IMGMETA_REQUEST_PAYER=requester"
    RUNTIME = "choose a supported runtime and architecture"
    STACK_NAME = "choose another stack name"
    STORE = "choose another store"
    SYNC = "sync again"
    SYNC_FIRST = "sync first, or choose another store"


class ImgmetaError(Exception):
    """Base class of all imgmeta errors.

    Its text is one sentence that a user can act on: what failed, then the remedy.

    Attributes:
        message: what failed.
        remedy: what to change; None if no known remedy applies.
    """

    def __init__(self, message: str, *, remedy: Remedy | None = None) -> None:
        super().__init__(f"{message}: {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class InvalidEventError(ImgmetaError):
    """An event, or an entry of one, that imgmeta does not support."""


class InvalidRecordError(ImgmetaError):
    """Stored data that is not a valid image record."""


class ConfigurationError(ImgmetaError):
    """A setting, target or store that cannot be used as given."""


class AdapterError(ImgmetaError):
    """An external service, such as a store or S3, failed."""


class TransientError(AdapterError):
    """A temporary failure: the same call may succeed later."""


class ObjectChangedError(TransientError):
    """An object was replaced after it was observed: observe it again."""


class PermanentError(AdapterError):
    """A lasting failure: retrying does not help until something is changed."""
