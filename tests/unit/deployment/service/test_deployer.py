"""Deploying over stacks in memory: what is done, what is refused, and what is said of it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from imgmeta.deployment.core.packages import Architecture, FunctionPlatform, Runtime
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.service.waiter import NotWatchedError
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from support.deployment.deployer import EMAIL, GIVEN, NAME, DeployerWorld


@pytest.fixture
def world() -> DeployerWorld:
    return DeployerWorld()


def test_a_new_stack_is_made_with_the_package_at_its_place(world: DeployerWorld) -> None:
    events = world.deploy()
    assert [each.status for each in events if each.is_of_stack] == [
        *("CREATE_IN_PROGRESS", "CREATE_COMPLETE"),
    ]
    assert world.stack.status == "CREATE_COMPLETE"
    assert world.artifacts.kept == ["1.zip"]
    assert world.stack.parameters == {
        "NotificationEmail": EMAIL,
        "CodeBucket": "artifacts",
        "CodeKey": "imgmeta/1.zip",
        "Architecture": "arm64",
        "Runtime": "python3.13",
        "MemorySize": "512",
        "EnvironmentSuffix": "dev",
    }


def test_nothing_is_written_before_the_changes_are_begun(world: DeployerWorld) -> None:
    assert world.propose() is not None
    assert world.artifacts.kept == []
    assert world.stack.is_only_proposed


def test_what_is_discarded_leaves_nothing(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.deployer.discard(change_set)
    assert world.stacks.find(NAME) is None


def test_a_stack_that_is_only_proposed_is_a_new_one(world: DeployerWorld) -> None:
    world.propose()
    assert world.stack.is_only_proposed
    assert world.deployer.plan(NAME, GIVEN).stack is None
    with pytest.raises(ConfigurationError, match="a new stack needs NotificationEmail"):
        world.deployer.plan(NAME, {})


def test_the_same_again_changes_nothing(world: DeployerWorld) -> None:
    world.deploy()
    assert world.propose({}) is None
    assert world.propose() is None
    assert world.artifacts.kept == ["1.zip"]


def test_another_package_changes_the_stack_and_keeps_what_was_given_once(
    world: DeployerWorld,
) -> None:
    world.deploy({**GIVEN, "MemorySize": "1024"})
    world.deploy({}, number=2)
    assert world.stack.status == "UPDATE_COMPLETE"
    assert world.stack.parameters == {
        "NotificationEmail": EMAIL,
        "MemorySize": "1024",
        "CodeKey": "imgmeta/2.zip",
        "CodeBucket": "artifacts",
        "Architecture": "arm64",
        "Runtime": "python3.13",
        "EnvironmentSuffix": "dev",
    }


def test_the_target_is_what_is_given_else_what_is_there_else_the_default(
    world: DeployerWorld,
) -> None:
    plan = world.deployer.plan(NAME, GIVEN)
    assert plan.target == FunctionPlatform(Runtime.PYTHON_3_13, Architecture.ARM64)
    world.deploy({**GIVEN, "Architecture": "x86_64"})
    assert world.deployer.plan(NAME, {}).target.architecture is Architecture.X86_64
    given = {"Architecture": "arm64", "Runtime": "python3.12"}
    assert world.deployer.plan(NAME, given).target == FunctionPlatform(Runtime.PYTHON_3_12)


def test_what_holds_at_first_gives_way_to_what_is_given_and_to_what_is_there(
    world: DeployerWorld,
) -> None:
    at_first = {"Architecture": "x86_64"}
    plan = world.deployer.plan(NAME, GIVEN, at_first=at_first)
    assert plan.target.architecture is Architecture.X86_64
    assert plan.parameters == {**GIVEN, **at_first}
    given = {**GIVEN, "Architecture": "arm64"}
    plan = world.deployer.plan(NAME, given, at_first=at_first)
    assert plan.target.architecture is Architecture.ARM64
    world.deploy()
    plan = world.deployer.plan(NAME, {}, at_first=at_first)
    assert plan.target.architecture is Architecture.ARM64
    assert plan.parameters == {}


def test_a_target_that_is_not_built_for_is_refused(world: DeployerWorld) -> None:
    with pytest.raises(ConfigurationError, match=r"not built for python2\.7 on arm64"):
        world.deployer.plan(NAME, {**GIVEN, "Runtime": "python2.7"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a new stack needs NotificationEmail: give --email"),
        (
            {"NotificationEmail": "nobody"},
            "NotificationEmail cannot be 'nobody': it must be an address",
        ),
        (
            {**GIVEN, "Memory\n": "1"},
            r"no parameter Memory\\n: it has Architecture, EnvironmentSuffix, MemorySize, ",
        ),
        ({**GIVEN, "MemorySize": "1"}, "MemorySize cannot be '1': it must be a number from 128"),
        ({**GIVEN, "CodeKey": "mine.zip"}, "CodeKey is set by the command"),
        ({**GIVEN, "Architecture": "arm"}, "it must be one of arm64, x86_64"),
    ],
)
def test_values_that_do_not_fit_are_refused_before_anything_is_done(
    world: DeployerWorld, given: Mapping[str, str], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        world.deployer.plan(NAME, given)
    assert world.stacks.find(NAME) is None


def test_a_bucket_that_cannot_be_one_is_refused_before_anything_is_done(
    world: DeployerWorld,
) -> None:
    with pytest.raises(ConfigurationError, match=r"kept in 'A\\x1b': it must be the name of a"):
        world.deployer.plan(NAME, GIVEN, bucket="A\x1b")
    assert world.stacks.find(NAME) is None


def test_the_environment_of_a_stack_stays(world: DeployerWorld) -> None:
    world.deploy({**GIVEN, "EnvironmentSuffix": "prod"})
    assert world.propose({"EnvironmentSuffix": "prod"}) is None
    said = "the environment of the stack photos is prod, and stays so: give another --stack-name"
    with pytest.raises(ConfigurationError, match=said):
        world.deployer.plan(NAME, {"EnvironmentSuffix": "dev"})


def test_a_stack_of_somebody_else_s_is_not_touched(world: DeployerWorld) -> None:
    world.stacks.plant(Stack("arn", NAME, "CREATE_COMPLETE", {"Size": "large"}))
    with pytest.raises(ConfigurationError, match=r"none of imgmeta's.*give another --stack-name"):
        world.deployer.plan(NAME, GIVEN)
    with pytest.raises(ConfigurationError, match="none of imgmeta's"):
        world.deployer.find(NAME)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("UPDATE_IN_PROGRESS", r"something is being done to .* \(UPDATE_IN_PROGRESS\): wait"),
        ("ROLLBACK_COMPLETE", "run `imgmeta destroy --stack-name photos` first"),
        ("DELETE_FAILED", "run `imgmeta destroy --stack-name photos` first"),
        ("UPDATE_FAILED", "run `aws cloudformation rollback-stack --stack-name photos` first"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name photos` first"),
    ],
)
def test_a_stack_that_cannot_be_changed_says_what_to_do_first(
    world: DeployerWorld, status: str, said: str
) -> None:
    world.deploy()
    world.stacks.plant(replace(world.stack, status=status))
    with pytest.raises(ConfigurationError, match=said):
        world.deployer.plan(NAME, {})


def test_a_stack_that_was_rolled_back_can_be_changed(world: DeployerWorld) -> None:
    world.deploy()
    world.stacks.plant(replace(world.stack, status="UPDATE_ROLLBACK_COMPLETE"))
    world.deploy({}, number=2)
    assert world.stack.status == "UPDATE_COMPLETE"


def test_the_changes_are_watched_until_they_are_made(world: DeployerWorld) -> None:
    world.stacks.looks = 9
    events = world.deploy()
    assert events[-1].status == "CREATE_COMPLETE"
    assert len({each.event_id for each in events}) == len(events)
    assert world.waits[0] < 1
    assert max(world.waits) <= 2
    assert world.waits[2:] == sorted(world.waits[2:])


def test_what_was_done_before_is_not_told_again(world: DeployerWorld) -> None:
    first = {each.event_id for each in world.deploy()}
    second = {each.event_id for each in world.deploy({}, number=2)}
    assert first & second == set()


def test_a_failure_names_its_first_cause(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.stacks.failing = {"Second": "the quota of topics\x1b is used up"}
    events = world.begin(change_set)
    said = (
        r"photos ended as ROLLBACK_COMPLETE.*Second \(AWS::SNS::Topic\): "
        r"the quota of topics\\x1b is used up"
    )
    with pytest.raises(PermanentError, match=said):
        list(events)


def test_an_upload_that_fails_leaves_nothing_half_done(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.artifacts.error = TransientError("no network")
    with pytest.raises(TransientError, match="no network"):
        world.begin(change_set)
    assert world.stacks.find(NAME) is None


def test_an_upload_that_is_interrupted_leaves_nothing_half_done(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.artifacts.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        world.begin(change_set)
    assert world.stacks.find(NAME) is None


def test_a_look_that_is_throttled_does_not_end_the_watching(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    events = world.begin(change_set)
    world.stacks.hiccups = [TransientError("slow down") for _ in range(20)]
    assert [each.status for each in events if each.is_of_stack][-1] == "CREATE_COMPLETE"
    assert len(world.waits) == 20


def test_a_service_that_is_silent_for_minutes_is_given_up(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    events = world.begin(change_set)
    world.stacks.hiccups = [TransientError("nothing answers") for _ in range(1000)]
    with pytest.raises(NotWatchedError, match="nothing answers"):
        list(events)
    assert 60 < sum(world.waits) < 300


def test_who_may_no_longer_look_is_told_at_once(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    events = world.begin(change_set)
    world.stacks.hiccups = [PermanentError("the AWS credentials have expired")]
    with pytest.raises(NotWatchedError, match="the AWS credentials have expired"):
        list(events)
    assert world.waits == []
    assert world.stack.is_complete


def test_changes_whose_beginning_is_not_confirmed_are_watched(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.stacks.lost = TransientError("the answer did not come in time")
    events = list(world.begin(change_set))
    assert events[-1].status == "CREATE_COMPLETE"


@pytest.mark.parametrize("kind", [TransientError, PermanentError])
def test_changes_that_cannot_be_begun_are_forgotten(
    world: DeployerWorld, kind: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise kind("not so")

    change_set = world.propose()
    assert change_set is not None
    monkeypatch.setattr(world.stacks, "execute", refuse)
    with pytest.raises(kind, match="not so"):
        list(world.begin(change_set))
    assert world.stacks.find(NAME) is None


def test_what_led_to_a_failure_is_told_and_not_what_came_of_clearing_up(
    world: DeployerWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise TransientError("the change set cannot be deleted")

    change_set = world.propose()
    assert change_set is not None
    monkeypatch.setattr(world.stacks, "discard", refuse)
    world.artifacts.error = TransientError("no network")
    with pytest.raises(TransientError, match="no network"):
        world.begin(change_set)


def test_a_stack_that_somebody_deletes_meanwhile_is_no_success(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.stacks.looks = 3
    events = world.begin(change_set)
    next(events)
    world.stacks.looks = 0
    world.stacks.delete(change_set.stack_id)
    said = "photos ended as DELETE_COMPLETE: something else was done to it meanwhile"
    with pytest.raises(PermanentError, match=said):
        list(events)


def test_a_failure_without_a_reason_says_so(world: DeployerWorld) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.stacks.failing = {"Second": ""}
    with pytest.raises(PermanentError, match=r"Second \(AWS::SNS::Topic\): it does not say why"):
        list(world.begin(change_set))


def test_a_stack_is_destroyed_until_it_is_gone(world: DeployerWorld) -> None:
    world.deploy()
    stack = world.deployer.find(NAME)
    assert {each.logical_id for each in world.deployer.resources(stack)} == {
        *("First", "Second", "ImageStorageBucket"),
    }
    world.stacks.looks = 3
    events = list(world.deployer.destroy(stack))
    assert events[-1].status == "DELETE_COMPLETE"
    with pytest.raises(ConfigurationError, match="there is no stack photos here"):
        world.deployer.find(NAME)


def test_what_cannot_be_deleted_is_named(world: DeployerWorld) -> None:
    world.deploy()
    world.stacks.failing = {"First": "it is in use"}
    with pytest.raises(PermanentError, match=r"DELETE_FAILED.*First .*: it is in use"):
        list(world.deployer.destroy(world.stack))


def test_a_stack_that_is_busy_is_not_destroyed(world: DeployerWorld) -> None:
    world.deploy()
    busy = replace(world.stack, status="UPDATE_IN_PROGRESS")
    with pytest.raises(ConfigurationError, match="something is being done"):
        world.deployer.destroy(busy)


def test_who_may_not_look_has_something_to_change_first(world: DeployerWorld) -> None:
    world.stacks.error = PermanentError("no AWS credentials are found")
    with pytest.raises(ConfigurationError, match="no AWS credentials are found"):
        world.deployer.plan(NAME, GIVEN)
    with pytest.raises(ConfigurationError, match="no AWS credentials are found"):
        world.deployer.find(NAME)


def test_where_nothing_answers_it_is_not_known_whether_the_changes_have_begun(
    world: DeployerWorld,
) -> None:
    change_set = world.propose()
    assert change_set is not None
    events = world.begin(change_set)
    world.stacks.error = TransientError("nothing answers")
    with pytest.raises(NotWatchedError, match="nothing answers"):
        next(events)
