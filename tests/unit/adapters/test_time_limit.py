from threading import Event
from threading import enumerate as threads

import pytest

from imgmeta.adapters.time_limit import call_within


def test_result_and_exception_are_those_of_the_function() -> None:
    assert call_within(10, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        call_within(10, lambda: 1 // 0)


def test_call_that_takes_too_long_times_out() -> None:
    end = Event()
    try:
        with pytest.raises(TimeoutError):
            call_within(0.01, lambda: end.wait(60))
        # Python would wait for any other thread at exit.
        assert all(each.daemon for each in threads() if each.name == "imgmeta-call")
    finally:
        end.set()
