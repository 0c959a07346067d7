"""Reproducible zip files: the same files always give the same bytes."""

import io
import stat
import zipfile
from collections.abc import Mapping

__all__ = ["zip_files"]

_TIME = (1980, 1, 1, 0, 0, 0)
"""The modification time of all entries: the earliest that a zip can contain."""

_MODE = stat.S_IFREG | 0o644
"""AWS Lambda Developer Guide, "Working with .zip file archives for Python Lambda functions": files
must be readable by all."""

_UNIX = 3
_BEST_COMPRESSION = 9


def zip_files(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of these files, given by their POSIX paths in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, _BEST_COMPRESSION)
    return buffer.getvalue()
