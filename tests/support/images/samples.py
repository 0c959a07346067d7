"""Builders of small image files: headers according to the specifications, with few pixels."""

import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

Value = bytes | Sequence[int] | Sequence[tuple[int, int]]
Fields = Mapping[int, tuple[int, Value]]

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
_CODES = {1: "B", 3: "H", 4: "I", 5: "II", 6: "b", 8: "h", 9: "i", 10: "ii", 13: "I", 16: "Q"}
Order = Literal["<", ">"]


def _encode(order: Order, kind: int, value: Value) -> tuple[int, bytes]:
    if isinstance(value, bytes):
        return len(value), value
    flat = [n for item in value for n in (item if isinstance(item, tuple) else (item,))]
    return len(value), struct.pack(order + _CODES[kind] * len(value), *flat)


def directory(order: Order, offset: int, fields: Fields, *, next_offset: int = 0) -> bytes:
    """Return a classic directory for the given offset, followed by its values."""
    values_offset = offset + 2 + 12 * len(fields) + 4
    table, values = struct.pack(order + "H", len(fields)), b""
    for tag in sorted(fields):
        kind, value = fields[tag]
        count, data = _encode(order, kind, value)
        if len(data) <= 4:
            inline = data.ljust(4, b"\0")
        else:
            inline = struct.pack(order + "I", values_offset + len(values))
            values += data + b"\0" * (len(data) % 2)
        table += struct.pack(order + "HHI", tag, kind, count) + inline
    return table + struct.pack(order + "I", next_offset) + values


