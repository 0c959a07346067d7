"""Install the wheels of a lock for another platform, with pip."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.packages import FunctionPlatform, wheel_platform_tags
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError, TransientError

__all__ = ["install_locked"]

_MAX_LINE = 300

_PASSWORD = re.compile(r"(?<=//)[^/@\s]+@")

_LABEL = re.compile(r"^\s*(error|warning): *", re.IGNORECASE)

_UNAVAILABLE = re.compile(
    r"connection broken by|connection (error|refused|reset|aborted)|network connectivity|"
    r"timed? ?out|name resolution|failed to connect|network is unreachable|incomplete ?read|"
    r"\b5\d\d (server|internal|bad|service|gateway)",
    re.IGNORECASE,
)
"""Messages of pip for an unavailable index. They take precedence over the rest of the output: pip
continues as if the index were empty."""

_EXPLANATIONS = (
    (re.compile(r"no space left", re.IGNORECASE), "no space left in the temporary folder"),
    (
        re.compile(r"do not match the hashes", re.IGNORECASE),
        "files of the package index do not match the hashes in imgmeta's lock",
    ),
)
"""Errors of pip that are explained better here."""


def install_locked(lock: Path, platform: FunctionPlatform, folder: Path, scratch: Path) -> None:
    """Install the wheels of a lock for a platform into a folder.

    Args:
        lock: all requirements, with exact versions and hashes.
        platform: where the wheels will run.
        folder: the target folder; it need not exist.
        scratch: an empty folder for pip's temporary files.

    Raises:
        ConfigurationError: pip is not installed.
        TransientError: the package index is temporarily unavailable.
        PermanentError: there is no wheel for this platform, or a file cannot be written.
    """
    if find_spec("pip") is None:
        msg = "building the package needs pip in this environment: run `python -m ensurepip`"
        raise ConfigurationError(msg)
    done = subprocess.run(  # noqa: S603 - runs pip with this Python
        _pip_command(lock, platform, folder),
        env=os.environ | {"TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise _failure(done.stdout, platform)


def _pip_command(lock: Path, platform: FunctionPlatform, folder: Path) -> list[str]:
    runtime = platform.runtime
    return [
        # -P: modules in the working directory must not replace pip's.
        *(sys.executable, "-P", "-m", "pip", "install", "--disable-pip-version-check"),
        *("--no-input", "--no-user", "--no-compile", "--no-deps", "--require-hashes"),
        *("--only-binary=:all:", "--implementation=cp", f"--abi={runtime.abi}"),
        f"--python-version={runtime.version}",
        *(f"--platform={tag}" for tag in wheel_platform_tags(platform)),
        *(f"--target={folder}", "--requirement", str(lock)),
    ]


def _failure(output: str, platform: FunctionPlatform) -> AdapterError:
    text = _PASSWORD.sub("", output)
    lines = [line for line in text.splitlines() if line.strip()] or ["pip gives no reason"]
    unavailable = next((line for line in lines if _UNAVAILABLE.search(line)), None)
    if unavailable is not None:
        return TransientError(f"the package index does not respond: {_shown(unavailable)}")
    message = f"cannot install the function's libraries for {platform}"
    for pattern, explanation in _EXPLANATIONS:
        if pattern.search(text):
            return PermanentError(f"{message}: {explanation}")
    return PermanentError(f"{message}: {_shown(_decisive_line(lines))}")


def _decisive_line(lines: list[str]) -> str:
    """Return the first error, or the last line of a traceback."""
    error = next((line for line in lines if line.lower().startswith("error:")), None)
    return lines[-1] if error is None or error.endswith("Exception:") else error


def _shown(line: str) -> str:
    return shorten(printable(_LABEL.sub("", line).strip()), _MAX_LINE)
