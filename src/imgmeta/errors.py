"""The failures imgmeta raises: one small hierarchy that callers can rely on.

Expected outcomes (a stale write, an absent object, a file that is no image) are values, never
exceptions. What is raised here says that something was asked wrongly or could not be done.
"""

__all__ = [
    "AdapterError",
    "ConfigurationError",
    "ImgmetaError",
    "InvalidEventError",
    "InvalidRecordError",
    "ObjectChangedError",
    "PermanentError",
    "TransientError",
]


class ImgmetaError(Exception):
    """Anything imgmeta raises on purpose. Its text is one sentence a person can act on."""


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
