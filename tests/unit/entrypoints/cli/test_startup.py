import os
import signal
from collections.abc import Iterator

import pytest

from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED
from imgmeta.entrypoints.cli.startup import (
    ENDING_SIGNALS,
    exit_code,
    exit_on_interrupt,
    is_interrupt,
    raise_on_interrupt,
)

pytestmark = pytest.mark.usefixtures("default_signals")


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Restore the handlers of the signals that end a process."""
    previous = {each: signal.signal(each, signal.SIG_DFL) for each in ENDING_SIGNALS}
    yield
    for each, handler in previous.items():
        signal.signal(each, handler)


def test_interrupt_ends_the_process_until_commands_handle_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    codes = list[int]()
    monkeypatch.setattr(os, "_exit", codes.append)
    exit_on_interrupt()
    os.kill(os.getpid(), signal.SIGINT)
    assert codes == [INTERRUPTED]
    raise_on_interrupt()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_other_handlers_are_kept() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exit_on_interrupt()
    raise_on_interrupt()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_ending_signal_interrupts_a_command_and_decides_its_exit_code(
    number: signal.Signals, code: int
) -> None:
    exit_on_interrupt()
    raise_on_interrupt()
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), number)
    assert (exit_code(INTERRUPTED), exit_code(1), exit_code(0)) == (code, code, 0)
    exit_on_interrupt()
    assert exit_code(INTERRUPTED) == INTERRUPTED
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_ending_signal_ends_a_process_that_starts_even_as_the_first_of_a_container(
    monkeypatch: pytest.MonkeyPatch, number: signal.Signals, code: int
) -> None:
    codes = list[int]()
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(signal, "raise_signal", lambda _: None)  # as in such a process
    exit_on_interrupt()
    os.kill(os.getpid(), number)
    assert codes == [code]


def test_first_signal_decides_the_exit_code_and_a_second_hangup_has_no_effect() -> None:
    exit_on_interrupt()
    raise_on_interrupt()
    for number in (signal.SIGHUP, signal.SIGTERM):
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    os.kill(os.getpid(), signal.SIGHUP)
    assert exit_code(INTERRUPTED) == 129


def test_ignored_hangup_stays_ignored_in_a_command() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    exit_on_interrupt()
    raise_on_interrupt()
    os.kill(os.getpid(), signal.SIGHUP)
    exit_on_interrupt()
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_interrupt_is_recognized_as_the_cause_of_another_error() -> None:
    wrapped = RuntimeError("Error calling __set_name__")
    wrapped.__cause__ = KeyboardInterrupt()
    assert is_interrupt(wrapped)
    assert is_interrupt(KeyboardInterrupt())
    assert not is_interrupt(RuntimeError())
