"""Builders of camera raw files: the structures that each maker writes, without pixels."""

import struct
from collections.abc import Callable, Mapping, Sequence

from support.images.samples import (
    ASCII,
    BYTE,
    CAMERA,
    EXPOSURE,
    GPS,
    LONG,
    SHORT,
    UNDEFINED,
    XMP,
    Fields,
    Order,
    app1_exif,
    box,
    directory,
    exif,
    full_box,
    jpeg,
    tiff,
)

SUBFILE_TYPE, WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 254, 256, 257, 258, 259, 262
MAKE, MODEL, SUB_IFDS, EXIF_IFD, GPS_IFD = 271, 272, 330, 0x8769, 0x8825
CFA_PATTERN, DNG_VERSION = 0x828E, 0xC612
SONY_PRIVATE, MINOLTA_DATA = 0xC634, 0x7250
EXIF_WIDTH, EXIF_HEIGHT = 0xA002, 0xA003
COLOR_FILTER_ARRAY, LINEAR_RAW, RGB, YCBCR = 32_803, 34_892, 2, 6
UNCOMPRESSED, OLD_JPEG, NEW_JPEG = 1, 6, 7
CANON_UUID = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def image(  # noqa: PLR0913 - each argument is a field of the image
    width: int,
    height: int,
    *,
    subfile_type: int | None = None,
    bits: int = 8,
    compression: int = UNCOMPRESSED,
    photometric: int | None = RGB,
) -> Fields:
    """Return the fields that describe one image; with `subfile_type` 0, the full-size one."""
    fields: dict[int, tuple[int, Sequence[int]]] = {
        WIDTH: (LONG, [width]),
        HEIGHT: (LONG, [height]),
        BITS: (SHORT, [bits]),
        COMPRESSION: (SHORT, [compression]),
    }
    if subfile_type is not None:
        fields[SUBFILE_TYPE] = (LONG, [subfile_type])
    if photometric is not None:
        fields[PHOTOMETRIC] = (SHORT, [photometric])
    return fields


def sensor(width: int, height: int, *, bits: int = 14, compression: int = UNCOMPRESSED) -> Fields:
    """Return the fields of a full-size image of sensor data."""
    return image(
        width,
        height,
        subfile_type=0,
        bits=bits,
        compression=compression,
        photometric=COLOR_FILTER_ARRAY,
    )


def preview(*, compression: int = UNCOMPRESSED) -> Fields:
    return image(160, 120, subfile_type=1, compression=compression)


def camera(make: str, model: str = "Model One") -> Fields:
    return {
        MAKE: (ASCII, make.encode() + b"\0"),
        MODEL: (ASCII, model.encode() + b"\0"),
        0x0112: (SHORT, [6]),
    }


def raw_tiff(  # noqa: PLR0913 - each argument is an optional part of the file
    first: Fields,
    *,
    subdirectories: Sequence[Fields] = (),
    pages: Sequence[Fields] = (),
    exif_fields: Fields | None = None,
    gps: Fields | None = None,
    order: Order = "<",
    magic: bytes = b"",
    note: bytes = b"",
) -> bytes:
    """Return a TIFF with subdirectories and further pages; `note` follows its 8-byte header."""
    main = dict(first)
    inner: list[tuple[int, Fields]] = [(SUB_IFDS, fields) for fields in subdirectories]
    inner += [(EXIF_IFD, exif_fields)] if exif_fields is not None else []
    inner += [(GPS_IFD, gps)] if gps is not None else []
    tags = [tag for tag, _ in inner]
    main |= {tag: (LONG, [0] * tags.count(tag)) for tag in tags}
    start = 8 + len(note)
    offset = start + len(directory(order, start, main))
    offsets: Mapping[int, list[int]] = {tag: [] for tag in tags}
    body = b""
    for tag, fields in inner:
        offsets[tag].append(offset + len(body))
        body += directory(order, offset + len(body), fields)
    chain = offset + len(body)
    main |= {tag: (LONG, values) for tag, values in offsets.items()}
    head = magic or {"<": b"II*\0", ">": b"MM\0*"}[order]
    data = head + struct.pack(order + "I", start) + note
    data += directory(order, start, main, next_offset=chain if pages else 0) + body
    for number, fields in enumerate(pages, 1):
        here = len(data)
        after = here + len(directory(order, here, fields)) if number < len(pages) else 0
        data += directory(order, here, fields, next_offset=after)
    return data


