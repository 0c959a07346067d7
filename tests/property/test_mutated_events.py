"""Parsing a damaged event never raises and never loses an undamaged neighbor."""

import json
from collections import Counter

import pytest

from imgmeta import ParsedEvent, parse_event
from property.event_damage import BATCHES, damaged_batches

FEW, MANY = 2_500, 10_000


def check(parsed: ParsedEvent, neighbors: set[tuple[str, str]]) -> None:
    hints = {(hint.message_id, hint.location.key) for hint in parsed.hints}
    assert hints >= neighbors
    undamaged = {message_id for message_id, _ in neighbors} - {""}
    assert undamaged <= {*parsed.message_ids}
    assert not {entry.message_id for entry in parsed.malformed} & undamaged


def check_batches(number: int, seed: int) -> tuple[Counter[str], Counter[bool]]:
    transports = Counter[str]()
    malformed = Counter[bool]()
    for name, (document, neighbors) in damaged_batches(number, seed):
        transports[name] += 1
        parsed = parse_event(document)
        check(parsed, neighbors)
        malformed[bool(parsed.malformed)] += 1
        if not isinstance(document, str | bytes):
            check(parse_event(json.dumps(document)), neighbors)
    return transports, malformed


def test_damaged_events_lose_no_undamaged_entry() -> None:
    transports, malformed = check_batches(FEW, seed=2026)
    assert sum(transports.values()) == FEW
    assert set(transports) == set(BATCHES)
    assert malformed[True] > FEW / 3  # the damage is serious enough


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_many_damaged_events_lose_no_undamaged_entry(seed: int) -> None:
    check_batches(MANY, seed)
