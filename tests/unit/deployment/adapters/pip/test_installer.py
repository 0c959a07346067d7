"""Errors of pip, as they are reported. A program takes pip's place and prints them."""

import shlex
import tempfile
from pathlib import Path

import pytest

from contract.packaging_adapters import replace_pip
from imgmeta.deployment.adapters.pip import PipFunctionPackager
from imgmeta.deployment.core.packages import FunctionPlatform
from imgmeta.errors import AdapterError, PermanentError, TransientError

PLATFORM = FunctionPlatform()


def failure(
    folder: Path, patch: pytest.MonkeyPatch, output: str, *, status: int = 1
) -> AdapterError:
    """Build a package while pip prints this output and exits with this status; return the error."""
    replace_pip(patch, folder, f"printf %s {shlex.quote(output)}; exit {status}")
    with pytest.raises(AdapterError) as raised:
        PipFunctionPackager().build(PLATFORM)
    return raised.value


def lines(*each: str) -> str:
    return "".join(f"{line}\n" for line in each)


NONE_FOUND = lines(
    "ERROR: Could not find a version that satisfies the requirement six (from versions: none)",
    "ERROR: No matching distribution found for six==1.17.0",
)


@pytest.mark.parametrize(
    "output",
    [
        lines("WARNING: Retrying after connection broken by 'NewConnectionError()': /six/")
        + NONE_FOUND,
        lines("WARNING: Retrying after connection broken by 'ReadTimeoutError()'") + NONE_FOUND,
        lines("ERROR: Could not install packages due to an OSError: Failure in name resolution"),
        lines(
            "ERROR: HTTP error", "ERROR: 503 Server Error: Service Unavailable for url: https://x"
        ),
        lines("x Download failed", "note: This is an issue with network connectivity, not pip."),
        lines("ERROR: Failed to connect to index port 443"),
    ],
)
def test_unavailable_index_is_a_transient_error(
    output: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failure(tmp_path, monkeypatch, output)

    assert isinstance(error, TransientError)
    assert str(error).startswith("the package index does not respond: ")


OTHER_FILES = "files of the package index do not match the hashes in imgmeta's lock"
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            lines("Looking in indexes: https://index") + NONE_FOUND,
            "Could not find a version that satisfies the requirement six (from versions: none)",
        ),
        (lines("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "    six==1.17.0"), OTHER_FILES),
        (lines(FULL), "no space left in the temporary folder"),
        (
            lines(
                "ERROR: Exception:", "Traceback (most recent call last):", "ValueError: it broke"
            ),
            "ValueError: it broke",
        ),
        ("", "pip gives no reason"),
        ("Segmentation \x1b[31mfault\n", "Segmentation \\x1b[31mfault"),
    ],
)
def test_other_failure_is_a_permanent_error(
    output: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failure(tmp_path, monkeypatch, output)

    assert isinstance(error, PermanentError)
    message = "cannot install the function's libraries for python3.13 on arm64"
    assert str(error) == f"{message}: {reason}"


def test_password_in_a_url_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    output = "ERROR: 404 Client Error for url: https://me:secret@index/six/\n"

    message = str(failure(tmp_path, monkeypatch, output))

    assert "https://index/six/" in message
    assert "secret" not in message


def test_temporary_files_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))

    failure(tmp_path, monkeypatch, "error: no\n")

    assert list(scratch.iterdir()) == []


def test_temporary_folder_that_cannot_be_created_is_a_permanent_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))

    message = "cannot build the deployment package: No such file or directory"
    with pytest.raises(PermanentError, match=message):
        PipFunctionPackager().build(PLATFORM)


def test_success_without_installed_libraries_is_a_permanent_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = failure(tmp_path, monkeypatch, "Would install six", status=0)

    assert isinstance(error, PermanentError)
    assert str(error).startswith("pip did not install ")
    assert "pydantic" in str(error)
