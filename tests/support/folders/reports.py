"""Reports of observers of folders, recorded."""

from dataclasses import dataclass, field

__all__ = ["RecordedReports"]


@dataclass
class RecordedReports:
    """What an observer reported."""

    changes: list[tuple[bytes | str, bool]] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    unwatched: list[OSError] = field(default_factory=list)
    unmounts: int = 0
    permissions: int = 0

    def report(self, path: bytes | str, *, is_folder: bool) -> None:
        self.changes.append((path, is_folder))

    def report_permissions(self) -> None:
        self.permissions += 1

    def report_gap(self, reason: str) -> None:
        self.gaps.append(reason)

    def report_unwatched(self, error: OSError) -> None:
        self.unwatched.append(error)

    def report_unmount(self) -> None:
        self.unmounts += 1
