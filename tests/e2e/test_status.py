"""The status of a stack whose function crashes, and of one that gets no messages."""

import io
import zipfile
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from support.deployment.account import Account, Deployment, photo, wait_until

pytestmark = pytest.mark.e2e


@contextmanager
def crashing_import(stack: Deployment) -> Generator[None]:
    """Replace the function's code with a package that cannot be imported, and retry quickly."""
    functions, name = stack.account.functions, stack.outputs["LambdaFunctionArn"]
    handler = functions.get_function_configuration(FunctionName=name)["Handler"]
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("broken.py", "import a_missing_library\n")
    bucket, key = code_location(stack)
    original = stack.account.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    functions.update_function_code(FunctionName=name, ZipFile=package.getvalue())
    functions.update_function_configuration(FunctionName=name, Handler="broken.handler")
    stack.retry_after(1)
    try:
        yield
    finally:
        stack.retry_after(60)
        functions.update_function_code(FunctionName=name, ZipFile=original)
        functions.update_function_configuration(FunctionName=name, Handler=handler)


def code_location(stack: Deployment) -> tuple[str, str]:
    """Return the bucket and the key of the deployment package in the artifact bucket."""
    cloudformation = stack.account.cloudformation
    [description] = cloudformation.describe_stacks(StackName=stack.name)["Stacks"]
    parameters = {
        each["ParameterKey"]: each["ParameterValue"] for each in description["Parameters"]
    }
    return parameters["CodeBucket"], parameters["CodeKey"]


@pytest.fixture(scope="module")
def stack(account: Account) -> Deployment:
    return account.deploy("watched")


def test_crashing_import_is_unhealthy_until_it_is_fixed(stack: Deployment) -> None:
    assert stack.status().code == 0
    with crashing_import(stack):
        stack.put("photo.jpg", photo(50))
        status = stack.status()
        assert status.code == 1
        assert status.err.startswith("imgmeta: the stack is unhealthy: the function fails: ")
        assert not status.json[0]["Healthy"]
        assert status.json[0]["Function"]["Error"]
        wait_until(lambda: stack.depth("DeadLetterQueueUrl") == (1, 0))
        assert stack.status().json[0]["DeadLetterSample"]["LookedAt"] == 1
        assert stack.depth("DeadLetterQueueUrl") == (1, 0)  # looked at, but not taken

    status = stack.status()
    assert (status.code, status.json[0]["Faults"]) == (1, ["1 dead letter"])
    replayed = stack.account.run("replay", "--stack-name", stack.name, "--yes")
    assert replayed.code == 0, replayed.err
    assert stack.wait_for_record("photo.jpg")["Width"] == "50"
    wait_until(stack.is_idle)
    assert stack.status().json[0]["Faults"] == []
    verified = stack.account.run("verify", "--stack-name", stack.name)
    assert (verified.code, verified.out) == (0, "")
    assert "0 differences, " in verified.err


def test_deploy_mends_a_crashing_import(stack: Deployment) -> None:
    """The code is replaced twice, so that both names of the package are deployed."""
    account, functions = stack.account, stack.account.functions
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("imgmeta/__init__.py", "import a_missing_library\n")
    keys = [code_location(stack)[1]]
    wait_until(stack.is_idle)  # S3's test events were received with the template's timeout
    for number in range(2):
        functions.update_function_code(
            FunctionName=stack.outputs["LambdaFunctionArn"], ZipFile=package.getvalue()
        )
        stack.retry_after(1)
        stack.put(f"mended-{number}.jpg", photo(60 + number))
        status = stack.status()
        assert status.code == 1
        assert "the function fails: " in status.err
        assert status.json[0]["CodeReplaced"]
        wait_until(lambda: stack.depth("DeadLetterQueueUrl") == (1, 0))

        shown = account.run_deploy(stack.name, "--dry-run")
        assert (shown.code, code_location(stack)[1]) == (0, keys[-1])
        assert "Another tool replaced the function's code: " in shown.err
        stack.retry_after(60)
        deployed = account.run_deploy(stack.name, "--yes")
        assert deployed.code == 0, deployed.err
        keys.append(code_location(stack)[1])
        assert not stack.status().json[0]["CodeReplaced"]
        replayed = account.run("replay", "--stack-name", stack.name, "--yes")
        assert replayed.code == 0, replayed.err
        assert stack.wait_for_record(f"mended-{number}.jpg")["Width"] == str(60 + number)
        wait_until(stack.is_idle)
        verified = account.run("verify", "--stack-name", stack.name)
        assert (verified.code, verified.out) == (0, "")
        assert "0 differences, " in verified.err
    assert keys[0] == keys[2] != keys[1]
    assert "No changes: " in account.run_deploy(stack.name).out


def test_disabled_event_source_mapping_is_unhealthy(stack: Deployment) -> None:
    functions = stack.account.functions
    [mapping] = functions.list_event_source_mappings(
        EventSourceArn=queue_arn(stack), FunctionName=stack.outputs["LambdaFunctionArn"]
    )["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        status = stack.status()
        assert status.code == 1
        assert "the event source mapping is disabl" in status.err
    finally:
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert stack.status().code == 0


def test_unsubscribed_email_address_is_unhealthy(stack: Deployment) -> None:
    sns, topic = stack.account.sns, stack.outputs["SNSTopicArn"]
    [subscription] = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    try:
        status = stack.status()
        assert status.code == 1
        assert "the topic has no subscription: nobody receives alarms" in status.err
    finally:
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=subscription["Endpoint"])
    assert stack.status().code == 0


def queue_arn(stack: Deployment) -> str:
    response = stack.account.sqs.get_queue_attributes(
        QueueUrl=stack.outputs["QueueUrl"], AttributeNames=["QueueArn"]
    )
    return response["Attributes"]["QueueArn"]
