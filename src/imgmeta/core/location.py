"""Where a photo was taken is personal: the policy that applies before anything is stored."""

from enum import StrEnum
from typing import Protocol

from imgmeta.core.records import ImageProperties

__all__ = ["ROUNDED_DIGITS", "LocationPolicy", "Placed", "permits", "restrict"]

ROUNDED_DIGITS = 2
"""Decimal places of a rounded coordinate: about a kilometre, a neighbourhood rather than a door."""


class Placed(Protocol):
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


class LocationPolicy(StrEnum):
    """What is kept of the location in an image."""

    KEEP = "keep"
    """As the camera wrote it."""
    ROUND = "round"
    """Latitude and longitude to `ROUNDED_DIGITS` decimal places, no altitude."""
    DROP = "drop"
    """Nothing."""


def restrict(properties: ImageProperties, policy: LocationPolicy) -> ImageProperties:
    """Return the properties with no more of the location than the policy allows."""
    if permits(properties, policy):
        return properties
    kept: dict[str, float | None] = {"latitude": None, "longitude": None, "altitude": None}
    if (
        policy is LocationPolicy.ROUND
        and properties.latitude is not None
        and properties.longitude is not None
    ):
        kept["latitude"] = round(properties.latitude, ROUNDED_DIGITS)
        kept["longitude"] = round(properties.longitude, ROUNDED_DIGITS)
    return properties.model_copy(update=kept)


def permits(properties: Placed, policy: LocationPolicy) -> bool:
    """Return whether the policy allows all that these properties say of a location."""
    if policy is LocationPolicy.KEEP:
        return True
    place = (properties.latitude, properties.longitude, properties.altitude)
    if policy is LocationPolicy.DROP:
        return place == (None, None, None)
    return properties.altitude is None and all(
        degrees is None or degrees == round(degrees, ROUNDED_DIGITS) for degrees in place[:2]
    )
