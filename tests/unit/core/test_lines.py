import pytest

from imgmeta.core.lines import decode_lines


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_lines_do_not_depend_on_the_pieces(size: int) -> None:
    content = "é,1\r\n\nlast".encode()
    pieces = [content[start : start + size] for start in range(0, len(content), size)]
    assert list(decode_lines(pieces, 10)) == ["é,1\r\n", "\n", "last"]


def test_text_that_ends_with_a_line_feed_has_no_empty_last_line() -> None:
    assert list(decode_lines([b"a\n"], 10)) == ["a\n"]
    assert list(decode_lines([b""], 10)) == []


def test_lines_before_a_long_line_are_yielded() -> None:
    lines = decode_lines([b"a\n" + b"b" * 10, b"b"], 10)
    assert next(lines) == "a\n"
    with pytest.raises(ValueError, match="next line is longer than 10 bytes"):
        next(lines)


@pytest.mark.parametrize("content", [b"\xff\n", b"a\n\xc3"])
def test_text_that_is_not_utf8_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="it is not UTF-8"):
        list(decode_lines([content], 10))
