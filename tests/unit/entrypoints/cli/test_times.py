from datetime import UTC, datetime

import pytest

from imgmeta.entrypoints.cli.times import parse_range
from imgmeta.errors import ConfigurationError

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_range_ends_before_the_start_of_the_month_of_until() -> None:
    june, july = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    assert parse_range("2026-06", "2026-07", NOW) == (june, july)


def test_range_from_a_month_until_itself_is_reported_as_empty() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_range("2026-06", "2026-06", NOW)
    assert str(caught.value) == (
        "--since must be earlier than --until, which ends the range before the start of '2026-06'"
    )


@pytest.mark.parametrize("since", ["1h", "today", "2027"])
def test_range_that_starts_at_or_after_its_end_is_rejected(since: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^--since must be earlier than --until$"):
        parse_range(since, "2h", NOW.replace(hour=1))
