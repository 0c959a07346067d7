"""Deploy, find and delete in-memory stacks."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.packages import Architecture, FunctionPlatform, Runtime
from imgmeta.deployment.core.stacks import ChangeSet, Stack
from imgmeta.deployment.service.deployer import NotDeployed
from imgmeta.deployment.service.planning import DeploymentRequest
from imgmeta.deployment.service.steps import (
    BuildingPackage,
    CreatingChangeSet,
    DeploymentStep,
    UploadingPackage,
)
from imgmeta.deployment.service.waiter import StatusUnavailableError
from imgmeta.errors import ConfigurationError, PermanentError, Remedy, TransientError
from support.deployment.deployer import EMAIL, GIVEN, NAME, DeployerHarness


@pytest.fixture
def harness() -> DeployerHarness:
    return DeployerHarness()


def decline(_: object) -> bool:
    return False


def test_new_stack_is_created_with_uploaded_package(harness: DeployerHarness) -> None:
    events = harness.deploy()
    assert [each.status for each in events if each.is_of_stack] == [
        *("CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
    ]
    assert harness.stack.status == "CREATE_COMPLETE"
    assert harness.artifacts.uploaded == ["1.zip"]
    assert harness.stack.parameters == {
        "NotificationEmail": EMAIL,
        "CodeBucket": "artifacts",
        "CodeKey": "imgmeta/1.zip",
        "Architecture": "arm64",
        "Runtime": "python3.13",
        "MemorySize": "512",
        "EnvironmentSuffix": "dev",
    }


def test_nothing_is_uploaded_before_confirmation(harness: DeployerHarness) -> None:
    def confirm(change_set: ChangeSet) -> bool:
        assert change_set.is_creation
        assert harness.artifacts.uploaded == []
        assert harness.stack.is_in_review
        return False

    assert harness.request(confirm=confirm) is NotDeployed.DECLINED


def test_declined_creation_leaves_no_stack(harness: DeployerHarness) -> None:
    assert harness.request(confirm=decline) is NotDeployed.DECLINED
    assert harness.stacks.find(NAME) is None
    assert harness.artifacts.uploaded == []


def test_interrupted_confirmation_leaves_no_stack(harness: DeployerHarness) -> None:
    def interrupt(_: ChangeSet) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        harness.request(confirm=interrupt)
    assert harness.stacks.find(NAME) is None


def test_steps_are_reported_in_order(harness: DeployerHarness) -> None:
    result = harness.start()
    build, create, upload = harness.steps
    assert build == BuildingPackage(FunctionPlatform())
    assert create == CreatingChangeSet()
    assert isinstance(upload, UploadingPackage)
    assert upload.package.name == "1.zip"
    assert upload.location == ObjectLocation("artifacts", "imgmeta/1.zip")
    assert result.previous_email is None


def test_report_that_fails_before_the_upload_leaves_no_stack(harness: DeployerHarness) -> None:
    def report(step: DeploymentStep) -> None:
        if isinstance(step, UploadingPackage):
            raise BrokenPipeError

    request = DeploymentRequest(NAME, tuple(GIVEN.items()))
    with pytest.raises(BrokenPipeError):
        harness.deployer.deploy(request, confirm=lambda _: True, report=report)
    assert harness.stacks.find(NAME) is None
    assert harness.artifacts.uploaded == []


def test_changes_start_only_when_events_are_read(harness: DeployerHarness) -> None:
    result = harness.start()
    assert harness.stack.is_in_review
    next(result.events)
    assert not harness.stack.is_in_review


def test_previous_email_is_returned(harness: DeployerHarness) -> None:
    harness.deploy()
    harness.package_number = 2
    assert harness.start({"NotificationEmail": "you@example.com"}).previous_email == EMAIL


def test_stack_in_review_counts_as_new(harness: DeployerHarness) -> None:
    harness.stacks.add(Stack("stack/1", NAME, "REVIEW_IN_PROGRESS"))
    with pytest.raises(ConfigurationError, match="a new stack needs NotificationEmail"):
        harness.request({})
    harness.deploy()
    assert harness.stack.stack_id == "stack/1"
    assert harness.stack.status == "CREATE_COMPLETE"


def test_second_deployment_without_differences_changes_nothing(harness: DeployerHarness) -> None:
    harness.deploy()
    assert harness.request({}) is NotDeployed.NO_CHANGES
    assert harness.request() is NotDeployed.NO_CHANGES
    assert harness.artifacts.uploaded == ["1.zip"]


def test_new_package_updates_stack_and_keeps_parameters(harness: DeployerHarness) -> None:
    harness.deploy({**GIVEN, "MemorySize": "1024"})
    harness.deploy({}, number=2)
    assert harness.stack.status == "UPDATE_COMPLETE"
    assert harness.stack.parameters == {
        "NotificationEmail": EMAIL,
        "MemorySize": "1024",
        "CodeKey": "imgmeta/2.zip",
        "CodeBucket": "artifacts",
        "Architecture": "arm64",
        "Runtime": "python3.13",
        "EnvironmentSuffix": "dev",
    }


def test_artifact_bucket_defaults_to_that_of_the_stack(harness: DeployerHarness) -> None:
    harness.deploy()
    harness.request({})
    harness.request({}, bucket="mine")
    assert harness.buckets == [None, "artifacts", "mine"]


def test_platform_defaults_to_that_of_the_stack_or_template(
    harness: DeployerHarness,
) -> None:
    harness.request(confirm=decline)
    assert harness.platforms[-1] == FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
    harness.deploy({**GIVEN, "Architecture": "x86_64"})
    harness.request({}, confirm=decline)
    assert harness.platforms[-1].architecture is Architecture.X86_64
    harness.request({"Architecture": "arm64", "Runtime": "python3.12"}, confirm=decline)
    assert harness.platforms[-1] == FunctionPlatform(Runtime.PYTHON_3_12)


def test_new_stack_defaults_apply_to_new_stacks_only(harness: DeployerHarness) -> None:
    defaults = {"Architecture": "x86_64"}
    architectures = list[str]()

    def confirm(_: ChangeSet) -> bool:
        architectures.append(harness.platforms[-1].architecture)
        return False

    harness.request(new_stack_defaults=defaults, confirm=confirm)
    given = {**GIVEN, "Architecture": "arm64"}
    harness.request(given, new_stack_defaults=defaults, confirm=confirm)
    assert architectures == ["x86_64", "arm64"]
    harness.deploy()
    assert harness.request({}, new_stack_defaults=defaults) is NotDeployed.NO_CHANGES
    assert harness.platforms[-1].architecture is Architecture.ARM64


def test_new_stack_defaults_become_parameters(harness: DeployerHarness) -> None:
    result = harness.request(new_stack_defaults={"Architecture": "x86_64"})
    assert not isinstance(result, NotDeployed)
    list(result.events)
    assert harness.stack.parameters["Architecture"] == "x86_64"


def test_unsupported_platform_is_rejected(harness: DeployerHarness) -> None:
    message = (
        r"cannot be built for python2\.7 on arm64, only for python3\.11, .* on arm64 or x86_64"
    )
    with pytest.raises(ConfigurationError, match=message) as caught:
        harness.request({**GIVEN, "Runtime": "python2.7"})
    assert caught.value.remedy is Remedy.RUNTIME
    assert harness.platforms == []


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        ({}, "a new stack needs NotificationEmail", Remedy.EMAIL),
        (
            {"NotificationEmail": "invalid"},
            "invalid NotificationEmail 'invalid': must be an address",
            None,
        ),
        (
            {**GIVEN, "Memory\n": "1"},
            r"unknown template parameter Memory\\n: choose from Architecture, EnvironmentSuffix, M",
            None,
        ),
        ({**GIVEN, "MemorySize": "1"}, "invalid MemorySize '1': must be a number from 128", None),
        (
            {**GIVEN, "CodeKey": "mine.zip"},
            "cannot set the template parameter CodeKey, which depends on the artifact bucket",
            Remedy.ARTIFACT_BUCKET,
        ),
        ({**GIVEN, "Architecture": "arm"}, "must be one of arm64, x86_64", None),
    ],
)
def test_invalid_parameter_is_rejected_before_anything_is_built(
    harness: DeployerHarness, given: Mapping[str, str], message: str, remedy: Remedy | None
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        harness.request(given)
    assert caught.value.remedy is remedy
    assert harness.stacks.find(NAME) is None
    assert harness.platforms == []


def test_required_parameter_other_than_email_is_named(harness: DeployerHarness) -> None:
    declared = harness.deployer.parameters
    parameters = {**declared, "Runtime": replace(declared["Runtime"], default=None)}
    deployer = replace(harness.deployer, parameters=parameters)
    request = DeploymentRequest(NAME, tuple(GIVEN.items()))
    with pytest.raises(ConfigurationError, match="a new stack needs Runtime") as caught:
        deployer.deploy(request, confirm=decline, report=harness.steps.append)
    assert caught.value.remedy is Remedy.PARAMETER


def test_duplicate_parameter_is_rejected(harness: DeployerHarness) -> None:
    request = DeploymentRequest(NAME, (*GIVEN.items(), *GIVEN.items()))
    message = "duplicate template parameter NotificationEmail: set it once"
    with pytest.raises(ConfigurationError, match=message):
        harness.deployer.deploy(request, confirm=decline, report=harness.steps.append)


@pytest.mark.parametrize("name", ["my_stack", "1st", "", "a" * 129, "photos\n", "ä"])
def test_invalid_stack_name_is_rejected(harness: DeployerHarness, name: str) -> None:
    request = DeploymentRequest(name, tuple(GIVEN.items()))
    with pytest.raises(ConfigurationError, match=r"invalid stack name '.*': use at most 128"):
        harness.deployer.deploy(request, confirm=decline, report=harness.steps.append)


def test_invalid_artifact_bucket_is_rejected_before_anything_is_built(
    harness: DeployerHarness,
) -> None:
    message = r"invalid artifact bucket 'A\\x1b': must be the name of a"
    with pytest.raises(ConfigurationError, match=message):
        harness.request(bucket="A\x1b")
    assert harness.stacks.find(NAME) is None
    assert harness.platforms == []


def test_unusable_artifact_bucket_is_reported_before_anything_is_built(
    harness: DeployerHarness,
) -> None:
    harness.artifacts.error = ConfigurationError("the artifact bucket mine does not exist")
    with pytest.raises(ConfigurationError, match="the artifact bucket mine does not exist"):
        harness.request(bucket="mine")
    assert harness.platforms == []


def test_environment_of_a_stack_cannot_be_changed(harness: DeployerHarness) -> None:
    harness.deploy({**GIVEN, "EnvironmentSuffix": "prod"})
    assert harness.request({"EnvironmentSuffix": "prod"}) is NotDeployed.NO_CHANGES
    message = "the environment of the stack photos is prod and cannot be changed"
    with pytest.raises(ConfigurationError, match=message) as caught:
        harness.request({"EnvironmentSuffix": "dev"})
    assert caught.value.remedy is Remedy.STACK_NAME


def test_stack_not_created_by_imgmeta_is_refused(harness: DeployerHarness) -> None:
    harness.stacks.add(Stack("arn", NAME, "CREATE_COMPLETE", {"Size": "large"}))
    with pytest.raises(ConfigurationError, match="photos was not created by imgmeta") as caught:
        harness.request()
    assert caught.value.remedy is Remedy.STACK_NAME
    with pytest.raises(ConfigurationError, match="was not created by imgmeta"):
        harness.deployer.find(NAME)


@pytest.mark.parametrize(
    ("status", "message", "remedy"),
    [
        ("UPDATE_IN_PROGRESS", r"is in progress \(UPDATE_IN_PROGRESS\): wait until it ends", None),
        ("ROLLBACK_COMPLETE", "cannot be updated in status ROLLBACK_COMPLETE", Remedy.DELETE_STACK),
        ("DELETE_FAILED", "cannot be updated in status DELETE_FAILED", Remedy.DELETE_STACK),
        (
            "UPDATE_FAILED",
            "run `aws cloudformation rollback-stack --stack-name photos` first",
            None,
        ),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name photos` first", None),
    ],
)
def test_stack_that_cannot_be_updated_is_reported_with_the_remedy(
    harness: DeployerHarness, status: str, message: str, remedy: Remedy | None
) -> None:
    harness.deploy()
    harness.stacks.add(replace(harness.stack, status=status))
    with pytest.raises(ConfigurationError, match=message) as caught:
        harness.request({})
    assert caught.value.remedy is remedy


def test_rolled_back_stack_can_be_updated(harness: DeployerHarness) -> None:
    harness.deploy()
    harness.stacks.add(replace(harness.stack, status="UPDATE_ROLLBACK_COMPLETE"))
    harness.deploy({}, number=2)
    assert harness.stack.status == "UPDATE_COMPLETE"


def test_events_are_yielded_until_the_deployment_ends(harness: DeployerHarness) -> None:
    harness.stacks.polls = 9
    events = harness.deploy()
    assert events[-1].status == "CREATE_COMPLETE"
    assert len({each.event_id for each in events}) == len(events)
    assert harness.sleeps[0] < 1
    assert max(harness.sleeps) <= 2
    assert harness.sleeps[2:] == sorted(harness.sleeps[2:])


def test_events_of_an_earlier_deployment_are_not_repeated(harness: DeployerHarness) -> None:
    first = {each.event_id for each in harness.deploy()}
    second = {each.event_id for each in harness.deploy({}, number=2)}
    assert first & second == set()


def test_failed_deployment_names_the_first_cause(harness: DeployerHarness) -> None:
    harness.stacks.failing = {"Second": "the quota of topics\x1b is used up"}
    message = (
        r"photos ended as ROLLBACK_COMPLETE because Second \(AWS::SNS::Topic\) failed: "
        r"the quota of topics\\x1b is used up"
    )
    with pytest.raises(PermanentError, match=message):
        harness.deploy()


@pytest.mark.parametrize("error", [TransientError("no network"), KeyboardInterrupt()])
def test_failed_or_interrupted_upload_leaves_no_stack(
    harness: DeployerHarness, error: BaseException
) -> None:
    harness.artifacts.error = error
    with pytest.raises(type(error)) as caught:
        harness.request()
    assert caught.value is error
    assert harness.stacks.find(NAME) is None


def test_throttled_polls_do_not_end_the_wait(harness: DeployerHarness) -> None:
    events = harness.start().events
    harness.stacks.find_errors = [TransientError("slow down") for _ in range(20)]
    assert [each.status for each in events if each.is_of_stack][-1] == "CREATE_COMPLETE"
    assert len(harness.sleeps) == 20


def test_wait_ends_when_the_service_does_not_respond_for_minutes(harness: DeployerHarness) -> None:
    events = harness.start().events
    harness.stacks.find_errors = [TransientError("no response") for _ in range(1000)]
    with pytest.raises(StatusUnavailableError, match="no response"):
        list(events)
    assert 60 < sum(harness.sleeps) < 300


def test_permanent_error_ends_the_wait_immediately(harness: DeployerHarness) -> None:
    events = harness.start().events
    harness.stacks.find_errors = [PermanentError("the AWS credentials have expired")]
    with pytest.raises(StatusUnavailableError, match="the AWS credentials have expired"):
        list(events)
    assert harness.sleeps == []
    assert harness.stack.is_complete


def test_lost_response_to_execute_does_not_end_the_deployment(harness: DeployerHarness) -> None:
    harness.stacks.lost_response = TransientError("the response timed out")
    assert harness.deploy()[-1].status == "CREATE_COMPLETE"


@pytest.mark.parametrize("kind", [TransientError, PermanentError])
def test_failed_execute_deletes_the_change_set(
    harness: DeployerHarness, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise kind("rejected")

    events = harness.start().events
    monkeypatch.setattr(harness.stacks, "execute_change_set", fail)
    with pytest.raises(kind, match="rejected"):
        list(events)
    assert harness.stacks.find(NAME) is None


def test_failed_cleanup_does_not_hide_the_first_error(
    harness: DeployerHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise TransientError("cannot delete the change set")

    monkeypatch.setattr(harness.stacks, "delete_change_set", fail)
    harness.artifacts.error = TransientError("no network")
    with pytest.raises(TransientError, match="no network"):
        harness.request()


def test_stack_deleted_during_deployment_is_a_failure(harness: DeployerHarness) -> None:
    harness.stacks.polls = 3
    events = harness.start().events
    next(events)
    harness.stacks.polls = 0
    harness.stacks.delete(harness.stack.stack_id)
    message = "photos ended as DELETE_COMPLETE: another operation interfered"
    with pytest.raises(PermanentError, match=message):
        list(events)


def test_failure_without_a_reason_is_described(harness: DeployerHarness) -> None:
    harness.stacks.failing = {"Second": ""}
    message = r"Second \(AWS::SNS::Topic\) failed: CloudFormation gives no reason"
    with pytest.raises(PermanentError, match=message):
        harness.deploy()


def test_destroy_yields_events_until_the_stack_is_deleted(harness: DeployerHarness) -> None:
    harness.deploy()
    stack = harness.deployer.find(NAME)
    assert {each.logical_id for each in harness.deployer.resources(stack)} == {
        *("First", "Second", "ImageStorageBucket"),
    }
    harness.stacks.polls = 3
    events = list(harness.deployer.destroy(stack))
    assert events[-1].status == "DELETE_COMPLETE"
    with pytest.raises(ConfigurationError, match="the stack photos does not exist"):
        harness.deployer.find(NAME)


def test_resource_that_cannot_be_deleted_is_named(harness: DeployerHarness) -> None:
    harness.deploy()
    harness.stacks.failing = {"First": "it is in use"}
    with pytest.raises(PermanentError, match=r"DELETE_FAILED.*First .*: it is in use"):
        list(harness.deployer.destroy(harness.stack))


def test_busy_stack_is_not_destroyed(harness: DeployerHarness) -> None:
    harness.deploy()
    busy = replace(harness.stack, status="UPDATE_IN_PROGRESS")
    with pytest.raises(ConfigurationError, match="an operation on the stack photos is in progress"):
        harness.deployer.destroy(busy)


def test_permanent_error_of_find_is_a_configuration_error(harness: DeployerHarness) -> None:
    harness.stacks.error = PermanentError("no AWS credentials found")
    with pytest.raises(ConfigurationError, match="no AWS credentials found"):
        harness.request()
    with pytest.raises(ConfigurationError, match="no AWS credentials found"):
        harness.deployer.find(NAME)


def test_status_is_unavailable_if_execute_and_the_check_after_it_fail(
    harness: DeployerHarness,
) -> None:
    events = harness.start().events
    harness.stacks.error = TransientError("no response")
    with pytest.raises(StatusUnavailableError, match="no response"):
        next(events)
