import os
import signal

import pytest

from imgmeta.entrypoints.cli.exit_codes import INTERRUPTED
from imgmeta.entrypoints.cli.startup import exit_on_interrupt, is_interrupt, raise_on_interrupt

pytestmark = pytest.mark.usefixtures("default_sigint")


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


def test_interrupt_is_recognized_as_the_cause_of_another_error() -> None:
    wrapped = RuntimeError("Error calling __set_name__")
    wrapped.__cause__ = KeyboardInterrupt()
    assert is_interrupt(wrapped)
    assert is_interrupt(KeyboardInterrupt())
    assert not is_interrupt(RuntimeError())
