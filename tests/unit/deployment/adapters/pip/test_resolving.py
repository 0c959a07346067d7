"""What pip and uv say when they fail, and what becomes of it. A program says it in their place."""

import shlex
import tempfile
from pathlib import Path

import pytest

from contract.packaging_adapters import hide_pip
from imgmeta.deployment.adapters.pip import PipFunctionPackager
from imgmeta.deployment.core.packages import FunctionPlatform
from imgmeta.errors import AdapterError, PermanentError, TransientError

TARGET = FunctionPlatform()


def failing(folder: Path, patch: pytest.MonkeyPatch, said: str, *, status: int = 1) -> AdapterError:
    """Return how a package fails where the program says this, and ends so."""
    program = folder / "uv"
    program.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(said)}\nexit {status}\n", "utf-8")
    program.chmod(0o755)
    hide_pip(patch)
    patch.setenv("PATH", str(folder))
    with pytest.raises(AdapterError) as raised:
        PipFunctionPackager().package(TARGET)
    return raised.value


def lines(*each: str) -> str:
    return "".join(f"{line}\n" for line in each)


NONE_FOUND = lines(
    "ERROR: Could not find a version that satisfies the requirement six (from versions: none)",
    "ERROR: No matching distribution found for six==1.17.0",
)


@pytest.mark.parametrize(
    "said",
    [
        lines("WARNING: Retrying after connection broken by 'NewConnectionError()': /six/")
        + NONE_FOUND,
        lines("WARNING: Retrying after connection broken by 'ReadTimeoutError()'") + NONE_FOUND,
        lines("ERROR: Could not install packages due to an OSError: Failure in name resolution"),
        lines(
            "ERROR: HTTP error", "ERROR: 503 Server Error: Service Unavailable for url: https://x"
        ),
        lines("x Download failed", "note: This is an issue with network connectivity, not pip."),
        lines(
            "error: Failed to fetch: https://index/six/",
            "  cause: error sending request for url (https://index/six/)",
            "  cause: client error (Connect)",
        ),
    ],
)
def test_an_index_that_does_not_answer_may_answer_later(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failing(tmp_path, monkeypatch, said)

    assert isinstance(error, TransientError)
    assert str(error).startswith("the package index does not answer: ")


OTHER_FILES = "the package index has other files of that name than those that imgmeta is locked to"
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            lines("Looking in indexes: https://index") + NONE_FOUND,
            "Could not find a version that satisfies the requirement six (from versions: none)",
        ),
        (lines("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "    six==1.17.0"), OTHER_FILES),
        (lines("error: Failed to download", "  cause: Hash mismatch for `six`"), OTHER_FILES),
        (
            lines("error: No solution", "  cause: Because six has no wheels", "hint: None"),
            "No solution: Because six has no wheels",
        ),
        (lines(FULL), "there is no space left in the temporary folder"),
        (
            lines(
                "ERROR: Exception:", "Traceback (most recent call last):", "ValueError: it broke"
            ),
            "ValueError: it broke",
        ),
        ("", "it does not say why"),
        ("Segmentation \x1b[31mfault\n", "Segmentation \\x1b[31mfault"),
    ],
)
def test_anything_else_stays_as_it_is(
    said: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failing(tmp_path, monkeypatch, said)

    assert isinstance(error, PermanentError)
    what = "the function's libraries cannot be had for python3.13 on arm64"
    assert str(error) == f"{what}: {reason}"


def test_a_password_in_a_url_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "error: Failed to fetch: https://me:secret@index/six/\n  cause: it is 404\n"

    assert "secret" not in str(failing(tmp_path, monkeypatch, said))


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    failing(tmp_path, monkeypatch, "error: no\n")

    assert list(scratch.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_permanent_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    with pytest.raises(PermanentError, match="cannot be made: No such file or directory"):
        PipFunctionPackager().package(TARGET)


def test_a_success_that_did_nothing_is_a_permanent_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failing(tmp_path, monkeypatch, "Would install six", status=0)

    assert isinstance(error, PermanentError)
    assert "pydantic" in str(error)
    assert "should be there now" in str(error)
