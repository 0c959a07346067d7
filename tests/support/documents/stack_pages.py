"""Runs the pages on stacks against an emulated account, with real commands of imgmeta and AWS."""

import os
import shlex
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from support.aws.emulators import Emulator, aws_cli, function_platform
from support.deployment.account import Account
from support.documents.code_blocks import CodeBlock, first_line
from support.documents.page_tests import RUN_ELSEWHERE
from support.documents.pages import PageRunner

__all__ = ["PHOTOS", "ROOT", "Preparation", "StackPages"]

ROOT = Path(__file__).parents[3]
PHOTOS = ROOT / "examples" / "photos"

Preparation = Callable[[Account], None]
"""Creates in an account what a page or a section takes for granted."""

_EMULATOR_IN_PAGES = "http://127.0.0.1:4566"

_IDLE = (
    "sleep 2; until imgmeta status --stack-name photos --json | "
    r"""grep -qE '"Queue": ?\{"Waiting": ?0, ?"InFlight": ?0'; do sleep 1; done"""
)
"""Waits until the function has processed everything, on a busy machine too."""

_VARIABLE = (
    (r"imgmeta-(?:dev|prod)-[0-9a-f…-]+", "<bucket>"),
    # The names of buckets decide the width of the column of the images.
    (r"^STATUS +IMAGE +REASON$", "STATUS IMAGE REASON"),
    (r"\b\d{12}\b", "<account>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
    (r"(-[A-Z][A-Za-z]+)-[0-9A-F]{8,13}\b", r"\1-<id>"),
    (r"\b\d+ (?:second|minute)s? ago\b", "<time> ago"),
    (r"\boldest \d+ (?:second|minute)s?\b", "oldest <age>"),
    (r"^\d\d:\d\d:\d\d ", "<time> "),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "<time>"),
    (r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+\+00:00", "<time>"),
    (r"python3\.\d+ on \w+", "<platform>"),
    (r": 1 file, \d+ bytes …", ": 1 file, <size> …"),
    (r"python3\.\d+-\w+-[0-9a-f]{16}\.zip", "<platform>.zip"),
    # Versions and sizes of the package's parts are those of one day and platform.
    (r"^[\w-]+ +\d[\w.]* +[\d.]+ [kM]B$", "<part>"),
    (r"^[\d.]+ MB zipped, [\d.]+ MB unpacked", "<size> zipped, <size> unpacked"),
    (r"^(?:with bytecode for python3\.\d+|no bytecode .*)$", "<bytecode>"),
    # Of two uploads in the same second, either is the last.
    (r"^Last image .*$", "Last image <image>"),
    (r"^Waiting for the function: .*\n", ""),
    (r'("\w*ConcurrentExecutions": )\d+', r"\1<number>"),
)


class StackPages:
    """A user who follows pages, with an account, a folder and the examples in it.

    Args:
        emulator: serves the account.
        account: the user's account.
        folder: the working directory.
        monkeypatch: changes the environment of this process.
        aws: whether the pages use the AWS CLI and jq.
    """

    def __init__(
        self,
        emulator: Emulator,
        account: Account,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        *,
        aws: bool = False,
    ) -> None:
        self._account = account
        self._emulator = emulator
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._platform = function_platform()
        shutil.copytree(ROOT / "examples", folder / "examples")
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("XDG_STATE_HOME", str(folder))
        if aws:
            _add_aws_cli(folder / "bin", aws_cli())
            monkeypatch.setenv("PATH", f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}")

    def run(
        self,
        name: str,
        *,
        before: Mapping[str, Preparation] | None = None,
        is_skipped: Callable[[CodeBlock], bool] | None = None,
    ) -> None:
        """Run a page of `docs` from its first to its last block.

        `BUCKET` is the bucket of the stack `photos`, if that exists already.

        Args:
            name: the path of the page in `docs`.
            before: what to prepare before a section, by its heading.
            is_skipped: whether not to run a block; None: those of `RUN_ELSEWHERE` are skipped.
        """
        elsewhere = RUN_ELSEWHERE.get(f"docs/{name}", {})
        runner = PageRunner(
            self._folder,
            self._monkeypatch,
            variable=_VARIABLE,
            is_skipped=is_skipped or (lambda block: first_line(block) in elsewhere),
        )
        if "photos" in self._account.stack_names():
            outputs = self._account.deployment("photos").outputs
            self._monkeypatch.setenv("BUCKET", outputs.get("S3BucketName", ""))
        page = (ROOT / "docs" / name).read_text("utf-8")
        prepared = dict(before or {})
        for section in self._as_run(page).split("\n## "):
            if prepare := prepared.pop(section.partition("\n")[0], None):
                prepare(self._account)
            runner.run(section)
        assert not prepared, "no such section"

    def _as_run(self, page: str) -> str:
        """Return a page with the endpoint and the platform of the emulator."""
        runtime, architecture = self._platform
        platform = f"--runtime {runtime} --architecture {architecture}"
        for shown, run in (
            (_EMULATOR_IN_PAGES, self._emulator.url),
            ("imgmeta deploy ", f"imgmeta deploy {platform} "),
            ("imgmeta build ", f"imgmeta build {platform} "),
            ("--architectures arm64", f"--architectures {architecture}"),
            ("--runtime python3.13", f"--runtime {runtime}"),
            ("Runtime=python3.13", f"Runtime={runtime}"),
            ("Architecture=arm64", f"Architecture={architecture}"),
            ("sleep 5", _IDLE),
        ):
            page = page.replace(shown, run)
        return page


def _add_aws_cli(folder: Path, program: Path) -> None:
    """Create a command `aws` in a folder: version 1 ignores `AWS_ENDPOINT_URL` for SQS."""
    folder.mkdir()
    command = folder / "aws"
    arguments = '--endpoint-url "$AWS_ENDPOINT_URL" "$@"'
    command.write_text(f"#!/bin/sh\nexec {shlex.quote(str(program))} {arguments}\n", "utf-8")
    command.chmod(0o700)
