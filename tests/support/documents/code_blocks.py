"""The code blocks of a Markdown page."""

import re
from typing import NamedTuple

__all__ = ["CodeBlock", "code_blocks", "first_line", "misplaced_lines"]

_FENCE = re.compile(r"^( *)(`{3,}|~{3,})([^`\n]*)$")
_MARKER = re.compile(r"^(?:[*+-]|\d+[.)]) ")
_COMMENT = re.compile(r"^ *<!-- *(help): *(.*?) *-->$")


class CodeBlock(NamedTuple):
    """A fenced block.

    Attributes:
        line: the number of its first line of code.
        language: the word after the fence; empty if there is none.
        text: the code, without the indentation of the fence.
        remark: the comment in the line above the block, such as `help: sync`.
    """

    line: int
    language: str
    text: str
    remark: str


def code_blocks(page: str) -> list[CodeBlock]:
    """Return the fenced blocks of a page; a block without an end raises an error."""
    found: list[CodeBlock] = []
    lines = iter(enumerate(page.splitlines(keepends=True), 1))
    previous = ""
    for number, line in lines:
        if not (fence := _FENCE.match(line.rstrip("\n"))):
            previous = line
            continue
        indent, marker, language = fence.groups()
        code: list[str] = []
        for _, inner in lines:
            if inner.strip() == marker:
                break
            code.append(inner.removeprefix(indent) if inner.strip() else inner.lstrip(" "))
        else:
            msg = f"line {number}: a code block without an end"
            raise ValueError(msg)
        comment = _COMMENT.match(previous.rstrip("\n"))
        remark = f"{comment[1]}: {comment[2]}" if comment else ""
        found.append(CodeBlock(number + 1, language.strip(), "".join(code), remark))
        previous = ""
    return found


def first_line(block: CodeBlock) -> str:
    """Return the first line of a block, by which tests name it."""
    return block.text.partition("\n")[0]


def misplaced_lines(page: str) -> list[str]:
    """Return the lines that Markdown programs read differently: see decision 0036.

    They are indented code blocks, and paragraphs in a list that are not indented by four spaces.
    """
    found: list[str] = []
    in_list = in_comment = False
    is_start, fence = True, ""
    for number, line in enumerate(page.splitlines(), 1):
        text = line.strip()
        if fence:
            fence, is_start = ("", False) if text == fence else (fence, False)
            continue
        in_comment = (in_comment or text.startswith("<!--")) and not text.endswith("-->")
        indent = len(line) - len(line.lstrip(" "))
        if text and indent == 0:
            in_list = bool(_MARKER.match(line))
        allowed = {0, 4} if in_list else {0}
        opening = _FENCE.match(line)
        if text and not in_comment and (is_start or opening) and indent not in allowed:
            found.append(f"line {number}: {text}")
        fence = opening[2] if opening else ""
        is_start = not text
    return found
