"""Checks of what a plug-in's object store returns, before it reaches the index."""

from dataclasses import fields
from datetime import datetime
from types import UnionType

from imgmeta.core.content_hashes import ContentHash
from imgmeta.core.objects import Listing, ObjectLocation, Observation, PresentObject

__all__ = ["checked_listing", "checked_observation"]

_TEXT = str | None
_TYPES: dict[str, type | UnionType] = {
    "key": str,
    "reason": str,
    "size": int,
    "etag": _TEXT,
    "last_modified": datetime | None,
    "content_error": _TEXT,
    "content_type": _TEXT,
    "version_id": _TEXT,
    "storage_class": _TEXT,
    "content_hash": ContentHash | None,
}
"""The types of the attributes of observations and listed objects."""


def checked_listing(listing: Listing) -> Listing:
    """Return an object of a listing.

    Raises:
        TypeError: it or an attribute has another type than in the port.
        ValueError: an attribute has a value that the port excludes.
    """
    _check(listing, Listing)
    return listing


def checked_observation(observation: Observation, location: ObjectLocation) -> Observation:
    """Return the observation of a location.

    Raises:
        TypeError: as for `checked_listing`.
        ValueError: as for `checked_listing`, or it is of another location.
    """
    _check(observation, Observation)
    if observation.location != location:
        msg = "an observation of another location"
        raise ValueError(msg)
    if isinstance(observation, PresentObject):
        _check_type("last_modified", observation.last_modified, datetime)
    return observation


def _check(value: Listing | Observation, kind: UnionType) -> None:
    _check_type("value", value, kind)
    attributes = {each.name: getattr(value, each.name) for each in fields(value)}
    for name in (each for each in _TYPES if each in attributes):
        _check_type(name, attributes[name], _TYPES[name])
    if attributes.get("size", 0) < 0:
        msg = "a negative size"
        raise ValueError(msg)
    moment = attributes.get("last_modified")
    if moment is not None and moment.utcoffset() is None:
        msg = "a last_modified without a time zone"
        raise ValueError(msg)


def _check_type(name: str, value: object, kind: type | UnionType) -> None:
    if not isinstance(value, kind):
        msg = f"a {name} of the type {type(value).__name__}"
        raise TypeError(msg)
