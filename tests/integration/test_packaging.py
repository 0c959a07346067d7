"""The sdist, the wheel built from it, and that wheel installed in an empty environment."""

import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
VERSION = PYPROJECT["project"]["version"]
LINKS = ("adapters", "cloudformation")
MODULES = {
    path.relative_to(ROOT / "src").as_posix()
    for path in (ROOT / "src/imgmeta").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


def run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("distributions")
    # Without --sdist and --wheel, `build` builds the wheel from the sdist.
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(distributions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv/bin/python"
    wheel = next(distributions.glob("*.whl"))
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[cli]", cwd=folder)
    return python


def names_in_sdist(distributions: Path) -> list[str]:
    with tarfile.open(next(distributions.glob("*.tar.gz"))) as archive:
        return [str(PurePosixPath(*PurePosixPath(n).parts[1:])) for n in archive.getnames()]


def names_in_wheel(distributions: Path) -> list[str]:
    with zipfile.ZipFile(next(distributions.glob("*.whl"))) as archive:
        return archive.namelist()


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
def test_sdist_contains_every_module_once(distributions: Path) -> None:
    names = names_in_sdist(distributions)

    assert {f"src/{name}" for name in MODULES} <= set(names)
    assert max(Counter(names).values()) == 1
    assert [name for name in names if PurePosixPath(name).parts[:1] in {(n,) for n in LINKS}] == []


@pytest.mark.build
def test_sdist_contains_tests_and_their_files(distributions: Path) -> None:
    names = set(names_in_sdist(distributions))

    assert {"README.md", "LICENSE", "CHANGELOG.md", "noxfile.py", "pyproject.toml"} <= names
    assert {"tests/integration/test_packaging.py", "examples/photos/HARBOUR.JPG"} <= names


@pytest.mark.build
def test_wheel_contains_only_the_package(distributions: Path) -> None:
    names = names_in_wheel(distributions)
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
    output = run(installed.with_name("imgmeta"), "--version", cwd=installed.parent)

    assert VERSION in output


@pytest.mark.build
def test_installed_command_indexes_photos(installed: Path, tmp_path: Path) -> None:
    command = installed.with_name("imgmeta")
    run(command, "sync", ROOT / "examples/photos", cwd=tmp_path)

    listed = run(command, "list", "--json", cwd=tmp_path).splitlines()
    photos = [path for path in (ROOT / "examples/photos").rglob("*") if path.is_file()]
    assert len(listed) == len(photos)
