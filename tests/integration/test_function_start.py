"""How the function starts: nothing at import, and only what is needed at the first event."""

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
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=kept | {"AWS_EC2_METADATA_DISABLED": "true"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_an_import_needs_no_settings_and_makes_no_client() -> None:
    said = run(
        "import botocore.session\n"
        "botocore.session.Session.create_client = None\n"  # whoever makes one fails
        "from imgmeta.entrypoints.aws_lambda import handler\n"
        "print(handler.__name__)",
        IMGMETA_GPS="no such policy",
    )

    assert said == "handler"


def test_the_first_event_finds_what_it_needs_and_nothing_else_imported() -> None:
    said = run(
        "import sys\n"
        "from imgmeta.entrypoints.aws_lambda import handler\n"
        "answer = handler({'Records': []}, None)\n"
        f"print([name for name in {UNNEEDED!r} if name in sys.modules])",
        METADATA_TABLE="images",
        AWS_REGION="us-east-1",
    )

    assert said.splitlines()[-1] == "[]"


def test_a_function_without_a_table_says_what_to_set() -> None:
    with pytest.raises(ConfigurationError, match="METADATA_TABLE"):
        open_function(Settings())


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_is_collected_afterwards_as_before(*, enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        open_function(SETTINGS)
        assert gc.isenabled() is enabled
    finally:
        gc.unfreeze()
        (gc.enable if was_enabled else gc.disable)()


def test_nobody_is_told_where_there_is_no_topic() -> None:
    assert open_function(SETTINGS).notifier() is None
