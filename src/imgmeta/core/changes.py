"""Reports that files may have changed, collected until they are processed."""

from dataclasses import dataclass

__all__ = ["MAX_CHANGES", "ChangeBuffer", "Changes"]

MAX_CHANGES = 10_000
"""Maximum number of changes that are kept one by one; more count as a gap."""

_TOO_MANY = "too many changes at once"

_QUIET_SECONDS = 0.3
"""Time without a change after which an object counts as completely written."""

_LONGEST_SECONDS = 10.0
"""Time after which a change is due even if the object keeps changing."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Objects that may have changed. False in a condition if there are none.

    Attributes:
        keys: the keys of single objects.
        prefixes: the prefixes of keys; any object below them may have changed.
        gap: the reason that other changes may have been lost, so that any object may have changed;
            empty if none were lost.
    """

    keys: frozenset[str] = frozenset()
    prefixes: frozenset[str] = frozenset()
    gap: str = ""

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.keys or self.prefixes or self.gap)

    def __or__(self, other: "Changes") -> "Changes":
        """Return the changes of both, without those that a gap or a prefix covers."""
        gap = self.gap or other.gap
        keys, prefixes = self.keys | other.keys, self.prefixes | other.prefixes
        if not gap and len(keys) + len(prefixes) > MAX_CHANGES:
            gap = _TOO_MANY
        if gap:
            return Changes(gap=gap)
        if prefixes:
            outer = frozenset(each for each in prefixes if not _is_below(each, prefixes))
            keys = frozenset(each for each in keys if not _is_below(each, outer))
            prefixes = outer
        return Changes(keys, prefixes)


class ChangeBuffer:
    """Keeps changes until they are due, so that an object is not read while it is written.

    A change is due once the object has not changed again for 0.3 seconds, or 10 seconds after its
    first change. A gap is due at once, and covers all other changes. Memory is bounded.
    """

    def __init__(self) -> None:
        # The times of the first and the last change of each key or prefix. Prefixes end in a slash.
        self._times: dict[str, tuple[float, float]] = {}
        self._gap = ""

    def add(self, name: str, now: float) -> None:
        """Add the change of a key, or of all keys below a prefix, which ends in a slash."""
        if self._gap:
            return
        first, _ = self._times.get(name, (now, now))
        self._times[name] = (first, now)
        if len(self._times) > MAX_CHANGES:
            self.add_gap(_TOO_MANY)

    def add_gap(self, reason: str) -> None:
        """Add a gap, for the given reason."""
        self._gap = self._gap or reason
        self._times.clear()

    def delay(self, now: float) -> float | None:
        """Return the seconds until a change is due; None if there are no changes."""
        if self._gap:
            return 0.0
        due = min(map(_due, self._times.values()), default=None)
        return None if due is None else max(due - now, 0.0)

    def take(self, now: float) -> Changes:
        """Return the changes that are due, and remove them."""
        due = [name for name, times in self._times.items() if _due(times) <= now]
        for name in due:
            del self._times[name]
        gap, self._gap = self._gap, ""
        return Changes(
            frozenset(name for name in due if not name.endswith("/")),
            frozenset(name for name in due if name.endswith("/")),
            gap,
        )


def _due(times: tuple[float, float]) -> float:
    first, last = times
    return min(last + _QUIET_SECONDS, first + _LONGEST_SECONDS)


def _is_below(name: str, prefixes: frozenset[str]) -> bool:
    """Return whether `name` is below one of the prefixes, which end in a slash."""
    end = name.find("/")
    while 0 <= end < len(name) - 1:
        if name[: end + 1] in prefixes:
            return True
        end = name.find("/", end + 1)
    return False
