"""An indexer with a model bucket, and a switch for everything that a test may vary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from imgmeta import (
    ByteSource,
    ContentHash,
    Difference,
    GpsPolicy,
    Hint,
    ImageRecord,
    Indexer,
    ItemOutcome,
    ObjectLocation,
    Outcome,
    PresentObject,
    Rules,
    Target,
    UnlistedObject,
    UnlistedPrefix,
    suffix_filter,
)
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.core.objects import (
    ARCHIVE_CLASSES,
    INTELLIGENT_TIERING,
    ListedObject,
    Listing,
    Observation,
)
from imgmeta.ports import ThumbnailHasher
from support.convergence.bucket import BUCKET, EPOCH, ModelBucket, WidthReader

KEY = "holiday/a.jpg"
LOCATION = ObjectLocation(BUCKET, KEY)
ALL = Target(BUCKET)
ARCHIVE_TIER = "ARCHIVE_ACCESS"
ARCHIVES = {"GLACIER", "DEEP_ARCHIVE", ARCHIVE_TIER}


def sequencer(number: int) -> str:
    return f"{number:032X}"


class Bucket(ModelBucket):
    """The model bucket, with failures that a test can set for a key."""

    def __init__(self) -> None:
        super().__init__(versioned=False)
        self.errors: dict[str, Exception] = {}
        self.unreadable: set[str] = set()
        self.denied: set[str] = set()
        self.storage_classes: dict[str, str] = {}
        self.restored: set[str] = set()
        self.hashes: dict[str, ContentHash] = {}
        self.contents: dict[str, ByteSource] = {}
        self.unlisted: list[UnlistedObject | UnlistedPrefix] = []

    def observe(self, location: ObjectLocation) -> Observation:
        if error := self.errors.get(location.key):
            raise error
        observation = super().observe(location)
        if not isinstance(observation, PresentObject):
            return observation
        storage_class = self.storage_classes.get(location.key)
        is_tier = storage_class == ARCHIVE_TIER
        shown = INTELLIGENT_TIERING if is_tier else storage_class
        observation = replace(
            observation,
            storage_class=shown,
            content=self.contents.get(location.key, observation.content),
            content_hash=self.hashes.get(location.key),
        )
        if location.key in self.unreadable:
            return replace(observation, content=None, content_error="permission denied", etag=None)
        if location.key in self.denied:
            return replace(observation, content=None, content_error="permission denied")
        if storage_class in ARCHIVES and location.key not in self.restored:
            return replace(observation, content=None, content_error=f"archived ({storage_class})")
        return observation

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
        skipped: Callable[[str, str], object] | None = None,  # noqa: ARG002 - every file is an object
    ) -> Iterator[Listing]:
        listed = super().list(bucket, prefix, after=after, wanted=wanted)
        entries: list[Listing] = [*map(self._with_storage_class, listed), *self.unlisted]
        return iter(sorted(entries, key=lambda entry: entry.key))

    def _with_storage_class(self, entry: Listing) -> Listing:
        assert isinstance(entry, ListedObject)
        storage_class = self.storage_classes.get(entry.key)
        # A listing does not show the tiers of S3 Intelligent-Tiering.
        listed = INTELLIGENT_TIERING if storage_class == ARCHIVE_TIER else storage_class
        is_restored = storage_class in ARCHIVE_CLASSES and entry.key in self.restored
        return replace(entry, storage_class=listed, restored=is_restored)


@dataclass
class IndexerHarness:
    """An indexer and everything it depends on."""

    bucket: Bucket = field(default_factory=Bucket)
    repository: InMemoryImageRepository = field(default_factory=InMemoryImageRepository)
    reader: WidthReader = field(default_factory=WidthReader)
    hasher: ThumbnailHasher | None = None
    policy: GpsPolicy = GpsPolicy.KEEP
    suffixes: set[str] = field(default_factory=lambda: {"jpg"})
    now: datetime = EPOCH
    revisions: int = 0

    @property
    def indexer(self) -> Indexer:
        return Indexer(
            repository=self.repository,
            objects=self.bucket,
            reader=self.reader,
            rules=Rules(suffix_filter(self.suffixes), self.policy),
            clock=lambda: self.now,
            new_revision=self.new_revision,
            hasher=self.hasher,
        )

    def new_revision(self) -> str:
        self.revisions += 1
        return f"r{self.revisions}"

    def process(self, *hints: Hint) -> list[ItemOutcome]:
        return list(map(self.indexer.process, hints))

    def sync(self, target: Target = ALL) -> dict[str, Outcome]:
        return {item.location.key: item.outcome for item in self.indexer.sync(target)}

    def verify(self, target: Target = ALL) -> dict[str, Difference]:
        return {each.key: each.difference for each in self.indexer.verify(target)}

    def stored(self, key: str = KEY) -> ImageRecord:
        record = self.repository.get(ObjectLocation(BUCKET, key).image_id)
        assert record is not None
        return record
