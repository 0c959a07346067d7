"""Decoding of streams of bytes to lines of text."""

from collections.abc import Iterable, Iterator

__all__ = ["decode_lines"]


def decode_lines(pieces: Iterable[bytes], limit: int) -> Iterator[str]:
    """Yield the lines of a UTF-8 text, each with its line feed, in bounded memory.

    Args:
        pieces: the bytes, in pieces of any size.
        limit: the maximum number of bytes to hold of a line that has not ended.

    Raises:
        ValueError: the text is not UTF-8, or a line is longer; the message is safe to print.
    """
    pending = b""
    try:
        for piece in pieces:
            *lines, pending = (pending + piece).split(b"\n")
            for line in lines:
                yield f"{line.decode()}\n"
            if len(pending) > limit:
                msg = f"the next line is longer than {limit:,} bytes"
                raise ValueError(msg)
        if pending:
            yield pending.decode()
    except UnicodeDecodeError as error:
        msg = "it is not UTF-8"
        raise ValueError(msg) from error
