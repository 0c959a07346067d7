"""The code blocks of the pages on operating a stack run in order, and print what they show."""

import shutil
import subprocess
import sys
from collections.abc import Container, Iterator
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from support.aws.emulators import Emulator, ministack
from support.deployment.account import Account, wait_until
from support.documents.code_blocks import CodeBlock, first_line
from support.documents.page_tests import ON_STACKS
from support.documents.stack_pages import PHOTOS, ROOT, StackPages
from support.documents.stack_states import (
    add_dead_letters,
    add_lost_event,
    add_unreadable_object,
    create_bucket,
    create_function,
    create_original_stack,
    prepare_lost_events,
    publish_inventory,
    restore_concurrency,
)

pytestmark = pytest.mark.e2e

MINUTES = 300.0
"""Seconds until a function on a busy machine must have processed a few messages."""


@pytest.fixture
def emulator(aws_environment: None) -> Iterator[Emulator]:
    del aws_environment
    with ministack() as server:
        yield server


@pytest.fixture
def account(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Account:
    return Account(emulator, tmp_path_factory.mktemp("account"))


@pytest.fixture
def pages(
    emulator: Emulator, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> StackPages:
    return StackPages(emulator, account, tmp_path, monkeypatch, aws=True)


def test_runbook_shows_what_its_commands_print(pages: StackPages, account: Account) -> None:
    prepare_lost_events(account)
    wait_until(account.deployment("photos").is_idle, seconds=MINUTES)
    add_dead_letters(account)

    def fail_an_image(account: Account) -> None:
        restore_concurrency(account)
        add_unreadable_object(account)
        account.run("backfill", "--stack-name", "photos")

    def lose_an_event(account: Account) -> None:
        restore_concurrency(account)
        add_lost_event(account)

    before = {"FailedImagesAlarm": fail_an_image, "DriftAlarm": lose_an_event}
    pages.run("runbook.md", before=before)


def test_deployment_page_shows_what_its_commands_print(
    pages: StackPages, account: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(PHOTOS / "tower.jpg", tmp_path / "PHOTO.jpg")
    create_bucket(account, "my-photos")

    def empty_bucket(account: Account) -> None:
        """Delete all versions, as the reader does in the S3 console."""
        stack = account.deployment("photos")
        monkeypatch.setenv("TABLE", stack.table)
        versions = account.s3.list_object_versions(Bucket=stack.bucket)["Versions"]
        for each in versions:
            account.s3.delete_object(
                Bucket=stack.bucket, Key=each["Key"], VersionId=each["VersionId"]
            )

    pages.run("deploy.md", before={"Delete a stack": empty_bucket})
    assert account.stack_names() == ["holiday", "photos-dev", "photos-prod"]
    assert len(account.bucket_names()) == 4  # of the stacks that are left, and for artifacts
    assert len(account.dynamodb.list_tables()["TableNames"]) == 3


def test_package_page_deploys_a_stack_without_imgmeta(pages: StackPages, account: Account) -> None:
    create_function(account, "images")
    pages.run("package.md")
    assert account.run("status", "--stack-name", "photos").code == 0
    size = account.functions.get_function_configuration(FunctionName="images")["CodeSize"]
    assert size > 5_000_000


def test_scaling_page_shows_what_its_commands_print(pages: StackPages, account: Account) -> None:
    create_bucket(account, "holiday")
    account.deploy("photos", "--bucket", "holiday")
    publish_inventory(account)
    pages.run("scaling.md")


def test_commands_of_the_page_migrate_the_original_stack_completely(
    pages: StackPages, account: Account
) -> None:
    create_original_stack(account)
    pages.run("migrating.md")
    assert account.stack_names() == ["photos"]


def _is_other_block(first_lines: Container[str], block: CodeBlock) -> bool:
    return first_line(block) not in first_lines


def test_blocks_of_other_pages_run_on_a_stack(pages: StackPages, account: Account) -> None:
    create_bucket(account, "holiday")
    prepare_lost_events(account)
    assert account.run("backfill", "--stack-name", "photos").code == 0
    for name in ("cli.md", "index.md", "report.md", "template.md"):
        first_lines = ON_STACKS[f"docs/{name}"]
        pages.run(name, is_skipped=partial(_is_other_block, first_lines))


def test_benchmark_of_deployments_runs(emulator: Emulator) -> None:
    """Run docs/performance/deployment.md with one run."""
    benchmark = [sys.executable, str(ROOT / "benchmarks/deploy.py")]
    done = subprocess.run(
        [*benchmark, "--endpoint-url", emulator.url, "--runs", "1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * MINUTES,
    )
    assert done.returncode == 0, done.stderr
    assert "imgmeta deploy" in done.stdout
