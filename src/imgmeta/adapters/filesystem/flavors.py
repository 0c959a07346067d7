"""The two kinds of paths: which key a path has, and which path has a key.

Pure functions, so that both kinds can be tested on either system. A path is bytes: on Windows, the
bytes of its UTF-8 form, as `os.fsencode` returns them (PEP 529).
"""

import re
from typing import Protocol

from imgmeta.core.file_names import to_file_name, to_key_part

__all__ = ["POSIX", "WINDOWS", "PathFlavor"]

_NO_PATH = "no path has this key"
_RELATIVE = "the path must be absolute"
_UNUSABLE = frozenset({"", ".", ".."})

_EXTENDED = b"\\\\?\\"
"""Windows passes such a path to the file system as it is: it may be longer than 260 characters,
`NUL` is a file, and a dot at the end of a name is kept (Microsoft, "Naming Files, Paths, and
Namespaces")."""
_EXTENDED_SHARE = b"\\\\?\\UNC\\"

_LOCALHOST = re.compile(r"\Alocalhost(?=/)", re.IGNORECASE)
_DRIVE = re.compile(r"([A-Za-z]):(?=/|\Z)")
_SHARE = re.compile(r"//(?![.?]/)([^/]+)/([^/]+)(?=/|\Z)")
_DEVICE_PREFIX = re.compile(r"//[.?]/(?:(UNC/)|(?=[A-Za-z]:/))", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"\\|?*]')
"""Characters that no file name has. A colon separates the names of a file and of its stream."""


class PathFlavor(Protocol):
    """How a system writes paths."""

    @property
    def separator(self) -> bytes:
        """What separates the names in a path."""
        ...

    @property
    def root_length(self) -> int:
        """The length of the shortest root, in which no link can be."""
        ...

    def key_from_path(self, path: bytes) -> str:
        """Return the key of an absolute path.

        The path is neither resolved nor normalized, and need not exist.

        Raises:
            ValueError: the path is not absolute.
        """
        ...

    def path_from_key(self, key: str) -> bytes:
        """Return the absolute path whose key is `key`.

        Raises:
            ValueError: no path has this key.
        """
        ...

    def path_in_text(self, text: str) -> str | None:
        """Return the path in the text after `file://`, or None if only another computer has it."""
        ...

    def path_in_uri(self, key: str) -> bytes:
        """Return the path that a `file` URI means, of which `location_of` returned the key.

        Raises:
            ValueError: no path has this key.
        """
        ...

    def names_object(self, key: str) -> bool:
        """Return whether a file can have this key.

        A key with `.`, `..` or nothing between two slashes has a path whose file has another key.
        """
        ...


class _PosixPaths:
    """`/srv/a.jpg` has the key `srv/a.jpg`."""

    separator = b"/"
    root_length = 1

    def key_from_path(self, path: bytes) -> str:
        if not path.startswith(b"/"):
            raise ValueError(_RELATIVE)
        return to_key_part(path[1:])

    def path_from_key(self, key: str) -> bytes:
        path = b"/" + to_file_name(key)
        if self.key_from_path(path) != key:
            raise ValueError(_NO_PATH)
        return path

    def path_in_text(self, text: str) -> str | None:
        path = _LOCALHOST.sub("", text)
        return path if path.startswith("/") else None

    def path_in_uri(self, key: str) -> bytes:
        return self.path_from_key(key)

    def names_object(self, key: str) -> bool:
        return "\0" not in key and _UNUSABLE.isdisjoint(key.split("/"))


class _WindowsPaths:
    r"""`C:\photos\a.jpg` has the key `C:/photos/a.jpg`, `\\nas\photos\a.jpg` `//nas/photos/a.jpg`.

    Drive letters are in upper case. Windows does not distinguish upper and lower case in names, but
    keys do: `locate` finds the spelling that a file has. docs/decisions/0037-windows-paths.md.
    """

    separator = b"\\"
    root_length = len(_EXTENDED) + len(b"C:\\")

    def key_from_path(self, path: bytes) -> str:
        key = _DEVICE_PREFIX.sub(
            lambda match: "//" if match[1] else "", to_key_part(path.replace(b"\\", b"/")), count=1
        )
        if drive := _DRIVE.match(key):
            return f"{drive[1].upper()}{key[1:]}"
        if not _SHARE.match(key):
            raise ValueError(_RELATIVE)
        return key

    def path_from_key(self, key: str) -> bytes:
        path = to_file_name(key)
        try:
            found = self.key_from_path(path)
        except ValueError as error:
            raise ValueError(_NO_PATH) from error
        if found != key or b"\\" in path:
            raise ValueError(_NO_PATH)
        native = path.replace(b"/", b"\\")
        if native.startswith(b"\\\\"):
            return _EXTENDED_SHARE + native[2:]
        # Without a separator, `C:` is the working directory of the drive.
        return _EXTENDED + (native if b"\\" in native else native + b"\\")

    def path_in_text(self, text: str) -> str | None:
        path = _LOCALHOST.sub("", text)
        if path.startswith("/"):
            return path[1:] if _DRIVE.match(path, 1) else path
        share = f"//{path}"
        return share if _SHARE.match(share) else None

    def path_in_uri(self, key: str) -> bytes:
        # Some programs write four or five slashes before the server: RFC 8089, appendix E.3.2.
        path = f"//{key.lstrip('/')}" if key.startswith("/") else key
        return self.path_from_key(self.key_from_path(to_file_name(path)))

    def names_object(self, key: str) -> bool:
        root = _DRIVE.match(key) or _SHARE.match(key)
        names = key[root.end() :].split("/")[1:] if root else [""]
        return _UNUSABLE.isdisjoint(names) and not any(map(_FORBIDDEN.search, names))


POSIX: PathFlavor = _PosixPaths()
WINDOWS: PathFlavor = _WindowsPaths()
