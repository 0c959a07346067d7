"""The sdist, the wheel built from it, and that wheel installed in an empty environment."""

import json
import os
import re
import shutil
import subprocess
import tarfile
import tomllib
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
import yaml

from support.documents.code_blocks import code_blocks
from support.documents.pages import is_installation
from support.packaging.virtual_environments import program, run

ROOT = Path(__file__).parents[3]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PYPROJECT["project"]["version"]
LINKS = ("adapters", "cloudformation")
BROKEN = """
import pytest
from imgmeta import WriteResult
from imgmeta.adapters.memory import InMemoryImageRepository
from imgmeta.testing.contracts import ImageRepositoryContract


class Broken(InMemoryImageRepository):
    def put(self, record, condition):
        return WriteResult.STALE


class TestBroken(ImageRepositoryContract):
    @pytest.fixture
    def repository(self):
        return Broken()
"""
MODULES = {
    path.relative_to(ROOT / "src").as_posix()
    for path in (ROOT / "src/imgmeta").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


def names_in_sdist(sdist: Path) -> list[str]:
    with tarfile.open(sdist) as archive:
        return [str(PurePosixPath(*PurePosixPath(n).parts[1:])) for n in archive.getnames()]


def names_in_wheel(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.skipif((ROOT / "PKG-INFO").exists(), reason="an sdist contains no links")
@pytest.mark.parametrize("link", LINKS)
def test_top_level_folder_links_into_the_package(link: str) -> None:
    assert (ROOT / link).is_symlink()
    assert (ROOT / link).readlink() == Path("src/imgmeta", link)
    assert (ROOT / link / "__init__.py").is_file()


def test_pre_commit_runs_the_pinned_ruff() -> None:
    pinned = [each for each in PYPROJECT["dependency-groups"]["lint"] if each.startswith("ruff==")]
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = [hook for repository in config["repos"] for hook in repository["hooks"]]

    assert len(pinned) == 1
    assert {hook["id"] for hook in hooks} == {"ruff-format", "ruff-check"}
    assert [hook["additional_dependencies"] for hook in hooks] == [pinned] * 2


@pytest.mark.build
def test_sdist_contains_every_module_once(sdist: Path) -> None:
    names = names_in_sdist(sdist)

    assert {f"src/{name}" for name in MODULES} <= set(names)
    assert max(Counter(names).values()) == 1
    assert [name for name in names if PurePosixPath(name).parts[:1] in {(n,) for n in LINKS}] == []


@pytest.mark.build
def test_wheel_contains_only_the_package(wheel: Path) -> None:
    names = names_in_wheel(wheel)
    metadata = f"imgmeta-{VERSION}.dist-info/"

    assert {name for name in names if not name.startswith(metadata)} == MODULES
    assert max(Counter(names).values()) == 1
    assert "imgmeta/py.typed" in names
    assert f"{metadata}licenses/LICENSE" in names


@pytest.mark.build
@pytest.mark.parametrize("package", ["imgmeta", *(f"imgmeta.{link}" for link in LINKS)])
def test_installed_package_can_be_imported(installed: Path, package: str) -> None:
    code = f"import {package} as package; print(package.__file__)"
    path = Path(run(installed, "-W", "error", "-c", code, cwd=installed.parent).strip())

    assert installed.parents[1] in path.parents


@pytest.mark.build
def test_installed_command_prints_the_project_version(installed: Path) -> None:
    output = run(program(installed.parents[1], "imgmeta"), "--version", cwd=installed.parent)

    assert VERSION in output


@pytest.mark.build
def test_installed_command_indexes_photos(installed: Path, tmp_path: Path) -> None:
    command = program(installed.parents[1], "imgmeta")
    run(command, "sync", ROOT / "examples/photos", cwd=tmp_path)

    listed = run(command, "list", "--json", cwd=tmp_path).splitlines()
    photos = [path for path in (ROOT / "examples/photos").rglob("*") if path.is_file()]
    assert len(listed) == len(photos)


@pytest.mark.build
def test_tutorial_installs_the_command_from_the_sdist(distributions: Path, tmp_path: Path) -> None:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    [folder] = tmp_path.iterdir()
    page = (folder / "docs/tutorial.md").read_text("utf-8")
    [installation] = filter(is_installation, code_blocks(page))

    script = f"{installation.text}imgmeta sync examples/photos"
    assert "14 processed, 0 failed" in run("bash", "-euc", script, cwd=folder)


@pytest.mark.build
def test_installed_library_names_the_extra_of_its_contract_suites(installed: Path) -> None:
    result = subprocess.run(
        [installed, "-c", "import imgmeta.testing"], capture_output=True, text=True, check=False
    )

    assert result.stderr.splitlines()[-1] == (
        "ModuleNotFoundError: imgmeta.testing requires pytest and Hypothesis: "
        "pip install 'imgmeta[testing]'"
    )


@pytest.mark.build
def test_commands_of_the_adapters_page_use_the_installed_store(
    example: Path, tmp_path: Path
) -> None:
    page = (ROOT / "docs/adapters.md").read_text("utf-8")
    [block] = filter(is_installation, code_blocks(page))
    _, _, commands = block.text.partition("\n")
    assert commands.startswith("pytest\n")

    shutil.copytree(ROOT / "examples/photos", tmp_path / "photos")
    shutil.copytree(example / "tests", tmp_path / "tests")
    path = f"{program(example / 'venv', 'python').parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "PYTEST_ADDOPTS": "-q -W error"}
    output = run("bash", "-euc", commands, cwd=tmp_path, env=environment)
    assert re.search(r"\b1\d\d passed", output), output
    assert "14 images" in output


@pytest.mark.build
def test_failed_contract_of_an_installed_package_is_explained(
    example: Path, tmp_path: Path
) -> None:
    (tmp_path / "test_broken.py").write_text(BROKEN, encoding="utf-8")
    python = program(example / "venv", "python")
    result = subprocess.run(
        [python, "-m", "pytest", "-q", "-k", "test_if_newer_writes_first_record"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 1, result.stdout + result.stderr
    # pytest shows both sides of the comparison only in modules that it has rewritten.
    assert "E       AssertionError: assert <WriteResult.STALE: 'stale'> is" in result.stdout


@pytest.mark.build
def test_installed_command_uses_the_store_of_the_example(example: Path, tmp_path: Path) -> None:
    def imgmeta(*arguments: str | Path) -> str:
        command = program(example / "venv", "imgmeta")
        return run(command, *arguments, "--store", "jsonl://index.jsonl", cwd=tmp_path)

    photos = [path for path in (ROOT / "examples/photos").rglob("*") if path.is_file()]
    imgmeta("sync", ROOT / "examples/photos")
    lines = (tmp_path / "index.jsonl").read_text("utf-8").splitlines()
    listed = [json.loads(line) for line in imgmeta("list", "--json").splitlines()]

    assert len(lines) == len(listed) == len(photos)
    assert f"{len(photos)} images" in imgmeta("stats")
    assert listed[0]["ObjectKey"] in imgmeta("show", listed[0]["Uri"])
    imgmeta("verify", ROOT / "examples/photos")
    assert imgmeta("count", "--camera", "no such camera").strip() == "0"
