"""Reads the properties of one image, without an index."""

from imgmeta.core.gps import GpsPolicy, restrict
from imgmeta.core.objects import AbsentObject, ByteSource, ObjectLocation
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.errors import ConfigurationError, PermanentError, UnreadableImageError
from imgmeta.ports import ObjectStore, PropertyReader

__all__ = ["read_content", "read_object"]


def read_content(
    content: ByteSource,
    reader: PropertyReader,
    *,
    name: str,
    gps_policy: GpsPolicy = GpsPolicy.KEEP,
) -> ImageProperties:
    """Return the properties of an image.

    Args:
        content: the bytes of the image.
        reader: reads the properties.
        name: the image in messages, safe to print.
        gps_policy: how much of the GPS position to return.

    Raises:
        UnreadableImageError: the content is not a readable image.
        AdapterError: the content cannot be fetched.
    """
    result = reader.read(content)
    if isinstance(result, Unreadable):
        msg = f"cannot read {name}: {result.reason}"
        raise UnreadableImageError(msg, reason=result.reason)
    return restrict(result, gps_policy)


def read_object(
    location: ObjectLocation,
    objects: ObjectStore,
    reader: PropertyReader,
    *,
    name: str,
    gps_policy: GpsPolicy = GpsPolicy.KEEP,
) -> ImageProperties:
    """Return the properties of the image at a location: see `read_content`.

    Raises:
        ConfigurationError: there is no object.
        PermanentError: the object is archived, or its bytes cannot be read for another reason.
        UnreadableImageError: as for `read_content`.
        AdapterError: as for `read_content`.
    """
    observation = objects.observe(location)
    if isinstance(observation, AbsentObject):
        msg = f"{name} does not exist: pass the URI of an image"
        raise ConfigurationError(msg)
    if observation.content is None:
        msg = f"cannot read {name}: {observation.content_error}"
        raise PermanentError(msg)
    return read_content(observation.content, reader, name=name, gps_policy=gps_policy)
