"""Draw the sample photos, which are small, varied and reproducible with the same library versions.

Usage: python examples/draw_photos.py [FOLDER]

The pictures are drawings, and their cameras are fictional. They cover each format that imgmeta
reads, EXIF in five containers, sideways and upside-down images, transparency, animation, multiple
pages, unusual file names and truncated files. Needs `pillow` and `pillow-heif`.
"""

import io
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import drawings
import pillow_heif
from PIL import Image, ImageCms
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

_DATE_IN_ICC_HEADER = slice(24, 36)  # ICC.1:2022, 7.2.10


def main(folder: Path) -> None:
    """Write every sample into `folder` and its subfolders."""
    pillow_heif.register_heif_opener()
    samples = {**{f"photos/{name}": data for name, data in photos().items()}, **broken()}
    for name, data in samples.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        print(f"{len(data):7,} {path}")


def photos() -> dict[str, bytes]:
    """Return the readable photos, by file name."""
    return {
        "lighthouse.jpg": _lighthouse(),
        "tower.jpg": _tower(),
        "balloons.jpeg": _balloons(),
        "HARBOUR.JPG": _harbor(),
        "crème brûlée, 2 spoons.jpg": _encoded(drawings.dessert().convert("L"), "JPEG"),
        "half-sent.jpg": _meadow("JPEG")[:6500],
        "logo.png": _encoded(drawings.rings(), "PNG", optimize=True),
        "aurora.png": _aurora(),
        "clock.gif": _animated([drawings.clock(hour) for hour in range(12)], "GIF", duration=120),
        "meadow.webp": _meadow("WEBP", quality=70),
        "dunes.avif": _dunes(),
        "blossom.heic": _blossom(),
        "scans/letter.tiff": _animated(
            [drawings.page(number) for number in (1, 2, 3)], "TIFF", compression="group4"
        ),
        "scans/chessboard.bmp": _encoded(drawings.chessboard(), "BMP"),
    }


def broken() -> dict[str, bytes]:
    """Return the unreadable files, by file name."""
    return {
        "broken/cut-off.jpg": _lighthouse()[:160],
        "broken/renamed.png": b"These are the words of a text file.\n",
    }


def _lighthouse() -> bytes:
    # The full metadata of a good camera: EXIF, time zone, GPS position and color profile.
    exif = _exif(
        {
            Base.Make: "Fernglas",
            Base.Model: "Fernglas M1",
            Base.LensModel: "Fernglas 35mm F2",
            Base.ExposureTime: _ratio(1, 250),
            Base.FNumber: _ratio(56, 10),
            Base.ISOSpeedRatings: 100,
            Base.FocalLength: _ratio(35),
            Base.DateTimeOriginal: "2026:06:21 21:18:05",
            Base.OffsetTimeOriginal: "+02:00",
        },
        _gps(54.679, 13.43381, altitude=46),
    )
    return _encoded(drawings.lighthouse(), "JPEG", exif=exif, icc_profile=_srgb_profile())


def _tower() -> bytes:
    # The camera was held sideways: viewers must rotate the image clockwise.
    exif = _exif(
        {
            Base.Orientation: 6,
            Base.Make: "Petrichor",
            Base.Model: "P-35",
            Base.ExposureTime: _ratio(1, 60),
            Base.ISOSpeedRatings: 800,
            Base.DateTimeOriginal: "2026:02:14 18:03:59",
            Base.OffsetTimeOriginal: "+00:00",
        },
        _gps(51.50069, -0.12461, altitude=21),
    )
    as_stored = drawings.city().transpose(Image.Transpose.ROTATE_90)
    return _encoded(as_stored, "JPEG", exif=exif)


def _balloons() -> bytes:
    # Upside down, from a camera that records no time zone.
    exif = _exif(
        {
            Base.Orientation: 3,
            Base.Make: "Petrichor",
            Base.Model: "P-35",
            Base.DateTimeOriginal: "2025:09:03 07:15:42",
        }
    )
    as_stored = drawings.balloons().transpose(Image.Transpose.ROTATE_180)
    return _encoded(as_stored, "JPEG", exif=exif)


