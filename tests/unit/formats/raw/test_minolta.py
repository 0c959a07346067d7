from collections.abc import Callable

import pytest

from imgmeta.core.properties import ImageProperties
from imgmeta.formats import HeaderPropertyReader
from imgmeta.testing.byte_sources import BytesSource
from support.images.raw_files import (
    arw_with_private_data,
    minolta_data,
    private_directory,
)

BORDERED = (3880, 2600)


def size(data: bytes) -> tuple[int | None, int | None]:
    result = HeaderPropertyReader().read(BytesSource(data))
    assert isinstance(result, ImageProperties), result
    assert result.format == "ARW"
    return result.width, result.height


def test_size_in_minoltas_data_is_used_as_by_exiftool() -> None:
    data = arw_with_private_data(private_directory(minolta_data(3872, 2592)))

    assert size(data) == (3872, 2592)


def test_private_data_of_the_alpha_100_is_minoltas_data_without_a_directory() -> None:
    data = arw_with_private_data(lambda _: minolta_data(3864, 2584), "DSLR-A100")

    assert size(data) == (3864, 2584)


def test_big_endian_data_of_minolta_is_read() -> None:
    assert size(arw_with_private_data(lambda _: minolta_data(3872, 2592, ">"))) == (3872, 2592)


@pytest.mark.parametrize(
    "private",
    [
        private_directory(b"\0\0\0\0" + bytes(60)),
        private_directory(minolta_data(3872, 2592, segment=b"\0ABC")),
        private_directory(minolta_data(3872, 0)),
        private_directory(minolta_data(0, 2592)),
        private_directory(minolta_data(3872, 2592)[:40]),
        private_directory(b"\0MRI"),
        private_directory(b"\0MRI" + b"\xff" * 60),
        lambda _: b"",
        lambda _: bytes(6),
    ],
    ids=[
        "empty",
        "without-sizes",
        "no-height",
        "no-width",
        "cut-short",
        "signature-alone",
        "too-long",
        "beyond-the-end",
        "empty-directory",
    ],
)
def test_without_a_size_of_minolta_that_of_the_sensor_is_used(
    private: Callable[[int], bytes],
) -> None:
    assert size(arw_with_private_data(private)) == BORDERED


@pytest.mark.parametrize(("count", "kind"), [(5, 1), (2, 1), (2, 4)])
def test_private_data_that_is_not_an_offset_is_ignored(count: int, kind: int) -> None:
    data = arw_with_private_data(private_directory(minolta_data(3872, 2592)))
    entry = bytes.fromhex("34c6010004000000")
    other = entry[:2] + kind.to_bytes(2, "little") + count.to_bytes(4, "little")

    assert size(data.replace(entry, other)) == BORDERED
