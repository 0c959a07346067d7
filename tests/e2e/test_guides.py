"""The code blocks of the pages on stacks run in order, and print what the pages show."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("typer", reason="needs the extra cli")

from imgmeta.core.events import Hint, encode_hint
from imgmeta.core.objects import ObjectLocation
from support.aws.emulators import Emulator, function_platform, ministack
from support.deployment.account import Account
from support.documents.code_blocks import CodeBlock
from support.documents.pages import PageRunner, is_installation, is_of_a_stack

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT / "examples" / "photos"
EMULATOR_IN_PAGES = "http://127.0.0.1:4566"

VARIABLE = (
    (r"imgmeta-dev-[0-9a-f…-]+", "<bucket>"),
    (r"\b\d{12}\b", "<account>"),
    (r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "<uuid>"),
    (r"\b\d+ (second|minute)s?\b", "<duration>"),
    (r"^\d\d:\d\d:\d\d ", "<time> "),
    (r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ", "<time>"),
    (r"python3\.\d+ on \w+", "<platform>"),
    # Of two uploads in the same second, either is the last.
    (r"^Last image .*$", "Last image <image>"),
    (r"^Waiting for the function: .*\n", ""),
)

IDLE = r"""sleep 2; until imgmeta status --stack-name photos --json |
  grep -qE '"Queue": ?\{"Waiting": ?0, ?"InFlight": ?0'; do sleep 1; done"""
"""Waits until the function has processed everything, on a busy machine too."""


@pytest.fixture
def emulator(aws_environment: None) -> Iterator[Emulator]:
    """Run an emulator for each page: a reset takes longer if its functions are running."""
    del aws_environment
    with ministack() as server:
        yield server


@pytest.fixture
def account(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Account:
    return Account(emulator, tmp_path_factory.mktemp("account"))


def no_preparation(account: Account) -> None:
    del account


def prepare_lost_events(account: Account) -> None:
    """Deploy a stack, and add objects to its bucket without events."""
    stack = account.deploy("photos")
    account.s3.put_bucket_notification_configuration(
        Bucket=stack.bucket, NotificationConfiguration={}
    )
    for name in ("aurora.png", "lighthouse.jpg", "tower.jpg"):
        stack.put(f"2026/{name}", (PHOTOS / name).read_bytes())


def prepare_unreadable_object(account: Account) -> None:
    prepare_lost_events(account)
    stack = account.deployment("photos")
    stack.put("2025/renamed.png", (ROOT / "examples/broken/renamed.png").read_bytes())


def prepare_dead_letters(account: Account) -> None:
    """Deploy a stack whose function could not read two photos."""
    prepare_lost_events(account)
    stack = account.deployment("photos")
    group = stack.outputs["LogGroupName"]
    account.logs.create_log_stream(logGroupName=group, logStreamName="denied")
    lines: list[dict[str, object]] = []
    for name in ("lighthouse.jpg", "tower.jpg"):
        hint = Hint(ObjectLocation(stack.bucket, f"2026/{name}"))
        message = account.sqs.send_message(
            QueueUrl=stack.outputs["DeadLetterQueueUrl"], MessageBody=encode_hint(hint)
        )
        lines.append(
            {
                "level": "ERROR",
                "message": "error",
                "timestamp": "2026-11-30T16:00:00Z",
                "bucket": hint.location.bucket,
                "key": hint.location.key,
                "reason": "cannot read the object: access denied",
                "message_id": message["MessageId"],
                "receive_count": 5,
            }
        )
    now = int(time.time() * 1000)
    account.logs.put_log_events(
        logGroupName=group,
        logStreamName="denied",
        logEvents=[{"timestamp": now, "message": json.dumps(line)} for line in lines],
    )


PAGES: dict[str, Callable[[Account], None]] = {
    "tutorial-aws.md": no_preparation,
    "how-to/existing-bucket.md": no_preparation,
    "how-to/backfill.md": prepare_unreadable_object,
    "how-to/replay.md": prepare_dead_letters,
    "how-to/privacy.md": prepare_lost_events,
    "how-to/upgrading.md": prepare_lost_events,
}
"""The pages, each with a function that creates what the page takes for granted."""


PAGES_IN_PART = {"how-to/privacy.md", "how-to/upgrading.md"}
"""The pages of which only the blocks on stacks run here; the others do in the default suite."""


@pytest.mark.parametrize("name", PAGES)
def test_blocks_of_the_page_run_and_print_what_it_shows(
    name: str,
    emulator: Emulator,
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    PAGES[name](account)
    runtime, architecture = function_platform()

    def is_skipped(block: CodeBlock) -> bool:
        return is_installation(block) or (name in PAGES_IN_PART and not is_of_a_stack(block))

    runner = PageRunner(tmp_path, monkeypatch, variable=VARIABLE, is_skipped=is_skipped)
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if "photos" in account.stack_names():
        monkeypatch.setenv("BUCKET", account.deployment("photos").bucket)
    page = (ROOT / "docs" / name).read_text("utf-8")
    for shown, run in (
        (EMULATOR_IN_PAGES, emulator.url),
        ("imgmeta deploy ", f"imgmeta deploy --runtime {runtime} --architecture {architecture} "),
        ("sleep 5", IDLE),
    ):
        page = page.replace(shown, run)
    runner.run(page)
