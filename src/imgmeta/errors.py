"""The failures imgmeta raises: one small hierarchy that callers can rely on.

Expected outcomes (a stale write, an absent object, a file that is no image) are values, never
exceptions. What is raised here says that something was asked wrongly or could not be done.
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
    """What the user can change to resolve a failure, in words that fit every entrypoint.

    An entrypoint may replace the words with its own, such as the name of an option.
    """

    ARTIFACT_BUCKET = "choose another artifact bucket"
    CREDENTIALS = "configure AWS credentials or choose a profile"
    DELETE_STACK = "delete the stack, then deploy again"
    EMAIL = "set an email address for failure alerts"
    PARAMETER = "set the template parameter"
    REGION = "set an AWS region"
    RUNTIME = "choose a supported runtime and architecture"
    STACK_NAME = "choose another stack name"
    STORE = "choose another store"
    SYNC_FIRST = "sync first, or choose another store"


class ImgmetaError(Exception):
    """An error that imgmeta raises on purpose.

    The text of the error is one sentence that a user can act on: what failed, then the remedy.

    Attributes:
        message: what failed.
        remedy: what to change, where it is one of the known remedies.
    """

    def __init__(self, message: str, *, remedy: Remedy | None = None) -> None:
        super().__init__(f"{message}: {remedy}" if remedy else message)
        self.message = message
        self.remedy = remedy


class InvalidEventError(ImgmetaError):
    """A message, or an entry in one, that is not an event imgmeta can understand."""


class InvalidRecordError(ImgmetaError):
    """Stored data that is not a valid image record."""


class ConfigurationError(ImgmetaError):
    """A setting, a target or a store that cannot be used as given."""


class AdapterError(ImgmetaError):
    """A store, a bucket or another outside service failed."""


class TransientError(AdapterError):
    """The same call may succeed later: retry it."""


class ObjectChangedError(TransientError):
    """An object is no longer the one that was observed: observe it again."""


class PermanentError(AdapterError):
    """The same call will fail again until somebody changes something: do not retry it."""
