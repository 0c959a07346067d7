"""Deploying over stacks in memory: what is done, what is refused, and what is said of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from imgmeta.core.packages import Architecture, FunctionPackage, FunctionTarget, Runtime
from imgmeta.core.stacks import Artifact, ChangeSet, Stack, StackEvent, TemplateParameter
from imgmeta.errors import ConfigurationError, PermanentError, TransientError
from imgmeta.service.deploying import Deployer
from stacks_in_memory import InMemoryStacks

NAME = "photos"
EMAIL = "me@example.com"
GIVEN = {"NotificationEmail": EMAIL}

PARAMETERS = {
    each.name: each
    for each in (
        TemplateParameter("NotificationEmail", pattern=".+@.+", constraint="an address"),
        TemplateParameter("CodeBucket"),
        TemplateParameter("CodeKey"),
        TemplateParameter("Architecture", default="arm64", allowed=("arm64", "x86_64")),
        TemplateParameter("Runtime", default="python3.13"),
        TemplateParameter("MemorySize", default="512", is_number=True, minimum=128),
    )
}


def template(*topics: str) -> str:
    """Return a template of these resources."""
    declared: dict[str, Any] = {
        name: {"Type": "String"} | ({} if each.default is None else {"Default": each.default})
        for name, each in PARAMETERS.items()
    }
    resources = {each: {"Type": "AWS::SNS::Topic"} for each in topics or ("First", "Second")}
    return json.dumps({"Parameters": declared, "Resources": resources})


def package(number: int = 1, target: FunctionTarget | None = None) -> FunctionPackage:
    return FunctionPackage(
        f"{number}.zip", target or FunctionTarget(), b"zip", 3, (), is_precompiled=True
    )


@dataclass
class Artifacts:
    """An artifact store in memory."""

    error: BaseException | None = None
    kept: list[str] = field(default_factory=list[str])

    def place_of(self, package: FunctionPackage) -> Artifact:
        return Artifact("artifacts", f"imgmeta/{package.name}")

    def keep(self, package: FunctionPackage) -> bool:
        if self.error is not None:
            raise self.error
        self.kept.append(package.name)
        return True


@dataclass
class World:
    stacks: InMemoryStacks = field(default_factory=InMemoryStacks)
    artifacts: Artifacts = field(default_factory=Artifacts)
    waits: list[float] = field(default_factory=list[float])
    text: str = field(default_factory=template)

    @property
    def deployer(self) -> Deployer:
        return Deployer(self.stacks, self.text, PARAMETERS, wait=self.waits.append)

    def propose(self, given: Mapping[str, str] | None = None, number: int = 1) -> ChangeSet | None:
        plan = self.deployer.plan(NAME, GIVEN if given is None else given)
        return self.deployer.propose(plan, package(number, plan.target), self.artifacts)

    def begin(self, change_set: ChangeSet, number: int = 1) -> Iterator[StackEvent]:
        return self.deployer.begin(change_set, package(number), self.artifacts)

    def deploy(self, given: Mapping[str, str] | None = None, number: int = 1) -> list[StackEvent]:
        change_set = self.propose(given, number)
        assert change_set is not None
        return list(self.begin(change_set, number))

    @property
    def stack(self) -> Stack:
        found = self.stacks.find(NAME)
        assert found is not None
        return found


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_stack_is_made_with_the_package_at_its_place(world: World) -> None:
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
    }


def test_nothing_is_written_before_the_changes_are_begun(world: World) -> None:
    assert world.propose() is not None
    assert world.artifacts.kept == []
    assert world.stack.is_only_proposed


def test_what_is_discarded_leaves_nothing(world: World) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.deployer.discard(change_set)
    assert world.stacks.find(NAME) is None


def test_the_same_again_changes_nothing(world: World) -> None:
    world.deploy()
    assert world.propose({}) is None
    assert world.propose() is None
    assert world.artifacts.kept == ["1.zip"]


def test_another_package_changes_the_stack_and_keeps_what_was_given_once(world: World) -> None:
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
    }


def test_the_target_is_what_is_given_else_what_is_there_else_the_default(world: World) -> None:
    plan = world.deployer.plan(NAME, GIVEN)
    assert plan.target == FunctionTarget(Runtime.PYTHON_3_13, Architecture.ARM64)
    world.deploy({**GIVEN, "Architecture": "x86_64"})
    assert world.deployer.plan(NAME, {}).target.architecture is Architecture.X86_64
    given = {"Architecture": "arm64", "Runtime": "python3.12"}
    assert world.deployer.plan(NAME, given).target == FunctionTarget(Runtime.PYTHON_3_12)


def test_a_target_that_is_not_built_for_is_refused(world: World) -> None:
    with pytest.raises(ConfigurationError, match=r"not built for python2\.7 on arm64"):
        world.deployer.plan(NAME, {**GIVEN, "Runtime": "python2.7"})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "a new stack needs NotificationEmail: give --email"),
        ({"NotificationEmail": "nobody"}, "NotificationEmail cannot be 'nobody': give an address"),
        ({**GIVEN, "Memory\n": "1"}, r"no parameter Memory\\n: it has Architecture, MemorySize, "),
        ({**GIVEN, "MemorySize": "1"}, "MemorySize cannot be '1': give a number from 128"),
        ({**GIVEN, "CodeKey": "mine.zip"}, "CodeKey is set by the command"),
        ({**GIVEN, "Architecture": "arm"}, "give one of arm64, x86_64"),
    ],
)
def test_values_that_do_not_fit_are_refused_before_anything_is_done(
    world: World, given: Mapping[str, str], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        world.deployer.plan(NAME, given)
    assert world.stacks.find(NAME) is None


def test_a_stack_of_somebody_else_s_is_not_touched(world: World) -> None:
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
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback --stack-name photos` first"),
    ],
)
def test_a_stack_that_cannot_be_changed_says_what_to_do_first(
    world: World, status: str, said: str
) -> None:
    world.deploy()
    world.stacks.plant(replace(world.stack, status=status))
    with pytest.raises(ConfigurationError, match=said):
        world.deployer.plan(NAME, {})


def test_a_stack_that_was_rolled_back_can_be_changed(world: World) -> None:
    world.deploy()
    world.stacks.plant(replace(world.stack, status="UPDATE_ROLLBACK_COMPLETE"))
    world.deploy({}, number=2)
    assert world.stack.status == "UPDATE_COMPLETE"


def test_the_changes_are_watched_until_they_are_made(world: World) -> None:
    world.stacks.looks = 9
    events = world.deploy()
    assert events[-1].status == "CREATE_COMPLETE"
    assert len({each.event_id for each in events}) == len(events)
    assert world.waits[0] < 1
    assert max(world.waits) <= 2
    assert world.waits[2:] == sorted(world.waits[2:])


def test_what_was_done_before_is_not_told_again(world: World) -> None:
    first = {each.event_id for each in world.deploy()}
    second = {each.event_id for each in world.deploy({}, number=2)}
    assert first & second == set()


def test_a_failure_names_its_first_cause(world: World) -> None:
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


def test_an_upload_that_fails_leaves_nothing_half_done(world: World) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.artifacts.error = TransientError("no network")
    with pytest.raises(TransientError, match="no network"):
        world.begin(change_set)
    assert world.stacks.find(NAME) is None


def test_an_upload_that_is_interrupted_leaves_nothing_half_done(world: World) -> None:
    change_set = world.propose()
    assert change_set is not None
    world.artifacts.error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        world.begin(change_set)
    assert world.stacks.find(NAME) is None


def test_a_stack_is_destroyed_until_it_is_gone(world: World) -> None:
    world.deploy()
    stack = world.deployer.find(NAME)
    assert {each.logical_id for each in world.deployer.resources(stack)} == {"First", "Second"}
    world.stacks.looks = 3
    events = list(world.deployer.destroy(stack))
    assert events[-1].status == "DELETE_COMPLETE"
    with pytest.raises(ConfigurationError, match="there is no stack photos here"):
        world.deployer.find(NAME)


def test_what_cannot_be_deleted_is_named(world: World) -> None:
    world.deploy()
    world.stacks.failing = {"First": "it is in use"}
    with pytest.raises(PermanentError, match=r"DELETE_FAILED.*First .*: it is in use"):
        list(world.deployer.destroy(world.stack))


def test_a_stack_that_is_busy_is_not_destroyed(world: World) -> None:
    world.deploy()
    busy = replace(world.stack, status="UPDATE_IN_PROGRESS")
    with pytest.raises(ConfigurationError, match="something is being done"):
        world.deployer.destroy(busy)
