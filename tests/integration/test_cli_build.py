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


class FakePackager:
    """Returns a small package immediately, or fails."""

    def __init__(self, *, is_precompiled: bool = True, failure: Exception | None = None) -> None:
        self.is_precompiled = is_precompiled
        self.failure = failure

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        if self.failure is not None:
            raise self.failure
        name = f"imgmeta-{platform.runtime}-{platform.architecture}.zip"
        return FunctionPackage(name, platform, b"zip" * 100, 2_001_000, PARTS, self.is_precompiled)


@pytest.fixture
def packager(monkeypatch: pytest.MonkeyPatch) -> FakePackager:
    fake = FakePackager()
    monkeypatch.setattr(bootstrap, "open_packager", lambda: fake)
    return fake


@pytest.mark.usefixtures("packager")
def test_package_is_written_to_the_working_directory(cli: Cli, tmp_path: Path) -> None:
    done = cli("build")

    assert done.code == 0
    assert (tmp_path / "imgmeta-python3.13-arm64.zip").read_bytes() == b"zip" * 100
    assert done.lines[-1] == "imgmeta-python3.13-arm64.zip"


@pytest.mark.usefixtures("packager")
def test_parts_are_listed_with_sizes(cli: Cli) -> None:
    assert cli("build").lines[:4] == [
        "pillow                  13.0.0           2.00 MB",
        "imgmeta                 0.1.0            1.00 kB",
        "300 bytes zipped, 2.00 MB unpacked (limit of AWS Lambda: 262 MB)",
        "with bytecode for python3.13",
    ]


def test_missing_bytecode_is_reported_with_the_reason(cli: Cli, packager: FakePackager) -> None:
    packager.is_precompiled = False

    output = cli("build", "--runtime", "python3.14").out

    assert "no bytecode (python3.14 not found): slower cold starts\n" in output


@pytest.mark.usefixtures("packager")
def test_platform_and_folder_can_be_chosen(cli: Cli, tmp_path: Path) -> None:
    done = cli(
        *("build", "--output", "new/folder"),
        *("--architecture", "x86_64", "--runtime", "python3.11"),
    )

    assert done.err == "Building the function for python3.11 on x86_64 …\n"
    assert (tmp_path / "new/folder/imgmeta-python3.11-x86_64.zip").is_file()


@pytest.mark.usefixtures("packager")
def test_json_output_is_one_object(cli: Cli) -> None:
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
def test_unsupported_runtime_is_rejected_with_the_supported_ones(cli: Cli) -> None:
    done = cli("build", "--runtime", "python3.9")

    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    for runtime in ("python3.11", "python3.12", "python3.13", "python3.14"):
        assert runtime in done.err


def test_unusable_folder_is_reported_before_the_build(
    cli: Cli, packager: FakePackager, tmp_path: Path
) -> None:
    packager.failure = AssertionError("it was built")
    tmp_path.joinpath("File").touch()

    done = cli("build", "--output", "File")

    assert (done.code, done.err) == (2, "imgmeta: cannot write File: not a folder: File\n")


@pytest.mark.parametrize("failure", [TransientError("not now"), PermanentError("not ever")])
def test_failed_build_is_one_line_and_leaves_no_file(
    failure: Exception, cli: Cli, packager: FakePackager, tmp_path: Path
) -> None:
    packager.failure = failure

    done = cli("build", "--output", "out")

    assert done.code == 1
    assert done.err.splitlines()[-1] == f"imgmeta: {failure}"
    assert list((tmp_path / "out").iterdir()) == []


def test_build_and_template_have_no_store_or_aws_options(cli: Cli) -> None:
    for command in ("build", "template"):
        for option in ("--store", "--profile", "--region", "--endpoint-url"):
            assert cli(command, option, "x").code == 2


@pytest.mark.usefixtures("default_signals")
def test_interrupted_build_leaves_nothing_behind(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    program = tmp_path / "python"
    program.write_text('#!/bin/sh\ntouch "$TMPDIR/begun"; sleep 60\n', "utf-8")
    program.chmod(0o755)
    code = (
        "import sys\n"
        "from imgmeta.deployment.adapters.pip import installer\n"
        "installer.find_spec = lambda name: True\n"
        f"sys.executable = {str(program)!r}\n"
        "from imgmeta.entrypoints.cli import main; main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "build", "--output", str(tmp_path / "out")],
        env=os.environ | {"PATH": "/bin:/usr/bin", "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 300
        while not list(scratch.rglob("begun")) and time.monotonic() < deadline:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=300)

    assert process.returncode == 130
    assert err.decode() == "Building the function for python3.13 on arm64 …\n"
    assert list(scratch.iterdir()) == []
    assert list((tmp_path / "out").iterdir()) == []


def test_template_is_printed_unchanged(cli: Cli) -> None:
    done = cli("template")

    assert (done.code, done.err) == (0, "")
    assert done.out == template_text()


def test_template_is_written_unchanged(cli: Cli, tmp_path: Path) -> None:
    done = cli("template", "--output", "new/stack.yaml")

    assert (done.code, done.out, done.err) == (0, "", "")
    assert (tmp_path / "new/stack.yaml").read_text("utf-8") == template_text()


def test_packager_is_imported_only_when_it_is_opened() -> None:
    code = (
        "import sys\nfrom imgmeta.deployment.bootstrap import open_packager\n"
        "before = 'imgmeta.deployment.adapters.pip' in sys.modules\nopen_packager()\n"
        "import json; print(json.dumps([before, 'imgmeta.deployment.adapters.pip' in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)

    assert json.loads(done.stdout) == [False, True]
