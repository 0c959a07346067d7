"""The contract of `imgmeta.ports.BatchObserver`. Each test quotes the port."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from imgmeta.core.objects import ObjectLocation, Observation, PresentObject
from imgmeta.errors import PermanentError, TransientError
from imgmeta.ports import BatchObserver
from imgmeta.testing.contracts.object_harness import ObjectStoreHarness, ObjectStoreTests, put_all

__all__ = ["BatchObserverContract"]


class BatchObserverContract(ObjectStoreTests):
    """The tests of object stores that observe several objects at once."""

    # The port: "Return a function that observes objects as `ObjectStore.observe` does."
    def test_observer_returns_the_same_observations(self, objects: ObjectStoreHarness) -> None:
        observer = _batch_observer(objects).observer
        put_all(objects, ["a.jpg", "b/a.jpg", "b/denied.jpg"])
        objects.make_unreadable("b/denied.jpg")
        observe = observer()
        for key in ("a.jpg", "b/a.jpg", "b/denied.jpg", "b/none.jpg", "none/a.jpg", "b"):
            single, seen = (
                each(objects.location(key)) for each in (objects.store.observe, observe)
            )
            if isinstance(single, PresentObject) and isinstance(seen, PresentObject):
                assert (seen.content and seen.content.read(0, 9)) == (
                    single.content and single.content.read(0, 9)
                )
                single, seen = replace(single, content=None), replace(seen, content=None)
            assert seen == single

    def test_observer_raises_the_same_errors(self, objects: ObjectStoreHarness) -> None:
        observe = _batch_observer(objects).observer()
        if objects.unknown_bucket is not None:
            with pytest.raises(PermanentError):
                observe(ObjectLocation(objects.unknown_bucket, "a.jpg"))
        if objects.fail_temporarily is not None:
            objects.fail_temporarily()
            with pytest.raises(TransientError):
                observe(objects.location("a.jpg"))

    # The port: "Its observations include all changes made before this call of `observer`."
    def test_new_observer_sees_earlier_changes(self, objects: ObjectStoreHarness) -> None:
        store = _batch_observer(objects)
        put_all(objects, ["a/a.jpg", "a/b.jpg"])
        sizes = [_sizes(store.observer(), objects)]
        objects.put("a/a.jpg", b"12")
        sizes.append(_sizes(store.observer(), objects))
        objects.delete("a/b.jpg")
        sizes.append(_sizes(store.observer(), objects))
        assert sizes == [[7, 7], [2, 7], [2, None]]


def _batch_observer(objects: ObjectStoreHarness) -> BatchObserver:
    if not isinstance(objects.store, BatchObserver):
        pytest.skip("this store observes each object alone")
    return objects.store


def _sizes(
    observe: Callable[[ObjectLocation], Observation], objects: ObjectStoreHarness
) -> list[int | None]:
    seen = [observe(objects.location(key)) for key in ("a/a.jpg", "a/b.jpg")]
    return [each.size if isinstance(each, PresentObject) else None for each in seen]
