"""A watched folder: the index equals it once all changes are reported, or a gap instead of them.

This holds if reports are duplicated, reordered, delayed, or for files that did not change; if files
change while others are processed; and if the index is unavailable for a while.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from imgmeta import Difference, Target
from imgmeta.adapters.memory import InMemoryFolderWatcher
from imgmeta.core.changes import Changes
from imgmeta.service import UpToDate, watch
from support.convergence.bucket import BUCKET
from support.convergence.flaky_repository import FlakyRepository
from support.convergence.indexer_harness import IndexerHarness

FOLDER = Target(BUCKET, "photos/")
FOLDERS = st.sampled_from(["photos/", "photos/a/", "photos/a/b/", "photos/c/"])
KEYS = st.builds("{}{}.jpg".format, FOLDERS, st.sampled_from("xy"))


class WatchedFolder(RuleBasedStateMachine):
    """A folder, a watch of it, and the reports that the watch has not been given yet."""

    def __init__(self) -> None:
        super().__init__()
        self.repository = FlakyRepository()
        self.harness = IndexerHarness(repository=self.repository)
        self.watcher = InMemoryFolderWatcher()
        self.reports: list[str] = []
        self.lost = False
        self.events = watch(self.harness.indexer, self.watcher, FOLDER)

    @rule(key=KEYS, content=st.integers(0, 3))
    def write(self, key: str, content: int) -> None:
        self.harness.bucket.put(key, content)
        self.reports.append(key)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.harness.bucket.delete(key)
        self.reports.append(key)

    @rule(source=FOLDERS, destination=FOLDERS)
    def rename_folder(self, source: str, destination: str) -> None:
        for name in "xy":
            if f"{source}{name}.jpg" in self.listed():
                self.harness.bucket.delete(f"{source}{name}.jpg")
                self.harness.bucket.put(f"{destination}{name}.jpg", 7)
        self.reports += [source, destination]

    @precondition(lambda self: self.reports)
    @rule(data=st.data(), again=st.booleans())
    def report(self, data: st.DataObject, *, again: bool) -> None:
        index = data.draw(st.integers(0, len(self.reports) - 1))
        self.deliver(self.reports[index] if again else self.reports.pop(index))

    @rule(name=st.one_of(KEYS, FOLDERS))
    def report_without_a_change(self, name: str) -> None:
        self.deliver(name)

    @rule()
    def lose_reports(self) -> None:
        self.reports.clear()
        self.lost = True

    @precondition(lambda self: self.lost)
    @rule()
    def report_gap(self) -> None:
        self.watcher.report(Changes(gap="lost"))
        self.lost = False

    @rule(failures=st.integers(1, 3))
    def fail_index(self, failures: int) -> None:
        self.repository.failures = failures

    @rule(steps=st.integers(1, 8))
    def watch(self, steps: int) -> None:
        for _ in range(steps):
            next(self.events)

    def teardown(self) -> None:
        for name in self.reports:
            self.deliver(name)
        if self.lost:
            self.report_gap()
        for _ in range(2):  # the first may be from before these reports
            while not isinstance(next(self.events), UpToDate):
                pass
        self.repository.failures = 0
        differences = self.harness.verify(FOLDER)
        assert set(differences) == self.listed()
        assert set(differences.values()) <= {Difference.SAME}

    def deliver(self, name: str) -> None:
        names = frozenset({name})
        self.watcher.report(Changes(prefixes=names) if name.endswith("/") else Changes(names))

    def listed(self) -> set[str]:
        return {each.key for each in self.harness.bucket.list(BUCKET, FOLDER.prefix)}


def test_index_equals_the_watched_folder() -> None:
    # The steps are fast: the default profile runs more histories.
    many = settings(max_examples=settings().max_examples * 5, stateful_step_count=30)
    run_state_machine_as_test(WatchedFolder, settings=many)
