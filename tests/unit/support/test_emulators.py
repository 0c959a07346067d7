"""Tests of the helpers that start emulators."""

import shlex
import sys

import pytest

from support.aws import emulators


def test_missing_emulator_skips_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMGMETA_TEST_MINISTACK", raising=False)
    monkeypatch.delenv("IMGMETA_TEST_EMULATORS", raising=False)

    with pytest.raises(pytest.skip.Exception, match="nox -s emulators"), emulators.ministack():
        pass


def test_missing_required_emulator_fails_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMGMETA_TEST_MINISTACK", raising=False)
    monkeypatch.setenv("IMGMETA_TEST_EMULATORS", "required")

    with pytest.raises(pytest.fail.Exception, match="nox -s emulators"), emulators.ministack():
        pass


def test_unavailable_emulator_skips_test_even_if_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMGMETA_TEST_DYNALITE", "")
    monkeypatch.setenv("IMGMETA_TEST_EMULATORS", "required")

    with pytest.raises(pytest.skip.Exception, match="not available"), emulators.dynalite():
        pass


def test_failed_start_shows_output_of_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.exit('no port is good enough')"
    monkeypatch.setenv("IMGMETA_TEST_DYNALITE", shlex.join([sys.executable, "-c", program]))

    with pytest.raises(RuntimeError, match="no port is good enough"), emulators.dynalite():
        pass
