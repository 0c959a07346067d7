"""Canon CR3: boxes of ISO/IEC 14496-12, with EXIF data in a box of Canon's.

As described in https://github.com/lclevy/canon_cr3; there is no public specification.
"""

from imgmeta.formats.boxes import Box, child_boxes, top_level_boxes, track_size
from imgmeta.formats.header import ImageHeader
from imgmeta.formats.metadata import fields
from imgmeta.formats.metadata.exif import add_gps, read_exif
from imgmeta.formats.metadata.ifd import open_tiff
from imgmeta.formats.metadata.thumbnail import JPEG_START, MAX_THUMBNAIL
from imgmeta.formats.metadata.xmp import MAX_PACKET
from imgmeta.formats.raw.directories import first_directory, full_size_image, raw_images
from imgmeta.formats.window import DamagedError, Window

__all__ = ["read_cr3"]

_CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
_XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MAX_HEADER = 1024 * 1024
_THUMBNAIL_START = 16


def read_cr3(window: Window, header: ImageHeader) -> None:
    """Fill in `header` from the movie box and the XMP packet after it.

    The boxes after the packet, a preview and the image data, are not visited.

    Raises:
        DamagedError: the window's budget is spent.
        TransientError: from the source.
    """
    for kind, start, length in top_level_boxes(window):
        if kind == b"moov":
            _parse_movie(Box(kind, window.read(start, min(length, _MAX_HEADER))), header)
        elif kind == b"uuid" and window.read(start, 16) == _XMP_UUID:
            header.xmp = window.read(start + 16, min(length - 16, MAX_PACKET))
            break


def _parse_movie(movie: Box, header: ImageHeader) -> None:
    header.has_alpha = False
    track = movie.child(b"trak")
    if track is not None:
        _parse_track(track, header)
    canon = (box for box in child_boxes(movie.data, b"uuid") if box.data.startswith(_CANON_UUID))
    metadata = next(canon, None)
    if metadata is not None:
        _parse_metadata(Box(metadata.kind, metadata.data[len(_CANON_UUID) :]), header)


def _parse_track(track: Box, header: ImageHeader) -> None:
    """Read the size and number of the full-size JPEG previews, which are in the first track."""
    header.width, header.height = track_size(track) or (0, 0)
    sizes = track.descendant(b"mdia", b"minf", b"stbl", b"stsz")
    header.frame_count = int.from_bytes(sizes.data[8:12], "big") if sizes else None


def _parse_metadata(metadata: Box, header: ImageHeader) -> None:
    """Read the TIFF files in Canon's box: the first, EXIF and GPS directory of a usual EXIF block.

    The first directory states the size of the raw image without the sensor's borders.
    """
    boxes = [metadata.child(kind) for kind in (b"CMT1", b"CMT2", b"CMT4")]
    main, exif, gps = (box.data if box else b"" for box in boxes)
    header.exif = fields.merge(read_exif(main), read_exif(exif))
    header.thumbnail = _thumbnail(metadata)
    tiff = open_tiff(lambda offset, length: gps[offset : offset + length])
    if tiff is not None:
        add_gps(header.exif, tiff, tiff.first_offset)
    try:
        image = full_size_image(
            raw_images(*first_directory(lambda offset, length: main[offset : offset + length]))
        )
    except DamagedError:
        return
    if image is not None:
        header.width, header.height = image.width, image.height


def _thumbnail(metadata: Box) -> bytes:
    """Return the JPEG in the box THMB, which follows its size and length; empty if invalid."""
    box = metadata.child(b"THMB")
    data = box.data if box else b""
    length = int.from_bytes(data[8:12], "big")
    thumbnail = data[_THUMBNAIL_START : _THUMBNAIL_START + length]
    is_complete = 0 < len(thumbnail) == length <= MAX_THUMBNAIL
    return thumbnail if is_complete and thumbnail.startswith(JPEG_START) else b""
