"""Settings, read from an environment mapping that the caller hands over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from imgmeta.core.location import LocationPolicy
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.core.text import printable
from imgmeta.errors import ConfigurationError

__all__ = ["DEFAULT_STORE", "Settings"]

DEFAULT_STORE = "sqlite:///imgmeta.db"
"""The store where none is named: a file in the working folder."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside.

    Attributes:
        store: the URL of the index, `sqlite:///relative.db` or `sqlite:////absolute.db`.
        environment: a name that summaries carry.
        location_policy: what is kept of the location in an image.
        suffixes: the suffixes of the keys that are indexed, in lower case, without the dot.
    """

    store: str = DEFAULT_STORE
    environment: str = ""
    location_policy: LocationPolicy = LocationPolicy.KEEP
    suffixes: frozenset[str] = IMAGE_SUFFIXES

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that these variables make; an empty variable counts as unset.

        `IMGMETA_STORE`, `IMGMETA_GPS` (keep, round or drop), `IMGMETA_SUFFIXES` (`jpg,png,…`) and
        `ENVIRONMENT`.

        Raises:
            ConfigurationError: a variable has a value that it cannot have.
        """
        return cls(
            store=environment.get("IMGMETA_STORE") or DEFAULT_STORE,
            environment=environment.get("ENVIRONMENT", ""),
            location_policy=_location_policy(environment.get("IMGMETA_GPS") or "keep"),
            suffixes=_suffixes(environment.get("IMGMETA_SUFFIXES") or "") or IMAGE_SUFFIXES,
        )


def _location_policy(text: str) -> LocationPolicy:
    try:
        return LocationPolicy(text.lower())
    except ValueError as error:
        known = ", ".join(LocationPolicy)
        msg = f"IMGMETA_GPS is '{printable(text)}': set it to one of {known}"
        raise ConfigurationError(msg) from error


def _suffixes(text: str) -> frozenset[str]:
    return frozenset(
        suffix for part in text.split(",") if (suffix := part.strip().lstrip(".").lower())
    )
