"""Targets from standard input (`--stdin`), instead of arguments."""

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Protocol, cast

from imgmeta.core.limits import MAX_KEY
from imgmeta.errors import ConfigurationError

__all__ = ["requested_targets"]

_CHUNK = 65_536

_MAX_BYTES = 16 * MAX_KEY
"""Maximum length of a target: each character of a key has at most 4 bytes, 3 characters each."""

_LINE_END = os.linesep.encode()[:-1]
"""What precedes the newline at the end of a line: on Windows, a carriage return."""

_LINE, _NUL = b"\n", b"\0"


class _Reader(Protocol):
    """A buffered stream."""

    def read1(self, size: int, /) -> bytes: ...


def requested_targets(arguments: Sequence[str] | None, *, stdin: bool, null: bool) -> Iterable[str]:
    """Return the targets of a command: its arguments, or those on standard input.

    Standard input is read while the targets are consumed. In lines, a line may also be a line that
    `--json` printed, which names its `Uri`. Empty lines and JSON lines without a `Uri` are skipped.

    Args:
        arguments: the arguments.
        stdin: whether to read standard input instead.
        null: whether targets on standard input end with NUL instead of a newline.

    Raises:
        ConfigurationError: the options contradict each other, or standard input has no target,
            cannot be read, has an endless line, or has NUL in a line. Those of later targets are
            raised when these are consumed.
    """
    if null and not stdin:
        msg = "--null separates targets on standard input: pass --stdin too"
        raise ConfigurationError(msg)
    if not stdin:
        return arguments or []
    if arguments:
        msg = "pass targets as arguments or with --stdin, not both"
        raise ConfigurationError(msg)
    targets = _read(_NUL if null else _LINE)
    first = next(targets, None)
    if first is None:
        kind = "each followed by NUL" if null else "one per line"
        msg = f"no targets on standard input: write paths or URIs to it, {kind}"
        raise ConfigurationError(msg)
    return chain([first], targets)


def _read(separator: bytes) -> Iterator[str]:
    if sys.stdin is None:  # the process was started with standard input closed
        return
    for part in _parts(cast("_Reader", sys.stdin.buffer), separator):
        if _NUL in part:
            msg = "targets on standard input are separated by NUL: pass --null"
            raise ConfigurationError(msg)
        text = _decoded(part if separator == _NUL else part.removesuffix(_LINE_END))
        target = _uri_in(text) if separator == _LINE and text.startswith("{") else text
        if target:
            yield target


def _decoded(part: bytes) -> str:
    try:
        return os.fsdecode(part)
    except UnicodeDecodeError as error:  # on Windows only
        msg = "targets on standard input are not UTF-8: write them in this encoding"
        raise ConfigurationError(msg) from error


def _parts(stream: _Reader, separator: bytes) -> Iterator[bytes]:
    """Yield the parts of a stream as they arrive, without separators."""
    rest = b""
    try:
        while chunk := stream.read1(_CHUNK):
            *parts, rest = (rest + chunk).split(separator)
            yield from parts
            if len(rest) > _MAX_BYTES:
                hint = "newlines" if separator == _LINE else "NUL"
                msg = f"a target on standard input is too long: separate targets by {hint}"
                raise ConfigurationError(msg)
    except OSError as error:
        msg = f"cannot read standard input: {error.strerror or error}"
        raise ConfigurationError(msg) from error
    if rest:
        yield rest


def _uri_in(line: str) -> str:
    """Return the `Uri` of a JSON object, empty if it has none; other text unchanged."""
    try:
        value: Any = json.loads(line)
    except (ValueError, RecursionError):
        return line
    if not isinstance(value, dict):
        return line
    uri = cast("dict[str, object]", value).get("Uri")
    return uri if isinstance(uri, str) else ""
