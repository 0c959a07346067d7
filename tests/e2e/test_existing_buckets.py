"""Stacks that serve existing buckets, from the first deployment to the deletion."""

import json
from typing import Any
from uuid import uuid4

import pytest

from support.deployment.account import EMAIL, Account, Deployment, photo

pytestmark = pytest.mark.e2e

OBJECTS = 500

UNLIMITED = ("--parameter", "MaximumConcurrency=1000")
"""MiniStack cannot limit the concurrency of an event source mapping from a template."""


def create_bucket(account: Account, name: str) -> str:
    """Create a bucket with a foreign notification; return the URL of its queue."""
    account.s3.create_bucket(Bucket=name)
    url = account.sqs.create_queue(QueueName=f"foreign-{uuid4().hex}")["QueueUrl"]
    attributes = account.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = attributes["Attributes"]["QueueArn"]
    topic = account.sns.create_topic(Name=f"foreign-{uuid4().hex}")["TopicArn"]
    account.s3.put_bucket_notification_configuration(
        Bucket=name,
        NotificationConfiguration={
            "QueueConfigurations": [
                {"Id": "all & more", "QueueArn": queue, "Events": ["s3:ObjectCreated:*"]}
            ],
            "TopicConfigurations": [
                {
                    "Id": "raw",
                    "TopicArn": topic,
                    "Events": ["s3:ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated"],
                    "Filter": {
                        "Key": {
                            "FilterRules": [
                                {"Name": "prefix", "Value": "raw <1>/ä "},
                                {"Name": "suffix", "Value": ".CR2"},
                            ]
                        }
                    },
                }
            ],
        },
        SkipDestinationValidation=True,
    )
    return url


def notifications(account: Account, bucket: str) -> dict[str, Any]:
    response: dict[str, Any] = account.s3.get_bucket_notification_configuration(Bucket=bucket)  # type: ignore[assignment]  # a plain dictionary
    del response["ResponseMetadata"]
    return response


def rule_buckets(deployment: Deployment) -> list[list[str]]:
    """Return the buckets of each rule of the account that matches events of S3."""
    rules = deployment.account.events.list_rules()["Rules"]
    patterns = [json.loads(rule["EventPattern"]) for rule in rules if "EventPattern" in rule]
    return [each["detail"]["bucket"]["name"] for each in patterns if each["source"] == ["aws.s3"]]


def test_existing_bucket_is_served_and_given_back(account: Account) -> None:
    bucket = f"my-photos-{uuid4().hex}"
    foreign_queue = create_bucket(account, bucket)
    before = notifications(account, bucket)
    options = ("--email", EMAIL, "--bucket", f"s3://{bucket}/")

    shown = account.run_deploy("existing", *options, "--dry-run")
    assert shown.code == 0, shown.err
    assert "+ EventBridgeConfiguration (2 other notifications stay unchanged)" in shown.err
    assert notifications(account, bucket) == before

    keys = {f"2026/{number:03} + ä.jpg" for number in range(OBJECTS)}
    for number, key in enumerate(sorted(keys)):
        account.s3.put_object(Bucket=bucket, Key=key, Body=photo(16 + number % 50))
    account.sqs.purge_queue(QueueUrl=foreign_queue)

    chosen = ("--email", EMAIL, "--bucket", bucket, "--backfill", "--yes", *UNLIMITED)
    done = account.run_deploy("existing", *chosen)
    assert done.code == 0, done.out + done.err
    assert f"s3://{bucket}/ holds 500 objects." in done.out
    stack = account.deployment("existing")
    assert stack.items().keys() == keys
    assert stack.outputs["Buckets"] == bucket
    assert "S3BucketName" not in stack.outputs
    assert notifications(account, bucket) == {**before, "EventBridgeConfiguration": {}}
    assert rule_buckets(stack) == [[bucket]]

    account.s3.put_object(Bucket=bucket, Key="a + b ä.jpg", Body=photo(40))
    stack.wait_for_record("a + b ä.jpg", Width="40")
    account.s3.put_object(Bucket=bucket, Key="a + b ä.jpg", Body=photo(41))
    stack.wait_for_record("a + b ä.jpg", Width="41")
    account.s3.delete_object(Bucket=bucket, Key="a + b ä.jpg")
    stack.wait_for_record("a + b ä.jpg", Status="deleted")
    received = account.sqs.receive_message(QueueUrl=foreign_queue, MaxNumberOfMessages=10)
    assert len(received["Messages"]) == 2

    again = account.run_deploy("existing", "--parameter", "MemorySize=512", "--yes")
    assert again.code == 0, again.err
    assert notifications(account, bucket) == {**before, "EventBridgeConfiguration": {}}

    shown = account.run("destroy", "--stack-name", "existing", "--dry-run")
    assert "- EventBridgeConfiguration (2 other notifications stay unchanged)" in shown.err
    done = account.run("destroy", "--stack-name", "existing", "--yes")
    assert done.code == 0, done.err
    assert f"Switched EventBridge off for the bucket {bucket}." in done.out
    assert notifications(account, bucket) == before
    assert account.s3.head_bucket(Bucket=bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert rule_buckets(stack) == []


def test_bucket_left_out_later_is_removed_from_the_rule(account: Account) -> None:
    first, second = (f"photos-{number}-{uuid4().hex}" for number in (1, 2))
    create_bucket(account, first)
    create_bucket(account, second)
    before = notifications(account, second)
    stack = account.deploy(
        "two", "--bucket", first, "--bucket", second, "--prefix", "2026/", *UNLIMITED
    )
    assert sorted(rule_buckets(stack)[0]) == [first, second]
    account.s3.put_object(Bucket=first, Key="2025/no.jpg", Body=photo(30))
    account.s3.put_object(Bucket=second, Key="2026/a.jpg", Body=photo(40))
    stack.wait_for_record("2026/a.jpg", BucketName=second)

    assert account.run_deploy("two", "--bucket", first, "--yes").code == 0
    assert rule_buckets(stack) == [[first]]
    assert notifications(account, second) == before
    assert "EventBridgeConfiguration" in notifications(account, first)
    account.s3.put_object(Bucket=first, Key="2026/b.jpg", Body=photo(40))
    stack.wait_for_record("2026/b.jpg", BucketName=first)
    assert stack.items().keys() == {"2026/a.jpg", "2026/b.jpg"}
    assert account.run("destroy", "--stack-name", "two", "--yes").code == 0
