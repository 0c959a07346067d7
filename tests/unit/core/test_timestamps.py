from datetime import UTC, datetime

import pytest

from imgmeta.core.timestamps import time_from_microseconds


@pytest.mark.parametrize(
    ("value", "time"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1, datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
        (2**62, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (-(2**62), datetime(1, 1, 1, tzinfo=UTC)),
    ],
)
def test_time_is_limited_to_years_1_to_9999(value: int, time: datetime) -> None:
    assert time_from_microseconds(value) == time
