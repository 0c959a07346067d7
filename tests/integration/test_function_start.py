"""Tests of the cold start: importing does nothing, and the first event loads no unused module."""

import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from handler_process import aws_environment, notification

pytest.importorskip("botocore", reason="needs the extra aws")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from imgmeta import ConfigurationError
from imgmeta.bootstrap.function import open_function
from imgmeta.config import DynamoDBTable, Settings
from imgmeta.entrypoints.garbage_collection import garbage_collection_paused
from support.http.scripted_server import scripted_server

UNNEEDED = ("PIL", "boto3", "concurrent.futures.process", "rich", "s3transfer", "sqlite3", "typer")
BUDGET = Path(__file__).with_name("function_imports.txt")
PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "lighthouse.jpg"
IMAGE = (
    b"HTTP/1.1 206 Partial Content\r\nContent-Length: %d\r\nContent-Range: bytes 0-%d/%d\r\n"
    b'ETag: "1"\r\nLast-Modified: Mon, 23 Nov 2026 06:30:01 GMT\r\n\r\n%b'
)
WRITTEN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
SETTINGS = Settings(store=DynamoDBTable("images"), region="us-east-1")


def run(code: str, **environment: str) -> str:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=inherited | {"AWS_EC2_METADATA_DISABLED": "true"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
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


def test_first_event_imports_only_the_listed_modules() -> None:
    photo = PHOTO.read_bytes()
    size = len(photo)
    with scripted_server([IMAGE % (size, size - 1, size, photo)], [WRITTEN]) as server:
        output = run(
            "import json, sys\n"
            "before = set(sys.modules)\n"
            "from imgmeta.entrypoints.aws_lambda import handler\n"
            f"response = handler({notification(['a.jpg'], 1)!r}, None)\n"
            "assert json.loads(response['body'])['processed'] == 1, response\n"
            "print(json.dumps([[name, getattr(module, '__file__', None) or ''] for name, module in "
            "sys.modules.items() if name not in before]))",
            **aws_environment(server.url, NOTIFY_ON="never"),
        )
    modules: list[tuple[str, str]] = json.loads(output.splitlines()[-1])
    own = {name for name, _ in modules if name.partition(".")[0] == "imgmeta"}
    packages = {name.partition(".")[0] for name, path in modules if "site-packages" in path}
    listed = set(BUDGET.read_text().split())
    added = (own | packages) - listed
    assert not added, (
        f"the function imports {sorted(added)}: import them where they are used, or measure the "
        f"cold start (benchmarks/cold_start.py) and add them to {BUDGET.name}"
    )
    assert not {name for name in listed if name.startswith("imgmeta")} - own


def test_error_without_a_table_names_the_setting() -> None:
    with pytest.raises(ConfigurationError, match="METADATA_TABLE"):
        open_function(Settings())


@pytest.mark.parametrize("enabled", [True, False])
def test_garbage_collector_state_is_restored(*, enabled: bool) -> None:
    was_enabled = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with garbage_collection_paused():
            assert not gc.isenabled()
        assert gc.isenabled() is enabled
    finally:
        gc.unfreeze()
        (gc.enable if was_enabled else gc.disable)()


def test_no_topic_means_no_notifier() -> None:
    assert open_function(SETTINGS).notifier() is None
