"""Files named as images and designed to consume time or memory, some of them huge.

Huge files are sparse: their zeros take no space on the disk.
"""

import struct
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from support.images.samples import (
    IMAGE,
    app1_xmp,
    box,
    chunk,
    full_box,
    icc,
    ispe,
    jpeg,
    png,
    riff,
    sample_files,
    segment,
    tiff,
    vp8x,
    webp,
)

BOMB = zlib.compress(bytes(50_000_000), 9)
ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;">' % (c + 1, c, c, c) for c in range(97, 120))
    + b']><x exif:Make="&x;">&x;</x>'
)
HUGE = 3 * 1024**3

FileContent = bytes | tuple[int, Mapping[int, bytes]]
"""A file's bytes; or its length, and its nonzero parts by their offsets."""


def app_segments() -> tuple[int, dict[int, bytes]]:
    """Return the length and the parts of a 100 MB JPEG of empty application segments."""
    length = 65_535 + 2
    heads = {2 + n * length: b"\xff\xef\xff\xff" for n in range(1600)}
    return 2 + 1600 * length, {0: b"\xff\xd8", **heads}


def _big_tiff(kind: int, strips: bytes, count: int) -> bytes:
    fields = [(256, 3, 1, 1), (257, 4, 1, count), (258, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1)]
    table = b"".join(struct.pack("<HHQQ", *field) for field in fields)
    strips_offset = 16 + 8 + 20 * (len(fields) + 2) + 8
    table += struct.pack("<HHQQ", 273, kind, count, strips_offset)
    table += struct.pack("<HHQQ", 278, 3, 1, 1)
    return b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, len(fields) + 2) + table + bytes(8) + strips


def strips(kind: int, count: int) -> bytes:
    """Return a TIFF of one column in `count` strips, with offsets of this field type."""
    values = (
        (256, [1]),
        (257, [count]),
        (258, [8]),
        (262, [1]),
        (277, [1]),
        (273, [8] * count),
        (278, [1]),
    )
    return tiff({tag: (kind if tag == 273 else 4, value) for tag, value in values})


def _for_pillow_only(data: bytes) -> bytes:
    """Return a TIFF with its version in the wrong byte order, which only Pillow reads."""
    return b"II\0*" + data[4:]


def shared_value(*, tags: int, length: int) -> bytes:
    """Return a TIFF that only Pillow reads, with many tags that share one long value."""
    entries = b"".join(struct.pack("<HHII", 30_000 + n, 7, length, 8) for n in range(tags))
    size = struct.pack("<HHIIHHII", 256, 4, 1, 9, 257, 4, 1, 9)
    return b"II\0*\x08\0\0\0" + struct.pack("<H", tags + 2) + size + entries + bytes(4)


def _pages(count: int) -> bytes:
    """Return a TIFF that only Pillow reads, with one page and many empty pages."""
    first = tiff({**IMAGE, 273: (4, [8])}, pages=2)
    after = b"".join(struct.pack("<HI", 0, len(first) + 6 * (n + 1)) for n in range(count))
    return _for_pillow_only(first[:-4] + struct.pack("<I", len(first)) + after)


def _psd(*, resources: bytes = b"", layers: bytes = b"", count: int = 0) -> bytes:
    head = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 30, 40, 8, 3) + bytes(4)
    body = struct.pack(">h", count) + layers if count else b""
    info = struct.pack(">I", len(body)) + body
    sections = (len(resources), resources, len(info), info)
    return head + struct.pack(f">I{len(resources)}sI{len(info)}s", *sections) + bytes(2)


def _layer() -> bytes:
    channels = b"".join(struct.pack(">HI", n, 2) for n in (0, 1, 2, 65_535))
    return bytes(16) + struct.pack(">H", 4) + channels + bytes(12) + bytes(4)


def _icon(kind: int, count: int) -> bytes:
    entries = b"".join(
        struct.pack("<BBBBHHII", n % 256, n // 256, 0, 0, 1, n, 40, 22) for n in range(count)
    )
    return struct.pack("<HHH", 0, kind, count) + entries


def icns_of_blocks(count: int) -> bytes:
    blocks = b"".join(struct.pack(">II", n, 8) for n in range(count))
    return (
        b"icns" + struct.pack(">I", 8 + len(blocks) + 264) + blocks + b"icp4\0\0\1\x08" + bytes(256)
    )


def _jp2(boxes: int = 0, header: int = 0) -> bytes:
    start = b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 8, b"free") * boxes
    inner = struct.pack(">I4s", 8, b"free") * header
    inner += struct.pack(">I4sIIHBBBB", 22, b"ihdr", 30, 40, 3, 7, 7, 0, 0)
    return start + struct.pack(">I4s", 8 + len(inner), b"jp2h") + inner


def _j2k_comments(count: int) -> bytes:
    size = struct.pack(">HHIIIIIIIIH", 47, 0, 40, 30, 0, 0, 40, 30, 0, 0, 3) + b"\7\1\1" * 3
    return b"\xff\x4f\xff\x51" + size + b"\xff\x64\0\x04\0\1" * count


