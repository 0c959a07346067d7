"""The import contracts of pyproject.toml: the code keeps them, and each one detects a breach."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("importlinter", reason="run by the nox session `imports`")

ROOT = Path(__file__).parents[2]
LINT = "import importlinter.cli as c; raise SystemExit(c.lint_imports(no_cache=True, no_logo=True))"


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT],
        cwd=tree,
        env=os.environ | {"PYTHONPATH": str(tree / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info")
    )
    return tmp_path


def test_code_satisfies_every_import_contract(tree: Path) -> None:
    result = lint(tree)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "imported", "contract"),
    [
        ("errors", "imgmeta.core.text", "Layers import only lower layers"),
        ("core/identity", "imgmeta.ports", "Layers import only lower layers"),
        ("core/ordering", "imgmeta.service", "Layers import only lower layers"),
        ("ports", "imgmeta.adapters.memory", "Layers import only lower layers"),
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
        ("ports", "imgmeta.formats", "Layers import only lower layers"),
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
    ],
)
def test_forbidden_import_breaks_its_contract(
    tree: Path, module: str, imported: str, contract: str
) -> None:
    path = tree / f"src/imgmeta/{module}.py"
    assert path.exists() == (module != "stray")
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported}\n")

    result = lint(tree)

    assert result.returncode == 1
    if module != "stray":  # the linter stops at a module outside the layers
        assert f"{contract} BROKEN" in result.stdout
    else:
        assert "stray" in result.stdout


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
def test_aws_adapter_may_import_boto3(tree: Path, adapter: str) -> None:
    with (tree / f"src/imgmeta/{adapter}.py").open("r+", encoding="utf-8") as file:
        file.seek(0, os.SEEK_END)
        file.write("\nimport boto3\nfrom botocore import config\n")

    assert lint(tree).returncode == 0
