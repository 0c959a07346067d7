"""The bytes of one image from memory, a file object, a path or a URL."""

from imgmeta.adapters.sources.buffers import open_buffer
from imgmeta.adapters.sources.files import open_file, open_path

__all__ = ["open_buffer", "open_file", "open_path"]