def tiff(
    fields: Fields,
    *,
    order: Order = "<",
    exif: Fields | None = None,
    gps: Fields | None = None,
    pages: int = 1,
) -> bytes:
    """Return a TIFF file, which is also a valid EXIF block."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    main = dict(fields)
    for tag in [tag for tag, sub in ((0x8769, exif), (0x8825, gps)) if sub is not None]:
        main[tag] = (LONG, [0])
    offset = 8 + len(directory(order, 8, main))
    subdirectories = b""
    for tag, sub in ((0x8769, exif), (0x8825, gps)):
        if sub is not None:
            main[tag] = (LONG, [offset + len(subdirectories)])
            subdirectories += directory(order, offset + len(subdirectories), sub)
    end = offset + len(subdirectories)
    chain = b""
    for page in range(1, pages):
        block = directory(order, end, fields)
        next_offset = end + len(block) if page < pages - 1 else 0
        chain += directory(order, end, fields, next_offset=next_offset)
        end += len(block)
    next_offset = offset + len(subdirectories) if pages > 1 else 0
    return head + directory(order, 8, main, next_offset=next_offset) + subdirectories + chain


CAMERA: Fields = {
    0x010F: (ASCII, b"Acme Corporation\0"),
    0x0110: (ASCII, b"Model One\0"),
    0x0112: (SHORT, [6]),
}
EXPOSURE: Fields = {
    0x829A: (RATIONAL, [(1, 250)]),
    0x829D: (RATIONAL, [(28, 10)]),
    0x8827: (SHORT, [400]),
    0x9003: (ASCII, b"2024:05:06 07:08:09\0"),
    0x9011: (ASCII, b"+05:30\0"),
    0x9291: (ASCII, b"25\0"),
    0x920A: (RATIONAL, [(50, 1)]),
    0xA434: (ASCII, b"Acme 50mm f/1.8\0"),
}
GPS: Fields = {
    1: (ASCII, b"S\0"),
    2: (RATIONAL, [(33, 1), (52, 1), (30, 1)]),
    3: (ASCII, b"E\0"),
    4: (RATIONAL, [(151, 1), (12, 1), (0, 1)]),
    5: (BYTE, [1]),
    6: (RATIONAL, [(25, 2)]),
}


def exif(order: Order = "<") -> bytes:
    """Return an EXIF block with all tags that are read."""
    return tiff(CAMERA, order=order, exif=EXPOSURE, gps=GPS)


def xmp(properties: str = "", elements: str = "") -> bytes:
    """Return an XMP packet with these attributes and child elements in its description."""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"'
        ' xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:aux="http://ns.adobe.com/exif/1.0/aux/"'
        f' xmlns:exifEX="http://cipa.jp/exif/1.0/" {properties}>{elements}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


XMP = xmp(
    'tiff:Make="Lightbox" exif:GPSLatitude="39,3.08N" exif:GPSLongitude="94,17.5W"',
    "<exif:DateTimeOriginal>2020-01-02T03:04:05+02:00</exif:DateTimeOriginal>",
)


def icc(name: str = "A Profile") -> bytes:
    """Return the beginning of a version 4 ICC profile with a description."""
    text = name.encode("utf-16-be")
    tag = b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(text), 28) + text
    header = bytearray(128)
    header[36:40] = b"acsp"
    return bytes(header) + struct.pack(">I4sII", 1, b"desc", 144, len(tag)) + tag


def iptc(datasets: Mapping[int, bytes]) -> bytes:
    """Return IPTC-IIM datasets of the application record."""
    return b"".join(
        struct.pack(">BBBH", 0x1C, 2, number, len(value)) + value
        for number, value in datasets.items()
    )


def photoshop(resources: Mapping[int, bytes]) -> bytes:
    """Return Adobe Photoshop image resources without names."""
    return b"".join(
        struct.pack(">4sHHI", b"8BIM", number, 0, len(data)) + data + b"\0" * (len(data) % 2)
        for number, data in resources.items()
    )


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def frame(width: int = 40, height: int = 30, *, marker: int = 0xC0, components: int = 3) -> bytes:
    parts = b"".join(bytes([n + 1, 0x11, 0]) for n in range(components))
    return segment(marker, struct.pack(">BHHB", 8, height, width, components) + parts)


SCAN = segment(0xDA, b"\x01\x01\x00\x00\x3f\x00") + b"\x00\xff\xd9"


def jpeg(*segments: bytes, end: bytes | None = None) -> bytes:
    """Return a JPEG with these segments before its frame header."""
    return b"\xff\xd8" + b"".join(segments) + (frame() + SCAN if end is None else end)


def app1_exif(block: bytes) -> bytes:
    return segment(0xE1, b"Exif\0\0" + block)


def app1_xmp(packet: bytes) -> bytes:
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet)


RECONYX = b"\x01\xf1\3\0".ljust(22, b"\0") + struct.pack("<6H", 41, 51, 6, 11, 23, 2026)
"""The maker note of a HyperFire trail camera up to its date, 2026-11-23 06:51:41."""


def ciff(records: Mapping[int, bytes], order: Order = "<") -> bytes:
    """Return a CIFF block: a header and a heap of these records."""
    head = {"<": b"II", ">": b"MM"}[order] + struct.pack(order + "I", 26) + b"HEAPJPGM"
    return head.ljust(26, b"\0") + ciff_heap(records, order)


def ciff_heap(records: Mapping[int, bytes], order: Order = "<") -> bytes:
    values, table = b"", struct.pack(order + "H", len(records))
    for kind, value in records.items():
        if kind & 0x4000:
            table += struct.pack(order + "H", kind) + value.ljust(8, b"\0")
        else:
            table += struct.pack(order + "HII", kind, len(value), len(values))
            values += value
    return values + table + struct.pack(order + "I", len(values))


def canon_ciff(order: Order = "<") -> bytes:
    """Return a CIFF block with all values that are read."""
    camera = ciff_heap({0x080A: b"Canon\0Canon PowerShot A5\0".ljust(32, b"\0")}, order)
    return ciff(
        {
            0x180E: struct.pack(order + "IiI", 972_687_386, 0, 0),
            0x2807: ciff_heap({0x3004: camera}, order),
            0x300B: ciff_heap({0x1029: struct.pack(order + "4H", 1, 500, 0, 0)}, order),
            0x102D: struct.pack(order + "26H", *range(25), 100),
        },
        order,
    )


APP12_TEXT = (
    b"OLYMPUS OPTICAL CO.,LTD.   \x00 713\r\n[picture info]\r\nTimeDate=909698819\r\n"
    b"Shutter=33363\r\nFlash=1\r\nFNumber=F2.8\r\n[camera info]\r\nMake=Olympus\r\n"
    b"Model=D-320L\r\nType=SR55\r\n[end]\r\n\x00\x00\xff"
)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(
    *chunks: bytes,
    kind: int = 2,
    bits: int = 8,
    size: tuple[int, int] = (40, 30),
    after: Iterable[bytes] = (),
    pixels: Iterable[bytes] = (b"",),
) -> bytes:
    """Return a PNG with these chunks before its pixels, and `after` after them."""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, kind, 0, 0, 0))
        + b"".join(chunks)
        + b"".join(chunk(b"IDAT", data) for data in pixels)
        + b"".join(after)
        + chunk(b"IEND", b"")
    )


def raw_profile(name: bytes, block: bytes, *, width: int = 72) -> bytes:
    """Return a block as ImageMagick writes it into a PNG text: hexadecimal digits in lines."""
    digits = block.hex().encode()
    lines = [digits[start : start + width] for start in range(0, len(digits), width)]
    return b"\n%b\n%8d\n%b\n" % (name, len(block), b"\n".join(lines))


def gif(*blocks: bytes, size: tuple[int, int] = (40, 30), end: bytes = b";") -> bytes:
    """Return a GIF of these blocks with a global color table of two colors."""
    return b"GIF89a" + struct.pack("<HHBBB", *size, 0x80, 0, 0) + bytes(6) + b"".join(blocks) + end


GIF_FRAME = b"," + struct.pack("<HHHHB", 0, 0, 40, 30, 0) + b"\x02\x02\x4c\x01\x00"
GIF_TRANSPARENT = b"!\xf9\x04\x01\x00\x00\x00\x00"


def riff(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def webp(*chunks: bytes) -> bytes:
    body = b"WEBP" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def vp8x(flags: int = 0, width: int = 40, height: int = 30) -> bytes:
    data = bytes([flags, 0, 0, 0])
    return riff(
        b"VP8X", data + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


VP8 = riff(b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 40, 30) + b"\0\0")
VP8L_ALPHA = riff(b"VP8L", b"\x2f" + struct.pack("<I", 39 | 29 << 14 | 1 << 28) + b"\0")


def bmp(header_size: int = 40, *, width: int = 40, height: int = 30, bits: int = 24) -> bytes:
    header = dib(header_size, width=width, height=height, bits=bits)
    return b"BM" + struct.pack("<IHHI", 14 + len(header), 0, 0, 14 + len(header)) + header


def dib(header_size: int = 40, *, width: int = 40, height: int = 30, bits: int = 24) -> bytes:
    """Return a bitmap header, which is a file without a file header."""
    if header_size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHH", header_size, width, height, 1, bits)
        header += struct.pack("<I", 3 if header_size >= 56 and bits == 32 else 0)
        masks = b"\0\0\xff\0\0\xff\0\0\xff\0\0\0\0\0\0\xff" if bits == 32 else b""
        header = header.ljust(40, b"\0") + masks
        header = header[:header_size].ljust(header_size, b"\0")
    return header


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body


def full_box(kind: bytes, *parts: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *parts)


def ispe(width: int = 40, height: int = 30) -> bytes:
    return full_box(b"ispe", struct.pack(">II", width, height))


AV1_10_BIT = box(b"av1C", b"\x81\x00\x40\x00")
HEVC_8_BIT = box(b"hvcC", bytes(16) + b"\x01\x00" + bytes(6))
ALPHA = full_box(b"auxC", b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0")


def heif(  # noqa: PLR0913 - each argument is an optional part of the file
    properties: Sequence[bytes],
    *,
    brand: bytes = b"avif",
    coding: bytes = b"av01",
    alpha: bool = False,
    exif_block: bytes = b"",
    packet: bytes = b"",
    in_idat: bool = True,
    before_meta: bytes = b"",
) -> bytes:
    """Return an AVIF or HEIC with one image, these properties and metadata items.

    The content of the items is in the `idat` box, or in an `mdat` box before `meta`.
    """
    items: list[tuple[int, bytes, bytes, bytes]] = [(1, coding, b"", b"")]
    if exif_block:
        items.append((2, b"Exif", b"", b"\0\0\0\x06Exif\0\0" + exif_block))
    if packet:
        items.append((3, b"mime", b"application/rdf+xml\0", packet))
    if alpha:
        items.append((4, coding, b"", b""))
    start = box(b"ftyp", brand, bytes(4), b"mif1", brand) + before_meta
    content, offset = b"".join(data for *_, data in items), 0
    base = 0
    if not in_idat:
        base = len(start) + 8
        start += box(b"mdat", content)
    locations = b""
    for item, _, _, data in items:
        locations += struct.pack(">HHHH", item, int(in_idat), 0, 1)
        locations += struct.pack(">II", base + offset, len(data))
        offset += len(data)
    entries = [
        full_box(b"infe", struct.pack(">HH", item, 0), kind, b"\0", extra, version=2)
        for item, kind, extra, _ in items
    ]
    shared = [*properties, ALPHA]
    associations = struct.pack(">HB", 1, len(properties)) + bytes(range(1, len(properties) + 1))
    associations += struct.pack(">HBB", 4, 1, len(shared)) if alpha else b""
    references = [box(b"cdsc", struct.pack(">HHH", n, 1, 1)) for n, *_ in items if n in {2, 3}]
    if alpha:
        references.append(box(b"auxl", struct.pack(">HHH", 4, 1, 1)))
    return start + full_box(
        b"meta",
        full_box(b"hdlr", bytes(4), b"pict", bytes(13)),
        full_box(b"pitm", struct.pack(">H", 1)),
        full_box(b"iinf", struct.pack(">H", len(entries)), *entries),
        full_box(b"iref", *references),
        box(
            b"iprp",
            box(b"ipco", *shared),
            full_box(b"ipma", struct.pack(">I", 1 + alpha), associations),
        ),
        full_box(b"iloc", b"\x44\x00", struct.pack(">H", len(items)), locations, version=1),
        box(b"idat", content if in_idat else b""),
    )


IMAGE: Fields = {
    256: (LONG, [40]),
    257: (SHORT, [30]),
    258: (SHORT, [8, 8, 8]),
    262: (SHORT, [2]),
    277: (SHORT, [3]),
}


def sample_files() -> dict[str, bytes]:
    """Return small valid files of every format, most of them with all kinds of metadata."""
    profile = b"ICC_PROFILE\0\x01\x01" + icc()
    return {
        "jpeg": jpeg(app1_exif(exif()), app1_xmp(XMP), segment(0xE2, profile)),
        "jpeg-bare": jpeg(),
        "jpeg-iptc": jpeg(
            segment(0xED, photoshop({0x0404: iptc({55: b"20200102", 60: b"030405+0100"})}))
        ),
        "jpeg-ciff": jpeg(segment(0xE0, canon_ciff())),
        "jpeg-app12": jpeg(segment(0xEC, APP12_TEXT)),
        "jpeg-reconyx": jpeg(app1_exif(tiff({}, exif={0x927C: (UNDEFINED, RECONYX)}))),
        "png": png(
            chunk(b"iCCP", b"name\0\0" + zlib.compress(icc())),
            chunk(b"eXIf", exif(">")),
            chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        ),
        "png-after": png(
            chunk(
                b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(raw_profile(b"exif", exif()))
            ),
            after=[chunk(b"eXIf", exif())],
            pixels=[bytes(100)] * 3,
        ),
        "gif": gif(GIF_TRANSPARENT, GIF_FRAME, GIF_FRAME),
        "webp": webp(
            vp8x(0x1C), riff(b"ICCP", icc()), VP8L_ALPHA, riff(b"EXIF", exif()), riff(b"XMP ", XMP)
        ),
        "webp-bare": webp(VP8),
        "tiff": tiff(
            {**IMAGE, **CAMERA, 700: (BYTE, XMP), 34675: (UNDEFINED, icc())},
            exif=EXPOSURE,
            gps=GPS,
            pages=3,
        ),
        "tiff-big-endian": tiff({**IMAGE, **CAMERA}, order=">", exif=EXPOSURE),
        "bmp": bmp(124, bits=32),
        "bmp-bare": dib() + bytes(3600),
        "avif": heif(
            [ispe(), AV1_10_BIT, box(b"irot", b"\x01")], alpha=True, exif_block=exif(), packet=XMP
        ),
        "heic": heif(
            [ispe(), HEVC_8_BIT, box(b"colr", b"prof", icc()), box(b"imir", b"\x00")],
            brand=b"heic",
            coding=b"hvc1",
            exif_block=exif(">"),
            in_idat=False,
        ),
    }
