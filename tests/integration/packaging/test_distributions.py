"""The distributions as the package index and its users see them."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from html.parser import HTMLParser
from pathlib import Path
from threading import Timer
from urllib.parse import unquote
from urllib.request import urlopen

import pytest

from support.packaging.virtual_environments import program, run

pytestmark = pytest.mark.build

ROOT = Path(__file__).parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
TAG = f"v{PROJECT['version']}"
LINKS = {"adapters", "cloudformation"}
"""Symbolic links into the package, which an archive would contain twice."""


class _Targets(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links = list[str]()
        self.images = list[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = self.links if tag == "a" else self.images
        found += [value for name, value in attrs if name in {"href", "src"} and value]


def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


@pytest.fixture(scope="module")
def page(wheel: Path) -> _Targets:
    """Return the targets on the project's page, rendered as the package index renders it."""
    markdown = pytest.importorskip("readme_renderer.markdown")
    text = metadata(wheel).get_payload()
    assert isinstance(text, str)
    targets = _Targets()
    targets.feed(markdown.render(text))
    return targets


def test_page_on_the_index_has_no_relative_targets(page: _Targets) -> None:
    assert len(page.links) > 20
    assert page.images
    # The index adds a link to each heading.
    targets = [each for each in page.links + page.images if not each.startswith("#user-content-")]
    assert [each for each in targets if not each.startswith("https://")] == []


def test_targets_in_the_repository_exist(page: _Targets) -> None:
    for targets, kind in ((page.links, "blob"), (page.images, "raw")):
        start = f"{REPOSITORY}/{kind}/{TAG}/"
        own = [each for each in targets if each.startswith(REPOSITORY)]
        paths = [unquote(each.removeprefix(start)).partition("#")[0] for each in own]

        assert own
        assert [each for each in own if not each.startswith(start)] == []
        assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_metadata_has_the_addresses_of_the_project(wheel: Path) -> None:
    listed = metadata(wheel).get_all("Project-URL")

    assert listed == [f"{name}, {url}" for name, url in PROJECT["urls"].items()]


def test_distributions_pass_the_checks_of_the_index(sdist: Path, wheel: Path) -> None:
    run(sys.executable, "-m", "twine", "check", "--strict", sdist, wheel, cwd=ROOT)
    run(sys.executable, "-m", "check_wheel_contents", wheel, cwd=ROOT)
    run(sys.executable, "-m", "validate_pyproject", "pyproject.toml", cwd=ROOT)


def _repository_files() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("needs a clone with git")
    listed = run("git", "ls-files", "-z", cwd=ROOT)
    return [name for name in listed.split("\0") if name and (ROOT / name).exists()]


def test_sdist_contains_the_whole_repository(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert set(_repository_files()) - names == LINKS
    assert {name for name in names if "__pycache__" in name or name.endswith(".db")} == set()


def _copy(source: Path, target: Path, *, mode: int, time: int) -> None:
    ignored = shutil.ignore_patterns(".git", ".nox", ".venv", "__pycache__", ".*_cache")
    shutil.copytree(source, target, symlinks=True, ignore=ignored)
    for path in [target, *target.rglob("*")]:
        if not path.is_symlink():
            path.chmod(mode | 0o700 if path.is_dir() else mode)
            os.utime(path, (time, time))


def test_builds_are_reproducible(tmp_path: Path) -> None:
    digests = list[dict[str, str]]()
    for number, (mode, time) in enumerate([(0o644, 1_000_000_000), (0o600, 1_500_000_000)]):
        source, built = tmp_path / f"source{number}", tmp_path / f"built{number}"
        _copy(ROOT, source, mode=mode, time=time)
        command = (sys.executable, "-m", "build", "--no-isolation", "--outdir", built, source)
        run(*command, cwd=tmp_path, env={"SOURCE_DATE_EPOCH": "1700000000"})
        digests.append(
            {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in built.iterdir()}
        )

    assert len(digests[0]) == 2
    assert digests[0] == digests[1]


def test_tests_of_the_sdist_pass(sdist: Path, example: Path, tmp_path: Path) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.iterdir()
    # Tests of files outside of the package, which only a complete archive has.
    names = ("readme", "examples", "facade")
    tests = [f"tests/integration/test_{name}.py" for name in names]
    output = run(program(example / "venv", "python"), "-m", "pytest", "-q", *tests, cwd=folder)

    assert re.search(r"\b\d\d+ passed", output), output


def test_example_query_runs_with_the_wheel(installed: Path, tmp_path: Path) -> None:
    run(program(installed.parents[1], "imgmeta"), "sync", ROOT / "examples/photos", cwd=tmp_path)
    output = run(installed, "-W", "error", ROOT / "examples/query.py", cwd=tmp_path)

    assert "2026-06-21    54.6790   13.4338  lighthouse.jpg" in output.splitlines()


@pytest.fixture
def service(example: Path, tmp_path: Path) -> Iterator[str]:
    """Return the address of the example service, installed beside the wheel."""
    python = program(example / "venv", "python")
    copy = tmp_path / "service"
    shutil.copytree(ROOT / "examples/service", copy)
    run(python, "-m", "pip", "install", "--quiet", "--no-compile", copy, cwd=tmp_path)
    shutil.rmtree(copy)
    run(program(example / "venv", "imgmeta"), "sync", ROOT / "examples/photos", cwd=tmp_path)
    command = (python, "-m", "uvicorn", "--factory", "imgmeta_service:create_app", "--port", "0")
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        timer = Timer(60, process.kill)
        timer.start()
        assert process.stderr is not None
        lines = (re.search(r"running on (\S+)", line) for line in process.stderr)
        yield next((found[1] for found in lines if found), "the service did not start")
        timer.cancel()
        process.kill()


def test_example_service_runs_with_the_wheel(service: str) -> None:
    with urlopen(f"{service}/images?camera=fernglas", timeout=300) as response:  # noqa: S310 - its own server
        assert b"lighthouse.jpg" in response.read()
