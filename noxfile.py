"""Quality checks: `nox` runs the quick ones, `nox -t full` all the others.

The sessions require only Python and pip. Without Node.js, pyright gets it from PyPI. Without npm,
the tests against dynalite are skipped with a warning, without jq, the tests of pages that use it,
and without Chromium, the session `browser`.
"""

import os
import shlex
import shutil
import sys
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
RUNNING = f"{sys.version_info.major}.{sys.version_info.minor}"
ALL_EXTRAS = ".[all]"
DYNALITE = "dynalite@4"

BENCHMARKS = [
    ("handler.py", "--milliseconds", "0,5", "--events", "1,10", "--rounds", "1"),
    ("handler_profile.py", "--events", "200"),
    ("cold_start.py", "--runs", "1"),
    ("cost.py", "--creates", "10", "--duplicates", "1", "--deletes", "1"),
    ("queue_simulation.py", "--seconds", "60"),
    ("growth.py", "--counts", "100,1000"),
    ("growth_chart.py", "benchmarks/growth.json", "/dev/null"),
    ("fetched.py", "examples/photos"),
    ("speed.py", "examples", "--counts", "100", "--cores", "1", "--runs", "1"),
    ("questions.py", "--records", "1000", "--runs", "1"),
    ("report.py", "--records", "1000", "--runs", "1"),
    ("memory.py", "--few", "10", "--many", "100"),
    ("backfill.py", "--keys", "1000", "--hints", "100", "--runs", "1"),
    ("faults.py", "--sample", "2", "--random", "1"),
    ("local_faults.py", "--runs", "2"),
    ("soak.py", "--minutes", "0.3"),
]
"""Benchmarks of the session `bench`, each with settings so small that it takes seconds."""

SCHEMAS = {
    "citation-file-format": "CITATION.cff",
    "dependabot": ".github/dependabot.yml",
    "github-issue-config": ".github/ISSUE_TEMPLATE/config.yml",
    "github-issue-forms": ".github/ISSUE_TEMPLATE/[!c]*.yml",
    "github-workflows": ".github/workflows/*.yml",
}
"""The schema of check-jsonschema for each pattern of files."""


def group(name: str) -> list[str]:
    """Return the requirements of one dependency group."""
    return list(nox.project.dependency_groups(PROJECT, name))


TEST = [*group("test"), *group("test-aws"), *group("examples")]


def with_pyenv_pythons(path: str) -> str:
    """Return the search path with the folders of all pyenv interpreters added.

    pyenv's shims, which are on the path, start only the active versions.
    """
    folders: list[str] = []
    for folder in map(Path, path.split(os.pathsep)):
        if folder.name == "shims":
            folders += map(str, sorted(folder.parent.glob("versions/3.*/bin")))
        folders.append(str(folder))
    return os.pathsep.join(folders)


os.environ["PATH"] = with_pyenv_pythons(os.environ["PATH"])


def programs_of(environment: Path) -> Path:
    """Return the folder of the programs in a virtual environment."""
    return environment / ("Scripts" if os.name == "nt" else "bin")


def install(session: nox.Session, *requirements: str) -> None:
    """Install requirements without compiling them: most of their modules are never imported."""
    session.install("--no-compile", *requirements)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the test suite on the Python that runs nox."""
    install(session, ALL_EXTRAS, *TEST)
    session.run("pytest", "-n", "auto", *session.posargs)


def tests_on_version(session: nox.Session) -> None:
    """Run the test suite on this Python version."""
    tests(session)


for version in PYTHONS:
    tags = [] if version == RUNNING else ["full"]
    decorate = nox.session(python=version, name=f"tests-{version}", tags=tags, default=False)
    decorate(tests_on_version)


@nox.session
def tests_without_extras(session: nox.Session) -> None:
    """Run the tests whose result depends on the installed extras, without any."""
    install(session, ".", *group("test"))
    suites = ("tests/unit/bootstrap", "tests/unit/adapters/pillow")
    contract = "tests/contract/test_property_reader.py"
    integration = ("facade", "examples", "photos", "readme")
    names = (f"tests/integration/test_{name}.py" for name in integration)
    session.run("pytest", *suites, contract, *names)
    session.run("imgmeta", "--version", success_codes=[2])


@nox.session
def lint(session: nox.Session) -> None:
    """Check format and style, and the files that GitHub reads."""
    install(session, *group("lint"), *group("workflows"))
    session.run("ruff", "format", "--check", "--diff")
    session.run("ruff", "check")
    session.run("zizmor", "--offline", "--quiet", "--persona", "pedantic", ".github")
    for schema, paths in SCHEMAS.items():
        files = sorted(str(path) for path in Path().glob(paths))
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)


@nox.session
def typing(session: nox.Session) -> None:
    """Check types with mypy and pyright."""
    install(session, ALL_EXTRAS, *group("typing"))
    session.run("mypy")
    if shutil.which("node") is None:
        install(session, "pyright[nodejs]", *group("typing"))
    session.run("pyright", "--warnings")


@nox.session
def imports(session: nox.Session) -> None:
    """Check the import contracts, and that each contract detects a breach."""
    install(session, *group("imports"), *group("test"))
    session.env["PYTHONPATH"] = str(Path("src").resolve())
    session.run("lint-imports", "--no-cache")
    every = "slow or not slow"
    session.run("pytest", "-n", "auto", "-m", every, "tests/integration/test_architecture.py")


@nox.session
def build(session: nox.Session) -> None:
    """Build and check the sdist and the wheel, and use the wheel in an empty environment."""
    install(session, *group("build"), *group("test"))
    session.run("pytest", "-m", "build", "tests/integration/packaging")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the documentation site, strictly, and check its links."""
    install(session, *group("docs"))
    session.run("python", "tools/build_site.py")


