"""The package where little is installed: what it imports, and what it says of what is missing."""

import subprocess
import sys
from pathlib import Path

import pytest

import imgmeta
from imgmeta.bootstrap import open_repository

EXTRAS = ("boto3", "botocore", "typer", "rich", "pillow_heif")
WITHOUT_EXTRAS = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS!r}))\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_facade_names_what_it_gives_once_and_in_order() -> None:
    def constants_then_classes_then_functions(name: str) -> tuple[int, str]:
        return (0 if name.isupper() else 1 if name[0].isupper() else 2), name

    assert len(set(imgmeta.__all__)) == len(imgmeta.__all__)
    assert sorted(imgmeta.__all__, key=constants_then_classes_then_functions) == imgmeta.__all__


def test_the_facade_gives_what_it_names_and_nothing_else() -> None:
    given = {name for name in vars(imgmeta) if not name.startswith("_")}
    modules = {name for name in given if type(vars(imgmeta)[name]).__name__ == "module"}

    assert given - modules == set(imgmeta.__all__)


@pytest.mark.parametrize("module", ["errors", "ports"])
def test_the_facade_gives_every_public_name_of(module: str) -> None:
    names = getattr(imgmeta, module).__all__

    assert {name: getattr(imgmeta, name) for name in names} == {
        name: getattr(getattr(imgmeta, module), name) for name in names
    }


def test_the_facade_can_be_imported_where_no_extra_is_installed() -> None:
    done = run(WITHOUT_EXTRAS + "from imgmeta import *; print(image_id('holiday', 'a.jpg'))")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == imgmeta.image_id("holiday", "a.jpg")


def test_the_facade_imports_no_adapter_and_nothing_that_adapters_need() -> None:
    forbidden = ["PIL", "sqlite3", "imgmeta.adapters", "imgmeta.bootstrap", "imgmeta.entrypoints"]
    done = run(
        "import sys\n"
        "before = set(sys.modules)\n"
        "import imgmeta\n"
        f"print(sorted({{*{forbidden!r}, *{EXTRAS!r}}} & (sys.modules.keys() - before)))"
    )

    assert (done.returncode, done.stdout.strip()) == (0, "[]")


def test_the_use_cases_can_be_wired_where_no_extra_is_installed() -> None:
    done = run(WITHOUT_EXTRAS + "import imgmeta.bootstrap")

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [[], ["--version"], ["sync", "."]])
def test_the_command_names_the_extra_that_is_missing_on_one_line(arguments: list[str]) -> None:
    done = run(
        WITHOUT_EXTRAS + f"sys.argv[1:] = {arguments!r}\n"
        "from imgmeta.entrypoints.cli import main\n"
        "main()"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "pip install 'imgmeta[cli]'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["sync", "s3://holiday"],
        ["reprocess", "s3://holiday/a.jpg"],
        ["stats", "--store", "dynamodb://images"],
        ["sync", ".", "--store", "dynamodb://images"],
    ],
)
def test_a_command_that_needs_aws_names_the_extra_that_is_missing_and_makes_no_index(
    arguments: list[str], tmp_path: Path
) -> None:
    pytest.importorskip("typer", reason="needs the extra cli")
    with open_repository(f"sqlite:///{tmp_path}/imgmeta.db"):
        pass
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    done = run(
        "import sys, os; sys.modules.update(dict.fromkeys(['boto3', 'botocore']))\n"
        f"sys.argv[1:] = {arguments!r}; os.chdir({str(tmp_path)!r})\n"
        "from imgmeta.entrypoints.cli import main\n"
        "main()"
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "imgmeta: buckets and tables on AWS need boto3: pip install 'imgmeta[aws]'\n"
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
