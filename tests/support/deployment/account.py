"""An account in an emulator: what people type puts stacks into it, and its services are asked."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import boto3
import pytest
from botocore.config import Config

from support.aws.emulators import HOST, REGION, Emulator, function_platform
from support.cli.command_line import Result
from support.images.samples import SCAN, frame, jpeg

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

__all__ = ["EMAIL", "Account", "Deployment", "Listener", "photo", "until"]

EMAIL = "operator@example.com"
PATIENCE = 30.0
"""Seconds in which anything that was begun comes to its end; a test waits them only to fail."""

T = TypeVar("T")


def photo(width: int, height: int = 30) -> bytes:
    """Return a JPEG image of this size."""
    return jpeg(frame(width, height), end=SCAN)


def until(look: Callable[[], T], *, seconds: float = PATIENCE) -> T:
    """Return what is seen, once it counts as true; fail with what was seen last."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"nothing came of it in {seconds:.0f} seconds; seen last: {seen!r}")
        time.sleep(0.05)
    return seen


class Account:
    """An account, and the command of whoever works in it.

    Attributes:
        url: the emulator's endpoint.
    """

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.url = emulator.url
        self._certificate = emulator.certificate
        self._folder = folder
        self._session = boto3.Session("test", "test", region_name=REGION)

    def start(
        self,
        *arguments: str,
        url: str | None = None,
        environment: Mapping[str, str] | None = None,
        terminal: int = subprocess.PIPE,
    ) -> "subprocess.Popen[str]":
        """Start the command as people do: only the credentials are in the environment.

        Args:
            arguments: the command's.
            url: another endpoint; empty: none is given.
            environment: what else is set.
            terminal: what it reads from and writes to; pipes, if there is none.
        """
        endpoint = () if url == "" else ("--endpoint-url", url or self.url, "--region", REGION)
        given = {name: value for name, value in os.environ.items() if not _is_setting(name)}
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        trusted = {} if self._certificate is None else {"AWS_CA_BUNDLE": str(self._certificate)}
        return subprocess.Popen(
            [_program(), *arguments, *endpoint],
            cwd=self._folder,
            env={**given, "NO_PROXY": HOST, **keys, **nowhere, **trusted, **(environment or {})},
            text=True,
            encoding="utf-8",
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )

    def run(
        self,
        *arguments: str,
        typed: str = "",
        url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """Run the command to its end, with what somebody types."""
        process = self.start(*arguments, url=url, environment=environment)
        out, err = process.communicate(typed, timeout=3 * PATIENCE)
        return Result(process.returncode, out, err)

    def deploy(self, name: str, *arguments: str) -> Result:
        """Run `imgmeta deploy` of a stack, for the functions that run here."""
        runtime, architecture = function_platform()
        target = ("--runtime", runtime, "--architecture", architecture)
        return self.run("deploy", "--stack-name", name, *target, *arguments)

    def deployed(self, name: str, *arguments: str) -> "Deployment":
        """Deploy a stack, and return what it gives."""
        result = self.deploy(name, "--email", EMAIL, "--yes", *arguments)
        assert result.code == 0, result.out + result.err
        return self.deployment(name)

    def deployment(self, name: str) -> "Deployment":
        """Return a stack that is there."""
        [stack] = self.cloudformation.describe_stacks(StackName=name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        return Deployment(self, name, outputs)

    def stack_names(self) -> list[str]:
        """Return the names of the stacks that there are, and of those that are only proposed."""
        found = self.cloudformation.list_stacks()["StackSummaries"]
        return [each["StackName"] for each in found if each["StackStatus"] != "DELETE_COMPLETE"]

    def bucket_names(self) -> list[str]:
        return [each["Name"] for each in self.s3.list_buckets()["Buckets"]]

    @cached_property
    def cloudformation(self) -> "CloudFormationClient":
        return self._session.client("cloudformation", **self._options)

    @cached_property
    def cloudwatch(self) -> "CloudWatchClient":
        return self._session.client("cloudwatch", **self._options)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._session.client("dynamodb", **self._options)

    @cached_property
    def events(self) -> "EventBridgeClient":
        return self._session.client("events", **self._options)

    @cached_property
    def iam(self) -> Any:  # noqa: ANN401 - there are no stubs for all
        return self._session.client("iam", **self._options)

    @cached_property
    def functions(self) -> "LambdaClient":
        return self._session.client("lambda", **self._options)

    @cached_property
    def logs(self) -> "CloudWatchLogsClient":
        return self._session.client("logs", **self._options)

    @cached_property
    def s3(self) -> "S3Client":
        return self._session.client("s3", **self._options)

    @cached_property
    def sns(self) -> "SNSClient":
        return self._session.client("sns", **self._options)

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._session.client("sqs", **self._options)

    @cached_property
    def _options(self) -> dict[str, Any]:
        verify = None if self._certificate is None else str(self._certificate)
        config = Config(retries={"mode": "standard", "total_max_attempts": 2})
        return {"endpoint_url": self.url, "verify": verify, "config": config}


@dataclass(frozen=True)
class Deployment:
    """A stack that was deployed, and what it gives."""

    account: Account
    name: str
    outputs: Mapping[str, str]

    @property
    def bucket(self) -> str:
        return self.outputs["S3BucketName"]

    @property
    def table(self) -> str:
        return self.outputs["DynamoDBTableName"]

    @property
    def store(self) -> str:
        return f"dynamodb://{self.table}"

    def put(self, key: str, content: bytes) -> str:
        """Put an object, and return its version."""
        put = self.account.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return put["VersionId"]

    def run(self, *arguments: str) -> Result:
        """Run a command on the table."""
        return self.account.run(*arguments, "--store", self.store)

    def status(self) -> Result:
        return self.account.run("status", "--stack-name", self.name, "--json")

    def items(self) -> dict[str, dict[str, Any]]:
        """Return what is in the table, by key, as DynamoDB itself says it."""
        pages = self.account.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        found = [_plain(item) for page in pages for item in page["Items"]]
        return {item["ObjectKey"]: item for item in found}

    def recorded(self, key: str, **wanted: object) -> dict[str, Any]:
        """Return what the table says of an object, once it says what is wanted."""

        def look() -> dict[str, Any]:
            item = self.items().get(key, {})
            return item if all(item.get(name) == value for name, value in wanted.items()) else {}

        return until(look)

    def is_quiet(self) -> bool:
        """Return whether nothing waits in the queue, and nothing is being worked on."""
        return self.depth("QueueUrl") == (0, 0)

    def depth(self, output: str) -> tuple[int, int]:
        """Return how many messages of a queue wait, and how many are worked on."""
        about = self.account.sqs.get_queue_attributes(
            QueueUrl=self.outputs[output], AttributeNames=["All"]
        )["Attributes"]
        waiting = int(about["ApproximateNumberOfMessages"])
        in_flight = int(about["ApproximateNumberOfMessagesNotVisible"])
        return waiting, in_flight

    def invoke(self, event: Mapping[str, object]) -> tuple[str | None, dict[str, Any]]:
        """Have the function called with an event; return its error, if any, and its answer."""
        answer = self.account.functions.invoke(
            FunctionName=self.outputs["LambdaFunctionArn"], Payload=json.dumps(event)
        )
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def log(self) -> list[dict[str, Any]]:
        """Return the lines of JSON in the function's log group, the oldest first."""
        pages = self.account.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.outputs["LogGroupName"]
        )
        lines = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]

    @contextmanager
    def without(self, statement: str) -> Generator[None]:
        """Take a statement, by its Sid, from what the function's role may do, for a while."""
        iam, function = self.account.iam, self.outputs["LambdaFunctionArn"]
        about = self.account.functions.get_function_configuration(FunctionName=function)
        role = about["Role"].rpartition("/")[2]
        [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        whole = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        rest = [each for each in whole["Statement"] if each["Sid"] != statement]
        assert len(rest) == len(whole["Statement"]) - 1
        less = json.dumps({**whole, "Statement": rest})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=less)
        try:
            yield
        finally:
            document = json.dumps(whole)
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    @contextmanager
    def listener(self) -> Generator["Listener"]:
        """Subscribe to the topic, for a while."""
        sqs, sns, topic = self.account.sqs, self.account.sns, self.outputs["SNSTopicArn"]
        url = sqs.create_queue(QueueName=f"listener-{uuid4().hex}")["QueueUrl"]
        about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        queue = about["Attributes"]["QueueArn"]
        may = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
        }
        policy = {"Version": "2012-10-17", "Statement": [may]}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        try:
            yield Listener(sqs, url)
        finally:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sqs.delete_queue(QueueUrl=url)


class Listener:
    """Hears what a topic sends."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._heard: list[dict[str, Any]] = []

    def heard(self) -> list[dict[str, Any]]:
        """Return all messages so far, each with its `Subject` and `Message`."""
        while True:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            if not (messages := answer.get("Messages", [])):
                return self._heard
            for each in messages:
                self._heard.append(json.loads(each["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])


def _program() -> str:
    """Return where the command is that was installed with the tests."""
    found = shutil.which("imgmeta", path=str(Path(sys.executable).parent))
    assert found, "the command is not installed beside the Python that runs the tests"
    return found


def _is_setting(name: str) -> bool:
    return name.startswith(("AWS_", "IMGMETA_"))


def _plain(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an item without DynamoDB's types; numbers stay text, as it gives them."""
    return {name: value for name, typed in item.items() for value in typed.values()}
