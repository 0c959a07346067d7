"""The properties of one image, without an index."""

import os
from contextlib import AbstractContextManager
from functools import cache
from typing import BinaryIO

from imgmeta.core.gps import GpsPolicy
from imgmeta.core.objects import ByteSource
from imgmeta.core.properties import ImageProperties
from imgmeta.core.targets import LOCAL_BUCKET, Target
from imgmeta.core.text import printable, redact_urls
from imgmeta.errors import ConfigurationError
from imgmeta.ports import ObjectStore, PropertyReader
from imgmeta.service.reading import read_content, read_object

__all__ = ["read_properties", "read_stream", "read_target", "read_url"]


def read_properties(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
) -> ImageProperties:
    """Return the properties of an image, from its header.

        properties = imgmeta.read_properties("photos/beach.jpg")

    A file object stays open. If it is seekable, it is read from its start, and its position is
    restored. If it is not, such as a network response, it is read to its end, up to 1 GiB, and
    copied to a temporary file if it is longer than 1 MiB.

    Args:
        source: the path of a file, its content, or a file object that is open in binary mode. Text
            is a path, and bytes are content.

    Raises:
        UnreadableImageError: the content is not an image that imgmeta reads; `reason` says why.
        ConfigurationError: there is no file at the path, or it is a folder.
        AdapterError: the file exists, but cannot be read; TransientError if a retry may help.
        TypeError: `source` has another type, or is open in text mode.
    """
    content, name = _open(source)
    with content as opened:
        return read_content(opened, _reader(), name=name)


def read_stream(stream: BinaryIO, name: str, gps_policy: GpsPolicy) -> ImageProperties:
    """Return the properties of the image in an open binary file, from its position.

    Args:
        stream: the file, as for `read_properties`.
        name: the file in messages, safe to print.
        gps_policy: how much of the GPS position to return.

    Raises:
        UnreadableImageError: as for `read_properties`.
        AdapterError: as for `read_properties`.
    """
    from imgmeta.adapters.sources import open_file

    with open_file(stream, name, rewind=False) as content:
        return read_content(content, _reader(), name=name, gps_policy=gps_policy)


def read_target(
    target: Target, objects: ObjectStore, name: str, gps_policy: GpsPolicy
) -> ImageProperties:
    """Return the properties of the image at an exact target.

    Args:
        target: a file or an object.
        objects: the object store of all targets outside of the file system.
        name: the image in messages, safe to print.
        gps_policy: how much of the GPS position to return.

    Raises:
        UnreadableImageError: as for `read_properties`.
        ConfigurationError: the file or object does not exist.
        AdapterError: as for `read_properties`.
    """
    if target.bucket != LOCAL_BUCKET:
        return read_object(target.location, objects, _reader(), name=name, gps_policy=gps_policy)
    from imgmeta.adapters.filesystem import path_from_key
    from imgmeta.adapters.sources import open_path

    try:
        path = path_from_key(target.prefix)
    except ValueError as error:
        msg = f"{name} does not exist: no path has this key"
        raise ConfigurationError(msg) from error
    with open_path(path, name) as content:
        return read_content(content, _reader(), name=name, gps_policy=gps_policy)


def read_url(url: str, gps_policy: GpsPolicy) -> ImageProperties:
    """Return the properties of the image at an `http` or `https` URL.

    Args:
        url: the URL.
        gps_policy: how much of the GPS position to return.

    Raises:
        UnreadableImageError: as for `read_properties`.
        ConfigurationError: the URL is invalid, or the server does not have it.
        AdapterError: the server cannot be reached, or refuses the request.
    """
    from imgmeta.adapters.sources.http_requests import shown_url
    from imgmeta.adapters.sources.urls import open_url

    with open_url(url) as content:
        return read_content(content, _reader(), name=shown_url(url), gps_policy=gps_policy)


def _open(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryIO,
) -> tuple[AbstractContextManager[ByteSource], str]:
    """Return the content of a source, not opened yet, and its name in messages."""
    from imgmeta.adapters.sources import open_buffer, open_file, open_path

    if isinstance(source, bytes | bytearray | memoryview):
        return open_buffer(source), "the image"
    if isinstance(source, str | os.PathLike):
        # A URL is not a path, and the error must not show its secrets.
        name = redact_urls(printable(os.fsdecode(source)))
        return open_path(source, name), name
    if not callable(getattr(source, "read", None)):
        msg = (
            f"cannot read an image from {type(source).__name__}: pass a path, bytes or a file "
            "object that is open in binary mode"
        )
        raise TypeError(msg)
    return open_file(source, "the image"), "the image"


@cache
def _reader() -> PropertyReader:
    from imgmeta.adapters.pillow import PillowPropertyReader
    from imgmeta.formats import HeaderPropertyReader

    return HeaderPropertyReader(fallback=PillowPropertyReader())
