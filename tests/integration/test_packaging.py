"""The distributions: an sdist, the wheel built from it, and that wheel in an empty environment."""

import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LINKS = ("adapters", "cloudformation")
MODULES = {
    path.relative_to(ROOT / "src").as_posix()
    for path in (ROOT / "src/imgmeta").rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("distributions")
    # Given neither --sdist nor --wheel, `build` makes the wheel from the sdist.
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
def test_a_folder_at_the_top_is_a_link_into_the_package(link: str) -> None:
    assert (ROOT / link).is_symlink()
    assert (ROOT / link).readlink() == Path("src/imgmeta", link)
    assert (ROOT / link / "__init__.py").is_file()


@pytest.mark.build
def test_the_sdist_holds_every_module_once(distributions: Path) -> None:
    names = names_in_sdist(distributions)

    assert {f"src/{name}" for name in MODULES} <= set(names)
    assert max(Counter(names).values()) == 1
    assert [name for name in names if PurePosixPath(name).parts[:1] in {(n,) for n in LINKS}] == []


@pytest.mark.build
def test_the_sdist_holds_what_its_tests_need(distributions: Path) -> None:
    names = set(names_in_sdist(distributions))

    assert {"README.md", "LICENSE", "CHANGELOG.md", "noxfile.py", "pyproject.toml"} <= names
    assert {"tests/integration/test_packaging.py", "examples/photos/HARBOUR.JPG"} <= names


@pytest.mark.build
def test_the_wheel_holds_the_package_and_nothing_else(distributions: Path) -> None:
    names = names_in_wheel(distributions)
    metadata = f"imgmeta-{PROJECT['version']}.dist-info/"

    assert {name for name in names if not name.startswith(metadata)} == MODULES
    assert max(Counter(names).values()) == 1
    assert "imgmeta/py.typed" in names
    assert f"{metadata}licenses/LICENSE" in names


@pytest.mark.build
@pytest.mark.parametrize("package", ["imgmeta", *(f"imgmeta.{link}" for link in LINKS)])
def test_the_installed_package_can_be_imported(installed: Path, package: str) -> None:
    code = f"import {package} as package; print(package.__file__)"
    path = Path(run(installed, "-W", "error", "-c", code, cwd=installed.parent).strip())

    assert installed.parents[1] in path.parents


@pytest.mark.build
def test_the_command_says_the_version_of_the_project(installed: Path) -> None:
    said = run(installed.with_name("imgmeta"), "--version", cwd=installed.parent)

    assert PROJECT["version"] in said


@pytest.mark.build
def test_the_command_indexes_photos(installed: Path, tmp_path: Path) -> None:
    command = installed.with_name("imgmeta")
    run(command, "sync", ROOT / "examples/photos", cwd=tmp_path)

    listed = run(command, "list", "--json", cwd=tmp_path).splitlines()
    photos = [path for path in (ROOT / "examples/photos").rglob("*") if path.is_file()]
    assert len(listed) == len(photos)
