"""`imgmeta build` and `imgmeta template`."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.cloudformation import template_text
from imgmeta.deployment import bootstrap
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform, PackagePart
from imgmeta.errors import PermanentError, TransientError
from support.cli.command_line import Cli

PARTS = (PackagePart("pillow", "13.0.0", 2_000_000), PackagePart("imgmeta", "0.1.0", 1_000))


class Packager:
    """Packages something else in no time, or cannot."""

    def __init__(self, *, is_precompiled: bool = True, failure: Exception | None = None) -> None:
        self.is_precompiled = is_precompiled
        self.failure = failure

    def package(self, target: FunctionPlatform) -> FunctionPackage:
        if self.failure is not None:
            raise self.failure
        name = f"imgmeta-{target.runtime}-{target.architecture}.zip"
        return FunctionPackage(name, target, b"zip" * 100, 2_001_000, PARTS, self.is_precompiled)


@pytest.fixture
def packager(monkeypatch: pytest.MonkeyPatch) -> Packager:
    made = Packager()
    monkeypatch.setattr(bootstrap, "open_packager", lambda: made)
    return made


@pytest.mark.usefixtures("packager")
def test_the_zip_is_put_into_the_working_folder(cli: Cli, tmp_path: Path) -> None:
    done = cli("build")

    assert done.code == 0
    assert (tmp_path / "imgmeta-python3.13-arm64.zip").read_bytes() == b"zip" * 100
    assert done.lines[-1] == "imgmeta-python3.13-arm64.zip"


@pytest.mark.usefixtures("packager")
def test_what_is_in_it_is_listed_with_sizes(cli: Cli) -> None:
    assert cli("build").lines[:4] == [
        "pillow                  13.0.0           2.00 MB",
        "imgmeta                 0.1.0            1.00 kB",
        "300 bytes zipped, 2.00 MB unpacked of 262 MB that AWS Lambda takes",
        "with bytecode for python3.13",
    ]


def test_a_zip_without_bytecode_says_why(cli: Cli, packager: Packager) -> None:
    packager.is_precompiled = False

    said = cli("build", "--runtime", "python3.14").out

    assert "without bytecode" in said
    assert "there is no python3.14 here" in said


@pytest.mark.usefixtures("packager")
def test_the_target_and_the_folder_can_be_chosen(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        *("build", "--output", "new/folder"),
        *("--architecture", "x86_64", "--runtime", "python3.11"),
    )

    assert done.err == "Building the function for python3.11 on x86_64 …\n"
    assert (tmp_path / "new/folder/imgmeta-python3.11-x86_64.zip").is_file()


@pytest.mark.usefixtures("packager")
def test_as_json_it_is_one_line_of_numbers(cli: Cli) -> None:
    done = cli("build", "--output", "out", "--json")

    assert done.json == [
        {
            "Path": "out/imgmeta-python3.13-arm64.zip",
            "Runtime": "python3.13",
            "Architecture": "arm64",
            "Size": 300,
            "UnpackedSize": 2_001_000,
            "IsPrecompiled": True,
            "Parts": [
                {"Name": "pillow", "Version": "13.0.0", "Size": 2_000_000},
                {"Name": "imgmeta", "Version": "0.1.0", "Size": 1_000},
            ],
        }
    ]


@pytest.mark.usefixtures("packager")
def test_a_runtime_that_there_is_not_is_answered_by_those_that_there_are(cli: Cli) -> None:
    done = cli("build", "--runtime", "python3.9")

    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    for runtime in ("python3.11", "python3.12", "python3.13", "python3.14"):
        assert runtime in done.err


def test_a_folder_that_cannot_be_is_said_before_anything_is_made(
    cli: Cli, packager: Packager, tmp_path: Path
) -> None:
    packager.failure = AssertionError("it was made")
    tmp_path.joinpath("file").touch()

    done = cli("build", "--output", "file")

    assert (done.code, done.err) == (2, "imgmeta: cannot write file: file exists\n")


@pytest.mark.parametrize("failure", [TransientError("not now"), PermanentError("not ever")])
def test_a_failure_is_one_sentence_and_leaves_no_file(
    failure: Exception, cli: Cli, packager: Packager, tmp_path: Path
) -> None:
    packager.failure = failure

    done = cli("build", "--output", "out")

    assert done.code == 1
    assert done.err.splitlines()[-1] == f"imgmeta: {failure}"
    assert list((tmp_path / "out").iterdir()) == []


def test_neither_command_has_options_for_an_index_or_for_aws(cli: Cli) -> None:
    for command in ("build", "template"):
        for option in ("--store", "--profile", "--region", "--endpoint-url"):
            assert cli(command, option, "x").code == 2


@pytest.mark.usefixtures("default_sigint")
def test_an_interrupted_build_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = tmp_path / "uv"
    program.write_text('#!/bin/sh\ntouch "$TMPDIR/begun"; sleep 60\n', "utf-8")
    program.chmod(0o755)
    code = (
        "from imgmeta.deployment.adapters.pip import resolving\n"
        "resolving.find_spec = lambda name: None\n"
        "from imgmeta.entrypoints.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "build", "--output", str(tmp_path / "out")],
        env=os.environ | {"PATH": f"{tmp_path}:/bin:/usr/bin", "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 30
        while not list(scratch.rglob("begun")) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)

    assert process.returncode == 130
    assert said.decode() == "Building the function for python3.13 on arm64 …\n"
    assert list(scratch.iterdir()) == []
    assert list((tmp_path / "out").iterdir()) == []


def test_the_template_is_printed_as_it_is(cli: Cli) -> None:
    done = cli("template")

    assert (done.code, done.err) == (0, "")
    assert done.out == template_text()


def test_the_template_is_written_as_it_is(cli: Cli, tmp_path: Path) -> None:
    done = cli("template", "--output", "new/stack.yaml")

    assert (done.code, done.out, done.err) == (0, "", "")
    assert (tmp_path / "new/stack.yaml").read_text("utf-8") == template_text()


def test_what_opens_the_packager_imports_it_only_then() -> None:
    code = (
        "import sys\nfrom imgmeta.deployment.bootstrap import open_packager\n"
        "before = 'imgmeta.deployment.adapters.pip' in sys.modules\nopen_packager()\n"
        "import json; print(json.dumps([before, 'imgmeta.deployment.adapters.pip' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert json.loads(done.stdout) == [False, True]
