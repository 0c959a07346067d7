"""Tests of the local object store beyond the contract tests."""

import errno
import gc
import os
import pickle
import socket
import stat
import tempfile
import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from imgmeta.adapters.filesystem import (
    LocalObjectStore,
    key_from_path,
    listing,
    locate,
    names,
    path_from_key,
)
from imgmeta.adapters.filesystem.flavors import WINDOWS
from imgmeta.core.objects import (
    FIRST_BLOCK,
    AbsentObject,
    ByteSource,
    ListedObject,
    ObjectLocation,
    PresentObject,
    UnlistedObject,
    UnlistedPrefix,
)
from imgmeta.errors import ObjectChangedError, PermanentError, TransientError

STORE = LocalObjectStore()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path.resolve()


def location(path: Path | bytes) -> ObjectLocation:
    return ObjectLocation("file://", key_from_path(path))


def listed(folder: Path, prefix: str = "", store: LocalObjectStore = STORE) -> list[str]:
    base = key_from_path(folder) + "/"
    return [each.key.removeprefix(base) for each in store.list("file://", base + prefix)]


def entry(folder: Path) -> ListedObject:
    """Return the listing's only line."""
    [line] = STORE.list("file://", key_from_path(folder) + "/")
    assert isinstance(line, ListedObject)
    return line


def source(path: Path) -> ByteSource:
    observed = STORE.observe(location(path))
    assert isinstance(observed, PresentObject)
    assert observed.content is not None
    return observed.content


def fail_call(
    monkeypatch: pytest.MonkeyPatch, call: str, code: int, path: Path, times: int = 1_000
) -> None:
    """Make a function of `os` fail for one path."""
    real, failures = getattr(os, call), [times]

    def fail(argument: bytes, *args: object, **kwargs: object) -> object:
        if os.fsencode(argument).rstrip(b"/") == os.fsencode(path) and failures[0]:
            failures[0] -= 1
            raise OSError(code, os.strerror(code))
        return real(argument, *args, **kwargs)

    monkeypatch.setattr(os, call, fail)


class TestNames:
    @pytest.mark.parametrize(
        ("path", "key"),
        [
            (b"/", ""),
            (b"/home/me/a.jpg", "home/me/a.jpg"),
            (b"//a", "/a"),
            ("/caf\u00e9".encode(), "caf\u00e9"),
            ("/cafe\u0301".encode(), "cafe\u0301"),
            (b"/caf\xe9.jpg", "caf\uefe9.jpg"),
            (b"/\xed\xa0\x80", "\uefed\uefa0\uef80"),
            ("/\uef80".encode(), "\uefee\uefbe\uef80"),
        ],
    )
    def test_path_and_key_correspond(self, path: bytes, key: str) -> None:
        assert key_from_path(path) == key
        assert path_from_key(key) == path
        assert key_from_path(os.fsdecode(path)) == key

    def test_relative_path_has_no_key(self) -> None:
        with pytest.raises(ValueError, match="must be absolute"):
            key_from_path("a.jpg")

    @pytest.mark.parametrize("key", ["\ud800", "\uefc3\uefa9", "\uef80\ud800"])
    def test_key_without_path_raises_error(self, key: str) -> None:
        with pytest.raises(ValueError, match=r"no path has this key|surrogates not allowed"):
            path_from_key(key)

    def test_files_of_any_name_are_listed_and_observed(self, folder: Path) -> None:
        names = [
            b"\xff.jpg",
            b"caf\xe9",
            "\uef80".encode(),
            b"new\nline",
            b"\x1b[31m",
            b"\xed\xa0\x80",
        ]
        names += ["cafe\u0301".encode(), "caf\u00e9".encode(), b"-", b" ", b"\\", b"n" * 255]
        for name in names:
            Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(name)  # noqa: PTH118 - Path does not support bytes
        keys = [each.key for each in STORE.list("file://", key_from_path(folder) + "/")]
        assert keys == sorted(keys, key=str.encode)
        assert {path_from_key(key).rpartition(b"/")[2] for key in keys} == set(names)
        for key in keys:
            observed = STORE.observe(ObjectLocation("file://", key))
            assert isinstance(observed, PresentObject)
            assert observed.content is not None
            assert observed.content.read(0, 999) == path_from_key(key).rpartition(b"/")[2]


