"""A zip of which the same files always make the same bytes."""

import io
import stat
import zipfile
from collections.abc import Mapping

__all__ = ["zipped"]

_EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time that a zip can hold, for all: nobody asks when a file of the package changed."""

_MODE = stat.S_IFREG | 0o644
"""AWS Lambda Developer Guide, "Working with .zip file archives for Python Lambda functions": files
must be readable by all."""

_UNIX = 3
_BEST = 9


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return the zip of these files, by their POSIX paths in it."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EARLIEST)
            entry.create_system = _UNIX
            entry.external_attr = _MODE << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED, _BEST)
    return target.getvalue()
