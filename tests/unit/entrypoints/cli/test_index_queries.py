import io

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.config import Settings
from imgmeta.core.queries import Query
from imgmeta.core.table_size import TableSize
from imgmeta.entrypoints.cli.context import CommandContext
from imgmeta.entrypoints.cli.index_queries import _cost_line, explain_empty_result
from imgmeta.entrypoints.cli.rendering.screen import Screen


@pytest.mark.parametrize(
    ("size", "cost"),
    [
        (TableSize(0, 0), "about 0 records, 0 bytes, 0 read units, less than $0.0001."),
        (TableSize(1, 200), "about 1 record, 200 bytes, 1 read unit, less than $0.0001."),
        (TableSize(9_000, 6_553_600), "about 9,000 records, 6.55 MB, 800 read units, $0.0001."),
    ],
)
def test_cost_of_a_query_is_in_plain_words(size: TableSize, cost: str) -> None:
    line = _cost_line(Query(), size, is_whole=True)
    assert line.startswith(f"Reading the whole table: {cost} ")


def test_empty_index_of_a_stack_is_filled_by_a_backfill() -> None:
    stream = io.StringIO()
    screen = Screen(stream, {})
    context = CommandContext(Settings(), False, screen, screen, stack_name="photos")  # noqa: FBT003 - no JSON
    explain_empty_result(context, InMemoryImageRepository(), Query())
    assert stream.getvalue() == ("No images in the index: run `imgmeta backfill` for the stack.\n")