def with_exif_size(width: int, height: int) -> Fields:
    return {**EXPOSURE, EXIF_WIDTH: (LONG, [width]), EXIF_HEIGHT: (LONG, [height])}


def cr2() -> bytes:
    """Return a CR2: a preview, a thumbnail, a small RGB image, and the sensor's image."""
    return raw_tiff(
        {**camera("Canon"), **image(1536, 1024, compression=OLD_JPEG, photometric=None)},
        pages=[{COMPRESSION: (SHORT, [OLD_JPEG])}, image(384, 256), {COMPRESSION: (SHORT, [6])}],
        exif_fields=with_exif_size(3456, 2304),
        gps=GPS,
        note=b"CR\2\0" + bytes(4),
    )


def dng(full: Fields | None = None) -> bytes:
    return raw_tiff(
        {**CAMERA, **preview(), DNG_VERSION: (BYTE, [1, 4, 0, 0])},
        subdirectories=[full or sensor(4000, 3000, bits=16), preview(compression=NEW_JPEG)],
        exif_fields=EXPOSURE,
        gps=GPS,
    )


def nef(make: str = "NIKON CORPORATION", compression: int = 34_713) -> bytes:
    """Return a NEF in which a JPEG is the first subdirectory, and the sensor's image the second."""
    return raw_tiff(
        {**camera(make), **preview()},
        subdirectories=[
            {SUBFILE_TYPE: (LONG, [1]), COMPRESSION: (SHORT, [OLD_JPEG])},
            sensor(6036, 4020, compression=compression),
        ],
        exif_fields=EXPOSURE,
        gps=GPS,
        order=">",
    )


def nrw() -> bytes:
    return raw_tiff(
        {**camera("NIKON", "COOLPIX P7800"), **preview(compression=OLD_JPEG)},
        subdirectories=[sensor(4032, 3024, bits=12)],
        exif_fields=EXPOSURE,
        gps=GPS,
    )


def arw(model: str = "ILCE-7M3", compression: int = 32_767) -> bytes:
    """Return an ARW, whose first directory has a JPEG of unstated size."""
    return raw_tiff(
        {
            **camera("SONY", model),
            SUBFILE_TYPE: (LONG, [1]),
            COMPRESSION: (SHORT, [OLD_JPEG]),
        },
        subdirectories=[sensor(6048, 4024, bits=12, compression=compression)],
        pages=[{SUBFILE_TYPE: (LONG, [1]), COMPRESSION: (SHORT, [OLD_JPEG])}],
        exif_fields=with_exif_size(6000, 4000),
        gps=GPS,
    )


def arw_of_alpha_100() -> bytes:
    """Return the ARW of a DSLR-A100, whose subdirectory pointer is the offset of its pixels."""
    data = raw_tiff(
        {
            **camera("SONY", "DSLR-A100"),
            **image(3872, 2592, subfile_type=1, compression=OLD_JPEG, photometric=None),
            SUB_IFDS: (LONG, [2000]),
        },
        exif_fields=EXPOSURE,
    )
    return data.ljust(2000, b"\0") + b"\xff\xfe\xfd" * 3000


def minolta_data(width: int, height: int, order: Order = "<", segment: bytes = b"\0PRD") -> bytes:
    """Return Minolta's blocks: white balance, and the sensor's size before that of the image."""
    sizes = b"21870002" + struct.pack(order + "4H", height + 16, width + 8, height, width)
    balance = bytes(12)
    blocks = b"\0WBG" + struct.pack(order + "I", len(balance)) + balance
    blocks += segment + struct.pack(order + "I", 24) + sizes.ljust(24, b"\0")
    head = {"<": b"\0MRI", ">": b"\0MRM"}[order]
    return head + struct.pack(order + "I", len(blocks)) + blocks


def private_directory(data: bytes) -> Callable[[int], bytes]:
    """Return a function that makes Sony's private directory with this data at an offset."""
    return lambda offset: directory("<", offset, {MINOLTA_DATA: (UNDEFINED, data)})


