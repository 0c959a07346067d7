"""The files of the project that other services read: addresses, versions, forms and workflows."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = PYPROJECT["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TEXTS = [
    *ROOT.glob("*.*"),
    *(path for folder in (".github", "docs") for path in (ROOT / folder).rglob("*")),
]
ADDRESS = re.compile(
    r"https?://(?:www\.)?(?:github\.com/[^/\s)\"']+/imgmeta\b|[\w-]+\.github\.io/imgmeta\b)[^\s)\"'>\]`]*"
)


def addresses() -> list[str]:
    texts = [
        path.read_text("utf-8")
        for path in TEXTS
        if path.suffix in {".cff", ".md", ".toml", ".yaml", ".yml"} and path.is_file()
    ]
    return [match[0] for text in texts for match in ADDRESS.finditer(text)]


def test_every_address_of_the_project_is_that_of_its_metadata() -> None:
    own = (PROJECT["urls"]["Repository"] + "/", PROJECT["urls"]["Documentation"])
    found = addresses()

    assert len(found) > 10
    assert [each for each in found if not f"{each}/".startswith(own)] == []


def test_addresses_name_existing_files() -> None:
    start = f"{PROJECT['urls']['Repository']}/blob/main/"
    paths = [each.removeprefix(start).rstrip(".,") for each in addresses() if start in each]

    assert paths
    assert [path for path in paths if not (ROOT / path.partition("#")[0]).is_file()] == []


def test_promises_of_security_name_existing_tests() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| \*\*.*\| (.+) \|$", text, re.MULTILINE)
    names = [name for row in rows for name in re.findall(r"`(?:tests/\w+/)?(test_\w+\.py)`", row)]
    existing = {path.name for path in (ROOT / "tests").rglob("test_*.py")}

    assert len(rows) == 8
    assert len(names) > 8
    assert set(names) <= existing


def test_citation_repeats_the_metadata() -> None:
    assert CITATION["title"] == PROJECT["name"]
    assert CITATION["version"] == PROJECT["version"]
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["repository-code"] == PROJECT["urls"]["Repository"]
    assert CITATION["url"] == PROJECT["urls"]["Documentation"]
    assert CITATION["keywords"] == PROJECT["keywords"]
    assert CITATION["abstract"].rstrip(".") == PROJECT["description"]


def test_newest_release_in_the_changelog_is_the_version_of_the_metadata() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.findall(r"^## \[(\d\S*)\] - (\S+)$", changelog, re.MULTILINE)
    links = dict(re.findall(r"^\[(\S+)\]: (\S+)$", changelog, re.MULTILINE))
    tags = f"{PROJECT['urls']['Repository']}/releases/tag/v"

    assert releases[0] == (PROJECT["version"], str(CITATION["date-released"]))
    assert {name: links.get(name) for name, _ in releases} == {
        name: tags + name for name, _ in releases
    }


def test_build_uses_the_same_requirements_with_and_without_isolation() -> None:
    assert set(PYPROJECT["build-system"]["requires"]) < set(PYPROJECT["dependency-groups"]["build"])


def test_sdist_contains_only_existing_files() -> None:
    included = PYPROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]

    assert [name for name in included if not (ROOT / name).exists()] == []


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.name)
def workflow(request: pytest.FixtureRequest) -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load(request.param.read_text("utf-8"))
    return parsed


def _steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def test_workflows_use_pinned_actions(workflow: dict[str, Any]) -> None:
    used = [step["uses"] for step in _steps(workflow) if "uses" in step]

    assert used
    assert [each for each in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each)] == []


def test_workflow_jobs_have_minimal_permissions(workflow: dict[str, Any]) -> None:
    assert workflow["permissions"] == {}
    written = {
        scope
        for job in workflow["jobs"].values()
        for scope, access in job["permissions"].items()
        if access != "read"
    }

    assert written <= {"id-token", "pages"}


def _sessions(workflow: dict[str, Any]) -> set[str]:
    commands = [step["run"] for step in _steps(workflow) if "-m nox -s" in step.get("run", "")]
    return {name for command in commands for name in command.partition("-s ")[2].split()}


def test_workflows_run_existing_sessions(workflow: dict[str, Any]) -> None:
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    defined = set(re.findall(r"^def (\w+)\(session: ", noxfile, re.MULTILINE))

    assert _sessions(workflow)
    assert _sessions(workflow) <= defined


def test_checks_run_every_session() -> None:
    noxfile = (ROOT / "noxfile.py").read_text("utf-8")
    default = set(re.findall(r"^@nox\.session\ndef (\w+)\(", noxfile, re.MULTILINE))
    checks = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text("utf-8"))

    assert _sessions(checks) == default
    assert "python -m nox -t full" in [step.get("run") for step in _steps(checks)]


def test_workflows_run_every_supported_python_on_each_system() -> None:
    checks = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text("utf-8"))
    matrix = checks["jobs"]["tests"]["strategy"]["matrix"]
    start = "Programming Language :: Python :: 3."
    supported = [each[-4:] for each in PROJECT["classifiers"] if each.startswith(start)]

    assert matrix["python"] == supported
    assert {system.partition("-")[0] for system in matrix["os"]} == {"ubuntu", "macos", "windows"}
