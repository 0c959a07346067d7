"""The code blocks of the guides on stacks run in order, and print what the pages show."""

from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from support.aws.emulators import Emulator, ministack
from support.deployment.account import Account
from support.documents.code_blocks import CodeBlock
from support.documents.pages import is_installation, is_of_a_stack
from support.documents.stack_pages import Preparation, StackPages
from support.documents.stack_states import (
    prepare_dead_letters,
    prepare_lost_events,
    prepare_unreadable_object,
)

pytestmark = pytest.mark.e2e


@pytest.fixture
def emulator(aws_environment: None) -> Iterator[Emulator]:
    """Run an emulator for each page: a reset takes longer if its functions are running."""
    del aws_environment
    with ministack() as server:
        yield server


@pytest.fixture
def account(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Account:
    return Account(emulator, tmp_path_factory.mktemp("account"))


PAGES: dict[str, Preparation | None] = {
    "tutorial-aws.md": None,
    "how-to/existing-bucket.md": None,
    "how-to/backfill.md": prepare_unreadable_object,
    "how-to/replay.md": prepare_dead_letters,
    "how-to/privacy.md": prepare_lost_events,
    "how-to/upgrading.md": prepare_lost_events,
}
"""The pages, each with a function that creates what the page takes for granted."""


PAGES_IN_PART = {"how-to/privacy.md", "how-to/upgrading.md"}
"""The pages of which only the blocks on stacks run here; the others do in the default suite."""

PAGES_WITH_AWS_CLI = {"how-to/replay.md"}


@pytest.mark.parametrize("name", PAGES)
def test_blocks_of_the_page_run_and_print_what_it_shows(
    name: str,
    emulator: Emulator,
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if prepare := PAGES[name]:
        prepare(account)

    def is_skipped(block: CodeBlock) -> bool:
        return is_installation(block) or (name in PAGES_IN_PART and not is_of_a_stack(block))

    aws = name in PAGES_WITH_AWS_CLI
    StackPages(emulator, account, tmp_path, monkeypatch, aws=aws).run(name, is_skipped=is_skipped)