def arw_with_private_data(private: Callable[[int], bytes], model: str = "DSLR-A330") -> bytes:
    """Return an ARW whose private data `private` makes, given its offset."""
    data = raw_tiff(
        {
            **camera("SONY", model),
            SUBFILE_TYPE: (LONG, [1]),
            COMPRESSION: (SHORT, [OLD_JPEG]),
            SONY_PRIVATE: (BYTE, [0, 0, 0, 0]),
        },
        subdirectories=[sensor(3880, 2600, bits=12, compression=32_767)],
        exif_fields=EXPOSURE,
        gps=GPS,
    )
    entry = struct.pack("<HHI", SONY_PRIVATE, BYTE, 4)
    offset = struct.pack("<I", len(data))
    return data.replace(entry + bytes(4), entry + offset) + private(len(data))


def pef(compression: int = 65_535, make: str = "RICOH IMAGING COMPANY, LTD.") -> bytes:
    """Return a PEF: the first directory has the sensor's image, and the others previews."""
    main = image(7392, 4950, bits=14, compression=compression, photometric=COLOR_FILTER_ARRAY)
    return raw_tiff(
        {**camera(make), **main},
        pages=[image(640, 480, compression=OLD_JPEG), image(7360, 4912, compression=OLD_JPEG)],
        exif_fields=EXPOSURE,
        gps=GPS,
        order=">",
    )


def srw() -> bytes:
    """Return an SRW, whose sensor data has a pattern instead of an interpretation."""
    return raw_tiff(
        camera("SAMSUNG", "NX20"),
        subdirectories=[
            {SUBFILE_TYPE: (LONG, [0])},
            {
                **image(5632, 3720, subfile_type=0, bits=12, compression=32_773, photometric=None),
                CFA_PATTERN: (BYTE, [1, 0, 2, 1]),
            },
            {SUBFILE_TYPE: (LONG, [0])},
        ],
        exif_fields=with_exif_size(5472, 3648),
        gps=GPS,
    )


def hasselblad_3fr() -> bytes:
    return raw_tiff(
        {**camera("Hasselblad", "Hasselblad H4D"), **preview()},
        subdirectories=[sensor(7410, 5586, bits=16)],
        exif_fields=EXPOSURE,
        gps=GPS,
        order=">",
    )


def iiq(exif_fields: Fields | None = None, note: bytes | None = None) -> bytes:
    """Return an IIQ: Phase One's data, with a directory at their end, precede the TIFF's."""
    return raw_tiff(
        {**camera("Phase One", "IQ180"), **image(1, 1, subfile_type=0)},
        exif_fields=with_exif_size(7320, 5484) if exif_fields is None else exif_fields,
        gps=GPS,
        note=phase_one({0x10C: 7320, 0x10D: 5484}) if note is None else note,
    )


def phase_one(values: Mapping[int, int], order: Order = "<") -> bytes:
    """Return Phase One's data with these entries in their directory."""
    head = {"<": b"IIIICwaR", ">": b"MMMMRawT"}[order]
    entries = b"".join(struct.pack(order + "4I", tag, 4, 4, value) for tag, value in values.items())
    pixels = bytes(20)
    start = 12 + len(pixels)
    return (
        head
        + struct.pack(order + "I", start)
        + pixels
        + struct.pack(order + "II", len(values), 0)
        + entries
    )


def orf(magic: bytes = b"IIRO") -> bytes:
    return raw_tiff(
        {**camera("OLYMPUS IMAGING CORP.", "E-M5"), **image(4640, 3472, bits=16, photometric=1)},
        exif_fields=EXPOSURE,
        gps=GPS,
        order="<" if magic.startswith(b"I") else ">",
        magic=magic,
    )


def rw2(*, jpeg_exif: bytes | None = None, exif_fields: Fields | None = None) -> bytes:
    """Return an RW2: a directory with the borders of the sensor, and a JPEG with EXIF data."""
    embedded = jpeg(app1_exif(exif() if jpeg_exif is None else jpeg_exif))
    return raw_tiff(
        {
            **camera("Panasonic", "DMC-LX3"),
            1: (UNDEFINED, b"0310"),
            2: (SHORT, [3724]),
            3: (SHORT, [2754]),
            4: (SHORT, [6]),
            5: (SHORT, [8]),
            6: (SHORT, [2742]),
            7: (SHORT, [3656]),
            0x0A: (SHORT, [12]),
            0x17: (SHORT, [80]),
            0x2E: (UNDEFINED, embedded),
        },
        exif_fields=exif_fields,
        magic=b"IIU\0",
        note=bytes.fromhex("88e774d8f8251d4d947a6e77822b5d6a"),
    )


def raf_directory(values: Mapping[int, bytes]) -> bytes:
    return struct.pack(">I", len(values)) + b"".join(
        struct.pack(">HH", tag, len(value)) + value for tag, value in values.items()
    )