def _harbor() -> bytes:
    # Progressive, with a southern latitude, in the last seconds of a year.
    exif = _exif(
        {
            Base.Make: "Kaleido",
            Base.Model: "Kaleido Zoom 7",
            Base.LensModel: "Kaleido 24-105mm F4",
            Base.ExposureTime: _ratio(8, 10),
            Base.FNumber: _ratio(8),
            Base.ISOSpeedRatings: 64,
            Base.FocalLength: _ratio(50),
            Base.DateTimeOriginal: "2025:12:31 23:59:58",
            Base.OffsetTimeOriginal: "+11:00",
        },
        _gps(-33.85689, 151.21539, altitude=3),
    )
    return _encoded(drawings.fireworks(), "JPEG", progressive=True, exif=exif)


def _aurora() -> bytes:
    exif = _exif(
        {
            Base.Make: "Kaleido",
            Base.Model: "Kaleido Zoom 7",
            Base.ExposureTime: _ratio(15),
            Base.ISOSpeedRatings: 1600,
            Base.DateTimeOriginal: "2026:01:09 22:31:00",
            Base.OffsetTimeOriginal: "+00:00",
        },
        _gps(64.13333, -21.93333, altitude=61),
    )
    return _encoded(drawings.aurora(), "PNG", optimize=True, exif=exif)


def _meadow(container: str, **options: object) -> bytes:
    exif = _exif(
        {
            Base.Make: "Fernglas",
            Base.Model: "Fernglas Pocket",
            Base.DateTimeOriginal: "2026:05:17 11:20:33",
            Base.OffsetTimeOriginal: "+02:00",
        }
    )
    return _encoded(drawings.meadow(), container, exif=exif, **options)


def _dunes() -> bytes:
    exif = _exif(
        {
            Base.Make: "Kaleido",
            Base.Model: "Kaleido Zoom 7",
            Base.DateTimeOriginal: "2026:03:30 17:05:10",
            Base.OffsetTimeOriginal: "+02:00",
        },
        _gps(-24.72781, 15.34275, altitude=570),
    )
    return _encoded(drawings.dunes(), "AVIF", quality=60, max_threads=1, exif=exif)


def _blossom() -> bytes:
    # HEIC, as phones write it.
    exif = _exif(
        {
            Base.Make: "Murmel",
            Base.Model: "Murmel Phone 4",
            Base.ISOSpeedRatings: 40,
            Base.DateTimeOriginal: "2026:04:02 09:41:00",
            Base.OffsetTimeOriginal: "+09:00",
        },
        _gps(35.016, 135.76592, altitude=60),
    )
    return _encoded(drawings.blossom(), "HEIF", quality=60, exif=exif.tobytes())


def _exif(tags: Mapping[Base, Any], gps: Mapping[int, Any] | None = None) -> Image.Exif:
    exif = Image.Exif()
    for tag, value in tags.items():
        in_first_directory = tag in {Base.Make, Base.Model, Base.Orientation}
        directory = exif if in_first_directory else exif.get_ifd(IFD.Exif)
        directory[tag] = value
    if gps:
        exif.get_ifd(IFD.GPSInfo).update(gps)
    return exif


def _gps(latitude: float, longitude: float, *, altitude: int) -> dict[int, Any]:
    return {
        GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        GPS.GPSLatitude: _sexagesimal(latitude),
        GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        GPS.GPSLongitude: _sexagesimal(longitude),
        GPS.GPSAltitudeRef: b"\0",
        GPS.GPSAltitude: _ratio(altitude),
    }


def _sexagesimal(degrees: float) -> tuple[IFDRational, ...]:
    full_degrees, rest = divmod(round(abs(degrees) * 360_000), 360_000)
    minutes, hundredths = divmod(rest, 6_000)
    return _ratio(full_degrees), _ratio(minutes), _ratio(hundredths, 100)


def _ratio(numerator: int, denominator: int = 1) -> IFDRational:
    return IFDRational(numerator, denominator)


def _srgb_profile() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    profile[_DATE_IN_ICC_HEADER] = bytes(12)
    return bytes(profile)


def _animated(images: list[Image.Image], container: str, **options: object) -> bytes:
    first, *others = images
    return _encoded(first, container, save_all=True, append_images=others, **options)


def _encoded(image: Image.Image, container: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, container, **options)
    return buffer.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
