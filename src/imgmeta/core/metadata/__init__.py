"""What the metadata in an image file mean: bytes in, values out."""

from imgmeta.core.metadata.ciff import read_ciff
from imgmeta.core.metadata.exif import CAMERA_TAGS, camera_fields, read_exif
from imgmeta.core.metadata.icc import profile_description
from imgmeta.core.metadata.ifd import Directory, Entry, Tiff, open_tiff
from imgmeta.core.metadata.iptc import MAX_IPTC, read_iptc
from imgmeta.core.metadata.picture_info import read_picture_info
from imgmeta.core.metadata.properties import Facts, image_properties
from imgmeta.core.metadata.window import MAX_FETCHED, MAX_READ, DamagedError, Window
from imgmeta.core.metadata.xmp import MAX_PACKET, read_xmp

__all__ = [
    "CAMERA_TAGS",
    "MAX_FETCHED",
    "MAX_IPTC",
    "MAX_PACKET",
    "MAX_READ",
    "DamagedError",
    "Directory",
    "Entry",
    "Facts",
    "Tiff",
    "Window",
    "camera_fields",
    "image_properties",
    "open_tiff",
    "profile_description",
    "read_ciff",
    "read_exif",
    "read_iptc",
    "read_picture_info",
    "read_xmp",
]
