"""Where a photo was taken is personal: the policy that applies before anything is stored."""

from enum import StrEnum
from typing import Protocol

from imgmeta.core.properties import ImageProperties

__all__ = ["ROUNDED_DIGITS", "GpsPolicy", "HasGps", "permits", "restrict"]

ROUNDED_DIGITS = 2
"""Decimal places of a rounded coordinate: about a kilometre, a neighbourhood rather than a door."""


class HasGps(Protocol):
    """What may say where a photo was taken."""

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
        """Metres above sea level."""
        ...


class GpsPolicy(StrEnum):
    """What is kept of the location in an image."""

    KEEP = "keep"
    """As the camera wrote it."""
    ROUND = "round"
    """Latitude and longitude to `ROUNDED_DIGITS` decimal places, no altitude."""
    DROP = "drop"
    """Nothing."""


def restrict(properties: ImageProperties, policy: GpsPolicy) -> ImageProperties:
    """Return the properties with no more of the location than the policy allows."""
    if permits(properties, policy):
        return properties
    nowhere = {"latitude": None, "longitude": None, "altitude": None}
    return properties.model_copy(
        update=_rounded(properties) if policy is GpsPolicy.ROUND else nowhere
    )


def _rounded(properties: HasGps) -> dict[str, float | None]:
    latitude, longitude = (
        # Adding zero turns -0.0, which is no other place, into 0.0.
        None if degrees is None else round(degrees, ROUNDED_DIGITS) + 0.0
        for degrees in (properties.latitude, properties.longitude)
    )
    # 0, 0 is what a camera without a fix writes: no location at all.
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        latitude = longitude = None
    return {"latitude": latitude, "longitude": longitude, "altitude": None}


def permits(properties: HasGps, policy: GpsPolicy) -> bool:
    """Return whether the policy allows all that these properties say of a location."""
    if policy is GpsPolicy.KEEP:
        return True
    place = (properties.latitude, properties.longitude, properties.altitude)
    if policy is GpsPolicy.DROP:
        return place == (None, None, None)
    return properties.altitude is None and all(
        degrees is None or degrees == round(degrees, ROUNDED_DIGITS) for degrees in place[:2]
    )
