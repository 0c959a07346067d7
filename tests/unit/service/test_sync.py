"""Sync makes the index say what is there; verify says where it does not."""

from threading import Barrier

import pytest

from imgmeta import (
    ByteSource,
    Difference,
    GpsPolicy,
    Hint,
    ImageProperties,
    ObjectLocation,
    Outcome,
    PermanentError,
    Status,
    Target,
    TransientError,
    UnlistedObject,
    UnlistedPrefix,
    Unreadable,
)
from support.convergence.bucket import BUCKET, WidthReader
from support.convergence.indexer_world import ALL, KEY, PLACE, World, sequencer


@pytest.fixture
def world() -> World:
    return World()


def test_an_object_whose_bytes_cannot_be_had_is_failed_and_looked_at_again(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.bucket.unreadable.add(KEY)
    assert world.sync() == {KEY: Outcome.FAILED}
    assert world.stored().error == "permission denied"
    assert world.drift() == {KEY: Difference.CHANGED}
    world.bucket.unreadable.clear()
    assert world.sync() == {KEY: Outcome.PROCESSED}


def test_what_is_no_longer_ours_leaves_the_index(world: World) -> None:
    for key in ("a.jpg", "b.png"):
        world.bucket.put(key, 5)
    world.suffixes = {"jpg", "png"}
    world.sync()
    world.suffixes = {"jpg"}
    assert world.drift() == {"a.jpg": Difference.SAME, "b.png": Difference.GONE}
    assert world.drift(Target(BUCKET, "b.png", exact=True)) == {"b.png": Difference.GONE}
    event = Hint(ObjectLocation(BUCKET, "b.png"), sequencer(1))
    assert [item.outcome for item in world.process(event)] == [Outcome.IGNORED]
    assert world.sync() == {"a.jpg": Outcome.UNCHANGED, "b.png": Outcome.DELETED}
    assert world.drift() == {"a.jpg": Difference.SAME}
    world.suffixes = {"jpg", "png"}
    assert world.sync() == {"a.jpg": Outcome.UNCHANGED, "b.png": Outcome.PROCESSED}


def test_an_object_of_which_only_the_key_is_known_hides_no_other(world: World) -> None:
    for key in ("a.jpg", "a.jpg.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    del world.bucket.stacks["a.jpg"]
    world.bucket.unlisted.append(UnlistedObject("a.jpg", "permission denied"))
    assert world.drift() == {"a.jpg": Difference.UNKNOWN, "a.jpg.jpg": Difference.SAME}


def test_sync_makes_the_index_say_what_the_bucket_holds(world: World) -> None:
    for key in ("same.jpg", "changed.jpg", "gone.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    world.bucket.put("changed.jpg", 6)
    world.bucket.delete("gone.jpg")
    world.bucket.put("new.jpg", 7)
    world.bucket.put("notes.txt", 7)
    assert world.drift() == {
        "changed.jpg": Difference.CHANGED,
        "gone.jpg": Difference.GONE,
        "new.jpg": Difference.NEW,
        "same.jpg": Difference.SAME,
    }
    assert world.sync() == {
        "changed.jpg": Outcome.PROCESSED,
        "gone.jpg": Outcome.DELETED,
        "new.jpg": Outcome.PROCESSED,
        "same.jpg": Outcome.UNCHANGED,
    }
    assert set(world.drift().values()) == {Difference.SAME}
    assert world.stored("same.jpg").revision == "r3", "what is the same is not written again"


def test_verify_changes_nothing(world: World) -> None:
    world.bucket.put(KEY, 5)
    assert world.drift() == {KEY: Difference.NEW}
    assert list(world.repository.scan(include_deleted=True)) == []


def test_sync_leaves_alone_what_is_outside_its_target(world: World) -> None:
    for key in ("a/1.jpg", "b/2.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    world.bucket.delete("a/1.jpg")
    world.bucket.delete("b/2.jpg")
    assert world.sync(Target(BUCKET, "a/")) == {"a/1.jpg": Outcome.DELETED}
    assert world.stored("b/2.jpg").status is Status.PROCESSED


def test_records_below_a_prefix_that_cannot_be_listed_are_left_alone(world: World) -> None:
    for key in ("locked/1.jpg", "open/2.jpg"):
        world.bucket.put(key, 5)
    world.sync()
    del world.bucket.stacks["locked/1.jpg"]
    world.bucket.unlisted.append(UnlistedPrefix("locked/", "permission denied"))
    items = list(world.indexer.sync(ALL))
    assert [(item.location.key, item.outcome, item.reason) for item in items] == [
        ("locked/", Outcome.ERROR, "permission denied"),
        ("open/2.jpg", Outcome.UNCHANGED, None),
    ]
    assert items[0].retryable
    assert world.stored("locked/1.jpg").status is Status.PROCESSED


def test_an_exact_target_is_one_key_and_no_longer_one_that_starts_alike(world: World) -> None:
    exact = Target(BUCKET, "a.jpg", exact=True)
    world.bucket.put("a.jpg.jpg", 6)
    assert world.sync(exact) == {}
    world.bucket.put("a.jpg", 5)
    assert world.sync(exact) == {"a.jpg": Outcome.PROCESSED}
    assert world.sync(exact) == {"a.jpg": Outcome.UNCHANGED}
    world.bucket.delete("a.jpg")
    assert world.sync(exact) == {"a.jpg": Outcome.DELETED}
    assert world.sync(exact) == {}


@pytest.mark.parametrize("error", [TransientError("too slow"), PermanentError("forbidden")])
def test_an_exact_target_that_cannot_be_reached_is_its_own_error(
    world: World, error: Exception
) -> None:
    exact = Target(BUCKET, "a.jpg", exact=True)
    world.bucket.put("a.jpg", 1)
    world.sync(exact)
    world.bucket.refused["a.jpg"] = error
    (item,) = world.indexer.sync(exact)
    assert (item.outcome, item.reason, item.retryable) == (Outcome.ERROR, str(error), True)
    (found,) = world.indexer.verify(exact)
    assert (found.difference, found.reason) == (Difference.UNKNOWN, str(error))


def test_a_newer_reader_reads_again_what_did_not_change(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.sync()
    world.reader.version = 2
    assert world.drift() == {KEY: Difference.OUTDATED}
    assert world.sync() == {KEY: Outcome.PROCESSED}
    assert world.stored().reader_version == 2


def test_an_older_reader_leaves_the_work_of_a_newer_one_alone(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.reader.version = 2
    world.sync()
    world.reader.version = 1
    assert world.sync() == {KEY: Outcome.UNCHANGED}


def test_an_object_that_was_deleted_and_came_back_is_indexed_again(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.sync()
    world.bucket.delete(KEY)
    world.sync()
    assert [item.outcome for item in world.process(Hint(PLACE))] == [Outcome.UNCHANGED]
    world.bucket.put(KEY, 5)
    assert world.sync() == {KEY: Outcome.PROCESSED}


class PlacedReader(WidthReader):
    """Finds every image in the middle of Florence."""

    def read(self, content: ByteSource) -> ImageProperties | Unreadable:
        found = super().read(content)
        assert isinstance(found, ImageProperties)
        place = {"latitude": 43.76951, "longitude": 11.25581, "altitude": 50.0}
        return found.model_copy(update=place)


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (GpsPolicy.KEEP, (43.76951, 11.25581, 50.0)),
        (GpsPolicy.ROUND, (43.77, 11.26, None)),
        (GpsPolicy.DROP, (None, None, None)),
    ],
)
def test_the_location_policy_applies_before_anything_is_stored(
    world: World, policy: GpsPolicy, place: tuple[float | None, ...]
) -> None:
    world.reader, world.policy = PlacedReader(), policy
    world.bucket.put(KEY, 5)
    world.sync()
    record = world.stored()
    assert (record.latitude, record.longitude, record.altitude) == place


def test_a_stricter_location_policy_takes_back_what_is_stored(world: World) -> None:
    world.reader = PlacedReader()
    world.bucket.put(KEY, 5)
    world.sync()
    world.policy = GpsPolicy.DROP
    assert world.sync() == {KEY: Outcome.PROCESSED}
    assert world.stored().latitude is None
    assert world.sync() == {KEY: Outcome.UNCHANGED}


def test_objects_are_looked_at_side_by_side_and_told_of_in_their_order(world: World) -> None:
    together = Barrier(4)

    class Meeting(WidthReader):
        def read(self, content: ByteSource) -> ImageProperties | Unreadable:
            together.wait(10)
            return super().read(content)

    world.reader = Meeting()
    keys = [f"{number}.jpg" for number in range(8)]
    for key in keys:
        world.bucket.put(key, 5)
    items = list(world.indexer.sync(ALL, concurrency=4))
    assert [(item.location.key, item.outcome) for item in items] == [
        (key, Outcome.PROCESSED) for key in keys
    ]
    assert {item.difference for item in items} == {Difference.NEW}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_what_is_the_same_or_unknown_is_told_in_its_place(world: World, concurrency: int) -> None:
    world.bucket.put("a.jpg", 5)
    world.sync()
    world.bucket.put("c.jpg", 5)
    world.bucket.unlisted.append(UnlistedObject("b.jpg", "permission denied"))
    items = world.indexer.sync(ALL, concurrency=concurrency)
    assert [(item.location.key, item.outcome) for item in items] == [
        ("a.jpg", Outcome.UNCHANGED),
        ("b.jpg", Outcome.ERROR),
        ("c.jpg", Outcome.PROCESSED),
    ]


def test_what_was_fetched_only_to_find_nothing_new_is_counted(world: World) -> None:
    world.bucket.put(KEY, 5)
    world.process(Hint(PLACE))
    assert [item.bytes_read for item in world.process(Hint(PLACE))] == [8]