class TestLocate:
    def test_folder_and_parent_give_the_same_keys(self, folder: Path) -> None:
        (folder / "real").mkdir()
        (folder / "real" / "a.jpg").touch()
        (folder / "link").symlink_to("real")
        expected = key_from_path(folder / "real")
        for path in ("real", "link", "real/", "link/.", "./real/../link", "real//"):
            assert locate(f"{folder}/{path}") == ObjectLocation("file://", expected)
        assert locate(folder / "link" / "a.jpg").key == f"{expected}/a.jpg"

    def test_link_to_file_keeps_its_name(self, folder: Path) -> None:
        (folder / "a.jpg").touch()
        (folder / "b.jpg").symlink_to("a.jpg")
        (folder / "gone.jpg").symlink_to("nothing")
        for name in ("b.jpg", "gone.jpg", "nothing"):
            assert locate(folder / name) == location(folder / name)

    def test_relative_path_is_resolved_in_working_directory(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        assert locate("a.jpg") == location(folder / "a.jpg")
        assert locate(".") == location(folder)
        assert locate("gone/..") == location(folder)
        assert locate(b"\xff.jpg").key == key_from_path(folder) + "/\uefff.jpg"

    def test_root_has_empty_key(self) -> None:
        assert [locate(path).key for path in ("/", "//", "/..", "///")] == [""] * 4
        assert locate("//gone.jpg").key == "gone.jpg"


class TestObserve:
    def test_special_files_and_folders_are_absent(self, folder: Path) -> None:
        os.mkfifo(folder / "fifo")
        (folder / "folder").mkdir()
        (folder / "to_folder").symlink_to("folder")
        (folder / "dangling").symlink_to("nothing")
        (folder / "loop").symlink_to("loop")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(folder / "socket"))
            for name in ("fifo", "folder", "to_folder", "dangling", "loop", "socket", "loop/x"):
                assert STORE.observe(location(folder / name)) == AbsentObject(
                    location(folder / name)
                )
        assert isinstance(STORE.observe(ObjectLocation("file://", "dev/null")), AbsentObject)

    def test_link_to_file_is_an_object(self, folder: Path) -> None:
        (folder / "a.jpg").write_bytes(b"abc")
        (folder / "b.jpg").symlink_to("a.jpg")
        assert source(folder / "b.jpg").read(0, 9) == b"abc"

    def test_link_to_folder_is_not_followed(self, folder: Path) -> None:
        """Neither observations nor listings follow such links."""
        (folder / "real").mkdir()
        (folder / "real" / "a.jpg").touch()
        (folder / "link").symlink_to("real")
        assert isinstance(STORE.observe(location(folder / "link" / "a.jpg")), AbsentObject)
        assert listed(folder, "link/") == []

    def test_new_observer_does_not_follow_a_folder_that_became_a_link(self, folder: Path) -> None:
        (folder / "a").mkdir()
        (folder / "a" / "a.jpg").touch()
        file = location(folder / "a" / "a.jpg")
        assert isinstance(STORE.observer()(file), PresentObject)
        (folder / "a").rename(folder / "b")
        (folder / "a").symlink_to("b")
        assert STORE.observer()(file) == AbsentObject(file)

    def test_observer_checks_a_folder_for_links_once(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        checked = list[bytes]()

        def is_link(path: bytes) -> bool:
            checked.append(path)
            return False

        monkeypatch.setattr(listing, "is_link", is_link)
        observe = STORE.observer()
        for name in ("a.jpg", "b.jpg"):
            (folder / name).touch()
            assert isinstance(observe(location(folder / name)), PresentObject)
        assert checked.count(bytes(folder)) == 1

    def test_too_long_name_or_path_is_absent(self, folder: Path) -> None:
        for name in ("n" * 300, "n/" * 3000 + "n"):
            assert isinstance(STORE.observe(location(folder / name)), AbsentObject)

    def test_unreadable_file_has_size_time_and_etag(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "a.jpg").write_bytes(b"abc")
        os.utime(folder / "a.jpg", (1_700_000_000, 1_700_000_000))
        before = STORE.observe(location(folder / "a.jpg"))
        assert isinstance(before, PresentObject)
        fail_call(monkeypatch, "open", errno.EACCES, folder / "a.jpg")
        observed = STORE.observe(location(folder / "a.jpg"))
        assert observed == PresentObject(
            location=location(folder / "a.jpg"),
            size=3,
            last_modified=datetime.fromtimestamp(1_700_000_000, UTC),
            etag=before.etag,
            content=None,
            content_error="permission denied",
        )

    def test_file_and_folder_without_permission_are_unreadable(self, folder: Path) -> None:
        (folder / "a.jpg").write_bytes(b"abc")
        (folder / "a.jpg").chmod(0)
        if os.access(folder / "a.jpg", os.R_OK):
            pytest.skip("this user may read everything")
        observed = STORE.observe(location(folder / "a.jpg"))
        assert isinstance(observed, PresentObject)
        assert observed.content_error == "permission denied"
        (folder / "b").mkdir(mode=0)
        assert listed(folder) == ["a.jpg", "b/"]
        with pytest.raises(PermanentError):
            STORE.observe(location(folder / "b" / "c.jpg"))

    @pytest.mark.parametrize(
        ("code", "expected"), [(errno.EACCES, PermanentError), (errno.EIO, TransientError)]
    )
    def test_failed_stat_of_unreadable_file_raises_error(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        code: int,
        expected: type[Exception],
    ) -> None:
        fail_call(monkeypatch, "open", errno.EPERM, folder / "a.jpg")
        fail_call(monkeypatch, "stat", code, folder / "a.jpg")
        with pytest.raises(expected, match=r"cannot read .*a\.jpg: "):
            STORE.observe(location(folder / "a.jpg"))

    def test_denied_fifo_or_missing_file_is_absent(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        os.mkfifo(folder / "fifo")
        fail_call(monkeypatch, "open", errno.EACCES, folder / "fifo")
        assert isinstance(STORE.observe(location(folder / "fifo")), AbsentObject)
        fail_call(monkeypatch, "open", errno.EACCES, folder / "gone")
        assert isinstance(STORE.observe(location(folder / "gone")), AbsentObject)

    def test_file_changed_during_observation_raises_transient_error(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "a.jpg").write_bytes(b"abc")
        real = os.pread

        def pread(file: int, length: int, offset: int) -> bytes:
            block = real(file, length, offset)
            (folder / "a.jpg").write_bytes(b"longer")
            return block

        monkeypatch.setattr(os, "pread", pread)
        with pytest.raises(TransientError, match="changed while it was read"):
            STORE.observe(location(folder / "a.jpg"))

    @pytest.mark.parametrize(("seconds", "year"), [(2**40, 9999), (-(2**40), 1)])
    def test_modification_time_is_limited_to_datetime_range(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: int, year: int
    ) -> None:
        (folder / "a.jpg").touch()
        real = os.fstat

        def fstat(file: int) -> os.stat_result:
            status = real(file)
            times = {"st_mtime_ns": seconds * 10**9, "st_ctime_ns": status.st_ctime_ns}
            return os.stat_result(tuple(status), times)

        monkeypatch.setattr(os, "fstat", fstat)
        observed = STORE.observe(location(folder / "a.jpg"))
        assert isinstance(observed, PresentObject)
        assert observed.last_modified.year == year


class TestContent:
    DATA = bytes(range(256)) * 1024

    def test_no_file_stays_open(self, folder: Path) -> None:
        (folder / "a.tif").write_bytes(self.DATA)
        contents = [source(folder / "a.tif") for _ in range(10)]
        contents[0].read(FIRST_BLOCK, 10)
        open_files = set[Path]()
        for descriptor in Path("/proc/self/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile by another thread
                open_files.add(descriptor.readlink())
        assert open_files
        assert folder / "a.tif" not in open_files

    def test_observation_reads_only_the_first_and_the_last_block(self, folder: Path) -> None:
        (folder / "a.tif").write_bytes(self.DATA)
        assert source(folder / "a.tif").fetched == FIRST_BLOCK + 4096

    @pytest.mark.parametrize("size", [0, 1, FIRST_BLOCK, FIRST_BLOCK + 1, FIRST_BLOCK + 4096])
    def test_file_that_fits_into_both_blocks_is_read_once(self, folder: Path, size: int) -> None:
        (folder / "a.tif").write_bytes(self.DATA[:size])
        content = source(folder / "a.tif")
        assert content.fetched == size
        assert content.read(max(0, size - 10), 20) == self.DATA[max(0, size - 10) : size]

    @pytest.mark.parametrize("start", [0, FIRST_BLOCK - 5, 200_000, 258_048, 262_140])
    def test_ranges_across_blocks_have_the_bytes_of_the_file(
        self, folder: Path, start: int
    ) -> None:
        (folder / "a.tif").write_bytes(self.DATA)
        for length in (1, 10, 40_000, 262_144):
            data = source(folder / "a.tif").read(start, length)
            assert data == self.DATA[start : start + length]

    def test_last_block_is_read_without_the_file(self, folder: Path) -> None:
        (folder / "a.tif").write_bytes(self.DATA)
        content = source(folder / "a.tif")
        (folder / "a.tif").unlink()
        assert content.is_local
        assert content.read(len(self.DATA) - 3, 3) == self.DATA[-3:]

    @pytest.mark.parametrize(
        "change", ["overwrite", "rewrite", "replace", "truncate", "remove", "fifo"]
    )
    def test_range_of_changed_file_raises_transient_error(self, folder: Path, change: str) -> None:
        path = folder / "a.tif"
        path.write_bytes(self.DATA)
        os.utime(path, (1, 1))
        content = source(path)
        if change == "overwrite":
            path.write_bytes(self.DATA[::-1])
        elif change == "rewrite":
            path.write_bytes(self.DATA[::-1])
            os.utime(path, (1, 1))
        elif change == "replace":
            (folder / "b").write_bytes(self.DATA)
            os.utime(folder / "b", (1, 1))
            (folder / "b").replace(path)
        elif change == "truncate":
            os.truncate(path, 10)
        else:
            path.unlink()
            if change == "fifo":
                os.mkfifo(path)
        assert content.read(0, FIRST_BLOCK) == self.DATA[:FIRST_BLOCK]
        with pytest.raises(TransientError):
            content.read(FIRST_BLOCK, 10)

    def test_file_changed_during_range_read_raises_transient_error(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = folder / "a.tif"
        path.write_bytes(self.DATA)
        content = source(path)
        real = os.pread

        def pread(file: int, length: int, offset: int) -> bytes:
            os.truncate(path, 10)
            return real(file, length, offset)

        monkeypatch.setattr(os, "pread", pread)
        with pytest.raises(TransientError, match="changed"):
            content.read(FIRST_BLOCK, 10)


class TestList:
    def test_folder_is_sorted_by_its_keys(self, folder: Path) -> None:
        for name in ("a", "a.d", "b"):
            (folder / name).mkdir()
            (folder / name / "x").touch()
        for name in ("a!", "a0", "a-"):
            (folder / name).touch()
        assert listed(folder) == ["a!", "a-", "a.d/x", "a/x", "a0", "b/x"]

    @pytest.mark.parametrize("modified_ns", [1_700_000_000_000_000_000, 1_700_000_000_123_456_789])
    def test_rewritten_file_of_the_same_size_and_time_has_another_etag(
        self, folder: Path, modified_ns: int
    ) -> None:
        path = folder / "a.jpg"
        path.write_bytes(b"one")
        os.utime(path, ns=(modified_ns, modified_ns))
        before, line = STORE.observe(location(path)), entry(folder)
        path.write_bytes(b"two")
        os.utime(path, ns=(modified_ns, modified_ns))
        after = STORE.observe(location(path))
        assert isinstance(before, PresentObject)
        assert isinstance(after, PresentObject)
        assert (after.size, after.last_modified) == (before.size, before.last_modified)
        assert after.etag != before.etag
        assert entry(folder).etag != line.etag

    @pytest.mark.parametrize(
        ("age", "slept"),
        [(0, [0.01]), (4_000_000, [0.006]), (10_000_000, []), (10**12, []), (-1, [])],
    )
    def test_file_is_read_after_the_timer_tick_of_its_last_change(
        self, folder: Path, age: int, slept: list[float]
    ) -> None:
        path = folder / "a.jpg"
        path.write_bytes(b"one")
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            path.write_bytes(b"three")

        store = LocalObjectStore(clock_ns=lambda: path.stat().st_ctime_ns + age, sleep=sleep)
        observed = store.observe(location(path))
        assert isinstance(observed, PresentObject)
        assert observed.content is not None
        assert observed.content.read(0, 9) == (b"three" if slept else b"one")
        assert observed.size == observed.content.size
        assert waits == slept

    def test_rewritten_file_is_read_again_although_its_times_were_just_the_same(
        self, folder: Path
    ) -> None:
        path = folder / "a.jpg"
        etags: set[str | None] = set()
        for number in range(10):
            path.write_bytes(bytes([number]))
            os.utime(path, (1, 1))
            observed = STORE.observe(location(path))
            assert isinstance(observed, PresentObject)
            etags.add(observed.etag)
        assert len(etags) == 10

    def test_only_files_and_links_to_files_are_listed(self, folder: Path) -> None:
        (folder / "d" / "empty").mkdir(parents=True)
        (folder / "d" / "up").symlink_to("..")
        (folder / "d" / "loop").symlink_to("loop")
        (folder / "d" / "dangling").symlink_to("nothing")
        (folder / "d" / "null").symlink_to("/dev/null")
        (folder / "d" / "link.jpg").symlink_to("../a.jpg")
        os.mkfifo(folder / "d" / "fifo")
        (folder / "a.jpg").touch()
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(os.path.relpath(folder / "socket"))
            assert listed(folder) == ["a.jpg", "d/link.jpg"]

    def test_file_that_is_not_an_object_is_reported_with_the_reason(self, folder: Path) -> None:
        (folder / "d").mkdir()
        (folder / "d" / "up").symlink_to("..")
        (folder / "d" / "loop").symlink_to("loop")
        (folder / "d" / "dangling.jpg").symlink_to("nothing")
        (folder / "d" / "null").symlink_to("/dev/null")
        (folder / "d" / "link.jpg").symlink_to("../a.jpg")
        os.mkfifo(folder / "d" / "fifo")
        os.mkfifo(folder / "other")
        (folder / "a.jpg").touch()
        skipped: dict[str, str] = {}
        base = key_from_path(folder) + "/d"
        found = STORE.list(
            "file://", base, after=f"{base}/dangling.jp", skipped=skipped.__setitem__
        )
        assert [each.key for each in found] == [f"{base}/link.jpg"]
        assert skipped == {
            f"{base}/up": "link to a folder",
            f"{base}/loop": "broken link",
            f"{base}/dangling.jpg": "broken link",
            f"{base}/null": "special file",
            f"{base}/fifo": "special file",
        }

    def test_unwanted_file_is_not_examined(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("a.jpg", "b.txt", "d.jpg/c.jpg"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).touch()
        fail_call(monkeypatch, "stat", errno.EIO, folder / "b.txt")
        found = LocalObjectStore().list(
            "file://", key_from_path(folder) + "/", wanted=lambda key: key.endswith(".jpg")
        )
        names = [each.key.removeprefix(key_from_path(folder) + "/") for each in found]
        assert names == ["a.jpg", "d.jpg/c.jpg"]

    @pytest.mark.parametrize("code", [errno.EACCES, errno.EIO, errno.ENAMETOOLONG])
    def test_unreadable_folder_and_file_are_reported(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        (folder / "d").mkdir()
        for name in ("a.jpg", "d/x.jpg", "e.jpg"):
            (folder / name).touch()
        fail_call(monkeypatch, "scandir", code, folder / "d")
        fail_call(monkeypatch, "stat", code, folder / "a.jpg")
        base, reason = key_from_path(folder) + "/", os.strerror(code).lower()
        found = list(STORE.list("file://", base))
        assert found[:2] == [
            UnlistedObject(base + "a.jpg", reason),
            UnlistedPrefix(base + "d/", reason),
        ]
        assert [each.key for each in found[2:]] == [base + "e.jpg"]

    @pytest.mark.parametrize("code", [errno.ENOENT, errno.ENOTDIR])
    def test_file_and_folder_deleted_during_listing_are_skipped(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        (folder / "d").mkdir()
        for name in ("a.jpg", "d/x.jpg", "e.jpg"):
            (folder / name).touch()
        fail_call(monkeypatch, "scandir", code, folder / "d")
        fail_call(monkeypatch, "stat", code, folder / "a.jpg")
        assert listed(folder) == ["e.jpg"]

    def test_folders_before_start_key_are_not_opened(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("a", "b", "c"):
            (folder / name).mkdir()
            (folder / name / "x.jpg").touch()
        fail_call(monkeypatch, "scandir", errno.EIO, folder / "a")
        base = key_from_path(folder) + "/"
        found = list(STORE.list("file://", base, after=base + "b/w"))
        assert [each.key for each in found] == [base + "b/x.jpg", base + "c/x.jpg"]

    def test_too_deep_folder_is_reported(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(folder)
        for _ in range(20):
            os.mkdir("n" * 250)  # noqa: PTH102 - the absolute path is too long
            os.chdir("n" * 250)
        found = list(STORE.list("file://", key_from_path(folder) + "/"))
        assert len(found) == 1
        assert isinstance(found[0], UnlistedPrefix)
        assert found[0].reason == "file name too long"

    def test_unfinished_listing_leaves_no_temporary_file(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "CHUNK", 2)
        monkeypatch.setattr(tempfile, "tempdir", str(folder))
        for name in "abcdefgh":
            (folder / f"{name}.jpg").touch()
        walk = STORE.list("file://", key_from_path(folder) + "/")
        first = next(walk)
        assert isinstance(first, ListedObject)
        del walk
        gc.collect()
        assert len(list(folder.iterdir())) == 8

    def test_failed_scan_reports_folder(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "CHUNK", 1)
        (folder / "a.jpg").touch()
        (folder / "b.jpg").touch()

        def wanted(key: str) -> bool:
            if key.endswith("broken"):
                raise OSError(errno.EIO, "Input/output error")
            return True

        (folder / "broken").touch()
        found = list(LocalObjectStore().list("file://", key_from_path(folder) + "/", wanted=wanted))
        assert found == [UnlistedPrefix(key_from_path(folder) + "/", "input/output error")]

    @pytest.mark.parametrize("chunk", [1, 2, 3, 7])
    def test_folder_sorted_on_disk_has_same_order(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
    ) -> None:
        monkeypatch.setattr(listing, "CHUNK", chunk)
        monkeypatch.setattr(listing, "_BLOCK", 5)
        names = [f"{n * 7 % 23}" + "\u00e9" * (n % 3) + f"\n{n}" for n in range(23)]
        for name in names:
            (folder / name).touch()
            (folder / f"d{name}").mkdir()
            (folder / f"d{name}" / "x").touch()
        expected = sorted([*names, *(f"d{name}/x" for name in names)])
        assert listed(folder) == expected
        assert listed(folder, "d1") == [key for key in expected if key.startswith("d1")]

    @pytest.mark.slow  # writes many files
    def test_memory_does_not_depend_on_folder_size(self, folder: Path) -> None:
        def fill(start: int, end: int) -> None:
            for number in range(start, end):
                os.close(os.open(f"{folder}/IMG_{number:06}.jpg", os.O_CREAT, 0o600))

        def peak(expected: int) -> int:
            tracemalloc.start()
            try:
                found = sum(1 for _ in STORE.list("file://", key_from_path(folder) + "/"))
                assert found == expected
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        fill(0, 1_000)
        peak(1_000)
        small = peak(1_000)
        fill(1_000, 25_000)
        assert peak(25_000) < small + 2_000_000


def test_read_error_names_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "\x1b.jpg").touch()
    fail_call(monkeypatch, "open", errno.EMFILE, folder / "\x1b.jpg")
    with pytest.raises(TransientError) as caught:
        STORE.observe(location(folder / "\x1b.jpg"))
    assert str(caught.value).isprintable()
    assert str(caught.value).endswith("too many open files")


class TestWindows:
    """What the listing does differently on Windows, of which the calls are simulated."""

    def test_listing_of_all_drives_is_reported_as_incomplete(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(listing, "FLAVOR", WINDOWS)
        (found,) = LocalObjectStore().list("file://")

        assert isinstance(found, UnlistedPrefix)
        assert "pass a drive" in found.reason

    def test_junction_is_not_followed(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "junction").mkdir()
        (folder / "junction" / "a.jpg").touch()
        (folder / "b.jpg").touch()
        monkeypatch.setattr(listing, "FLAVOR", WINDOWS)
        monkeypatch.setattr(listing, "is_junction", lambda status: stat.S_ISDIR(status.st_mode))
        skipped = list[tuple[str, str]]()
        prefix = f"{locate(folder).key}/"
        found = LocalObjectStore().list(
            "file://", prefix, skipped=lambda *each: skipped.append(each)
        )

        assert [each.key for each in found if isinstance(each, ListedObject)] == [f"{prefix}b.jpg"]
        assert skipped == [(f"{prefix}junction", "link to a folder")]

    def test_junction_is_a_link(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        status = SimpleNamespace(st_mode=stat.S_IFDIR, st_reparse_tag=0xA0000003)
        assert not names.is_link(bytes(folder))
        monkeypatch.setattr(names, "FLAVOR", WINDOWS)
        monkeypatch.setattr(os, "lstat", lambda _path: status)

        assert names.is_junction(cast("os.stat_result", status))
        assert names.is_link(bytes(folder))


class TestStatus:
    def test_file_in_a_linked_folder_has_no_status(self, folder: Path) -> None:
        (folder / "real").mkdir()
        (folder / "real" / "a.jpg").write_bytes(b"a")
        (folder / "link").symlink_to("real")
        store = LocalObjectStore()
        assert store.status(location(folder / "real" / "a.jpg")) is not None
        assert store.status(location(folder / "link" / "a.jpg")) is None

    def test_file_whose_folder_cannot_be_searched_has_no_status(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def deny(_: object) -> None:
            raise PermissionError(13, "Permission denied")

        (folder / "a.jpg").write_bytes(b"a")
        monkeypatch.setattr("os.stat", deny)
        assert LocalObjectStore().status(location(folder / "a.jpg")) is None


def test_content_in_another_process_is_read_from_the_same_state_of_the_file(folder: Path) -> None:
    path = folder / "a.jpg"
    path.write_bytes(b"0123456789")
    observed = STORE.observe(locate(path))
    assert isinstance(observed, PresentObject)
    copied = pickle.loads(pickle.dumps(observed))  # noqa: S301 - the data is that of this test
    assert copied.content.fetched == 10
    assert [copied.content.read(0, 3), copied.content.read(8, 9)] == [b"012", b"89"]
    path.write_bytes(b"another content")
    with pytest.raises(ObjectChangedError):
        copied.content.read(0, 3)


def test_content_in_another_process_does_not_take_its_blocks_along(folder: Path) -> None:
    path = folder / "a.jpg"
    path.write_bytes(bytes(FIRST_BLOCK))
    assert len(pickle.dumps(STORE.observe(locate(path)))) < 4096
