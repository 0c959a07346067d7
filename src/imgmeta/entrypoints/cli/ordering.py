"""The order in which people read counts."""

from collections import Counter

__all__ = ["MONTHS", "in_reading_order"]

MONTHS = "Month"
"""The one group that is a course of time."""


def in_reading_order(group: str, counts: Counter[str]) -> list[tuple[str, int]]:
    """Return months as time goes, and anything else with the most frequent first."""
    if group == MONTHS:
        return sorted(counts.items())
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
