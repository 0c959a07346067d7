"""A stack for existing buckets."""

import pytest

from support.deployment.account import Account, Deployment, photo, wait_until

pytestmark = pytest.mark.e2e


def create_bucket(account: Account, name: str) -> None:
    """Create a bucket that sends its events to EventBridge."""
    account.s3.create_bucket(Bucket=name)
    account.s3.put_bucket_notification_configuration(
        Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )


def recorded(stack: Deployment) -> set[str]:
    """Return the bucket and key of each record, as `bucket/key`."""
    items = stack.account.dynamodb.scan(TableName=stack.outputs["DynamoDBTableName"])["Items"]
    return {f"{each['BucketName']['S']}/{each['ObjectKey']['S']}" for each in items}


def put(account: Account, bucket: str, key: str) -> None:
    account.s3.put_object(Bucket=bucket, Key=key, Body=photo(40))


def test_uploads_to_existing_buckets_are_indexed_below_the_prefix(account: Account) -> None:
    for name in ("photos-of-2026", "scans", "others"):
        create_bucket(account, name)
    stack = account.deploy(
        *("existing", "--environment", "existing"),
        *("--parameter", "Buckets=photos-of-2026,scans", "--parameter", "KeyPrefix=2026/"),
    )
    assert stack.outputs["Buckets"] == "photos-of-2026,scans"
    assert "S3BucketName" not in stack.outputs
    assert stack.outputs["KeyPrefix"] == "2026/"
    for name in ("others", "photos-of-2026", "scans"):
        put(account, name, "elsewhere.jpg")
        put(account, name, "2026/a.jpg")
    expected = {"photos-of-2026/2026/a.jpg", "scans/2026/a.jpg"}
    wait_until(lambda: recorded(stack) >= expected)
    assert recorded(stack) == expected
