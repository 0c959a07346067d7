"""The quality sessions: `nox` runs all that a change must pass.

A bare machine with Python and pip is enough. Node, which pyright runs on, comes from PyPI where
there is none; the tests that need npm are left out, with a warning.
"""

import os
import shlex
import shutil
from contextlib import suppress
from pathlib import Path

import nox
from nox.command import CommandFailed

nox.needs_version = ">=2025.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.error_on_external_run = True
nox.options.error_on_missing_interpreters = False

PROJECT = nox.project.load_toml("pyproject.toml")
PYTHONS = nox.project.python_versions(PROJECT)
ALL_EXTRAS = ".[all]"
DYNALITE = "dynalite@4"


def group(name: str) -> list[str]:
    """Return the requirements of one dependency group."""
    return list(nox.project.dependency_groups(PROJECT, name))


TEST = [*group("test"), *group("test-aws")]


def with_pyenv_pythons(path: str) -> str:
    """Return the search path with each interpreter on it that pyenv has installed.

    Its shims, which are on the path, answer only for the versions that are active.
    """
    folders: list[str] = []
    for folder in map(Path, path.split(os.pathsep)):
        if folder.name == "shims":
            folders += map(str, sorted(folder.parent.glob("versions/3.*/bin")))
        folders.append(str(folder))
    return os.pathsep.join(folders)


os.environ["PATH"] = with_pyenv_pythons(os.environ["PATH"])


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """Run the test suite on each Python there is."""
    session.install(ALL_EXTRAS, *TEST)
    session.run("pytest", "-n", "auto", *session.posargs)


@nox.session
def tests_without_extras(session: nox.Session) -> None:
    """Run what needs no extra where none is installed, and see what is missed named."""
    session.install(".", *group("test"))
    suites = ("tests/unit", "tests/contract", "--ignore=tests/unit/cli")
    session.run("pytest", "-n", "auto", *suites)
    session.run("pytest", "tests/integration/test_facade.py")
    session.run("imgmeta", "--version", success_codes=[2])


@nox.session
def coverage(session: nox.Session) -> None:
    """Measure the branches that the tests take."""
    session.install(ALL_EXTRAS, *TEST)
    data = Path(session.create_tmp(), "coverage")
    for old in data.parent.glob("coverage*"):
        old.unlink()
    session.env["COVERAGE_FILE"] = str(data)
    session.run("coverage", "run", "-m", "pytest", "-n", "auto", "-q")
    session.run("coverage", "combine", "--quiet")
    inner = "--include=*/imgmeta/core/*,*/imgmeta/service/*"
    session.run("coverage", "report", inner, "--fail-under=100")
    session.run("coverage", "report", "--fail-under=95")


@nox.session
def lint(session: nox.Session) -> None:
    """Check format and style."""
    session.install(*group("lint"))
    session.run("ruff", "format", "--check", "--diff")
    session.run("ruff", "check")


@nox.session
def typing(session: nox.Session) -> None:
    """Check types with mypy and with pyright."""
    session.install(ALL_EXTRAS, *group("typing"))
    session.run("mypy")
    if shutil.which("node") is None:
        session.install("pyright[nodejs]", *group("typing"))
    session.run("pyright", "--warnings")


@nox.session
def imports(session: nox.Session) -> None:
    """Check that imports keep to the architecture, and that a breach would be seen."""
    session.install("-e", ALL_EXTRAS, *group("imports"), *group("test"))
    session.run("lint-imports")
    session.run("pytest", "tests/integration/test_architecture.py")


@nox.session
def build(session: nox.Session) -> None:
    """Build an sdist, a wheel from it, and install that in an empty environment."""
    session.install(*group("build"), *group("test"))
    session.run("pytest", "-m", "build", "tests/integration/test_packaging.py")


