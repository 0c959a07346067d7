import io

import pytest

from imgmeta.adapters.pillow.limited_file import LimitedFile
from imgmeta.errors import TransientError
from imgmeta.formats.window import DamagedError, Window
from imgmeta.testing.byte_sources import BytesSource, FailingSource

DATA = bytes(range(256)) * 2000


def _file(max_bytes: int = 1_000_000, max_calls: int = 1000) -> LimitedFile:
    return LimitedFile(Window(BytesSource(DATA)), max_bytes=max_bytes, max_calls=max_calls)


def test_content_is_read_from_any_position() -> None:
    file = _file()

    assert file.read(3) == b"\0\1\2"
    assert file.seek(-2, io.SEEK_END) == len(DATA) - 2
    assert file.read() == b"\xfe\xff"
    assert file.seek(256_001) == 256_001
    assert file.read(2) == b"\1\2"
    assert file.tell() == 256_003


def test_reads_beyond_the_limit_of_bytes_fail() -> None:
    file = _file(max_bytes=2000)

    with pytest.raises(DamagedError, match="exceeds the limit"):
        file.read(5000)


def test_repeated_reads_count_toward_the_limit_of_bytes() -> None:
    file = _file(max_bytes=2000)
    file.read(1000)
    file.seek(100_000)
    file.read(100)
    file.seek(0)

    with pytest.raises(DamagedError, match="exceeds the limit"):
        file.read(1000)


def test_rest_of_the_file_may_be_longer_than_the_limit_of_bytes() -> None:
    assert _file(max_bytes=2000).read() == DATA


def test_number_of_reads_and_seeks_is_limited() -> None:
    file = _file(max_calls=3)
    file.read(1)
    file.seek(5)
    file.read(1)

    with pytest.raises(DamagedError, match="exceeds the limit"):
        file.read(1)
    with pytest.raises(DamagedError, match="exceeds the limit"):
        file.seek(0)


def test_read_beyond_the_end_is_noted() -> None:
    file = _file()
    file.seek(-2, io.SEEK_END)

    file.read(2)
    assert not file.ended
    file.read(1)
    assert file.ended


def test_position_before_the_start_is_invalid() -> None:
    with pytest.raises(ValueError, match="before the start"):
        _file().seek(-1)


def test_error_of_the_object_store_is_raised_and_kept() -> None:
    file = LimitedFile(
        Window(FailingSource(bytes(200_000), size=10**6)), max_bytes=10**6, max_calls=10
    )
    file.seek(500_000)

    with pytest.raises(TransientError):
        file.read(10)
    assert isinstance(file.failure, TransientError)
