"""Files that are not indexed, counted by kind and suffix."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from imgmeta.core.targets import IMAGE_SUFFIXES
from imgmeta.core.text import counted, printable, shorten

__all__ = [
    "MAX_SUFFIXES",
    "Kind",
    "UnindexedCount",
    "UnindexedFiles",
    "kind_of",
    "label_of",
    "listed_counts",
    "suffix_of",
]

MAX_SUFFIXES = 1_000
"""Maximum number of suffixes that are counted separately; the others count as one."""

_MAX_SUFFIX = 16
"""A longer suffix counts as none: the dot is part of the name."""

_MAX_KINDS = 8
_MAX_LINE = 150
_MAX_REASON = 99


class Kind(StrEnum):
    """The reason that a file is not indexed, in words for people."""

    VIDEO = "video"
    SIDECAR = "sidecar"
    RAW = "raw"
    OTHER_IMAGE = "unsupported image"
    AUDIO = "audio"
    DOCUMENT = "document"
    TEXT = "text"
    DATA = "data"
    ARCHIVE = "archive"
    SYSTEM = "system"
    FOLDER_MARKER = "folder marker"
    EXCLUDED = "excluded by IMGMETA_SUFFIXES"
    NO_SUFFIX = "without suffix"
    OTHER = "other"


_SUFFIXES = {
    Kind.VIDEO: "360 3g2 3gp avi braw dv flv insv lrv m2ts m4v mkv mod mov mp4 mpeg mpg mts mxf "
    "ogv r3d tod vob webm wmv",
    Kind.SIDECAR: "aae acr arp comask cop cos cot dop nksc on1 pp3 thm vrd xmp",
    Kind.RAW: "bay cap crw dcr dcs drf eip erf fff gpr k25 kdc mdc mef mos mrw ptx pxn raw rwl rwz "
    "srf x3f",
    Kind.OTHER_IMAGE: "afphoto ai bpg cdr clip dds emf eps exr flif hdr icns ico indd j2k jng jp2 "
    "jpf jpx jxr kra mng pbm pcx pgm pnm ppm psb psd qoi sketch svg svgz tga wdp wmf xcf",
    Kind.AUDIO: "aac aif aiff amr caf flac m4a mid mp3 oga ogg opus wav wma",
    Kind.DOCUMENT: "doc docx epub key numbers odp ods odt pages pdf ppt pptx rtf xls xlsx",
    Kind.TEXT: "asc bat c cfg conf css csv htm html ics ini js json log md nfo ps1 py rst sh srt "
    "text toml ts tsv txt url vcf xml yaml yml",
    Kind.DATA: "bak bin cache dat db db-journal db-shm db-wal gpx kml kmz lrcat lrdata lrprev "
    "parquet pickle plist sqlite sqlite3",
    Kind.ARCHIVE: "7z bz2 cab dmg gz iso jar rar tar tbz tgz xz zip zst",
    Kind.SYSTEM: "crdownload ds_store ithmb lnk lock part partial swp tmp",
}
_KIND_OF_SUFFIX = {suffix: kind for kind, text in _SUFFIXES.items() for suffix in text.split()}
_SYSTEM_NAMES = frozenset(
    {".ds_store", ".localized", ".nomedia", "desktop.ini", "ehthumbs.db", "thumbs.db"}
)


def suffix_of(key: str) -> str:
    """Return the suffix of a key in lower case, without the dot; empty if it has none."""
    _, dot, suffix = key.rpartition("/")[2].rpartition(".")
    return suffix.lower() if dot and len(suffix) <= _MAX_SUFFIX else ""


def kind_of(key: str) -> Kind:
    """Return the kind of file that is not indexed, by its name only."""
    if key.endswith("/"):
        return Kind.FOLDER_MARKER
    suffix = suffix_of(key)
    if key.rpartition("/")[2].lower() in _SYSTEM_NAMES:
        return Kind.SYSTEM
    if suffix in IMAGE_SUFFIXES:
        return Kind.EXCLUDED
    return _KIND_OF_SUFFIX.get(suffix, Kind.OTHER) if suffix else Kind.NO_SUFFIX


def label_of(key: str) -> str:
    """Return the kind of a file that is not indexed, or its suffix if its kind is unknown.

    Labels are visible ASCII. Real files have only a few different ones.
    """
    suffix, kind = suffix_of(key), kind_of(key)
    is_plain = suffix.isascii() and suffix.isalnum()
    return f".{suffix}" if kind is Kind.OTHER and is_plain else kind.value


def listed_counts(counts: Mapping[str, int]) -> str:
    """Return counts as text, such as "4 video, 3 sidecar", the largest first, limited in length."""
    parts = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = [f"{count:,} {name}" for name, count in parts[:_MAX_KINDS]]
    if rest := sum(count for _, count in parts[_MAX_KINDS:]):
        shown.append(f"{rest:,} more")
    return ", ".join(shown)


@dataclass(frozen=True, slots=True)
class UnindexedCount:
    """Number of files that are not indexed, by `label_of`.

    Attributes:
        counts: the numbers.
        is_complete: whether all files were counted in time.
        error: the reason that files could not be counted, if any.
    """

    counts: Mapping[str, int] = field(default_factory=Counter[str])
    is_complete: bool = True
    error: str | None = None

    def text(self) -> str:
        """Return the numbers on one line of visible ASCII, limited in length."""
        if self.error is not None:
            reason = printable(self.error).encode("ascii", "backslashreplace").decode()
            return f"not counted: {shorten(reason, _MAX_REASON)}"
        total = sum(self.counts.values())
        at_least = "" if self.is_complete else "at least "
        kinds = f" ({listed_counts(self.counts)})" if total else ""
        text = f"{at_least}{total:,}{kinds}"
        return text if len(text) <= _MAX_LINE else f"{text[: _MAX_LINE - 3]}..."


class UnindexedFiles:
    """Counts of the files that are not indexed, by reason and suffix, in bounded memory."""

    def __init__(self) -> None:
        self._counts = Counter[tuple[str, str]]()

    def add(self, key: str, reason: str | None = None) -> str:
        """Count a file, and return the reason that it is not indexed.

        Args:
            key: the file's key.
            reason: the reason; None: `kind_of(key)`.
        """
        suffix = suffix_of(key)
        reason = reason or kind_of(key)
        if (reason, suffix) not in self._counts and len(self._counts) >= MAX_SUFFIXES:
            suffix = ""
        self._counts[reason, suffix] += 1
        return reason

    @property
    def total(self) -> int:
        """Number of files."""
        return self._counts.total()

    def by_reason(self) -> dict[str, int]:
        """Return the number of files for each reason, the largest first."""
        return self._grouped(0)

    def by_suffix(self) -> dict[str, int]:
        """Return the number of files for each suffix, the largest first; "" means without one."""
        return self._grouped(1)

    def summary(self) -> str:
        """Return text such as "10 files not indexed: 4 video, 3 sidecar"; empty for none.

        It contains suffixes as they are, so it is not safe to print.
        """
        if not self.total:
            return ""
        counts = Counter[str]()  # files of unknown kind are named by their suffix
        for (reason, suffix), count in self._counts.items():
            is_unknown = reason == Kind.OTHER and suffix
            counts[f".{suffix}" if is_unknown else reason] += count
        return f"{counted(self.total, 'file')} not indexed: {listed_counts(counts)}"

    def _grouped(self, part: int) -> dict[str, int]:
        counts = Counter[str]()
        for names, count in self._counts.items():
            counts[names[part]] += count
        return _largest_first(counts)


def _largest_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
