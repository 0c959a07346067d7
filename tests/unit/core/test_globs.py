"""Patterns of keys match as in a shell, in bounded time."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.globs import MAX_PATTERN, compile_glob


def matches(pattern: str, key: str) -> bool:
    return compile_glob(pattern).fullmatch(key) is not None


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*.jpg", ["a.jpg", ".jpg", "a\nb.jpg"], ["a.JPG", "x/a.jpg", "a.jpg/b", "a.jpg.txt"]),
        ("**/*.jpg", ["a.jpg", "x/y/a.jpg"], ["a.JPG", "a.jpg/b"]),
        ("IMG_????.jpg", ["IMG_0001.jpg"], ["IMG_001.jpg", "IMG_00/1.jpg"]),
        ("2026/*.jpg", ["2026/a.jpg"], ["2026/a/b.jpg", "x/2026/a.jpg"]),
        ("2026/*/*.jpg", ["2026/a/b.jpg", "2026//b.jpg"], ["2026/b.jpg", "2026/a/c/b.jpg"]),
        ("2026/**/b.jpg", ["2026/b.jpg", "2026/a/b.jpg", "2026/a/c/b.jpg"], ["2026/ab.jpg"]),
        ("2026/**", ["2026/", "2026/a", "2026/a/b"], ["2026", "20266/a"]),
        ("**/a/**/b", ["a/b", "x/a/y/z/b", "a/a/b/b"], ["ab", "a/c"]),
        ("**/a*b/*", ["a/ab/c", "axb/ab/"], ["a/b/c"]),
        ("a**b", ["ab", "axxb"], ["a/b", "y/ab"]),
        ("**", ["a", "a/b", "\n"], []),
        ("**/**/a", ["a", "x/a", "x/y/a"], ["xa"]),
        ("[ab].jpg", ["a.jpg", "b.jpg"], ["c.jpg", "[ab].jpg"]),
        ("[!ab].jpg", ["c.jpg", "!.jpg"], ["a.jpg", "c/.jpg"]),
        ("[a-c-]", ["a", "b", "-"], ["d"]),
        ("[]a]", ["]", "a"], ["[]a]"]),
        ("[!]]", ["a"], ["]"]),
        ("[z-a]", [], ["a", "z", "-"]),
        ("[!z-a]", ["a", "-"], []),
        ("x[/]y", [], ["x/y"]),
        ("[a", ["[a"], ["a"]),
        ("a]", ["a]"], ["a"]),
        ("a\\*", ["a\\b"], ["a*"]),
        ("[\\^]", ["\\", "^"], ["a"]),
        ("a.+(b)", ["a.+(b)"], ["axxb"]),
        ("*a*b*", ["ab", "xaxbx"], ["ba"]),
        ("*a**b*", ["ab", "xaxbx"], ["ba"]),
        ("*aab", ["aaab"], ["aaba"]),
        ("*ab*b", ["abab", "xabxb"], ["ab"]),
    ],
)
def test_pattern_matches_keys(pattern: str, matching: list[str], others: list[str]) -> None:
    assert [key for key in [*matching, *others] if matches(pattern, key)] == matching


@given(st.text("ab*?[]!-", min_size=1, max_size=8), st.text("ab-]", max_size=8))
def test_pattern_without_slash_matches_as_in_the_standard_library(pattern: str, key: str) -> None:
    assert matches(pattern, key) is fnmatchcase(key, pattern)


def _reference(parts: list[str], names: list[str]) -> bool:
    if not parts:
        return not names
    if parts[0] == "**":
        if len(parts) == 1:
            return bool(names)
        return any(_reference(parts[1:], names[at:]) for at in range(len(names)))
    return bool(names) and fnmatchcase(names[0], parts[0]) and _reference(parts[1:], names[1:])


_part = st.sampled_from(["**", "**", "*", "a", "b", "a*", "*b", "*a*b", "?"])


@given(st.lists(_part, min_size=2, max_size=6), st.text("ab/", max_size=10))
def test_pattern_of_several_parts_matches_part_by_part(parts: list[str], key: str) -> None:
    assert matches("/".join(parts), key) is _reference(parts, key.split("/"))


@pytest.mark.parametrize(
    ("pattern", "key"),
    [
        ("a*" * 500 + "b", "a" * 16_000),
        ("**/a*/" * 150 + "b", "a/" * 8_000),
        ("*/" * 500 + "b", "/" * 16_000),
        ("*a/" * 300 + "b", "a/" * 8_000),
        ("**/" + "*/" * 400 + "**/b", "a/" * 8_000 + "c"),
        ("[!" + "b" * 1000 + "]*x", "a" * 16_000),
        ("?" * 1000 + "*", "a" * 999),
    ],
    ids=range(7),
)
def test_hostile_pattern_does_not_take_exponential_time(pattern: str, key: str) -> None:
    assert not matches(pattern, key)


@pytest.mark.parametrize("pattern", ["", "a" * (MAX_PATTERN + 1)])
def test_empty_or_too_long_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=re.escape("a pattern has 1 to 1,024 characters")):
        compile_glob(pattern)
