"""Rows of CSV inventory files, which are compressed with GZIP."""

import csv
import zlib
from collections.abc import Iterable, Iterator

from imgmeta.core.inventory import InventoryManifest
from imgmeta.core.inventory_rows import CsvDecoder, InventoryRow
from imgmeta.core.lines import decode_lines
from imgmeta.errors import PermanentError

__all__ = ["csv_rows"]

_GZIP = 16 + zlib.MAX_WBITS
_BLOCK = 256 * 1024
"""The largest number of bytes to decompress at a time, for any compression ratio."""
_MAX_LINE = 64 * 1024
"""Bytes of a line: a key of 1,024 bytes takes at most 3,072, and all other fields less."""


def csv_rows(
    content: Iterable[bytes], manifest: InventoryManifest, context: str
) -> Iterator[InventoryRow]:
    """Yield the current versions of objects in a file, in bounded memory.

    Args:
        content: the bytes of the file, in pieces of any size.
        manifest: the manifest.
        context: what failed, if an error is raised.

    Raises:
        PermanentError: the file is not GZIP or is cut short, or a line is invalid.
    """
    decoder = CsvDecoder(manifest.source_bucket, manifest.columns)
    reader = csv.reader(decode_lines(_decompressed(content), _MAX_LINE), strict=True)
    try:
        for fields in reader:
            row = decoder.row(fields) if fields else None
            if row is not None:
                yield row
    except zlib.error as error:
        msg = f"{context}: it is not a GZIP file: {error}"
        raise PermanentError(msg) from error
    except (csv.Error, ValueError) as error:
        msg = f"{context}: line {reader.line_num:,}: {error}"
        raise PermanentError(msg) from error


def _decompressed(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield decompressed blocks of bounded size; a file may have several members (RFC 1952)."""
    decompressor = zlib.decompressobj(_GZIP)
    for piece in content:
        rest = piece
        while rest:
            if decompressor.eof:
                decompressor = zlib.decompressobj(_GZIP)
            if block := decompressor.decompress(rest, _BLOCK):
                yield block
            rest = decompressor.unconsumed_tail or decompressor.unused_data
    if block := decompressor.flush():
        yield block
    if not decompressor.eof:
        msg = "the file is cut short"
        raise ValueError(msg)
