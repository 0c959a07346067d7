"""Patterns of keys, as in a shell.

A pattern is matched with the whole key. `*` matches any characters of one part of a key, `?` one
character, `[a-z]` one of a set, and `[!a-z]` one outside of it; none of them matches a slash. `**`
as a whole part matches any number of parts, so `**/*.jpg` matches at any depth. All else matches
itself, in the same case; a backslash too, since keys may contain it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

__all__ = ["MAX_PATTERN", "compile_glob"]

MAX_PATTERN = 1024
"""The maximum length of a pattern, in characters: as long as S3's keys."""

_ANY_PARTS = "**"
_STAR = "[^/]*"


@lru_cache(maxsize=32)
def compile_glob(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern; use its `fullmatch`.

    Every repetition is committed to its first match, by atomic groups, or is the last one of its
    part. So a match takes at most the length of the key times the length of the pattern.

    Raises:
        ValueError: the pattern is empty or too long.
    """
    if not 0 < len(pattern) <= MAX_PATTERN:
        msg = f"a pattern has 1 to {MAX_PATTERN:,} characters"
        raise ValueError(msg)
    runs = groupby(pattern.split("/"), key=lambda part: part == _ANY_PARTS)
    pieces = [None if is_any else "/".join(map(_part, run)) for is_any, run in runs]
    return re.compile("".join(_joined(pieces)), re.DOTALL)


def _joined(pieces: list[str | None]) -> Iterator[str]:
    """Yield the expressions of runs of parts; None is a run of `**`."""
    last = len(pieces) - 1
    for index, piece in enumerate(pieces):
        follows_any = index > 0 and pieces[index - 1] is None
        skip = "(?:[^/]*/)*?" if follows_any else ""
        if piece is None:
            yield ".*" if index == last else ""
        else:
            yield f"{skip}{piece}" if index == last else f"(?>{skip}{piece}/)"


def _part(part: str) -> str:
    """Return the expression of a part without slashes."""
    tokens = [*_tokens(part)]
    stars = [at for at, token in enumerate(tokens) if token == _STAR]
    if not stars:
        return "".join(tokens)
    first, last = stars[0], stars[-1]
    pieces, run = tokens[:first], list[str]()
    for token in tokens[first + 1 : last]:
        if token != _STAR:
            run.append(token)
        elif run:
            pieces.append(f"(?>[^/]*?{''.join(run)})")
            run = []
    if run:
        pieces.append(f"(?>[^/]*?{''.join(run)})")
    # The last star ends where the rest matches the end of the part.
    pieces.append(f"(?>[^/]*{''.join(tokens[last + 1 :])}(?=/|\\Z))")
    return "".join(pieces)


def _tokens(part: str) -> Iterator[str]:
    position = 0
    while position < len(part):
        character, position = part[position], position + 1
        if character == "*":
            yield _STAR
        elif character == "?":
            yield "[^/]"
        elif character == "[" and (end := _end_of_set(part, position)) is not None:
            yield _set(part[position:end])
            position = end + 1
        else:
            yield re.escape(character)


def _end_of_set(part: str, start: int) -> int | None:
    """Return the position of the bracket that closes a set; one at its start is a member."""
    first = start + 1 if part[start : start + 1] == "!" else start
    end = part.find("]", first + 1)
    return None if end < 0 else end


def _set(members: str) -> str:
    negated = members.startswith("!")
    members = members.removeprefix("!")
    ranges, position = list[str](), 0
    while position < len(members):
        low = members[position]
        if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
            high, position = members[position + 2], position + 3
            if low <= high:
                ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append(re.escape(low))
            position += 1
    if negated:
        return f"[^/{''.join(ranges)}]"
    return f"(?!/)[{''.join(ranges)}]" if ranges else "(?!)"
