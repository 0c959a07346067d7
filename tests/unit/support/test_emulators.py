import shlex
import sys

import pytest

from support.aws import emulators


def test_a_test_whose_server_is_not_there_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMGMETA_TEST_MINISTACK", raising=False)
    monkeypatch.delenv("IMGMETA_TEST_EMULATORS", raising=False)

    with pytest.raises(pytest.skip.Exception, match="nox -s emulators"), emulators.ministack():
        pass


def test_a_test_whose_server_must_be_there_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMGMETA_TEST_MINISTACK", raising=False)
    monkeypatch.setenv("IMGMETA_TEST_EMULATORS", "required")

    with pytest.raises(pytest.fail.Exception, match="nox -s emulators"), emulators.ministack():
        pass


def test_a_test_whose_server_cannot_be_had_is_skipped_even_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IMGMETA_TEST_DYNALITE", "")
    monkeypatch.setenv("IMGMETA_TEST_EMULATORS", "required")

    with pytest.raises(pytest.skip.Exception, match="not available"), emulators.dynalite():
        pass


def test_a_server_that_does_not_start_shows_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import sys; sys.exit('no port is good enough')"
    monkeypatch.setenv("IMGMETA_TEST_DYNALITE", shlex.join([sys.executable, "-c", program]))

    with pytest.raises(RuntimeError, match="no port is good enough"), emulators.dynalite():
        pass
