"""An audit by the deployed function."""

import json
from typing import Any

import pytest

from support.deployment.account import TIMEOUT, Account, Deployment, photo, wait_until

pytestmark = pytest.mark.e2e

DELAY = 60.0
"""Seconds after which the hints of an audit are delivered."""


def test_audit_finds_and_repairs_what_changed_behind_the_function(
    account: Account, prefix: str
) -> None:
    deployment, dynamodb = account.deploy("photos"), account.dynamodb
    names = [f"{prefix}{name}.jpg" for name in ("same", "missing", "changed", "gone")]
    same, missing, changed, gone = names
    for key in names:
        deployment.put(key, photo(40))
    items = {key: deployment.wait_for_record(key) for key in names}
    wait_until(deployment.is_idle)
    deployment.retry_after(600)  # a slow audit must not be delivered twice

    dynamodb.delete_item(
        TableName=deployment.table, Key={"ImageId": {"S": items[missing]["ImageId"]}}
    )
    for key, value in ((changed, "another"), (gone, items[gone]["ETag"])):
        dynamodb.update_item(
            TableName=deployment.table,
            Key={"ImageId": {"S": items[key]["ImageId"]}},
            UpdateExpression="SET ETag = :etag",
            ExpressionAttributeValues={":etag": {"S": value}},
        )
    deployment.account.s3.put_bucket_notification_configuration(
        Bucket=deployment.bucket, NotificationConfiguration={}
    )
    deployment.account.s3.delete_object(Bucket=deployment.bucket, Key=gone)

    deployment.account.sqs.send_message(
        QueueUrl=deployment.outputs["QueueUrl"], MessageBody='{"imgmeta":"audit"}'
    )

    [finished] = wait_until(lambda: lines(deployment, "audit finished"))
    assert lines(deployment, "audit failed") == []

    def drift() -> dict[str, str]:
        found = [each for each in deployment.log() if each.get("message") == "drift"]
        return {each["key"]: each["difference"] for each in found if each["key"] in names}

    wait_until(lambda: len(drift()) == 3, seconds=DELAY + TIMEOUT)
    assert drift() == {missing: "new", changed: "changed", gone: "gone"}
    repaired = deployment.items()
    assert repaired[missing]["ETag"] == items[missing]["ETag"]
    assert repaired[changed]["ETag"] == items[changed]["ETag"]
    assert repaired[gone]["Status"] == "deleted"
    assert repaired[same] == items[same]
    assert (finished["bucket"], finished["complete"]) == (deployment.bucket, True)
    assert finished["drift"] >= 3
    wait_until(lambda: total(deployment, "AuditedKeys") == finished["keys"])
    wait_until(lambda: total(deployment, "Drift") >= 3)


def total(deployment: Deployment, metric: str) -> float:
    """Return the sum of a metric's values in the function's log."""
    metrics = [each for each in deployment.log() if "_aws" in each]
    return sum(sum(each.get(metric, [])) for each in metrics)


def lines(deployment: Deployment, message: str) -> list[dict[str, Any]]:
    """Return the lines of the function's log with this message."""
    found = [each for each in deployment.log() if each.get("message") == message]
    assert all(json.dumps(each).isascii() for each in found)
    return found
