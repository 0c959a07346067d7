"""The GPS policy, which limits the GPS position of an image before anything is stored."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from imgmeta.core.properties import ImageProperties


__all__ = ["ROUNDED_DIGITS", "GpsPolicy", "HasGps", "permits", "restrict", "stricter"]

ROUNDED_DIGITS = 2
"""Decimal places of a rounded coordinate: a precision of about one kilometer."""


class HasGps(Protocol):
    """A value with a GPS position."""

    @property
    def latitude(self) -> float | None:
        """Degrees, north positive."""
        ...

    @property
    def longitude(self) -> float | None:
        """Degrees, east positive."""
        ...

    @property
    def altitude(self) -> float | None:
        """Meters above sea level."""
        ...


class GpsPolicy(StrEnum):
    """How much of an image's GPS position is stored."""

    KEEP = "keep"
    """The position as the camera wrote it."""
    ROUND = "round"
    """Latitude and longitude to `ROUNDED_DIGITS` decimal places, no altitude."""
    DROP = "drop"
    """No position."""


_Properties = TypeVar("_Properties", bound="ImageProperties")


def stricter(one: GpsPolicy, other: GpsPolicy) -> GpsPolicy:
    """Return the policy of the two that permits less."""
    return max(one, other, key=[*GpsPolicy].index)


def restrict(properties: _Properties, policy: GpsPolicy) -> _Properties:
    """Return the properties, or the record, with the GPS position that the policy permits."""
    if permits(properties, policy):
        return properties
    no_position = {"latitude": None, "longitude": None, "altitude": None}
    return properties.model_copy(
        update=_rounded(properties) if policy is GpsPolicy.ROUND else no_position
    )


def _rounded(properties: HasGps) -> dict[str, float | None]:
    latitude, longitude = (
        # Adding zero turns -0.0 into 0.0, which is the same position.
        None if degrees is None else round(degrees, ROUNDED_DIGITS) + 0.0
        for degrees in (properties.latitude, properties.longitude)
    )
    # Cameras without a fix write 0, 0, so it does not count as a position.
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        latitude = longitude = None
    return {"latitude": latitude, "longitude": longitude, "altitude": None}


def permits(properties: HasGps, policy: GpsPolicy) -> bool:
    """Return whether the policy permits the GPS position in these properties."""
    if policy is GpsPolicy.KEEP:
        return True
    position = (properties.latitude, properties.longitude, properties.altitude)
    if policy is GpsPolicy.DROP:
        return position == (None, None, None)
    return properties.altitude is None and all(
        degrees is None or degrees == round(degrees, ROUNDED_DIGITS) for degrees in position[:2]
    )
