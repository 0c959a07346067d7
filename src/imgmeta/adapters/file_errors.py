"""Error numbers of the operating system, as the adapters of files use them."""

import errno

from imgmeta.core.text import printable

__all__ = ["ABSENT", "DENIED", "error_reason"]

ABSENT = frozenset(
    {
        errno.EILSEQ,  # a name that the file system does not allow
        errno.ELOOP,
        errno.ENAMETOOLONG,
        errno.ENODEV,  # a device
        errno.ENOENT,
        errno.ENOTDIR,
        errno.ENXIO,  # a socket
    }
)
"""Errors of a path that names no file."""

DENIED = frozenset({errno.EACCES, errno.EPERM})
"""Errors of a path that may not be used."""


def error_reason(error: OSError) -> str:
    """Return the operating system's message, in lower case and safe to print."""
    return (error.strerror or printable(str(error))).lower()