def _tga(length: int) -> bytes:
    """Return a Targa file with the longest identification and color map."""
    return struct.pack("<BBBHHBHHHHBB", 255, 1, 1, 0, 65_535, 32, 0, 0, 40, 30, 8, 0) + bytes(
        length
    )


def _gif(blocks: bytes) -> bytes:
    return b"GIF89a\x28\0\x1e\0\0\0\0" + blocks


def _heic(*boxes: bytes) -> bytes:
    """Return a file whose first item has the first shared property."""
    return box(b"ftyp", b"heic", bytes(4), b"mif1") + full_box(
        b"meta", full_box(b"pitm", b"\0\1"), *boxes
    )


def _shared(*properties: bytes, associations: bytes, count: int) -> bytes:
    return box(
        b"iprp",
        box(b"ipco", *properties),
        full_box(b"ipma", struct.pack(">I", count), associations),
    )


def _items_heic() -> bytes:
    entries = (
        full_box(b"infe", struct.pack(">HHI", n, 0, n), b"\0", version=2) for n in range(45_000)
    )
    return _heic(full_box(b"iinf", struct.pack(">H", 45_000), *entries))


def _locations_heic() -> bytes:
    entries = [
        full_box(b"infe", struct.pack(">HH", 65_535, 0), b"Exif\0", version=2),
        full_box(b"infe", struct.pack(">HH", 65_534, 0), b"mimeapplication/rdf+xml\0", version=2),
    ]
    locations = b"".join(struct.pack(">HHH", n, 0, 0) for n in range(65_534))
    return _heic(
        full_box(b"iinf", struct.pack(">H", 2), *entries),
        full_box(b"iloc", b"\0\0\xff\xff", locations),
    )


def _references_heic() -> bytes:
    """Return an image that is derived from thousands of images with hundreds of properties."""
    sources = struct.pack(">3000H", *range(2, 3002))
    associations = (struct.pack(">HB", n, 255) + b"\1" * 255 for n in range(1, 3001))
    return _heic(
        full_box(b"iref", box(b"dimg", struct.pack(">HH", 1, 3000), sources)),
        _shared(ispe(), associations=b"".join(associations), count=3000),
    )


def _targets_heic() -> bytes:
    numbers = struct.pack(">60H", *range(1000, 1060))
    references = (box(b"dimg", struct.pack(">HH", n, 60), numbers) for n in range(1, 7000))
    return _heic(full_box(b"iref", *references))


def _associations_heic() -> bytes:
    associations = b"".join(struct.pack(">HBB", n % 65_536, 1, 1) for n in range(250_000))
    return _heic(_shared(ispe(), associations=associations, count=250_000))


def _truncated(name: str, length: int) -> FileContent:
    return sample_files()[name][:length]


def _huge(start: bytes) -> Callable[[], FileContent]:
    return lambda: (HUGE, {0: start})


