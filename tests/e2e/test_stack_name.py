"""Commands with `--stack-name` use the table, the bucket and the queue of a deployed stack."""

import json

import pytest

from support.cli.command_line import Result
from support.deployment.account import Deployment, photo, wait_until

pytestmark = pytest.mark.e2e


def run(stack: Deployment, *arguments: str) -> Result:
    return stack.account.run(*arguments, "--stack-name", stack.name)


def agreement(stack: Deployment) -> Result | None:
    """Return the result of `verify` if index and bucket agree."""
    result = run(stack, "verify")
    return result if result.code == 0 else None


@pytest.fixture
def folder(shared_stack: Deployment, prefix: str) -> str:
    """Return the URI of a folder in the stack's bucket with two photos and a broken image."""
    shared_stack.put(f"{prefix}a.jpg", photo(41))
    shared_stack.put(f"{prefix}b.jpg", photo(42))
    shared_stack.put(f"{prefix}broken.jpg", b"\xff\xd8broken")
    for key in ("a.jpg", "b.jpg", "broken.jpg"):
        shared_stack.wait_for_record(prefix + key)
    wait_until(shared_stack.is_idle)
    return f"s3://{shared_stack.bucket}/{prefix}"


def revisions(stack: Deployment, prefix: str) -> dict[str, str]:
    items = stack.items()
    return {key: items[key]["Revision"] for key in items if key.startswith(prefix)}


def test_index_is_verified_listed_shown_and_counted(shared_stack: Deployment, folder: str) -> None:
    # Events of other tests' objects may still be on their way.
    everything = wait_until(lambda: agreement(shared_stack))
    assert everything is not None
    assert everything.out == ""
    assert "0 differences, " in everything.err
    assert run(shared_stack, "verify", folder).err == "0 differences, 3 unchanged.\n"
    listed = run(shared_stack, "list", "--prefix", folder, "--status", "failed")
    assert f" {folder}broken.jpg  " in listed.out
    [shown] = run(shared_stack, "show", f"{folder}a.jpg", "--json").json
    assert shown["Width"] == 41
    counts = run(shared_stack, "stats", "--json").json
    assert {(each["Group"], each["Value"]) for each in counts} >= {("Status", "processed")}
    elsewhere = run(shared_stack, "list", "--prefix", "s3://elsewhere/")
    assert elsewhere.code == 2
    assert f"pass a target in s3://{shared_stack.bucket}/" in elsewhere.err


def test_damaged_index_is_repaired_by_sync(
    shared_stack: Deployment, folder: str, prefix: str
) -> None:
    dynamodb = shared_stack.account.dynamodb
    image = shared_stack.items()[f"{prefix}a.jpg"]["ImageId"]
    dynamodb.delete_item(TableName=shared_stack.table, Key={"ImageId": {"S": image}})
    assert run(shared_stack, "verify", folder).out == f"new       {folder}a.jpg\n"
    synced = run(shared_stack, "sync", folder)
    assert synced.code == 0
    assert synced.out.splitlines()[0].startswith(f"new      {folder}a.jpg")
    assert run(shared_stack, "verify", folder).code == 0


def test_function_reads_images_again_that_reprocess_sends(
    shared_stack: Deployment, folder: str, prefix: str
) -> None:
    before = revisions(shared_stack, prefix)
    sent = run(shared_stack, "reprocess", folder, "--status", "processed", "--json")
    assert (sent.code, sent.json) == (0, [{"Sent": 2}])
    changed = {f"{prefix}a.jpg", f"{prefix}b.jpg"}

    def changes() -> set[str]:
        after = revisions(shared_stack, prefix)
        return {key for key in after if after[key] != before[key]}

    wait_until(lambda: changes() == changed)
    wait_until(shared_stack.is_idle)
    assert changes() == changed

    everything = run(shared_stack, "reprocess", folder)
    assert everything.out == "3 images sent to the queue of the stack photos.\n"
    wait_until(lambda: changes() == {*changed, f"{prefix}broken.jpg"})
    wait_until(shared_stack.is_idle)


def test_reprocess_with_local_reads_images_here(
    shared_stack: Deployment, folder: str, prefix: str
) -> None:
    before = revisions(shared_stack, prefix)
    done = run(shared_stack, "reprocess", "--local", folder, "--error", "", "--json")
    assert done.code == 1
    [record] = [json.loads(line) for line in done.lines]
    assert (record["ObjectKey"], record["Status"]) == (f"{prefix}broken.jpg", "failed")
    after = revisions(shared_stack, prefix)
    assert [key for key in after if after[key] != before[key]] == [f"{prefix}broken.jpg"]
