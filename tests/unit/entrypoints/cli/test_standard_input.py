import io
import os

import pytest

from imgmeta.entrypoints.cli import standard_input
from imgmeta.entrypoints.cli.standard_input import requested_targets
from imgmeta.errors import ConfigurationError


def stdin(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))


def read(*, null: bool = False) -> list[str]:
    return [*requested_targets(None, stdin=True, null=null)]


def test_arguments_are_the_targets_without_stdin() -> None:
    assert requested_targets(["a", "b"], stdin=False, null=False) == ["a", "b"]
    assert requested_targets(None, stdin=False, null=False) == []


@pytest.mark.parametrize("content", [b"a b.jpg\ns3://b/a%20b\n", b"a b.jpg\n\ns3://b/a%20b"])
def test_each_line_is_a_target(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    stdin(monkeypatch, content)
    assert read() == ["a b.jpg", "s3://b/a%20b"]


def test_line_ends_of_windows_are_no_part_of_a_target(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standard_input, "_LINE_END", b"\r")
    stdin(monkeypatch, b'a b.jpg\r\n\r\n{"Uri":"s3://b/a"}\r\n')
    assert read() == ["a b.jpg", "s3://b/a"]


def test_targets_that_are_not_utf8_on_windows_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "fsdecode", lambda part: part.decode("utf-8", "surrogatepass"))
    stdin(monkeypatch, b"a\xff.jpg\n")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read()


@pytest.mark.parametrize("content", [b'a\nb\0{"Uri":"c"}\0', b'a\nb\0\0{"Uri":"c"}'])
def test_target_may_contain_newlines_with_null(
    monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    stdin(monkeypatch, content)
    assert read(null=True) == ["a\nb", '{"Uri":"c"}']


def test_target_that_is_not_utf8_is_an_argument_of_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stdin(monkeypatch, b"\xff.jpg\n")
    assert [os.fsencode(text) for text in read()] == [b"\xff.jpg"]


def test_json_line_names_its_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        b'{"Uri":"s3://b/a%20b","ObjectKey":"a b"}',
        b'{"NotIndexed":1}',
        b'{"Uri":null}',
        b"{not json}.jpg",
        b"{" * 20_000,
    ]
    stdin(monkeypatch, b"\n".join(lines))
    assert read() == ["s3://b/a%20b", "{not json}.jpg", "{" * 20_000]


def test_targets_are_read_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = [f"{number}{'x' * 40_000}" for number in range(20)]
    stdin(monkeypatch, "\n".join(targets).encode())
    assert read() == targets


def test_targets_are_available_before_the_input_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading) as stream, os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr("sys.stdin", stream)
        pipe.write(b"a\n")
        targets = iter(requested_targets(None, stdin=True, null=False))
        assert next(targets) == "a"
        pipe.write(b"b\nc")
        pipe.close()
        assert [*targets] == ["b", "c"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b'{"Sent":0}\n'])
def test_empty_input_is_reported(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    stdin(monkeypatch, content)
    with pytest.raises(ConfigurationError, match=r"no targets on standard input: .* one per line"):
        read()


def test_closed_standard_input_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ConfigurationError, match=r"no targets on standard input: .* by NUL"):
        read(null=True)


def test_nul_in_a_line_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"a\0b\0")
    with pytest.raises(ConfigurationError, match="separated by NUL: pass --null"):
        read()


@pytest.mark.parametrize(("null", "separator"), [(False, "newlines"), (True, "NUL")])
def test_endless_target_is_reported(
    monkeypatch: pytest.MonkeyPatch, *, null: bool, separator: str
) -> None:
    stdin(monkeypatch, b"x" * 2_000_000)
    with pytest.raises(ConfigurationError, match=f"too long: separate targets by {separator}"):
        read(null=null)


def test_unreadable_standard_input_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    class Directory(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, _: object) -> int:
            raise IsADirectoryError(21, "Is a directory")

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Directory())))
    with pytest.raises(ConfigurationError, match="cannot read standard input: Is a directory"):
        read()


def test_contradicting_options_are_reported() -> None:
    with pytest.raises(ConfigurationError, match="pass --stdin too"):
        requested_targets(["a"], stdin=False, null=True)
    with pytest.raises(ConfigurationError, match="as arguments or with --stdin, not both"):
        requested_targets(["a"], stdin=True, null=False)
