"""An emulated AWS account: run `imgmeta` commands in it, and inspect its services."""

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

__all__ = ["EMAIL", "TIMEOUT", "Account", "Deployment", "Listener", "photo", "wait_until"]

EMAIL = "operator@example.com"
TIMEOUT = 600.0
"""Seconds to wait for a result, however slow the machine is; only failing tests wait this long."""

_RETRY_SECONDS = 30
"""Seconds until a queue delivers the events of a failed invocation again: the template's are many.

MiniStack may kill a function that is starting when its stack is updated.
"""

T = TypeVar("T")


def photo(width: int, height: int = 30) -> bytes:
    """Return a JPEG image of the given size in pixels."""
    return jpeg(frame(width, height), end=SCAN)


def wait_until(check: Callable[[], T], *, seconds: float = TIMEOUT) -> T:
    """Return the first true result of `check`; fail the test with the last result on timeout."""
    deadline = time.monotonic() + seconds
    while not (result := check()):
        if time.monotonic() > deadline:
            pytest.fail(f"timed out after {seconds:.0f} seconds; last result: {result!r}")
        time.sleep(0.05)
    return result


class Account:
    """An emulated account, and the command line of a user who works in it.

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
        """Start `imgmeta` as a user does, with only credentials set in the environment.

        Args:
            arguments: arguments of the command.
            url: another endpoint than the emulator's; empty: do not pass an endpoint.
            environment: additional environment variables.
            terminal: file descriptor of a terminal for input and output; default: pipes.
        """
        endpoint = () if url == "" else ("--endpoint-url", url or self.url, "--region", REGION)
        inherited = {name: value for name, value in os.environ.items() if not _is_setting(name)}
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        no_files = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
        tls = {} if self._certificate is None else {"AWS_CA_BUNDLE": str(self._certificate)}
        return subprocess.Popen(
            [_program(), *arguments, *endpoint],
            cwd=self._folder,
            env={**inherited, "NO_PROXY": HOST, **keys, **no_files, **tls, **(environment or {})},
            text=True,
            encoding="utf-8",
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
        )

    def run(
        self,
        *arguments: str,
        stdin: str = "",
        url: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Result:
        """Run `imgmeta` with the given standard input, and return its result."""
        process = self.start(*arguments, url=url, environment=environment)
        out, err = process.communicate(stdin, timeout=3 * TIMEOUT)
        return Result(process.returncode, out, err)

    def run_deploy(self, name: str, *arguments: str) -> Result:
        """Run `imgmeta deploy` for a platform that the emulator can run functions on."""
        runtime, architecture = function_platform()
        target = ("--runtime", runtime, "--architecture", architecture)
        return self.run("deploy", "--stack-name", name, *target, *arguments)

    def deploy(self, name: str, *arguments: str) -> "Deployment":
        """Deploy a stack, and return the deployment."""
        result = self.run_deploy(name, "--email", EMAIL, "--yes", *arguments)
        assert result.code == 0, result.out + result.err
        deployment = self.deployment(name)
        deployment.retry_after(_RETRY_SECONDS)
        return deployment

    def deployment(self, name: str) -> "Deployment":
        """Return the deployment of an existing stack."""
        [stack] = self.cloudformation.describe_stacks(StackName=name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        return Deployment(self, name, outputs)

    def stack_names(self) -> list[str]:
        """Return the names of existing stacks, including those in REVIEW_IN_PROGRESS."""
        stacks = self.cloudformation.list_stacks()["StackSummaries"]
        return [each["StackName"] for each in stacks if each["StackStatus"] != "DELETE_COMPLETE"]

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
    def iam(self) -> Any:  # noqa: ANN401 - the stubs for IAM are not installed
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
    """A deployed stack.

    Attributes:
        account: the account that contains the stack.
        name: the name of the stack.
        outputs: the outputs of the stack.
    """

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
        """Upload an object, and return its version ID."""
        put = self.account.s3.put_object(Bucket=self.bucket, Key=key, Body=content)
        return put["VersionId"]

    def run(self, *arguments: str) -> Result:
        """Run a command with the stack's table as the store."""
        return self.account.run(*arguments, "--store", self.store)

    def retry_after(self, seconds: int) -> None:
        """Let the queue deliver messages again that were not processed in this time.

        The queue delivers a message five times. If the function needs longer to process it, because
        the machine is busy, the message becomes a dead letter.
        """
        self.account.sqs.set_queue_attributes(
            QueueUrl=self.outputs["QueueUrl"], Attributes={"VisibilityTimeout": str(seconds)}
        )

    def status(self) -> Result:
        return self.account.run("status", "--stack-name", self.name, "--json")

    def items(self) -> dict[str, dict[str, Any]]:
        """Return the items of the table by object key, read from DynamoDB directly."""
        pages = self.account.dynamodb.get_paginator("scan").paginate(TableName=self.table)
        items = [_plain(item) for page in pages for item in page["Items"]]
        return {item["ObjectKey"]: item for item in items}

    def wait_for_record(self, key: str, **attributes: object) -> dict[str, Any]:
        """Wait until the table has an item for the key with these attributes; return the item."""

        def matching_item() -> dict[str, Any]:
            item = self.items().get(key, {})
            matches = all(item.get(name) == value for name, value in attributes.items())
            return item if matches else {}

        return wait_until(matching_item)

    def is_idle(self) -> bool:
        """Return whether the queue has no waiting and no in-flight messages."""
        return self.depth("QueueUrl") == (0, 0)

    def depth(self, output: str) -> tuple[int, int]:
        """Return the numbers of waiting and in-flight messages of the queue in this output."""
        attributes = self.account.sqs.get_queue_attributes(
            QueueUrl=self.outputs[output], AttributeNames=["All"]
        )["Attributes"]
        waiting = int(attributes["ApproximateNumberOfMessages"])
        in_flight = int(attributes["ApproximateNumberOfMessagesNotVisible"])
        return waiting, in_flight

    def invoke(self, event: Mapping[str, object]) -> tuple[str | None, dict[str, Any]]:
        """Invoke the function with an event; return the function error or None, and the payload."""
        response = self.account.functions.invoke(
            FunctionName=self.outputs["LambdaFunctionArn"], Payload=json.dumps(event)
        )
        return response.get("FunctionError"), json.loads(response["Payload"].read())

    def log(self) -> list[dict[str, Any]]:
        """Return the JSON lines in the function's log group, oldest first."""
        pages = self.account.logs.get_paginator("filter_log_events").paginate(
            logGroupName=self.outputs["LogGroupName"]
        )
        lines = [event["message"] for page in pages for event in page["events"]]
        return [json.loads(line) for line in lines if line.startswith("{")]

    @contextmanager
    def without_permission(self, sid: str) -> Generator[None]:
        """Remove a statement from the policy of the function's role while the context is active."""
        iam, function = self.account.iam, self.outputs["LambdaFunctionArn"]
        configuration = self.account.functions.get_function_configuration(FunctionName=function)
        role = configuration["Role"].rpartition("/")[2]
        [name] = iam.list_role_policies(RoleName=role)["PolicyNames"]
        original = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        rest = [each for each in original["Statement"] if each["Sid"] != sid]
        assert len(rest) == len(original["Statement"]) - 1
        reduced = json.dumps({**original, "Statement": rest})
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=reduced)
        try:
            yield
        finally:
            document = json.dumps(original)
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)

    @contextmanager
    def listener(self) -> Generator["Listener"]:
        """Subscribe to the topic while the context is active."""
        sqs, sns, topic = self.account.sqs, self.account.sns, self.outputs["SNSTopicArn"]
        url = sqs.create_queue(QueueName=f"listener-{uuid4().hex}")["QueueUrl"]
        response = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        queue = response["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue,
        }
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
        subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
        try:
            yield Listener(sqs, url)
        finally:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
            sqs.delete_queue(QueueUrl=url)


class Listener:
    """Receives the messages of a topic."""

    def __init__(self, sqs: "SQSClient", url: str) -> None:
        self._sqs = sqs
        self._url = url
        self._messages: list[dict[str, Any]] = []

    def messages(self) -> list[dict[str, Any]]:
        """Return all messages received so far, each with `Subject` and `Message`."""
        while True:
            response = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
            if not (received := response.get("Messages", [])):
                return self._messages
            for each in received:
                self._messages.append(json.loads(each["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])


def _program() -> str:
    """Return the path of the `imgmeta` command in the environment of the tests."""
    program = shutil.which("imgmeta", path=str(Path(sys.executable).parent))
    assert program, "imgmeta is not installed in the environment of the tests"
    return program


def _is_setting(name: str) -> bool:
    return name.startswith(("AWS_", "IMGMETA_"))


def _plain(item: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return an item without DynamoDB's type descriptors; numbers stay strings."""
    return {name: value for name, typed in item.items() for value in typed.values()}
