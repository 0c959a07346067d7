"""The command line of a POSIX shell up to the cursor: its words, and how to insert a value."""

import re
from typing import NamedTuple

__all__ = ["CommandLine", "split_line"]

_SPECIAL = re.compile(r"([^\w@%+,./-])", re.ASCII)
_SPECIAL_IN_DOUBLE_QUOTES = re.compile(r'([\\"$`])')


class CommandLine(NamedTuple):
    """A command line up to the cursor.

    Attributes:
        words: the complete words, without quotes.
        current: the word at the cursor, without quotes; may be empty.
        quote: the quote that is open at the cursor, or an empty string.
    """

    words: list[str]
    current: str
    quote: str

    def value_of(self, option: str) -> str | None:
        """Return the last value of an option, as `--option value` or `--option=value`."""
        value = None
        for index, word in enumerate(self.words):
            if word == option and index + 1 < len(self.words):
                value = self.words[index + 1]
            elif word.startswith(f"{option}="):
                value = word.partition("=")[2]
        return value

    @property
    def current_value(self) -> str:
        """The value at the cursor, without the name of its option."""
        if self.current.startswith("--") and "=" in self.current:
            return self.current.partition("=")[2]
        return self.current

    def insertion(self, value: str) -> str | None:
        """Return what bash inserts at the cursor for a value, or None if that is not possible.

        An unprintable character could act on the terminal, and a line break would end the command.
        Bash replaces what follows an open quote, and expands `!` even in double quotes.
        """
        if not value.isprintable():
            return None
        if self.quote == "'":
            return None if "'" in value else value
        if self.quote == '"':
            return None if "!" in value else _SPECIAL_IN_DOUBLE_QUOTES.sub(r"\\\1", value)
        return "".join(
            each if not each.isascii() else _SPECIAL.sub(r"\\\1", each) for each in value
        )


def split_line(line: str) -> CommandLine:
    """Return a command line, split as a POSIX shell does, but without expansions.

    POSIX.1-2024, "Shell Command Language", 2.2 "Quoting".
    """
    words, current, quote = list[str](), list[str](), ""
    in_word = escaped = False
    for character in line:
        if escaped:
            escaped = False
            if quote and character not in '\\"$`':
                current.append("\\")
            current.append(character)
        elif character == "\\" and quote != "'":
            escaped = in_word = True
        elif quote:
            if character == quote:
                quote = ""
            else:
                current.append(character)
        elif character in "'\"":
            quote, in_word = character, True
        elif character.isspace():
            if in_word:
                words.append("".join(current))
                current.clear()
            in_word = False
        else:
            current.append(character)
            in_word = True
    return CommandLine(words, "".join(current), quote)
