"""Tests and laws of the simulated queue."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from queue_limits import Limit, Limits, Settings, TokenBucket
from queue_model import Result, Simulation, Work
from queue_simulation import arrivals, row_of

SMALL = Limits(
    first_invocations=2,
    growth=3,
    event_source=8,
    function=6,
    in_flight=60,
    table_writes=20,
    partition_writes=10,
    prefix_gets=30,
)

SETTINGS = st.builds(
    Settings,
    batch_size=st.integers(1, 12),
    batch_window=st.sampled_from([0.0, 0.3, 5.0]),
    maximum_concurrency=st.sampled_from([2, 7, 1000]),
    visibility_timeout=st.sampled_from([1.0, 30.0]),
    max_receives=st.integers(1, 5),
    is_ascending=st.booleans(),
)
TIMES = st.lists(st.floats(0, 100), max_size=150).map(sorted)
WORK = st.builds(
    Work, latency=st.sampled_from([0.0, 0.02, 1.0]), cpu=st.sampled_from([0.0, 0.01, 2.0])
)


@settings(max_examples=60)
@given(SETTINGS, TIMES, WORK, st.sampled_from([20.0, float("inf")]))
def test_no_message_is_lost(chosen: Settings, times: list[float], work: Work, until: float) -> None:
    result = Simulation(chosen, SMALL, work).run(times, until)
    assert result.arrived == len([time for time in times if time <= until])
    assert len(result.delays) + result.dead_letters + result.left == result.arrived
    if until == float("inf"):
        assert result.left == 0


@settings(max_examples=60)
@given(SETTINGS, TIMES, WORK)
def test_invocations_stay_within_their_limits(
    chosen: Settings, times: list[float], work: Work
) -> None:
    result = Simulation(chosen, SMALL, work).run(times)
    assert result.peak_invocations <= min(chosen.maximum_concurrency, SMALL.function)


@settings(max_examples=60)
@given(SETTINGS, TIMES, WORK)
def test_mean_number_in_the_system_is_the_rate_times_the_mean_delay(
    chosen: Settings, times: list[float], work: Work
) -> None:
    """Little's law: L = lambda W, for all distributions."""
    result = Simulation(chosen, Limits(), work).run(times)
    assert not result.dead_letters
    assert result.message_seconds == pytest.approx(sum(result.delays), abs=1e-6)


@given(TIMES, st.integers(1, 12))
def test_message_waits_at_most_for_the_window_if_nothing_is_busy(
    times: list[float], batch_size: int
) -> None:
    chosen = Settings(batch_size=batch_size, batch_window=0.5, maximum_concurrency=1000)
    limits = Limits(first_invocations=1000)
    result = Simulation(chosen, limits, Work(latency=0, cpu=0)).run(times)
    assert all(delay <= 0.5 + 1e-9 for delay in result.delays)


def run(times: list[float], *, limits: Limits = SMALL, **options: float) -> Result:
    chosen = Settings(**{"maximum_concurrency": 1000} | options)  # type: ignore[arg-type]  # by name
    return Simulation(chosen, limits, Work(latency=1, cpu=0)).run(times)


def test_event_source_starts_small_and_grows_each_minute() -> None:
    times = [0.0] * 10 + [70.0] * 10
    result = run(times, batch_size=1)
    assert list(result.first_hits) == [Limit.SCALING]
    limits = Limits(first_invocations=1, growth=2, event_source=100)
    busy = run([each * 0.1 for each in range(3000)], limits=limits, batch_size=1)
    assert busy.peak_invocations == 1 + 2 * (int(busy.end) // 60)


def test_maximum_concurrency_is_a_limit() -> None:
    result = run([0.0] * 10, limits=Limits(), batch_size=1, maximum_concurrency=2)
    assert list(result.first_hits) == [Limit.MAXIMUM_CONCURRENCY]
    assert result.peak_invocations == 2


def test_throttled_invocation_is_delivered_again_after_the_visibility_timeout() -> None:
    limits = Limits(function=1)
    result = run([0.0, 0.1], limits=limits, batch_size=1, visibility_timeout=50)
    assert list(result.first_hits) == [Limit.FUNCTION]
    assert sorted(result.delays)[1] >= 50


def test_messages_in_flight_are_limited() -> None:
    limits = Limits(in_flight=10)
    assert list(run([0.0] * 30, limits=limits).first_hits) == [Limit.IN_FLIGHT]


@pytest.mark.parametrize(
    ("limits", "limit", "is_ascending"),
    [
        (Limits(table_writes=5), Limit.TABLE, False),
        (Limits(prefix_gets=5), Limit.PREFIX, False),
        (Limits(partition_writes=5), Limit.PARTITION, True),
    ],
)
def test_throttled_requests_are_sent_again(
    limits: Limits, limit: Limit, *, is_ascending: bool
) -> None:
    result = run([0.0] * 10, limits=limits, is_ascending=is_ascending, batch_window=0.1)
    assert list(result.first_hits) == [limit]
    assert result.throttled == 5
    assert len(result.delays) == 10


def test_message_that_is_always_throttled_becomes_a_dead_letter() -> None:
    result = run([0.0], limits=Limits(table_writes=0), visibility_timeout=10, max_receives=3)
    assert (result.dead_letters, result.delays) == (1, [])
    assert result.throttled == 4 * 3


def test_bucket_admits_the_rate_with_a_burst_of_one_second() -> None:
    bucket = TokenBucket(10)
    assert [bucket.take(8, 0), bucket.take(8, 0), bucket.take(8, 0.5), bucket.take(99, 9)] == [
        8,
        2,
        5,
        10,
    ]


def test_same_seed_gives_the_same_arrivals_with_bursts() -> None:
    times = list(arrivals(2, 600, burst=10, seed=3))
    assert times == list(arrivals(2, 600, burst=10, seed=3)) == sorted(times)
    assert times != list(arrivals(2, 600, burst=10, seed=4))
    in_burst = sum(time >= 540 for time in times)
    assert 900 < in_burst < 1500
    assert 900 < len(times) - in_burst < 1300


def test_row_names_the_first_limit_and_its_remedy() -> None:
    result = run([0.0] * 10, limits=Limits(), batch_size=1, maximum_concurrency=2)
    row = row_of(10, "default", result)
    assert "| MaximumConcurrency (4 s) | none |" in row
    assert row.endswith(f"| {Limit.MAXIMUM_CONCURRENCY.remedy} |")
