import io
import os
import tempfile
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from imgmeta import ConfigurationError, ObjectChangedError, PermanentError, TransientError
from imgmeta.adapters.sources import files, open_file, open_path

DATA = bytes(range(256)) * 40


class Stream(io.RawIOBase):
    """A stream that is not seekable and returns a few bytes at a time."""

    def __init__(self, data: bytes, most: int = 1000) -> None:
        super().__init__()
        self._rest = io.BytesIO(data)
        self._most = most
        self.longest_read = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0
        self.longest_read = max(self.longest_read, size)
        return self._rest.read(min(size, self._most))


class ShortReads(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, 7))


class OnlyRead:
    """An object with the one method that a stream needs."""

    def __init__(self, *blocks: object) -> None:
        self._blocks = [*blocks, b""]

    def read(self, size: int) -> object:
        del size
        return self._blocks.pop(0)


def binary(file: object) -> BinaryIO:
    return cast("BinaryIO", file)


@pytest.mark.parametrize("position", [0, 5, len(DATA), len(DATA) + 5])
@pytest.mark.parametrize("kind", [io.BytesIO, ShortReads])
def test_seekable_file_is_read_whole_and_stays_where_it_was(
    kind: Callable[[bytes], io.BytesIO], position: int
) -> None:
    file = kind(DATA)
    file.seek(position)

    with open_file(file, "it") as content:
        assert (content.size, content.is_local) == (len(DATA), True)
        assert content.read(300, 20) == DATA[300:320]
        assert content.read(0, 10) == DATA[:10]
        assert content.read(len(DATA) - 4, 10) == DATA[-4:]
        assert content.fetched == 34

    assert file.tell() == position
    assert not file.closed


def test_position_is_restored_after_an_error() -> None:
    file = io.BytesIO(DATA)
    file.seek(5)

    def fail() -> None:
        with open_file(file, "it") as content:
            content.read(100, 5)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert file.tell() == 5


@pytest.mark.parametrize(("position", "rest"), [(0, DATA), (6, DATA[6:]), (20_000, b"")])
def test_file_can_be_read_from_its_position(position: int, rest: bytes) -> None:
    file = io.BytesIO(DATA)
    file.seek(position)

    with open_file(file, "it", rewind=False) as content:
        assert content.size == len(rest)
        assert content.read(0, 20_000) == rest

    assert file.tell() == position


@pytest.mark.parametrize("length", [0, 1, len(DATA), files._MAX_IN_MEMORY + 1])  # noqa: SLF001 - the size from which a file is used
def test_stream_is_read_to_its_end(length: int) -> None:
    data = os.urandom(length)
    stream = Stream(data, most=100_000)

    with open_file(binary(stream), "it") as content:
        assert content.size == length
        assert content.read(length // 2, length) == data[length // 2 :]

    assert not stream.closed


def test_object_with_only_a_read_method_is_a_stream() -> None:
    blocks = OnlyRead(b"ab", bytearray(b"cd"), memoryview(b"ef"))

    with open_file(binary(blocks), "it") as content:
        assert content.read(0, content.size) == b"abcdef"


def test_stream_is_never_in_memory_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MAX_IN_MEMORY", 1000)
    stream = Stream(DATA)

    with open_file(binary(stream), "it") as content:
        copy = content._file  # noqa: SLF001 - has no other sign
        assert isinstance(copy, tempfile.SpooledTemporaryFile)
        assert copy._rolled  # type: ignore[attr-defined]  # noqa: SLF001 - as above

    assert stream.longest_read <= 2**18
    assert copy.closed


def test_endless_stream_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_STREAM", 5000)
    endless = Stream(DATA)

    with (
        pytest.raises(PermanentError, match="a stream longer than 5,000 bytes: save it to a file"),
        open_file(binary(endless), "it"),
    ):
        pass


def test_full_disk_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "write", fail)
    with (
        pytest.raises(TransientError, match="no space left on device: set TMPDIR"),
        open_file(binary(Stream(DATA)), "it"),
    ):
        pass


