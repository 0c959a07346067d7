"""An indexer over a model bucket, and everything that can be turned in that small world."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from imgmeta import (
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
from imgmeta.core.objects import Listing, Observation
from support.convergence.bucket import BUCKET, EPOCH, ModelBucket, WidthReader

KEY = "holiday/a.jpg"
PLACE = ObjectLocation(BUCKET, KEY)
ALL = Target(BUCKET)


def sequencer(number: int) -> str:
    return f"{number:032X}"


class Bucket(ModelBucket):
    """The model bucket, with switches for what can go wrong at one key."""

    def __init__(self) -> None:
        super().__init__(versioned=False)
        self.refused: dict[str, Exception] = {}
        self.unreadable: set[str] = set()
        self.unlisted: list[UnlistedObject | UnlistedPrefix] = []

    def observe(self, location: ObjectLocation) -> Observation:
        if error := self.refused.get(location.key):
            raise error
        seen = super().observe(location)
        if isinstance(seen, PresentObject) and location.key in self.unreadable:
            return replace(seen, content=None, content_error="permission denied", etag=None)
        return seen

    def list(
        self,
        bucket: str,
        prefix: str = "",
        *,
        after: str | None = None,
        wanted: Callable[[str], bool] | None = None,
    ) -> Iterator[Listing]:
        listed = super().list(bucket, prefix, after=after, wanted=wanted)
        entries: list[Listing] = [*listed, *self.unlisted]
        return iter(sorted(entries, key=lambda entry: entry.key))


@dataclass
class World:
    """An indexer and everything it works on."""

    bucket: Bucket = field(default_factory=Bucket)
    repository: InMemoryImageRepository = field(default_factory=InMemoryImageRepository)
    reader: WidthReader = field(default_factory=WidthReader)
    policy: GpsPolicy = GpsPolicy.KEEP
    suffixes: set[str] = field(default_factory=lambda: {"jpg"})
    now: datetime = EPOCH
    written: int = 0

    @property
    def indexer(self) -> Indexer:
        return Indexer(
            repository=self.repository,
            objects=self.bucket,
            reader=self.reader,
            rules=Rules(suffix_filter(self.suffixes), self.policy),
            clock=lambda: self.now,
            new_revision=self.new_revision,
        )

    def new_revision(self) -> str:
        self.written += 1
        return f"r{self.written}"

    def process(self, *hints: Hint) -> list[ItemOutcome]:
        return list(self.indexer.process(hints))

    def sync(self, target: Target = ALL) -> dict[str, Outcome]:
        return {item.location.key: item.outcome for item in self.indexer.sync(target)}

    def drift(self, target: Target = ALL) -> dict[str, Difference]:
        return {found.key: found.difference for found in self.indexer.verify(target)}

    def stored(self, key: str = KEY) -> ImageRecord:
        record = self.repository.get(ObjectLocation(BUCKET, key).image_id)
        assert record is not None
        return record
