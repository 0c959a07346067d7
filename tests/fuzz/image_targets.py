"""Fuzz targets of image files and of the metadata blocks in them."""

from collections.abc import Callable
from functools import cache

from fuzz.seeds import image_seeds
from imgmeta.adapters.pillow import PillowPropertyReader
from imgmeta.adapters.pillow.thumbnails import PillowThumbnailHasher
from imgmeta.core.perceptual_hashes import FEATURELESS
from imgmeta.core.properties import ImageProperties, Unreadable
from imgmeta.core.records import ImageRecord
from imgmeta.formats import HeaderPropertyReader
from imgmeta.formats.header import ImageHeader, image_properties
from imgmeta.formats.legacy.app12 import read_app12
from imgmeta.formats.legacy.ciff import read_ciff
from imgmeta.formats.legacy.reconyx import read_reconyx
from imgmeta.formats.metadata.exif import read_exif
from imgmeta.formats.metadata.icc import profile_description
from imgmeta.formats.metadata.iptc import read_iptc
from imgmeta.formats.metadata.xmp import read_xmp
from imgmeta.formats.registry import SIGNATURE_LENGTH, ImageFormat, find_format
from imgmeta.formats.window import MAX_FETCHED, MAX_REQUESTS, DamagedError, Window
from imgmeta.ports import PropertyReader
from imgmeta.testing.byte_sources import BytesSource, SparseSource
from imgmeta.testing.strategies.record_examples import image_record

__all__ = [
    "check_block",
    "check_format",
    "check_huge_image",
    "check_image",
    "check_with_pillow",
    "format_seeds",
    "with_signature",
]

_RECORD = image_record()
_BLOCKS: dict[str, Callable[[bytes], object]] = {
    "exif": read_exif,
    "xmp": read_xmp,
    "iptc": read_iptc,
    "icc": profile_description,
    "app12": read_app12,
    "ciff": read_ciff,
    "reconyx": read_reconyx,
}
_HUGE = 3 * 1024**3
_SMALL = 4_096
"""Reads of a local file up to this length do not count as requests: see `Window`."""
_Result = ImageProperties | Unreadable
_REST = b"?" * SIGNATURE_LENGTH
_HASHER = PillowThumbnailHasher()


def check_image(data: bytes) -> None:
    """Check a file with the reader that identifies the format by content."""
    result = _read_twice(HeaderPropertyReader(), data)
    if isinstance(result, ImageProperties) and result.has_thumbnail:
        hashes = [_HASHER.hash(BytesSource(data), result) for _ in range(2)]
        assert hashes[0] == hashes[1]
        assert len(hashes[0]) == len(FEATURELESS)


def check_huge_image(data: bytes) -> None:
    """Check a file that continues with gigabytes of zeros."""
    reader = HeaderPropertyReader()
    results = [_read(reader, SparseSource(_HUGE, {0: data})) for _ in range(2)]
    assert results[0] == results[1], "two readings differ"


def check_with_pillow(data: bytes) -> None:
    """Check a file with the reader of the formats that only Pillow reads."""
    _read_twice(PillowPropertyReader(), data)


def check_format(image_format: ImageFormat) -> Callable[[bytes], None]:
    """Return the check of one format's parser, which gets only files with its signature."""

    def check(data: bytes) -> None:
        file = with_signature(image_format, data)
        if image_format.matches(file[:SIGNATURE_LENGTH]):
            assert _parse(image_format, file) == _parse(image_format, file)

    return check


def check_block(name: str) -> Callable[[bytes], None]:
    """Return the check of the reader of one kind of metadata block."""
    read = _BLOCKS[name]

    def check(data: bytes) -> None:
        assert repr(read(data)) == repr(read(data))

    return check


def with_signature(image_format: ImageFormat, data: bytes) -> bytes:
    """Return the data with the beginning of a file of this format, if it has another one.

    Most damage to a signature only makes a file one of an unknown format, which ends its use.
    """
    if image_format.matches(data[:SIGNATURE_LENGTH]):
        return data
    signature = _signature(image_format)
    return signature + data[len(signature) :]


@cache
def format_seeds(image_format: ImageFormat) -> tuple[bytes, ...]:
    """Return the seeds of one format."""
    # By the function, since a test replaces the parser.
    return tuple(data for data in image_seeds() if _matches(data) is image_format.matches)


def _matches(data: bytes) -> Callable[[bytes], bool] | None:
    found = find_format(data[:SIGNATURE_LENGTH])
    return None if found is None else found.matches


@cache
def _signature(image_format: ImageFormat) -> bytes:
    """Return the shortest beginning of a file by which it is recognized, whatever follows."""
    return next(
        (
            seed[:length]
            for seed in format_seeds(image_format)
            for length in range(SIGNATURE_LENGTH + 1)
            if image_format.matches((seed[:length] + _REST)[:SIGNATURE_LENGTH])
        ),
        b"",
    )


def _read_twice(reader: PropertyReader, data: bytes) -> _Result:
    result = _read(reader, BytesSource(data))
    assert _read(reader, BytesSource(data)) == result, "two readings differ"
    local = _read(reader, BytesSource(data, is_local=True))
    assert _without_completeness(local) == _without_completeness(result)
    return result


def _read(reader: PropertyReader, source: BytesSource | SparseSource) -> _Result:
    result = reader.read(source)
    small = [length for _, length in source.ranges if source.is_local and length <= _SMALL]
    assert source.fetched - sum(small) <= MAX_FETCHED
    assert len(source.ranges) - len(small) <= MAX_REQUESTS
    if isinstance(result, ImageProperties):
        _check_properties(result)
    else:
        assert result.reason
        assert result.reason.isprintable()
    return result


def _without_completeness(result: _Result) -> _Result:
    """Return a result without the property for which local files are read more thoroughly."""
    if isinstance(result, Unreadable):
        return result
    return result.model_copy(update={"complete": None})


def _check_properties(properties: ImageProperties) -> None:
    required = (properties.format, properties.mime_type, properties.width, properties.height)
    assert None not in (*required, properties.display_width, properties.display_height)
    record = ImageRecord.model_validate(_RECORD.model_dump() | properties.model_dump())
    assert ImageRecord.from_json(record.to_json()) == record
    assert ImageRecord.from_item(record.to_item()) == record


def _parse(image_format: ImageFormat, data: bytes) -> ImageProperties | str:
    source = BytesSource(data)
    window = Window(source)
    header = ImageHeader(image_format.name, image_format.mime_type)
    problem = ""
    try:
        image_format.parse(window, header)
    except DamagedError as error:
        problem = str(error)
        assert problem
    if header.has_size:
        try:
            header.complete = image_format.is_complete(window, header)
        except DamagedError:
            header.complete = None
        properties = image_properties(header)
        _check_properties(properties)
        return properties
    assert source.fetched <= MAX_FETCHED
    assert len(source.ranges) <= MAX_REQUESTS
    return problem
