"""Tests of the function's wiring: no work at import, and only needed clients at the first event."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import ConfigurationError
from imgmeta.bootstrap.function import open_function
from imgmeta.config import DynamoDBTable, Settings
from imgmeta.entrypoints import aws_lambda
from support.aws.emulators import set_aws_environment

UNUSED = ("PIL", "sqlite3", "typer", "rich", "boto3", "moto", "imgmeta.adapters.sqlite")
TABLE = Settings(store=DynamoDBTable("images"), region="us-east-1")

IMPORT = f"""
import gc, sys
from imgmeta.entrypoints import aws_lambda
loaded = [name for name in {UNUSED} if name in sys.modules]
assert not loaded, loaded
from botocore.client import BaseClient
created = [each for each in gc.get_objects() if isinstance(each, BaseClient)]
assert not created, created
"""

WIRE = f"""
event_handler = aws_lambda._event_handler()
loaded = [name for name in {UNUSED} if name in sys.modules]
assert not loaded, loaded
created = event_handler.function._aws.clients._clients
assert set(created) == {{"s3", "dynamodb"}}, created
assert aws_lambda._event_handler() is event_handler
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_aws_environment(monkeypatch)
    aws_lambda._event_handler.cache_clear()  # noqa: SLF001 - each test has its own environment
    yield
    aws_lambda._event_handler.cache_clear()  # noqa: SLF001 - each test has its own environment


def run_python(code: str, **environment: str) -> None:
    """Run code in a new Python process with only these environment variables."""
    inherited = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_import_creates_no_client_and_reads_no_setting() -> None:
    run_python(IMPORT, IMGMETA_CONCURRENCY="not a number")


def test_first_event_creates_only_the_s3_and_dynamodb_clients() -> None:
    run_python(
        IMPORT + WIRE,
        METADATA_TABLE="images",
        SNS_TOPIC_ARN="arn:aws:sns:us-east-1:111122223333:images",
        AWS_REGION="us-east-1",
    )


@pytest.mark.parametrize("store", ["", "sqlite:///index.db"])
def test_missing_table_is_an_error_at_each_event(
    monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.delenv("METADATA_TABLE", raising=False)
    monkeypatch.setenv("IMGMETA_STORE", store)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="set METADATA_TABLE"):
            aws_lambda.handler({"Records": []}, None)


def test_invalid_setting_is_an_error_at_the_first_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METADATA_TABLE", "images")
    monkeypatch.setenv("NOTIFY_ON", "sometimes")
    with pytest.raises(ConfigurationError, match="NOTIFY_ON"):
        aws_lambda.handler({"Records": []}, None)


def test_garbage_collector_is_enabled_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("METADATA_TABLE", "images")
    with pytest.raises(ConfigurationError, match="no AWS region is set"):
        aws_lambda.handler({"Records": []}, None)
    assert gc.isenabled()
    gc.unfreeze()


def test_no_topic_means_no_notifier() -> None:
    assert open_function(TABLE).notifier() is None