@nox.session(default=False, tags=["full"])
def coverage(session: nox.Session) -> None:
    """Measure branch coverage."""
    install(session, ALL_EXTRAS, *TEST)
    data = Path(session.create_tmp(), "coverage")
    for old in data.parent.glob("coverage*"):
        old.unlink()
    session.env["COVERAGE_FILE"] = str(data)
    thorough = "--hypothesis-profile=thorough"
    session.run("coverage", "run", "-m", "pytest", "-n", "auto", "-q", thorough)
    session.run("coverage", "combine", "--quiet")
    inner = "--include=*/imgmeta/core/*,*/imgmeta/service/*"
    session.run("coverage", "report", inner, "--fail-under=100")
    session.run("coverage", "report", "--fail-under=95")


@nox.session(default=False, tags=["full"])
def template(session: nox.Session) -> None:
    """Check the CloudFormation template with cfn-lint, cloudformation-validate and checkov."""
    install(session, *group("template"))
    source = "src/imgmeta/cloudformation/template.yaml"
    written = session.run(
        "python", "tools/vary_template.py", source, session.create_tmp(), silent=True
    )
    for path in str(written).split():
        _check_template(session, path)


def _check_template(session: nox.Session, path: str) -> None:
    strictest = ("--include-checks", "I", "--include-experimental")
    session.run("cfn-lint", *strictest, "--regions", "ALL_REGIONS", "--template", path)
    session.run("python", "tools/validate_template.py", path)
    offline = {"CKV_SKIP_PACKAGE_UPDATE_CHECK": "true", "CKV_PARSE_ERROR_FAIL": "true"}
    quiet = ("--framework", "cloudformation", "--skip-download", "--quiet", "--compact")
    session.run("checkov", *quiet, "--file", path, env=offline)