@pytest.mark.parametrize("size", [2**20 + 10_000, 2**20 + 100_000])
def test_disk_that_fills_up_during_the_copy_is_reported(
    size: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class FullDisk(io.FileIO):
        def write(self, data: Any, /) -> int:  # noqa: ANN401 - any buffer
            if self.tell() + len(data) > 2**20 + 8_192:
                raise OSError(28, "No space left on device")
            return super().write(data)

    path = tmp_path / "copy"
    monkeypatch.setattr(
        tempfile, "TemporaryFile", lambda **_: io.BufferedRandom(FullDisk(path, "w+"))
    )
    stream = Stream(bytes(size), most=4000)
    # What is left in the buffer cannot be written either when the file is closed.
    with (
        pytest.raises(TransientError, match="no space left on device: set TMPDIR"),
        open_file(binary(stream), "it"),
    ):
        pass


def test_member_of_a_zip_archive_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", DATA)
    with (
        zipfile.ZipFile(tmp_path / "a.zip") as archive,
        archive.open("a") as member,
        open_file(binary(member), "it") as content,
    ):
        assert content.read(0, content.size) == DATA


@pytest.mark.parametrize(
    ("error", "expected", "message"),
    [
        (OSError(5, "Input/output error"), TransientError, "cannot read it: input/output error"),
        (TimeoutError("timed out"), TransientError, "cannot read it: timed out"),
        (ZeroDivisionError("a\x1bb"), PermanentError, r"it: ZeroDivisionError: a\\x1bb"),
    ],
)
@pytest.mark.parametrize("is_seekable", [True, False])
def test_error_of_a_file_object_is_translated(
    error: Exception, expected: type[Exception], message: str, *, is_seekable: bool
) -> None:
    class Failing(io.BytesIO):
        def seekable(self) -> bool:
            return is_seekable

        def read(self, _size: int | None = -1, /) -> bytes:
            raise error

    def read() -> None:
        with open_file(Failing(DATA), "it") as content:
            content.read(0, 1)

    with pytest.raises(expected, match=message) as raised:
        read()
    assert raised.value.__cause__ is error


def test_non_blocking_file_without_data_is_a_temporary_failure() -> None:
    with (
        pytest.raises(TransientError, match="a non-blocking file has no data now"),
        open_file(binary(OnlyRead(b"a", None)), "it"),
    ):
        pass


def test_text_file_is_rejected() -> None:
    with (
        pytest.raises(TypeError, match=r"expected a binary file, but its read\(\) returned str"),
        open_file(binary(io.StringIO("text")), "it") as content,
    ):
        content.read(0, 1)


def test_file_whose_seek_fails_is_a_stream() -> None:
    class Unseekable(io.BytesIO):
        def seek(self, _offset: int, _whence: int = 0, /) -> int:
            raise io.UnsupportedOperation

    with open_file(Unseekable(DATA), "it") as content:
        assert content.size == len(DATA)


@pytest.mark.parametrize("kind", [str, os.fsencode, Path])
def test_file_at_a_path_is_read_and_closed(tmp_path: Path, kind: Callable[[Path], str]) -> None:
    path = tmp_path / "a\udcff b"
    path.write_bytes(DATA)

    with open_path(kind(path), "it") as content:
        file = content._file  # noqa: SLF001 - to see whether it is closed
        assert content.read(0, content.size) == DATA

    assert file.closed


def test_named_pipe_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[DATA])
    writer.start()

    with open_path(pipe, "it") as content:
        assert content.read(0, content.size) == DATA

    writer.join()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "cannot read it: no such file or directory: pass the path of an image"),
        (".", "cannot read it: is a directory: pass the path of an image"),
        ("a\0b", "cannot read it: embedded null byte: pass the path of an image"),
        ("a" * 300, "cannot read it: file name too long: pass the path of an image"),
    ],
)
def test_unsuitable_path_is_a_configuration_error(tmp_path: Path, name: str, message: str) -> None:
    with (
        pytest.raises(ConfigurationError, match=message),
        open_path(f"{tmp_path}/{name}", "it"),
    ):
        pass


@pytest.mark.parametrize(
    ("number", "expected"), [(13, PermanentError), (1, PermanentError), (5, TransientError)]
)
def test_other_failures_to_open_a_file_are_adapter_errors(
    number: int, expected: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, "Refused")

    monkeypatch.setattr("builtins.open", fail)
    with pytest.raises(expected, match="cannot read it: refused"), open_path("a", "it"):
        pass


def test_file_that_changes_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(DATA)

    def read() -> None:
        with open_path(path, "it") as content:
            content.read(0, 10)
            path.write_bytes(DATA[:100])

    with pytest.raises(ObjectChangedError, match="it changed while it was read"):
        read()
