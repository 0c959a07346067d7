"""Changes are kept until they are due, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from imgmeta.core.changes import MAX_CHANGES, ChangeBuffer, Changes

NAMES = st.lists(st.sampled_from("ab/"), max_size=5).map("".join)
CHANGES = st.builds(
    Changes,
    st.frozensets(NAMES.map(lambda name: f"{name}.jpg"), max_size=5),
    st.frozensets(NAMES.map(lambda name: f"{name}/"), max_size=3),
    st.sampled_from(["", "", "lost"]),
)


def covers(changes: Changes, key: str) -> bool:
    below = any(key.startswith(prefix) for prefix in changes.prefixes)
    return bool(changes.gap) or key in changes.keys or below


def test_change_is_due_after_a_quiet_moment() -> None:
    buffer = ChangeBuffer()
    buffer.add("a.jpg", 10.0)
    assert buffer.take(10.2) == Changes()
    assert buffer.take(10.3) == Changes(keys=frozenset({"a.jpg"}))
    assert buffer.take(11.0) == Changes()


def test_file_is_not_due_while_it_is_written() -> None:
    buffer = ChangeBuffer()
    for tenth in range(90):
        buffer.add("a.jpg", tenth / 10)
        assert not buffer.take(tenth / 10)


def test_change_of_one_file_does_not_delay_another() -> None:
    buffer = ChangeBuffer()
    buffer.add("a.jpg", 10.0)
    buffer.add("b.jpg", 10.25)
    assert buffer.take(10.3).keys == {"a.jpg"}


def test_file_that_is_always_written_is_due_after_ten_seconds() -> None:
    buffer = ChangeBuffer()
    for tenth in range(100):
        buffer.add("a.jpg", tenth / 10)
    assert buffer.take(9.9) == Changes()
    assert buffer.take(10.0).keys == {"a.jpg"}


def test_folder_is_a_prefix() -> None:
    buffer = ChangeBuffer()
    buffer.add("trip/", 1.0)
    assert buffer.take(2.0) == Changes(prefixes=frozenset({"trip/"}))


def test_delay_is_the_time_until_the_first_change_is_due() -> None:
    buffer = ChangeBuffer()
    assert buffer.delay(1.0) is None
    buffer.add("a.jpg", 1.0)
    buffer.add("b.jpg", 1.25)
    assert buffer.delay(1.25) == 1.3 - 1.25
    assert buffer.delay(2.0) == 0


def test_gap_is_due_at_once_and_covers_all_changes() -> None:
    buffer = ChangeBuffer()
    buffer.add("a.jpg", 1.0)
    buffer.add_gap("lost")
    buffer.add_gap("lost again")
    buffer.add("b.jpg", 1.0)
    assert buffer.delay(1.0) == 0
    assert buffer.take(1.0) == Changes(gap="lost")
    assert buffer.take(2.0) == Changes()


def test_too_many_changes_are_a_gap() -> None:
    buffer = ChangeBuffer()
    for number in range(MAX_CHANGES + 1):
        if number in {0, 1, MAX_CHANGES}:  # it looks at all of them
            assert buffer.delay(0.0) != 0
        buffer.add(f"{number}.jpg", 0.0)
    assert buffer.take(0.0) == Changes(gap="too many changes at once")
    keys = frozenset(map(str, range(MAX_CHANGES)))
    assert Changes(keys) | Changes(keys) == Changes(keys)
    assert Changes(keys) | Changes(frozenset({"a.jpg"})) == Changes(gap="too many changes at once")


def test_changes_below_a_changed_folder_are_left_out() -> None:
    changes = Changes(
        frozenset({"trip/a.jpg", "trip", "trips/b.jpg"}), frozenset({"trip/", "trip/day/"})
    )
    assert changes | Changes() == Changes(frozenset({"trip", "trips/b.jpg"}), frozenset({"trip/"}))


@given(CHANGES, CHANGES, NAMES.map(lambda name: f"{name}.jpg"))
def test_union_has_the_changes_of_both(one: Changes, other: Changes, key: str) -> None:
    assert covers(one | other, key) == (covers(one, key) or covers(other, key))
    assert bool(one | other) == (bool(one) or bool(other))
