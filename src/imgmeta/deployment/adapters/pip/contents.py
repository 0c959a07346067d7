"""What goes into the package, and what of it the function does without."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import imgmeta

__all__ = ["Distribution", "distributions", "own_distribution", "without_idle_libraries"]

_SERVICES = ("dynamodb", "s3", "sns")
"""The services of AWS that the function asks, as botocore's data calls them."""

_KEPT_METADATA = ("METADATA", "entry_points.txt", "licenses/*", "LICENSE*", "NOTICE*", "COPYING*")
"""Files of a distribution's metadata that mean something at run time, or must go with a copy. The
rest says where and how something was installed, or names files that are not there any more."""

_LEFT_OUT = (
    # For type checkers, compilers and documentation alone.
    *("*.pyi", "*/py.typed", "*.c", "*.h", "*.pyx", "*.pxd", "*/tests/*", "*/__pycache__/*"),
    "botocore/data/*/examples-1.json*",
    # Half of Powertools; what the function uses of it, its logger and its metrics, imports none.
    "aws_lambda_powertools/event_handler/*",
    # Colour management, text and Tk, and below, the libraries that only they are for: no file is
    # opened with them, and Pillow goes without.
    *("PIL/_imagingcms.*", "PIL/_imagingft.*", "PIL/_imagingtk.*"),
)

_NOT_PACKAGED = ("cloudformation/*", "deployment/*", "entrypoints/cli/*")
"""imgmeta's own folders that run on a person's machine, never in the function."""

_LIBRARIES = re.compile(r"[^/]+\.libs/")
"""Where auditwheel puts the libraries that a wheel's extension modules need."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution, or what the function needs of it.

    Attributes:
        name: as its metadata has it.
        version: the same.
        files: contents, by POSIX path below the folder that modules are found in.
    """

    name: str
    version: str
    files: Mapping[str, bytes]


def distributions(folder: Path) -> Iterator[Distribution]:
    """Yield what the function needs of the distributions that are installed in a folder."""
    for metadata in sorted(folder.glob("*.dist-info")):
        headers = BytesHeaderParser().parsebytes((metadata / "METADATA").read_bytes())
        record = (metadata / "RECORD").read_text("utf-8")
        # Only what a distribution says that it has: programs write notes of their own beside it.
        names = sorted({row[0] for row in csv.reader(record.splitlines()) if row})
        files = {name: (folder / name).read_bytes() for name in names if _is_needed(name)}
        yield Distribution(headers["Name"], headers["Version"], files)


def own_distribution() -> Distribution:
    """Return what the function needs of imgmeta: the modules that run here, and their version.

    They may be a working copy, or of a version that no package index has; so nothing is resolved.
    """
    package = Path(imgmeta.__file__).parent
    names = [path.relative_to(package).as_posix() for path in package.rglob("*.py")]
    needed = [name for name in sorted(names) if not _matches(name, _NOT_PACKAGED)]
    files = {f"imgmeta/{name}": (package / name).read_bytes() for name in needed}
    own = version("imgmeta")
    metadata = f"Metadata-Version: 2.1\nName: imgmeta\nVersion: {own}\n"
    files[f"imgmeta-{own}.dist-info/METADATA"] = metadata.encode()
    return Distribution("imgmeta", own, files)


def without_idle_libraries(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without the libraries that nothing in them needs.

    Needed is a library whose name stands in an extension module, or in a library that is needed:
    names of libraries that auditwheel has put there hold a hash, and are nowhere by chance.
    """
    libraries = {name for name in files if _LIBRARIES.match(name)}
    unread = [name for name in files if name.endswith(".so") and name not in libraries]
    needed = set[str]()
    while unread:
        content = files[unread.pop()]
        named = {name for name in libraries - needed if _file_name(name) in content}
        needed |= named
        unread += named
    return {name: files[name] for name in files if name not in libraries - needed}


def _file_name(name: str) -> bytes:
    return PurePosixPath(name).name.encode()


def _is_needed(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if not parts or parts[0] in {"..", "/", "bin"} or _matches(name, _LEFT_OUT):
        return False
    if parts[0].endswith(".dist-info"):
        return _matches("/".join(parts[1:]), _KEPT_METADATA)
    if parts[:2] == ("botocore", "data"):
        return len(parts) == 3 or parts[2] in _SERVICES  # noqa: PLR2004 - a file of all services
    return True


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
