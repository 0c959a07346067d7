"""The import contracts, and that each of them sees a breach: an import planted in a copy."""

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


def test_the_code_keeps_every_contract(tree: Path) -> None:
    done = lint(tree)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "planted", "contract"),
    [
        ("errors", "imgmeta.core.text", "Imports point one way"),
        ("core/identity", "imgmeta.ports", "Imports point one way"),
        ("core/ordering", "imgmeta.service", "Imports point one way"),
        ("ports", "imgmeta.adapters.memory", "Imports point one way"),
        ("service", "imgmeta.adapters.sqlite", "Imports point one way"),
        ("service", "imgmeta.cloudformation", "Imports point one way"),
        ("adapters/memory", "imgmeta.config", "Imports point one way"),
        ("adapters/memory", "imgmeta.cloudformation", "Imports point one way"),
        ("config", "imgmeta.bootstrap", "Imports point one way"),
        ("bootstrap", "imgmeta.entrypoints.cli", "Imports point one way"),
        ("stray", "os", "Imports point one way"),
        ("adapters/memory", "imgmeta.adapters.sqlite", "No adapter knows another"),
        ("adapters/memory", "imgmeta.adapters.pillow", "No adapter knows another"),
        ("core/identity", "os", "The core is pure"),
        ("core/records", "time", "The core is pure"),
        ("core/events", "socket", "The core is pure"),
        ("core/batch", "sqlite3", "The core is pure"),
        ("core/text", "PIL.Image", "The core is pure"),
        ("formats/png", "os", "The core is pure"),
        ("formats/png", "imgmeta.adapters.pillow", "Imports point one way"),
        ("ports", "imgmeta.formats", "Imports point one way"),
        ("bootstrap/stores", "imgmeta.deployment.core", "Imports point one way"),
        ("config", "imgmeta.deployment.service", "Imports point one way"),
        ("deployment/core/stacks", "pathlib", "The core is pure"),
        (
            "deployment/core/stacks",
            "imgmeta.deployment.ports",
            "The deployment wing has layers of its own",
        ),
        (
            "deployment/service/health",
            "imgmeta.deployment.adapters.sqs",
            "The deployment wing has layers of its own",
        ),
        ("deployment/service/health", "time", "The use cases touch the world through ports alone"),
        (
            "entrypoints/aws_lambda/responses",
            "imgmeta.deployment.core.stacks",
            "The function does not import the deployment wing",
        ),
        ("service", "pathlib", "The use cases touch the world through ports alone"),
        ("adapters/memory", "boto3", "Only AWS adapters know boto3"),
        ("entrypoints/cli/__init__", "botocore.client", "Only AWS adapters know boto3"),
        ("bootstrap", "boto3", "Only AWS adapters know boto3"),
        ("bootstrap", "typer", "Only the command line knows Typer and Rich"),
        ("adapters/memory", "rich.console", "Only the command line knows Typer and Rich"),
        ("bootstrap", "yaml", "Only the template's reader knows YAML"),
        ("adapters/memory", "PIL", "Only its adapter knows Pillow"),
        ("bootstrap", "pillow_heif", "Only its adapter knows Pillow"),
    ],
)
def test_a_planted_import_breaks_its_contract(
    tree: Path, module: str, planted: str, contract: str
) -> None:
    with (tree / f"src/imgmeta/{module}.py").open("a", encoding="utf-8") as file:
        file.write(f"\nimport {planted}\n")

    done = lint(tree)

    assert done.returncode == 1
    if module != "stray":  # a module outside of all layers stops the linter before any verdict
        assert f"{contract} BROKEN" in done.stdout
    else:
        assert "stray" in done.stdout


@pytest.mark.parametrize(
    "adapter",
    [
        "adapters/dynamodb",
        "adapters/s3",
        "adapters/sns",
        "adapters/sqs",
        "deployment/adapters/cloudformation",
        "deployment/adapters/cloudwatch",
    ],
)
def test_an_aws_adapter_may_know_boto3(tree: Path, adapter: str) -> None:
    path = tree / f"src/imgmeta/{adapter}.py"
    path.write_text("import boto3\nfrom botocore import config\n", encoding="utf-8")

    assert lint(tree).returncode == 0