@nox.session
def template(session: nox.Session) -> None:
    """Check the CloudFormation template with all that knows what AWS takes and what is safe."""
    session.install(*group("template"))
    path = "src/imgmeta/cloudformation/template.yaml"
    strictest = ("--include-checks", "I", "--include-experimental")
    session.run("cfn-lint", *strictest, "--regions", "ALL_REGIONS", "--template", path)
    session.run("python", ".ci/validate_template.py", path)
    offline = {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true", "CKV_PARSE_ERROR_FAIL": "true"}
    quiet = ("--framework", "cloudformation", "--skip-download", "--quiet", "--compact")
    session.run("checkov", *quiet, "--file", path, env=offline)


@nox.session
def package(session: nox.Session) -> None:
    """Make the function's package from the package index, and run it as AWS Lambda does."""
    session.install(ALL_EXTRAS, *TEST)
    client = Path(session.create_tmp()).resolve() / "client"
    session.run("python", "-m", "venv", str(client))
    pip = str(client / "bin" / "pip")
    session.run(pip, "install", "--quiet", *group("runtime-client"), external=True)
    session.env["IMGMETA_TEST_LAMBDA_CLIENT"] = str(client / "bin" / "python")
    session.run("pytest", "-m", "package", "tests/package", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Lock the function's package to the newest libraries that it may have."""
    session.install(".")
    session.run("python", "tools/lock_function.py")


@nox.session
def emulators(session: nox.Session) -> None:
    """Run the tests that ask servers which answer as AWS does, on this machine."""
    session.install(ALL_EXTRAS, *TEST)
    folder = Path(session.create_tmp()).resolve()
    servers = folder / "servers"
    session.run("python", "-m", "venv", str(servers))
    programs = servers / "bin"
    session.run(str(programs / "pip"), "install", "--quiet", *group("emulators"), external=True)
    session.env["IMGMETA_TEST_EMULATORS"] = "required"
    session.env["IMGMETA_TEST_MINISTACK"] = shlex.quote(str(programs / "ministack"))
    session.env["IMGMETA_TEST_MICROBURST"] = shlex.quote(str(programs / "microburst"))
    session.env["IMGMETA_TEST_DYNALITE"] = _dynalite(session, folder)
    session.run("pytest", "-n", "2", "-m", "emulator", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Put the whole system into an account of an emulator, by the command, and use it."""
    python = _newest_python(session)
    if python is None:
        session.warn("there is no Python here that AWS Lambda runs too: nothing is deployed")
        return
    session.install(ALL_EXTRAS, *TEST)
    servers = Path(session.create_tmp()).resolve() / "servers"
    session.run(str(python), "-m", "venv", "--clear", str(servers), external=True)
    programs = servers / "bin"
    session.run(str(programs / "pip"), "install", "--quiet", *group("emulators"), external=True)
    session.env["IMGMETA_TEST_EMULATORS"] = "required"
    session.env["IMGMETA_TEST_MINISTACK"] = shlex.quote(str(programs / "ministack"))
    session.env["IMGMETA_TEST_MICROBURST"] = shlex.quote(str(programs / "microburst"))
    session.env["IMGMETA_TEST_RUNTIME"] = python.name
    session.run("pytest", "-n", "2", "--dist", "loadfile", "-m", "e2e", *session.posargs)


def _newest_python(session: nox.Session) -> Path | None:
    """Return the newest Python that MiniStack, which runs functions with its own, is good with."""
    for name in ("python3.14", "python3.13", "python3.12"):
        if found := shutil.which(name, path=os.environ["PATH"]):
            # A name on the path may lead to a version manager that has no such version active.
            with suppress(CommandFailed):
                session.run(found, "-c", "", external=True, silent=True)
                return Path(found)
    return None


def _dynalite(session: nox.Session, folder: Path) -> str:
    if shutil.which("npm") is None:
        session.warn("there is no npm here: the tests against dynalite are skipped")
        return ""
    npm = ("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save")
    session.run(*npm, DYNALITE, external=True)
    return shlex.join(["node", str(folder / "node_modules" / "dynalite" / "cli.js")])


@nox.session
def slow(session: nox.Session) -> None:
    """Run the tests that take minutes: fuzzing, long state machines, many keys."""
    session.install(ALL_EXTRAS, *TEST)
    session.run("pytest", "-n", "auto", "-m", "slow", *session.posargs)
