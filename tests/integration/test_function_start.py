"""Tests of the cold start: importing does nothing, and the first event loads no unused module."""

import gc
import os
import subprocess
import sys

import pytest

pytest.importorskip("botocore", reason="needs the extra aws")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import ConfigurationError
from imgmeta.bootstrap.function import open_function
from imgmeta.config import DynamoDBTable, Settings

UNNEEDED = ("PIL", "boto3", "concurrent.futures.process", "rich", "s3transfer", "sqlite3", "typer")
SETTINGS = Settings(store=DynamoDBTable("images"), region="us-east-1")


def run(code: str, **environment: str) -> str:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=inherited | {"AWS_EC2_METADATA_DISABLED": "true"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_import_needs_no_settings_and_creates_no_client() -> None:
    output = run(
        "import botocore.session\n"
        "botocore.session.Session.create_client = None\n"  # creating a client fails
        "from imgmeta.entrypoints.aws_lambda import handler\n"
        "print(handler.__name__)",
        IMGMETA_GPS="no such policy",
    )

    assert output == "handler"


def test_first_event_imports_no_unneeded_module() -> None:
    output = run(
        "import sys\n"
        "from imgmeta.entrypoints.aws_lambda import handler\n"
        "response = handler({'Records': []}, None)\n"
        f"print([name for name in {UNNEEDED!r} if name in sys.modules])",
        METADATA_TABLE="images",
        AWS_REGION="us-east-1",
    )

    assert output.splitlines()[-1] == "[]"


def test_error_without_a_table_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="METADATA_TABLE"):
        open_function(Settings())


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collector_state_is_restored(*, enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        open_function(SETTINGS)
        assert gc.isenabled() is enabled
    finally:
        gc.unfreeze()
        (gc.enable if was_enabled else gc.disable)()


def test_no_topic_means_no_notifier() -> None:
    assert open_function(SETTINGS).notifier() is None
