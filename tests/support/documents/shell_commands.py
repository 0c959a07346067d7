"""The simple commands of a shell script, for checks of their arguments."""

import re
import shlex
from collections.abc import Iterator

__all__ = ["console_commands", "simple_commands"]

_SUBSTITUTION = re.compile(r"\$\(((?:[^()]|\([^()]*\))*)\)")
_FUNCTION = re.compile(r"\b(\w+)\(\) \{ (.*?); \}", re.DOTALL)
_ASSIGNMENT = re.compile(r"\w+=.*", re.DOTALL)
_PUNCTUATION = "();<>|&\n"


def console_commands(text: str) -> list[str]:
    """Return the commands of a `console` block, without its output."""
    commands = re.findall(r"^\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE)
    return [command.partition("  # ")[0] for command in commands]


def simple_commands(script: str) -> list[list[str]]:
    """Return the words of each simple command, including those in substitutions and functions.

    The words of redirections and assignments are left out. A substituted word is `$()`.
    """
    script = re.sub(r"(?:^|(?<=\s))#.*", "", script.replace("\\\n", " "), flags=re.MULTILINE)
    inner: list[str] = []

    def keep(match: re.Match[str]) -> str:
        inner.append(match[match.lastindex or 1])
        return "$()" if match.re is _SUBSTITUTION else ""

    script = _FUNCTION.sub(keep, script)
    script = _SUBSTITUTION.sub(keep, script)
    nested = [command for part in inner for command in simple_commands(part)]
    return [*nested, *_commands(script)]


def _commands(script: str) -> Iterator[list[str]]:
    # Within quotes, a substitution was replaced; elsewhere its parentheses would be punctuation.
    lexer = shlex.shlex(
        script.replace("$()", "$SUBSTITUTED"), posix=True, punctuation_chars=_PUNCTUATION
    )
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t", True, ""
    words: list[str] = []
    is_file = False
    for token in [*lexer, "\n"]:
        if not set(token) <= set(_PUNCTUATION):
            if not is_file and (words or not _ASSIGNMENT.fullmatch(token)):
                words.append(token)
            is_file = False
        elif set(token) & {"<", ">"}:
            words = words[:-1] if words and words[-1].isdigit() else words
            is_file = True
        else:
            if words:
                yield words
            words, is_file = [], False
