"""However a message is damaged, parsing raises nothing, and no neighbour of the damage is lost."""

import json
from collections import Counter

import pytest

from imgmeta import ParsedEvent, parse_event
from property.event_damage import BATCHES, damaged_batches

DOCUMENTS = 10_000


def check(parsed: ParsedEvent, neighbours: set[tuple[str, str]]) -> None:
    found = {(hint.message_id, hint.location.key) for hint in parsed.hints}
    assert found >= neighbours
    whole = {message_id for message_id, _ in neighbours} - {""}
    assert whole <= {*parsed.message_ids}
    assert not {entry.message_id for entry in parsed.malformed} & whole


def every(number: int, seed: int) -> tuple[Counter[str], Counter[bool]]:
    ways = Counter[str]()
    noticed = Counter[bool]()
    for name, (document, neighbours) in damaged_batches(number, seed):
        ways[name] += 1
        parsed = parse_event(document)
        check(parsed, neighbours)
        noticed[bool(parsed.malformed)] += 1
        if not isinstance(document, str | bytes):
            check(parse_event(json.dumps(document)), neighbours)
    return ways, noticed


def test_ten_thousand_damaged_documents_lose_nothing_but_what_is_damaged() -> None:
    ways, noticed = every(DOCUMENTS, seed=2026)
    assert sum(ways.values()) == DOCUMENTS
    assert set(ways) == set(BATCHES)
    assert noticed[True] > DOCUMENTS / 3  # the damage is no mere scratch


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_very_many_damaged_documents_lose_nothing_but_what_is_damaged(seed: int) -> None:
    every(DOCUMENTS, seed)
