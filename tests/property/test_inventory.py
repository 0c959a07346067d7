"""Any versions in any order over any files are listed as the sorted current versions."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgmeta.adapters.inventory import ExternalSorter, list_inventory, sorting
from imgmeta.core.inventory_rows import InventoryRow
from imgmeta.core.objects import ListedObject
from support.aws.inventories import FORMATS, Version, report

KEYS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
TIMES = st.datetimes(
    datetime(2006, 3, 14),  # noqa: DTZ001 - the bounds have no zone
    datetime(2026, 11, 30),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
).map(lambda time: time.replace(microsecond=time.microsecond // 1_000 * 1_000))
CURRENT = st.builds(
    Version,
    key=KEYS,
    size=st.integers(0, 5 * 1024**4),
    etag=st.text("0123456789abcdef-", min_size=1, max_size=40),
    modified=TIMES,
    storage_class=st.sampled_from(["STANDARD", "GLACIER", "INTELLIGENT_TIERING"]),
)
OTHERS = st.lists(
    st.one_of(
        st.builds(
            Version, key=KEYS, is_latest=st.sampled_from([False]), is_delete_marker=st.booleans()
        ),
        st.builds(
            Version,
            key=KEYS,
            size=st.none(),
            etag=st.none(),
            is_latest=st.booleans(),
            is_delete_marker=st.sampled_from([True]),
        ),
    ),
    max_size=10,
)


def listed(version: Version) -> ListedObject:
    assert version.size is not None
    assert version.etag is not None
    storage_class = None if version.storage_class == "STANDARD" else version.storage_class
    return ListedObject(version.key, version.size, version.etag, version.modified, storage_class)


@pytest.mark.parametrize(("file_format", "write"), FORMATS)
@given(
    current=st.lists(CURRENT, max_size=30, unique_by=lambda version: version.key),
    others=OTHERS,
    data=st.data(),
)
def test_report_lists_the_sorted_current_versions(
    file_format: str,
    write: Callable[[list[Version]], bytes],
    current: list[Version],
    others: list[Version],
    data: st.DataObject,
) -> None:
    versions = data.draw(st.permutations([*current, *others]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(versions)), max_size=4)))
    bounds = [0, *cuts, len(versions)]
    files = [write(versions[start:end]) for start, end in pairwise(bounds)]
    each = report(*files, file_format=file_format)
    expected = sorted(current, key=lambda version: version.key.encode())
    assert list(list_inventory(each.manifest, each.open)) == list(map(listed, expected))


@given(
    keys=st.lists(st.text("ab/\uffff\U00010000é", min_size=1, max_size=4), max_size=80),
    max_memory=st.integers(1, 4_000),
    fan_in=st.integers(2, 4),
)
def test_external_sort_equals_a_sort_in_memory(
    keys: list[str], max_memory: int, fan_in: int
) -> None:
    rows = [InventoryRow(key, number, 1, "e1", "") for number, key in enumerate(keys)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "_FAN_IN", fan_in)
        with ExternalSorter(max_memory=max_memory) as sorter:
            for row in rows:
                sorter.add(row)
            assert list(sorter.rows()) == sorted(rows)
