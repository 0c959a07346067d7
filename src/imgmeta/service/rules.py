"""The user's choices about indexing."""

from collections.abc import Callable
from dataclasses import dataclass

from imgmeta.core.gps import GpsPolicy

__all__ = ["Rules"]


@dataclass(frozen=True, slots=True)
class Rules:
    """The user's choices about indexing.

    Attributes:
        is_indexed: whether a key is indexed.
        gps_policy: how much of an image's GPS position is stored.
    """

    is_indexed: Callable[[str], bool]
    gps_policy: GpsPolicy = GpsPolicy.KEEP
