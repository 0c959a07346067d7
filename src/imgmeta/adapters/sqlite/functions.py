"""The SQL functions that conditions and statements call.

They take texts as BLOBs, since damaged text may not be UTF-8.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any

from imgmeta.adapters.sqlite.columns import CAMERA_FUNCTION, CHECKSUM_FUNCTION
from imgmeta.core.cameras import joined_camera_name
from imgmeta.core.globs import compile_glob

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

__all__ = ["add_functions"]


def add_functions(connection: sqlite3.Connection) -> None:
    """Add the SQL functions that the conditions and the statements need."""
    functions: tuple[tuple[str, int, Callable[..., Any]], ...] = (
        (CHECKSUM_FUNCTION, 1, zlib.crc32),
        (CAMERA_FUNCTION, 2, _camera_name),
        ("casefold", 1, _casefold),
        ("contains", 2, _contains),
        ("matches_glob", 2, _matches_glob),
        ("distance", 4, _distance),
    )
    for name, count, function in functions:
        connection.create_function(name, count, function, deterministic=True)


def _casefold(text: bytes | None) -> str | None:
    return None if text is None else text.decode(errors="replace").casefold()


def _contains(text: bytes | None, part: str) -> bool:
    return text is not None and part in text.decode(errors="replace").casefold()


def _camera_name(make: bytes | None, model: bytes | None) -> str | None:
    return joined_camera_name(
        *(None if each is None else each.decode(errors="replace") for each in (make, model))
    )


def _matches_glob(key: bytes, pattern: str) -> bool:
    return compile_glob(pattern).fullmatch(key.decode(errors="replace")) is not None


def _distance(
    latitude: float, longitude: float, to_latitude: float | None, to_longitude: float | None
) -> float | None:
    if to_latitude is None or to_longitude is None:
        return None
    from imgmeta.core.geography import distance  # noqa: PLC0415 - only some queries need it

    return distance(latitude, longitude, to_latitude, to_longitude)
