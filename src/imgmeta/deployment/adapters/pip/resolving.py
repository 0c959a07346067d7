"""Gets the wheels of a lock for a target, with pip or, where there is no pip, with uv."""

import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from itertools import takewhile
from pathlib import Path

from imgmeta.core.text import printable, shorten
from imgmeta.deployment.core.packages import FunctionPlatform, wheel_platforms
from imgmeta.errors import AdapterError, ConfigurationError, PermanentError, TransientError

__all__ = ["resolve"]

_MAX_LINE = 300

_PASSWORD = re.compile(r"(?<=//)[^/@\s]+@")

_LABEL = re.compile(r"^\s*(error|warning|cause|caused by): *", re.IGNORECASE)

_UV_GLIBCS = (40, 39, 38, 37, 36, 35, 34, 33, 32, 31, 28, 17)
"""Of the tags that PEP 600 allows, those that uv has a `--python-platform` for."""

_NO_ANSWER = re.compile(
    r"connection broken by|connection (error|refused|reset|aborted)|network connectivity|"
    r"timed? ?out|name resolution|dns error|error sending request|failed to connect|"
    r"network is unreachable|incomplete ?read|\b5\d\d (server|internal|bad|service|gateway)",
    re.IGNORECASE,
)
"""What pip and uv say, anywhere, when an index does not answer; then nothing else that they say
counts: pip goes on as if the index were empty."""

_MEANINGS = (
    (re.compile(r"no space left", re.IGNORECASE), "there is no space left in the temporary folder"),
    (
        re.compile(r"do not match the hashes|hash mismatch", re.IGNORECASE),
        "the package index has other files of that name than those that imgmeta is locked to",
    ),
)
"""What says more than the line that tells of it does."""


def resolve(lock: Path, target: FunctionPlatform, folder: Path, scratch: Path) -> None:
    """Unpack the wheels that a lock names into a folder, those for a target.

    Args:
        lock: requirements with exact versions and hashes, complete.
        target: where they are to run.
        folder: where to; it need not be there.
        scratch: an empty folder for what the program itself puts aside.

    Raises:
        ConfigurationError: neither program is there.
        TransientError: the package index does not answer now.
        PermanentError: something is not to be had for this target, or cannot be written.
    """
    command = [*_command(target, folder), "--requirement", str(lock)]
    done = subprocess.run(  # noqa: S603 - a Python of the search path
        command,
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
        raise _failure(done.stdout, target)


def _command(target: FunctionPlatform, folder: Path) -> list[str]:
    if find_spec("pip") is not None:
        return _pip(target, folder)
    uv = shutil.which("uv")
    if uv is not None:
        return _uv(uv, target, folder)
    msg = "packages are made with pip or uv, and neither is here: python -m ensurepip"
    raise ConfigurationError(msg)


def _pip(target: FunctionPlatform, folder: Path) -> list[str]:
    # -P: a module of the working folder that is called as one of pip's own is not meant.
    install = [sys.executable, "-P", "-m", "pip", "install", "--disable-pip-version-check"]
    exact = ["--only-binary=:all:", "--no-deps", "--require-hashes", "--no-compile", "--no-input"]
    runtime = target.runtime
    python = ["--implementation=cp", f"--python-version={runtime.version}", f"--abi={runtime.abi}"]
    platforms = [f"--platform={tag}" for tag in wheel_platforms(target)]
    return [*install, "--no-user", f"--target={folder}", *exact, *python, *platforms]


def _uv(uv: str, target: FunctionPlatform, folder: Path) -> list[str]:
    glibc = next(minor for minor in _UV_GLIBCS if minor <= target.runtime.glibc)
    platform = f"{target.architecture.machine}-manylinux_2_{glibc}"
    install = [uv, "pip", "install", f"--python={sys.executable}", "--no-python-downloads"]
    exact = ["--only-binary=:all:", "--no-deps", "--require-hashes", "--link-mode=copy"]
    python = [f"--python-version={target.runtime.version}", f"--python-platform={platform}"]
    return [*install, f"--target={folder}", "--no-progress", *exact, *python]


def _failure(output: str, target: FunctionPlatform) -> AdapterError:
    text = _PASSWORD.sub("", output)
    lines = [line for line in text.splitlines() if line.strip()] or ["it does not say why"]
    unanswered = next((line for line in lines if _NO_ANSWER.search(line)), None)
    if unanswered is not None:
        return TransientError(f"the package index does not answer: {_said([unanswered])}")
    what = f"the function's libraries cannot be had for {target}"
    for pattern, meaning in _MEANINGS:
        if pattern.search(text):
            return PermanentError(f"{what}: {meaning}")
    return PermanentError(f"{what}: {_said(_decisive(lines))}")


def _decisive(lines: list[str]) -> list[str]:
    """Return the first error, and in uv's case what caused it; of a traceback, the last line."""
    numbered = enumerate(lines)
    start = next((at for at, line in numbered if line.lower().startswith("error:")), None)
    if start is None or lines[start].endswith("Exception:"):
        return lines[-1:]
    causes = takewhile(lambda line: line.lstrip().startswith("cause"), lines[start + 1 :])
    return [lines[start], *causes]


def _said(lines: list[str]) -> str:
    text = ": ".join(_LABEL.sub("", line).strip() for line in lines)
    return shorten(printable(text), _MAX_LINE)
