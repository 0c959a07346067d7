"""The import contracts of pyproject.toml: the code keeps them, and each one detects a breach."""

import shutil
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

cli = pytest.importorskip("importlinter.cli", reason="run by the nox session `imports`")

ROOT = Path(__file__).parents[2]


class Report(NamedTuple):
    code: int
    text: str


Lint = Callable[[], Report]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the code, which every test leaves unchanged."""
    copy = tmp_path_factory.mktemp("tree")
    shutil.copy(ROOT / "pyproject.toml", copy)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", copy / "src", ignore=ignored)
    return copy


@pytest.fixture
def lint(tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lint:
    """Return a function that lints the copy in this process, without importing it."""
    monkeypatch.chdir(tree)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.syspath_prepend(tree / "src")
    # The linter looks for an imported package where it was imported from.
    monkeypatch.delitem(sys.modules, "imgmeta", raising=False)
    # It would disable the loggers of all other libraries.
    monkeypatch.setattr(cli, "_configure_logging", lambda _: None)

    def run() -> Report:
        code = cli.lint_imports(no_cache=True, no_logo=True)
        return Report(code, capsys.readouterr().out)

    return run


@contextmanager
def appended(path: Path, text: str) -> Generator[None]:
    """Append text to a file, or create the file with it, while the context is open."""
    before = path.read_bytes() if path.exists() else None
    with path.open("a", encoding="utf-8") as file:
        file.write(text)
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def test_code_satisfies_every_import_contract(lint: Lint) -> None:
    code, text = lint()

    assert code == 0, text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("errors", "imgmeta.core.text", "Layers import only lower layers"),
        ("core/identity", "imgmeta.ports", "Layers import only lower layers"),
        ("core/ordering", "imgmeta.service", "Layers import only lower layers"),
        ("ports/__init__", "imgmeta.adapters.memory", "Layers import only lower layers"),
        ("service/__init__", "imgmeta.adapters.sqlite", "Layers import only lower layers"),
        ("service/__init__", "imgmeta.cloudformation", "Layers import only lower layers"),
        ("adapters/memory/__init__", "imgmeta.config", "Layers import only lower layers"),
        ("adapters/memory/__init__", "imgmeta.cloudformation", "Layers import only lower layers"),
        ("config", "imgmeta.bootstrap", "Layers import only lower layers"),
        ("bootstrap/__init__", "imgmeta.entrypoints.cli", "Layers import only lower layers"),
        ("stray", "os", "Layers import only lower layers"),
        (
            "adapters/memory/__init__",
            "imgmeta.adapters.sqlite",
            "Adapters do not import each other",
        ),
        (
            "adapters/memory/__init__",
            "imgmeta.adapters.pillow",
            "Adapters do not import each other",
        ),
        ("core/identity", "os", "The core and the format readers are pure"),
        ("core/records", "time", "The core and the format readers are pure"),
        ("core/events", "socket", "The core and the format readers are pure"),
        ("core/outcomes", "sqlite3", "The core and the format readers are pure"),
        ("core/text", "PIL.Image", "The core and the format readers are pure"),
        ("formats/png", "os", "The core and the format readers are pure"),
        ("formats/png", "imgmeta.adapters.pillow", "Layers import only lower layers"),
        ("ports/__init__", "imgmeta.formats", "Layers import only lower layers"),
        ("bootstrap/stores", "imgmeta.deployment.core", "Layers import only lower layers"),
        ("config", "imgmeta.deployment.service", "Layers import only lower layers"),
        ("deployment/core/stacks", "pathlib", "The core and the format readers are pure"),
        (
            "deployment/core/stacks",
            "imgmeta.deployment.ports",
            "Deployment layers import only lower layers",
        ),
        (
            "deployment/service/health",
            "imgmeta.deployment.adapters.sqs",
            "Deployment layers import only lower layers",
        ),
        ("deployment/service/health", "time", "The use cases do I/O only through ports"),
        (
            "entrypoints/aws_lambda/responses",
            "imgmeta.deployment.core.stacks",
            "The function does not import the deployment wing or the CLI",
        ),
        ("service/__init__", "pathlib", "The use cases do I/O only through ports"),
        ("adapters/memory/__init__", "boto3", "Only AWS adapters import boto3"),
        ("entrypoints/cli/__init__", "botocore.client", "Only AWS adapters import boto3"),
        ("bootstrap/__init__", "boto3", "Only AWS adapters import boto3"),
        ("bootstrap/__init__", "typer", "Only the CLI imports Typer and Rich"),
        ("adapters/memory/__init__", "rich.console", "Only the CLI imports Typer and Rich"),
        ("bootstrap/__init__", "yaml", "Only the template parser imports PyYAML"),
        (
            "adapters/memory/__init__",
            "aws_lambda_powertools",
            "Only the function imports Powertools",
        ),
        ("adapters/memory/__init__", "PIL", "Only the Pillow adapter imports Pillow"),
        ("bootstrap/__init__", "pillow_heif", "Only the Pillow adapter imports Pillow"),
        ("bootstrap/__init__", "pyarrow", "Only the adapters of Parquet files import pyarrow"),
        (
            "adapters/memory/__init__",
            "pyarrow.parquet",
            "Only the adapters of Parquet files import pyarrow",
        ),
        ("bootstrap/reporting", "jinja2", "Only the HTML pages import Jinja2 and vl-convert"),
        ("core/reports/building", "vl_convert", "Only the HTML pages import Jinja2 and vl-convert"),
        ("bootstrap/__init__", "watchdog.events", "Only the observers import watchdog"),
        ("adapters/memory/__init__", "pwd", "Only the file lock imports modules of one system"),
        ("entrypoints/cli/app", "imgmeta.testing.strategies", "Layers import only lower layers"),
        ("service/queries", "imgmeta.testing", "Layers import only lower layers"),
        (
            "adapters/memory/__init__",
            "hypothesis",
            "Only the contract suites import pytest and Hypothesis",
        ),
        (
            "testing/contracts/notifier",
            "imgmeta.bootstrap",
            "The contract suites use ports, not the wiring",
        ),
    ],
)
def test_forbidden_import_breaks_its_contract(
    tree: Path, lint: Lint, module: str, imported: str, contract: str
) -> None:
    path = tree / f"src/imgmeta/{module}.py"
    assert path.exists() == (module != "stray")

    with appended(path, f"\nimport {imported}\n"):
        code, text = lint()

    assert code == 1
    if module != "stray":  # the linter stops at a module outside the layers
        assert f"{contract} BROKEN" in text
    else:
        assert "stray" in text


@pytest.mark.parametrize(
    "adapter",
    [
        "adapters/dynamodb/repository",
        "adapters/s3/store",
        "adapters/sns",
        "adapters/sqs",
        "deployment/adapters/cloudformation",
        "deployment/adapters/cloudwatch",
    ],
)
def test_aws_adapter_may_import_boto3(tree: Path, lint: Lint, adapter: str) -> None:
    path = tree / f"src/imgmeta/{adapter}.py"
    assert path.exists()

    with appended(path, "\nimport boto3\nfrom botocore import config\n"):
        code, text = lint()

    assert code == 0, text
