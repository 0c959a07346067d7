"""The bytes of one image from memory, a file object, a path or a URL."""

from imgmeta.adapters.sources.buffers import BufferContent, open_buffer
from imgmeta.adapters.sources.files import MAX_STREAM, FileContent, open_file, open_path

__all__ = ["MAX_STREAM", "BufferContent", "FileContent", "open_buffer", "open_file", "open_path"]
