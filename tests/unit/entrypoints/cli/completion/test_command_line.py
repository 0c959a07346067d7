import shlex
import shutil
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgmeta.entrypoints.cli.completion.command_line import CommandLine, split_line

BASH = shutil.which("bash") or ""

pytestmark = pytest.mark.skipif(not BASH, reason="needs bash")

HOSTILE = [
    *("$(touch x)", "`touch x`", "*", "~", "~root", "a; touch x", "a'b", 'a"b', "a\\b", "-n", "!!"),
    *("Canon EOS 5D", "écran 写真", "{a,b}", "a#b", "#b", "$HOME", "a=b:c", "[ab]", "a>b", "a&"),
]


def _in_bash(words: list[str]) -> list[str]:
    """Return what bash makes of words that a user has typed."""
    script = f"set -H; printf '%s\\0' {' '.join(words)}"
    done = subprocess.run([BASH, "-c", script], capture_output=True, check=True)
    return done.stdout.decode(errors="surrogateescape").split("\0")[:-1]


@given(st.lists(st.text(min_size=1) | st.sampled_from(HOSTILE), min_size=1))
@settings(max_examples=40)
def test_inserted_value_is_that_value_for_bash(values: list[str]) -> None:
    lines = {
        "": CommandLine([], "", ""),
        "'": CommandLine([], "", "'"),
        '"': CommandLine([], "", '"'),
    }
    typed = [
        (value, quote + inserted + quote)
        for value in values
        for quote, line in lines.items()
        if (inserted := line.insertion(value)) is not None
    ]
    if typed:
        assert _in_bash([word for _, word in typed]) == [value for value, _ in typed]


@pytest.mark.parametrize("value", ["a\nb", "\x1b[2J", "a\tb", "\u202e", "\0", "\udcff"])
def test_unprintable_value_is_never_inserted(value: str) -> None:
    for quote in ("", "'", '"'):
        assert CommandLine([], "", quote).insertion(value) is None


def test_value_that_an_open_quote_cannot_hold_is_not_inserted() -> None:
    assert CommandLine([], "", "'").insertion("a'b") is None
    assert CommandLine([], "", '"').insertion("a!b") is None


@given(st.lists(st.text()))
def test_quoted_words_are_split_like_a_shell_does(words: list[str]) -> None:
    assert split_line(f"{shlex.join(words)} ") == (words, "", "")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", ([], "", "")),
        ("imgmeta", ([], "imgmeta", "")),
        ("imgmeta list --camera ", (["imgmeta", "list", "--camera"], "", "")),
        ("imgmeta list --camera Canon\\ E", (["imgmeta", "list", "--camera"], "Canon E", "")),
        ("list --camera 'Canon E", (["list", "--camera"], "Canon E", "'")),
        ('list "a\\"b\\c" "d', (["list", 'a"b\\c'], "d", '"')),
        ("a'b'\\''c' d", (["ab'c"], "d", "")),
        ("a '' b", (["a", ""], "b", "")),
    ],
)
def test_word_at_the_cursor_may_have_an_open_quote(line: str, expected: object) -> None:
    assert split_line(line) == expected


def test_value_of_an_option_is_the_last_one() -> None:
    line = split_line("imgmeta list --store a.db --store='b c.db' --camera ")
    assert line.value_of("--store") == "b c.db"
    assert line.value_of("--camera") is None
    assert split_line("imgmeta list --store=a.db --store b.db x").value_of("--store") == "b.db"


def test_current_value_excludes_the_option_before_an_equals_sign() -> None:
    assert split_line("list --camera=Can").current_value == "Can"
    assert split_line("list --camera a=b").current_value == "a=b"