RAF_VALUES = {
    0x100: struct.pack(">HH", 1444, 4352),
    0x110: struct.pack(">HH", 10, 48),
    0x111: struct.pack(">HH", 1424, 4256),
    0x121: struct.pack(">HH", 1440, 4288),
}


def raf(*directories: Mapping[int, bytes], block: bytes | None = None) -> bytes:
    """Return a RAF with a JPEG and one or two directories; by default, `RAF_VALUES`."""
    embedded = jpeg(app1_exif(exif() if block is None else block))
    start = 148
    offset = start + len(embedded)
    pointers: list[int] = []
    body = b""
    for values in directories or (RAF_VALUES,):
        pointers.append(offset + len(body))
        body += raf_directory(values)
    pointers += [0] * (2 - len(pointers))
    head = b"FUJIFILMCCD-RAW 0201FF392201" + b"FinePix S5Pro".ljust(32, b"\0") + b"0106"
    head = head.ljust(84, b"\0") + struct.pack(">IIII", start, len(embedded), pointers[0], 0)
    head = head.ljust(0x78, b"\0") + struct.pack(">I", pointers[1])
    return head.ljust(start, b"\0") + embedded + body


def cr3(
    *,
    main: bytes | None = None,
    gps: bytes | None = None,
    packet: bytes = b"",
    images: int = 1,
    thumbnail: bytes | None = None,
) -> bytes:
    """Return a CR3: a movie box with the parts of an EXIF block, a packet, and image data."""
    first = {**camera("Canon", "Canon EOS M50"), **image(6000, 4000, compression=OLD_JPEG)}
    blocks = {
        b"CMT1": tiff(first) if main is None else main,
        b"CMT2": tiff(EXPOSURE),
        b"CMT3": tiff({1: (SHORT, [1])}),
        b"CMT4": tiff(GPS) if gps is None else gps,
    }
    if thumbnail is not None:
        blocks[b"THMB"] = thumbnail
    metadata = b"".join(box(kind, block) for kind, block in blocks.items())
    size = struct.pack(">II", 1620 << 16, 1080 << 16)
    table = box(b"stbl", full_box(b"stsz", struct.pack(">II", 0, images)))
    track = box(b"trak", full_box(b"tkhd", bytes(72), size), box(b"mdia", box(b"minf", table)))
    movie = box(b"moov", box(b"uuid", CANON_UUID, box(b"CNCV", b"CanonCR3"), metadata), track)
    start = box(b"ftyp", b"crx ", bytes(4), b"crx isom")
    return start + movie + box(b"uuid", XMP_UUID, packet) + box(b"mdat", bytes(8))


RAW_FORMATS = {
    "CR2": "image/x-canon-cr2",
    "CR3": "image/x-canon-cr3",
    "NEF": "image/x-nikon-nef",
    "NRW": "image/x-nikon-nrw",
    "ARW": "image/x-sony-arw",
    "SR2": "image/x-sony-sr2",
    "DNG": "image/x-adobe-dng",
    "ORF": "image/x-olympus-orf",
    "RW2": "image/x-panasonic-rw2",
    "RAF": "image/x-fujifilm-raf",
    "PEF": "image/x-pentax-pef",
    "SRW": "image/x-samsung-srw",
    "3FR": "image/x-hasselblad-3fr",
    "IIQ": "image/x-raw",
}
"""The media types of the raw formats, as ExifTool names them."""


def raw_files() -> dict[str, bytes]:
    """Return one file of each raw format in lower case, and variants after a hyphen."""
    return {
        "cr2": cr2(),
        "cr3": cr3(packet=XMP),
        "nef": nef(),
        "nrw": nrw(),
        "arw": arw(),
        "arw-alpha-100": arw_of_alpha_100(),
        "arw-alpha-330": arw_with_private_data(private_directory(minolta_data(3872, 2592))),
        "sr2": arw("DSC-R1", UNCOMPRESSED),
        "dng": dng(),
        "orf": orf(),
        "orf-big-endian": orf(b"MMOR"),
        "rw2": rw2(),
        "raf": raf(),
        "raf-two-directories": raf({0x200: b"\0"}, RAF_VALUES),
        "pef": pef(),
        "srw": srw(),
        "3fr": hasselblad_3fr(),
        "iiq": iiq(),
        "iiq-without-exif": iiq(EXPOSURE),
    }
