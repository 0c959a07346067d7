"""Select the files that the function needs from imgmeta and from installed distributions."""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from fnmatch import fnmatchcase
from importlib.metadata import version
from pathlib import Path, PurePosixPath

import imgmeta

__all__ = ["Distribution", "distributions", "own_distribution", "without_unused_libraries"]

_SERVICES = ("dynamodb", "s3", "sns", "sqs")
"""The AWS services that the function calls, by their names in botocore's data."""

_METADATA = ("METADATA", "entry_points.txt", "licenses/*", "LICENSE*", "NOTICE*", "COPYING*")
"""Metadata files that matter at run time, or that must accompany a copy. The others describe the
installation, or list files that are not packaged."""

_EXCLUDED = (
    # For type checkers, compilers, tests and documentation only.
    *("*.pyi", "*/py.typed", "*.c", "*.h", "*.pyx", "*.pxd", "*/tests/*", "*/__pycache__/*"),
    "botocore/data/*/examples-1.json*",
    # Half of Powertools; its logger and metrics, which the function uses, do not import it.
    "aws_lambda_powertools/event_handler/*",
    # Color management, text and Tk: Pillow opens every file without them. The libraries that only
    # they need are removed by `without_unused_libraries`.
    *("PIL/_imagingcms.*", "PIL/_imagingft.*", "PIL/_imagingtk.*"),
)

_NOT_PACKAGED = ("cloudformation/*", "deployment/*", "entrypoints/cli/*", "testing/*")
"""Folders of imgmeta that the function never imports."""

_LIBRARIES = re.compile(r"[^/]+\.libs/")
"""Where auditwheel puts the shared libraries that a wheel's extension modules need."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The files of one distribution that the function needs.

    Attributes:
        name: the distribution's name, as its metadata spells it.
        version: the distribution's version.
        files: contents, by POSIX path in the package.
    """

    name: str
    version: str
    files: Mapping[str, bytes]


def distributions(folder: Path) -> Iterator[Distribution]:
    """Yield the distributions that are installed in a folder, with the files to package."""
    for metadata in sorted(folder.glob("*.dist-info")):
        headers = BytesHeaderParser().parsebytes((metadata / "METADATA").read_bytes())
        record = (metadata / "RECORD").read_text("utf-8")
        # Only recorded files: installers leave files of their own beside them.
        names = sorted({row[0] for row in csv.reader(record.splitlines()) if row})
        files = {name: (folder / name).read_bytes() for name in names if _is_needed(name)}
        yield Distribution(headers["Name"], headers["Version"], files)


def own_distribution() -> Distribution:
    """Return imgmeta itself, from the modules of this installation.

    They are copied, not downloaded: this may be a working copy, or an unpublished version.
    """
    package = Path(imgmeta.__file__).parent
    names = [path.relative_to(package).as_posix() for path in package.rglob("*.py")]
    needed = [name for name in sorted(names) if not _matches(name, _NOT_PACKAGED)]
    files = {f"imgmeta/{name}": (package / name).read_bytes() for name in needed}
    own = version("imgmeta")
    metadata = f"Metadata-Version: 2.1\nName: imgmeta\nVersion: {own}\n"
    files[f"imgmeta-{own}.dist-info/METADATA"] = metadata.encode()
    return Distribution("imgmeta", own, files)


def without_unused_libraries(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without the shared libraries that no extension module needs.

    A library is needed if its file name occurs in an extension module or in another needed library.
    File names from auditwheel contain a hash, so that they do not occur by coincidence.
    """
    libraries = {name for name in files if _LIBRARIES.match(name)}
    pending = [name for name in files if name.endswith(".so") and name not in libraries]
    needed = set[str]()
    while pending:
        content = files[pending.pop()]
        named = {name for name in libraries - needed if _file_name(name) in content}
        needed |= named
        pending += named
    return {name: files[name] for name in files if name not in libraries - needed}


def _file_name(name: str) -> bytes:
    return PurePosixPath(name).name.encode()


def _is_needed(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if not parts or parts[0] in {"..", "/", "bin"} or _matches(name, _EXCLUDED):
        return False
    if parts[0].endswith(".dist-info"):
        return _matches("/".join(parts[1:]), _METADATA)
    if parts[:2] == ("botocore", "data"):
        return len(parts) == 3 or parts[2] in _SERVICES  # noqa: PLR2004 - a file for all services
    return True


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