HOSTILE: dict[str, Callable[[], FileContent]] = {
    "app-segments.jpg": app_segments,
    "markers.jpg": lambda: b"\xff\xd8" + b"\xff\x01" * 2_000_000,
    "entities.jpg": lambda: jpeg(app1_xmp(ENTITIES)),
    "elements.jpg": lambda: jpeg(app1_xmp(b"<a:Make>" * 8000)),
    "profile-bomb.png": lambda: png(*[chunk(b"iCCP", b"a\0\0" + BOMB)] * 50),
    "exif-bomb.png": lambda: png(*[chunk(b"zTXt", b"Raw profile type exif\0\0" + BOMB)] * 50),
    "xmp-bomb.png": lambda: png(*[chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + BOMB)] * 50),
    "huge-size.png": lambda: png(size=(2**31 - 1, 2**31 - 1)),
    "chunks.png": lambda: png(*[chunk(b"tEXt", b"")] * 400_000),
    "segments.jpg": lambda: jpeg(segment(0xEF, b"") * 1_000_000),
    "exif-segments.jpg": lambda: jpeg(segment(0xE1, b"Exif\0\0" + bytes(50)) * 300_000),
    "profile-segments.jpg": lambda: jpeg(segment(0xE2, b"ICC_PROFILE\0\1\1") * 500_000),
    "resources.jpg": lambda: jpeg(
        segment(0xED, b"Photoshop 3.0\0" + b"8BIM\4\5\0\0\0\0\0\0" * 5400) * 30
    ),
    "texts.png": lambda: png(
        *[chunk(b"zTXt", b"%d\0\0" % n + zlib.compress(bytes(1_000_000), 9)) for n in range(100)]
    ),
    "extensions.gif": lambda: _gif(b"!\0\0" * 2_000_000),
    "packets.gif": lambda: _gif((b"!\xff\x0bXMP DataXMP\x01\xff\xfe" + bytes(130)) * 100_000),
    "profile.gif": lambda: _gif(b"!\xff\x0bICCRGBG1012" + b"\1\1" * 3_000_000),
    "comment.gif": lambda: _gif(b"!\xfe" + (b"\x28" + bytes(40)) * 100_000 + b"\0"),
    "frames.webp": lambda: webp(vp8x(2), riff(b"ANMF", b"") * 1_000_000),
    "boxes.heic": lambda: _heic(*(struct.pack(">II", 8, n) for n in range(70_000))),
    "properties.heic": lambda: _heic(
        _shared(ispe(), box(b"free") * 70_000, associations=b"\0\1\1\1", count=1)
    ),
    "items.heic": _items_heic,
    "locations.heic": _locations_heic,
    "references.heic": _references_heic,
    "targets.heic": _targets_heic,
    "associations.heic": _associations_heic,
    "frames.gif": lambda: (
        b"GIF89a\x28\0\x1e\0\0\0\0" + (b"," + bytes(4) + b"\1\0\1\0\0\2\0") * 400_000
    ),
    "chunks.webp": lambda: b"RIFF\xff\xff\xff\x7fWEBP" + b"EXIF\0\0\0\0" * 500_000,
    "strips.tif": lambda: strips(4, 1_000_000),
    "short-strips.tif": lambda: strips(3, 1_000_000),
    "big.tif": lambda: _big_tiff(16, bytes(8_000_000), 1_000_000),
    "strips-for-pillow.tif": lambda: _for_pillow_only(strips(4, 1_000_000)),
    "short-strips-for-pillow.tif": lambda: _for_pillow_only(strips(3, 1_000_000)),
    "strips-within-pillow-s-limit.tif": lambda: _for_pillow_only(strips(3, 100_000)),
    "shared-value.tif": lambda: (HUGE, {0: shared_value(tags=30_000, length=1_000_000)}),
    "pages.tif": lambda: _pages(300_000),
    "layers-psd.jpg": lambda: _psd(layers=_layer() * 30_000 + bytes(300_000), count=30_000),
    "resources-psd.jpg": lambda: _psd(resources=b"8BIM\4\4\0\0\0\0\0\0" * 1_000_000),
    "entries-ico.jpg": lambda: _icon(1, 65_535),
    "entries-cur.jpg": lambda: _icon(2, 65_535),
    "blocks-icns.png": lambda: icns_of_blocks(500_000),
    "comment-ppm.jpg": lambda: b"P6\n#" + b"a" * 8_000_000 + b"\n40 30\n255\n",
    "blanks-pgm.png": lambda: b"P5\n" + b" " * 8_000_000 + b"40 30\n255\n",
    "comments-pbm.gif": lambda: b"P4\n" + b"#\n" * 4_000_000 + b"40 30\n",
    "boxes-jp2.jpg": lambda: _jp2(boxes=1_000_000),
    "header-jp2.jpg": lambda: _jp2(header=1_000_000),
    "comments-j2k.jpg": lambda: _j2k_comments(1_000_000),
    "map-tga.jpg": lambda: _tga(8_000_000),
    "offsets-dcx.jpg": lambda: (
        b"\xb1\x68\xde\x3a" + struct.pack("<1023I", *range(8, 1031)) + bytes(8_000_000)
    ),
    "zeros.jpg": _huge(b""),
    **{f"huge-{name}.jpg": _huge(data) for name, data in sample_files().items()},
    **{
        f"huge-{name}.jpg": _huge(start)
        for name, start in {
            "psd": _psd()[:30] + b"\x7f\xff\xff\xff" * 2,
            "psd-resource": _psd()[:30] + b"\x7f\xff\xff\xff8BIM\4\4\0\0\x7f\xff\xff\xff",
            "jp2-header": b"\0\0\0\x0cjP  \r\n\x87\n\xb0\0\0\0jp2h",
            "icns": b"icns\xb0\0\0\0icp4\xa0\0\0\0",
            "ppm": b"P6\n40 30\n255\n",
            "pgm": b"P5\n#",
            "sgi": b"\x01\xda\x01\x01\0\3\0\x28\0\x1e\0\3",
            "qoi": b"qoif\0\0\0\x28\0\0\0\x1e\3\0",
            "pcx": b"\x0a\5\1\x08" + bytes(4) + b"\x27\0\x1d\0" + bytes(53) + b"\3\x28\0",
            "dds": b"DDS |\0\0\0",
            "tiff-tag": b"II\0*\x08\0\0\0\1\0\x49\x87\7\0\xff\xff\xff\x7f\x08\0\0\0",
            "odd-bmp": b"BM" + bytes(12) + b"\xff\0\0\0",
            "profile": jpeg(icc()),
        }.items()
    },
    **{
        f"truncated-{name}-{length}.jpg": partial(_truncated, name, length)
        for name, data in sample_files().items()
        for length in (4, 20, len(data) // 2)
    },
}


def write(path: Path, content: FileContent) -> None:
    """Write the bytes to a sparse file, with holes for the zeros."""
    size, parts = (len(content), {0: content}) if isinstance(content, bytes) else content
    with path.open("wb") as file:
        for offset, part in parts.items():
            file.seek(offset)
            file.write(part)
        file.truncate(size)
