import os
import signal

import pytest

from imgmeta.entrypoints.cli.interruption import StopRequested, interruptible

pytestmark = pytest.mark.usefixtures("default_signals")

EACH = pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])


def test_stop_is_not_requested_without_a_signal() -> None:
    with interruptible() as stop_if_requested:
        stop_if_requested()


def _send_signals(*numbers: signal.Signals) -> None:
    with interruptible() as stop_if_requested:
        for number in numbers:
            os.kill(os.getpid(), number)
        stop_if_requested()


@EACH
def test_first_signal_stops_after_the_current_item(number: signal.Signals) -> None:
    with pytest.raises(StopRequested):
        _send_signals(number)


@EACH
def test_first_signal_stops_at_once_if_nothing_has_to_be_finished(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible(at_once=True):
        os.kill(os.getpid(), number)


@EACH
def test_second_signal_stops_immediately(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt):
        _send_signals(signal.SIGINT, number)


def test_hangup_after_a_hangup_has_no_effect() -> None:
    with pytest.raises(StopRequested):
        _send_signals(signal.SIGHUP, signal.SIGHUP, signal.SIGHUP)
    os.kill(os.getpid(), signal.SIGHUP)


def test_third_signal_has_the_default_effect() -> None:
    with interruptible():
        os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def _write_json_while_signals_arrive(number_of_signals: int) -> None:
    with interruptible():
        try:
            for _ in range(number_of_signals):
                os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as interrupt:
            raise ValueError("cannot write JSON") from interrupt
        raise ValueError("cannot write JSON")


def test_second_signal_counts_even_if_its_exception_is_converted() -> None:
    with pytest.raises(KeyboardInterrupt):
        _write_json_while_signals_arrive(2)


def test_other_exception_is_passed_on_after_the_first_signal() -> None:
    with pytest.raises(ValueError, match="cannot write JSON"):
        _write_json_while_signals_arrive(1)


def test_previous_signal_handlers_are_restored() -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before[0]
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with interruptible() as stop_if_requested:
            os.kill(os.getpid(), signal.SIGTERM)
            stop_if_requested()
    finally:
        signal.signal(signal.SIGTERM, before)
