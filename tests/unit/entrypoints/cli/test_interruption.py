import os
import signal

import pytest

from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible

BOTH = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


def test_without_a_signal_nothing_stops() -> None:
    with interruptible() as stop_if_asked:
        stop_if_asked()


def _signalled(*numbers: signal.Signals) -> None:
    with interruptible() as stop_if_asked:
        for number in numbers:
            os.kill(os.getpid(), number)
        stop_if_asked()


@BOTH
def test_the_first_signal_stops_at_the_next_good_place(number: signal.Signals) -> None:
    with pytest.raises(StopRequested):
        _signalled(number)


@BOTH
def test_the_second_signal_stops_at_once(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        _signalled(signal.SIGINT, number)


def test_the_third_signal_is_left_to_the_system() -> None:
    with interruptible():
        os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_signals_mean_afterwards_what_they_meant_before() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible() as stop_if_asked:
            os.kill(os.getpid(), signal.SIGTERM)
            stop_if_asked()
    finally:
        signal.signal(signal.SIGTERM, before)