@nox.session(default=False, tags=["full"])
def package(session: nox.Session) -> None:
    """Build the deployment package from PyPI, and run it with AWS's runtime client."""
    install(session, ALL_EXTRAS, *TEST)
    client = Path(session.create_tmp()).resolve() / "client"
    session.run("python", "-m", "venv", str(client))
    python = str(programs_of(client) / "python")
    requirements = group("runtime-client")
    session.run(python, "-m", "pip", "install", "--quiet", *requirements, external=True)
    session.env["IMGMETA_TEST_LAMBDA_CLIENT"] = python
    session.run("pytest", "-m", "package", "tests/package", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Lock the deployment package to the newest libraries that pyproject.toml allows."""
    install(session, ".")
    session.run("python", "tools/lock_function.py")


@nox.session(default=False, tags=["full"])
def emulators(session: nox.Session) -> None:
    """Run the tests that send requests to AWS emulators on this machine."""
    install(session, ALL_EXTRAS, *TEST)
    folder = Path(session.create_tmp()).resolve()
    servers = folder / "servers"
    session.run("python", "-m", "venv", str(servers))
    programs = programs_of(servers)
    session.run(str(programs / "pip"), "install", "--quiet", *group("emulators"), external=True)
    session.env["IMGMETA_TEST_EMULATORS"] = "required"
    session.env["IMGMETA_TEST_MINISTACK"] = shlex.quote(str(programs / "ministack"))
    session.env["IMGMETA_TEST_MICROBURST"] = shlex.quote(str(programs / "microburst"))
    session.env["IMGMETA_TEST_DYNALITE"] = _dynalite(session, folder)
    session.run("pytest", "-n", "2", "-m", "emulator", *session.posargs)


@nox.session(default=False, tags=["full"])
def e2e(session: nox.Session) -> None:
    """Deploy the whole system to an emulator with `imgmeta deploy`, and use it."""
    python = _newest_python(session)
    if python is None:
        session.warn("no Python version of AWS Lambda found: the session is skipped")
        return
    install(session, ALL_EXTRAS, *TEST)
    servers = Path(session.create_tmp()).resolve() / "servers"
    session.run(str(python), "-m", "venv", "--clear", str(servers), external=True)
    programs = programs_of(servers)
    session.run(str(programs / "pip"), "install", "--quiet", *group("emulators"), external=True)
    session.env["IMGMETA_TEST_EMULATORS"] = "required"
    session.env["IMGMETA_TEST_MINISTACK"] = shlex.quote(str(programs / "ministack"))
    session.env["IMGMETA_TEST_MICROBURST"] = shlex.quote(str(programs / "microburst"))
    session.env["IMGMETA_TEST_RUNTIME"] = python.name
    session.env["IMGMETA_TEST_AWS"] = _aws_cli(session)
    if _installed(session, "jq") is None:
        session.warn("jq not found: the tests of pages that use it are skipped")
    session.run("pytest", "-n", "2", "--dist", "loadfile", "-m", "e2e", *session.posargs)


def _aws_cli(session: nox.Session) -> str:
    """Install the AWS CLI apart from the tests, because it needs another version of botocore."""
    folder = Path(session.create_tmp()).resolve() / "aws"
    session.run("python", "-m", "venv", "--clear", str(folder))
    programs = programs_of(folder)
    session.run(str(programs / "pip"), "install", "--quiet", *group("aws-cli"), external=True)
    return shlex.quote(str(programs / "aws"))


def _newest_python(session: nox.Session) -> Path | None:
    """Return the newest Python that MiniStack supports: it runs functions with its own Python."""
    for name in ("python3.14", "python3.13", "python3.12"):
        if found := shutil.which(name, path=os.environ["PATH"]):
            # The program may be a version manager's shim for an inactive version.
            with suppress(CommandFailed):
                session.run(found, "-c", "", external=True, silent=True)
                return Path(found)
    return None


def _dynalite(session: nox.Session, folder: Path) -> str:
    if shutil.which("npm") is None:
        session.warn("npm not found: the tests against dynalite are skipped")
        return ""
    npm = ("npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--no-save")
    session.run(*npm, DYNALITE, external=True)
    return shlex.join(["node", str(folder / "node_modules" / "dynalite" / "cli.js")])


@nox.session(default=False, tags=["full"])
def browser(session: nox.Session) -> None:
    """Check the page of `imgmeta report` in headless Chromium."""
    chromium = _installed(session, "chromium", "chromium-browser", "google-chrome")
    if chromium is None:
        session.warn("Chromium not found, and not installed by root with apt-get: skipped")
        return
    install(session, ALL_EXTRAS, *TEST, *group("browser"))
    session.env["IMGMETA_TEST_CHROMIUM"] = chromium
    session.env["IMGMETA_TEST_SCREENSHOTS"] = str(Path(session.create_tmp(), "screenshots"))
    # In the order of the files, in which the tests of a page share it.
    session.run("pytest", "-p", "no:randomly", "-m", "browser", "tests/browser", *session.posargs)


def _installed(session: nox.Session, package: str, *other_names: str) -> str | None:
    """Return the path of a program, which root installs from Debian's packages if it is missing."""
    names = (package, *other_names)
    if not any(map(shutil.which, names)) and shutil.which("apt-get") and os.geteuid() == 0:
        with suppress(CommandFailed):
            session.run("apt-get", "update", "--quiet=2", external=True)
            quiet = ("--quiet=2", "--yes", "--no-install-recommends")
            session.run("apt-get", "install", *quiet, package, external=True)
    return next(filter(None, map(shutil.which, names)), None)


@nox.session(default=False, tags=["full"])
def slow(session: nox.Session) -> None:
    """Run the tests that take minutes: fuzzing, long state machines, many keys."""
    install(session, ALL_EXTRAS, *TEST)
    folder = Path(session.create_tmp()).resolve() / "programs"
    session.run("python", "-m", "venv", str(folder))
    programs = programs_of(folder)
    python = str(programs / "python")
    session.run(python, "-m", "pip", "install", "--quiet", *group("consumers"), external=True)
    session.env["IMGMETA_TEST_DATASETTE"] = str(programs / "datasette")
    session.env["IMGMETA_TEST_CONSUMERS"] = python
    session.run("pytest", "-n", "auto", "-m", "slow", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Run benchmarks briefly: all in BENCHMARKS, or those of them whose file names are given.

    The figures in docs/performance need the default settings and an idle machine.
    """
    install(session, ALL_EXTRAS, *TEST)
    session.env["PYTHONPATH"] = "tests"
    for name, *arguments in BENCHMARKS:
        if not session.posargs or name in session.posargs:
            session.run("python", f"benchmarks/{name}", *arguments)


@nox.session(default=False)
def fuzz(session: nox.Session) -> None:
    """Fuzz every format, events and other inputs, guided by the code that they reach.

    Arguments: the targets and options of `tools/fuzz_inputs.py`.
    """
    install(session, ALL_EXTRAS, *TEST)
    session.env["PYTHONPATH"] = "tests"
    try:
        session.install("--no-compile", "--only-binary=:all:", *group("fuzz"))
    except CommandFailed:
        session.warn("no atheris for this Python and platform: Hypothesis damages the inputs")
        any_length = ("-m", "slow or not slow", "--hypothesis-profile=thorough")
        session.run("pytest", "-n", "auto", *any_length, "tests/fuzz")
        return
    session.run("python", "tools/fuzz_inputs.py", *session.posargs)
