"""The files and texts from which fuzzing starts."""

import gzip
import json
import os
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from imgmeta.adapters.sqlite import SQLiteImageRepository
from imgmeta.core.ordering import IfRevision
from imgmeta.core.query_values import SORT_NAMES
from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.testing.strategies.events import DELIVERIES, ObjectEvent, invocation, queue
from imgmeta.testing.strategies.record_examples import image_record
from support.images.jxl_files import jxl_files
from support.images.raw_files import raw_files
from support.images.samples import (
    APP12_TEXT,
    XMP,
    canon_ciff,
    exif,
    icc,
    iptc,
    photoshop,
    sample_files,
)

__all__ = [
    "MANIFEST",
    "app12_seeds",
    "ciff_seeds",
    "event_seeds",
    "exif_seeds",
    "icc_seeds",
    "image_seeds",
    "inventory_seeds",
    "iptc_seeds",
    "query_seeds",
    "record_seeds",
    "sqlite_seeds",
    "uri_seeds",
    "xmp_seeds",
]

_HEADER = 16 * 1024
"""Bytes of a photo that are used: its header, since longer inputs make fuzzing slow."""

_REPOSITORY = Path(__file__).resolve().parents[2]
_PHOTOS = Path(os.environ.get("IMGMETA_TEST_PHOTOS") or _REPOSITORY.parent / "shared" / "photos")

MANIFEST = {
    "sourceBucket": "holiday",
    "destinationBucket": "arn:aws:s3:::reports",
    "version": "2016-11-30",
    "creationTimestamp": "1764547200000",
    "fileFormat": "CSV",
    "fileSchema": (
        "Bucket, Key, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag, StorageClass"
    ),
    "files": [{"key": "data/1.csv.gz", "size": 90, "MD5checksum": "0" * 32}],
}

_CSV = (
    b'"holiday","2026%2Fa+b.jpg","true","false","3","2026-11-23T06:30:01.000Z","e1","STANDARD"\n'
    b'"holiday","b.jpg","false","false","3","2026-11-23T06:30:01.000Z","e1","GLACIER"\n'
    b'"holiday","c.jpg","true","true","","2026-11-23T06:30:01.000Z","",""\n'
)

_QUERIES = (
    "camera=*SM-S911B*\ntaken-since=2026-01-01\ntaken-until=2026-02\nnear=48.1,11.5\nwithin=5km",
    "--min-megapixels=20\n--orientation=portrait\n--sort=-size",
    "status=failed\nerror=*header*\nsince=7d",
    "bbox=47,10,49,13\nwithout=location\nformat=jpg",
    "prefix=s3://holiday/2026/\nglob=*.jpg\nincomplete=true\nnot=lens=35mm",
    "max-size=1.5MiB\nmin-iso=100\nwith=lens\nsort=distance\nnear=1,2",
    *(f"sort={name}\nnear=0,0" for name in SORT_NAMES),
)

_URIS = (
    "s3://holiday/2026/a%20b.jpg",
    "file:///home/me/Bilder/%C3%A9.jpg",
    "file://localhost/a%FF.jpg",
    "gs://bucket/key",
    "s3://arn:aws:s3:eu-west-1:111122223333:accesspoint/name/key",
)


@cache
def image_seeds() -> tuple[bytes, ...]:
    """Return generated files of all formats, the examples and, if present, headers of photos."""
    generated = {**sample_files(), **jxl_files(), **raw_files()}
    folders = (_REPOSITORY / "examples/photos", _REPOSITORY / "examples/broken", _PHOTOS)
    return (*generated.values(), *(data for folder in folders for data in _headers(folder)))


def _headers(folder: Path) -> Iterator[bytes]:
    for path in sorted(folder.rglob("*.*")):
        if path.suffix[1:].lower() in IMAGE_SUFFIXES:
            with path.open("rb") as file:
                yield file.read(_HEADER)


def exif_seeds() -> tuple[bytes, ...]:
    return exif("<"), exif(">"), b"Exif\0\0" + exif()


def xmp_seeds() -> tuple[bytes, ...]:
    return XMP, XMP.decode().encode("utf-16")


def icc_seeds() -> tuple[bytes, ...]:
    return (icc(),)


def iptc_seeds() -> tuple[bytes, ...]:
    datasets = iptc({55: b"20200102", 60: b"030405+0200", 80: b"A", 120: b"caption"})
    return photoshop({0x0404: datasets, 0x0425: bytes(16)}), datasets


def app12_seeds() -> tuple[bytes, ...]:
    return (APP12_TEXT,)


def ciff_seeds() -> tuple[bytes, ...]:
    return canon_ciff("<"), canon_ciff(">")


@cache
def event_seeds() -> tuple[bytes, ...]:
    event = ObjectEvent("a b+c.jpg")
    documents = [deliver(event) for deliver in DELIVERIES.values()]
    documents += [invocation("1.0", "a.jpg", "b+c.jpg"), invocation("2.0", "a.jpg")]
    documents += [queue({"imgmeta": "digest", "hours": 24}), queue({"imgmeta": "audit"})]
    texts = [each if isinstance(each, str | bytes) else json.dumps(each) for each in documents]
    real = sorted((_REPOSITORY / "tests" / "events").glob("*.json"))
    encoded = (text.encode() if isinstance(text, str) else text for text in texts)
    return (*encoded, *(path.read_bytes() for path in real))


def query_seeds() -> tuple[bytes, ...]:
    return tuple(text.encode() for text in _QUERIES)


def uri_seeds() -> tuple[bytes, ...]:
    return tuple(text.encode() for text in _URIS)


def inventory_seeds() -> tuple[bytes, ...]:
    parquet = MANIFEST | {
        "fileFormat": "Parquet",
        "fileSchema": (
            "message s3.inventory { required binary bucket (UTF8); required binary key (UTF8); "
            "optional int64 size; optional binary e_tag (UTF8); optional binary storage_class "
            "(UTF8); }"
        ),
    }
    manifests = (json.dumps(each).encode() for each in (MANIFEST, parquet))
    return (*manifests, _CSV, gzip.compress(_CSV, mtime=0))


def record_seeds() -> tuple[bytes, ...]:
    records = (image_record(), image_record(latitude=1.5, longitude=2.5, iso=100, format="JPEG"))
    return tuple(record.to_json().encode() for record in records)


@cache
def sqlite_seeds() -> tuple[bytes, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "index.db")
        with SQLiteImageRepository(path) as repository:
            for number in range(3):
                repository.put(image_record(f"{number}.jpg"), IfRevision(None))
        return (path.read_bytes(),)
