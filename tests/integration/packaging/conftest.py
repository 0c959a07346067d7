"""The distributions, and an environment that contains only the wheel."""

import shutil
import sys
from pathlib import Path

import pytest

from support.packaging.virtual_environments import create, run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("distributions")
    # Without --sdist and --wheel, `build` builds the wheel from the sdist.
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="session")
def wheel(distributions: Path) -> Path:
    return next(distributions.glob("*.whl"))


@pytest.fixture(scope="session")
def sdist(distributions: Path) -> Path:
    return next(distributions.glob("*.tar.gz"))


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that contains the wheel with the extra `cli`."""
    folder = tmp_path_factory.mktemp("installed")
    python = create(folder / "venv")
    run(python, "-m", "pip", "install", "--quiet", f"{wheel}[cli]", cwd=folder)
    return python


@pytest.fixture(scope="session")
def example(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the example package, installed beside the wheel in `venv`."""
    folder = tmp_path_factory.mktemp("example") / "imgmeta-jsonl"
    ignored = shutil.ignore_patterns("__pycache__", ".*")
    shutil.copytree(ROOT / "examples/imgmeta-jsonl", folder, ignore=ignored)
    python = create(folder / "venv")
    requirements = (f"imgmeta[cli,testing] @ {wheel.as_uri()}", folder)
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", *requirements, cwd=folder)
    # The tests have to import the installed package.
    shutil.rmtree(folder / "src")
    return folder
