"""docs/migrating.md: its commands turn an original stack and table into imgmeta's."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

pytest.importorskip("typer", reason="needs the extra cli")
pytest.importorskip("moto", reason="needs the extra aws and moto")
pytest.importorskip("aws_lambda_powertools", reason="needs the extra lambda")

from botocore.session import Session

from imgmeta.adapters.aws import Clients
from imgmeta.core.identity import image_id
from imgmeta.entrypoints import aws_lambda
from imgmeta.testing.strategies.events import ObjectEvent, notification
from support.aws.emulators import set_aws_environment
from support.aws.moto import REGION, aws_in_memory
from support.aws.original_stack import BUCKET, TABLE, TEMPLATE
from support.aws.original_table import original_item, put_original_items
from support.cli.command_line import Cli, Result
from support.documents.shell_blocks import ShellBlocks, run_aws, shell_blocks
from support.function.harness import Context, reset_logger

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/migrating.md").read_text("utf-8")
PHOTO = (ROOT / "examples/photos/lighthouse.jpg").read_bytes()


class Account(NamedTuple):
    clients: Clients
    shell: ShellBlocks
    commands: list[Result]


@pytest.fixture
def account(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    """An account with the original stack: two images, the items of three, one event was lost."""
    set_aws_environment(monkeypatch)
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.setenv("METADATA_TABLE", TABLE)
    commands: list[Result] = []

    def imgmeta(arguments: list[str]) -> str:
        if arguments[0] == "build":  # tested in test_cli_build.py; needs a package index
            content = io.BytesIO()
            with zipfile.ZipFile(content, "w") as package:
                package.writestr("imgmeta.py", "")
            path = tmp_path / "package.zip"
            path.write_bytes(content.getvalue())
            return json.dumps({"Path": str(path)})
        result = cli(*arguments)
        commands.append(result)
        return result.out

    with aws_in_memory(monkeypatch) as clients:
        run_aws(
            [
                *("cloudformation", "create-stack", "--stack-name", "images"),
                *("--template-body", json.dumps(TEMPLATE)),
            ]
        )
        for key in ("2026/a.jpg", "lost.JPG"):
            clients.s3.put_object(Bucket=BUCKET, Key=key, Body=PHOTO)
        items = [original_item(key, BUCKET) for key in ("2026/a.jpg", "gone.png")]
        put_original_items(clients.dynamodb, TABLE, items)
        yield Account(clients, ShellBlocks({"aws": run_aws, "imgmeta": imgmeta}), commands)


def statuses(account: Account) -> dict[str, str]:
    items = account.clients.dynamodb.scan(TableName=TABLE)["Items"]
    return {item["ObjectKey"]["S"]: item["Status"]["S"] for item in items}


def test_commands_of_the_page_migrate_the_stack_without_a_lost_record(account: Account) -> None:
    for block in shell_blocks(PAGE.partition("## Move to imgmeta's stack")[0]):
        account.shell.run(block)

    assert [each.err for each in account.commands if each.code] == []
    migrated, synced, verified, listed = account.commands
    assert "2 records added" in migrated.out
    assert "2 processed, 0 failed, 1 gone" in synced.out
    assert "0 differences, 2 unchanged" in verified.err
    assert len(listed.lines) == 2
    assert statuses(account) == {
        "2026/a.jpg": "processed",
        "gone.png": "deleted",
        "lost.JPG": "processed",
    }
    key = {"ImageId": {"S": image_id(BUCKET, "2026/a.jpg")}}
    item = account.clients.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    assert item["Format"] == {"S": "JPEG"}
    table = account.clients.dynamodb.describe_table(TableName=TABLE)["Table"]
    assert table["DeletionProtectionEnabled"]
    client: Any = Session().create_client("lambda")
    function = client.get_function_configuration(FunctionName="ImageProcessor-dev")
    assert function["Handler"] == f"{aws_lambda.__name__}.{aws_lambda.handler.__name__}"
    assert function["Environment"]["Variables"]["METADATA_TABLE"] == TABLE


@pytest.mark.parametrize("migrated", [False, True])
def test_function_replaces_original_items(account: Account, *, migrated: bool) -> None:
    account.shell.run(f"TABLE={TABLE}")
    if migrated:
        account.shell.run('imgmeta migrate --store "dynamodb://$TABLE"')
    aws_lambda._event_handler.cache_clear()  # noqa: SLF001 - the environment changed
    reset_logger()
    events = [
        ObjectEvent("2026/a.jpg", BUCKET, "1"),
        ObjectEvent("gone.png", BUCKET, None),
        ObjectEvent("lost.JPG", BUCKET, None),
    ]
    response: Any = aws_lambda.handler(notification(*events), Context())
    aws_lambda._event_handler.cache_clear()  # noqa: SLF001 - as above

    assert json.loads(response["body"]) == {"processed": 2, "failed": 0}
    assert statuses(account) == {
        "2026/a.jpg": "processed",
        "gone.png": "deleted",
        "lost.JPG": "processed",
    }


def test_commands_on_an_original_table_work_or_name_the_migration(
    account: Account, cli: Cli
) -> None:
    del account
    store = ("--store", f"dynamodb://{TABLE}")
    assert len(cli("list", *store).lines) == 2
    assert "2" in cli("stats", *store).out
    assert cli("show", f"s3://{BUCKET}/2026/a.jpg", *store).code == 0
    for command in (
        ["list", "--prefix", f"s3://{BUCKET}"],
        ["list", "--since", "2026-11-01"],
        ["sync", f"s3://{BUCKET}"],
        ["verify", f"s3://{BUCKET}"],
    ):
        failed = cli(*command, *store)
        assert failed.code == 1
        assert f"add it with `imgmeta migrate {' '.join(store)}`" in failed.err


def test_only_a_table_can_be_migrated(cli: Cli) -> None:
    failed = cli("migrate", "--store", "sqlite:///index.db")
    assert failed.code == 2
    assert "only a DynamoDB table can be migrated: pass --store" in failed.err
