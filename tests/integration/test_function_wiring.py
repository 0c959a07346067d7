"""The function costs nothing at import, and makes no more than its first event needs."""

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
made = [each for each in gc.get_objects() if isinstance(each, BaseClient)]
assert not made, made
"""

WIRE = f"""
invocation = aws_lambda._invocation()
loaded = [name for name in {UNUSED} if name in sys.modules]
assert not loaded, loaded
made = invocation.function._aws.clients._clients
assert set(made) == {{"s3", "dynamodb"}}, made
assert aws_lambda._invocation() is invocation
"""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    set_aws_environment(monkeypatch)
    aws_lambda._invocation.cache_clear()  # noqa: SLF001 - each test has its own environment
    yield
    aws_lambda._invocation.cache_clear()  # noqa: SLF001 - each test has its own environment


def python(code: str, **environment: str) -> None:
    """Run code in a Python of its own, which has no more than this in its environment."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_import_makes_nothing_reads_no_setting_and_loads_nothing_that_is_not_used() -> None:
    python(IMPORT, IMGMETA_CONCURRENCY="not a number")


def test_the_first_event_loads_no_more_than_s3_and_the_table() -> None:
    python(
        IMPORT + WIRE,
        METADATA_TABLE="images",
        SNS_TOPIC_ARN="arn:aws:sns:us-east-1:111122223333:images",
        AWS_REGION="us-east-1",
    )


@pytest.mark.parametrize("store", ["", "sqlite:///index.db"])
def test_without_a_table_it_is_said_what_to_set_at_each_event(
    monkeypatch: pytest.MonkeyPatch, store: str
) -> None:
    monkeypatch.delenv("METADATA_TABLE", raising=False)
    monkeypatch.setenv("IMGMETA_STORE", store)
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="set METADATA_TABLE"):
            aws_lambda.handler({"Records": []}, None)


def test_a_setting_that_is_none_is_said_at_the_first_event(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METADATA_TABLE", "images")
    monkeypatch.setenv("NOTIFY_ON", "sometimes")
    with pytest.raises(ConfigurationError, match="NOTIFY_ON"):
        aws_lambda.handler({"Records": []}, None)


@pytest.mark.parametrize("was_enabled", [True, False])
def test_garbage_is_collected_afterwards_as_it_was_before(*, was_enabled: bool) -> None:
    (gc.enable if was_enabled else gc.disable)()
    try:
        open_function(TABLE)
        assert gc.isenabled() is was_enabled
    finally:
        gc.enable()
        gc.unfreeze()


def test_garbage_is_collected_after_a_failure_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(ConfigurationError, match="no region"):
        open_function(Settings(store=DynamoDBTable("images")))
    assert gc.isenabled()
    gc.unfreeze()


def test_without_a_topic_there_is_nobody_to_tell() -> None:
    assert open_function(TABLE).notifier() is None
