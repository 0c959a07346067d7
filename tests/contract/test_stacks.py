"""The contract of `imgmeta.deployment.ports.Stacks`, for every adapter."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from contract.aws_accounts import ministack_clients, moto_clients
from imgmeta.deployment.core.stacks import ChangeAction, ChangeSet, Stack
from imgmeta.deployment.ports import Stacks
from imgmeta.errors import PermanentError, TransientError
from support.aws.moto import HAS_AWS, respond_with_error
from support.deployment.stacks import InMemoryStacks

NAME = "photos"


def template(*topics: str, name: str = "the default", keep: str | None = None) -> str:
    """Return a template with topics whose display name is the value of a parameter."""
    resources: dict[str, dict[str, Any]] = {
        each: {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Words"}}}
        for each in topics or ("First",)
    }
    if keep is not None:
        resources[keep]["DeletionPolicy"] = "Retain"
    document = {
        "Parameters": {
            "Words": {"Type": "String", "Default": name},
            "Needed": {"Type": "String", "AllowedValues": ["a", "b"]},
        },
        "Resources": resources,
        "Outputs": {"Said": {"Value": {"Ref": "Words"}}},
    }
    return json.dumps(document)


class StacksHarness(NamedTuple):
    """Stacks of an account that has none yet.

    Attributes:
        stacks: under test.
        fail: makes all calls fail from now on; permanently if True.
        name: a name for a stack.
        topics: returns the display names of all topics; None: topics are not created.
        is_coarse: whether the emulator has no resource events and no outputs, executes deleted
            change sets, and ignores changed parameters.
    """

    stacks: Stacks
    fail: Callable[[bool], None]
    name: str
    topics: Callable[[], set[str]] | None
    is_coarse: bool = False

    def needs_detail(self) -> None:
        if self.is_coarse:
            pytest.skip("this emulator differs from CloudFormation here")

    def create_change_set(self, text: str, **values: str) -> ChangeSet:
        change_set = self.stacks.create_change_set(self.name, text, {"Needed": "a"} | values)
        assert change_set is not None
        return change_set

    def deploy(self, text: str, **values: str) -> Stack:
        """Create or update the stack, and wait until that is done."""
        change_set = self.create_change_set(text, **values)
        self.stacks.execute_change_set(change_set)
        return self.wait(change_set.stack_id)

    def wait(self, stack_id: str) -> Stack:
        """Wait until the operation ends."""
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            stack = self.stacks.find(stack_id)
            assert stack is not None
            own = [each.status for each in self.stacks.events(stack_id) if each.is_of_stack]
            if not stack.is_busy and own[-1:] == [stack.status]:
                return stack
            time.sleep(0.05)
        raise AssertionError(stack_id)

    def delete(self, stack: Stack) -> None:
        self.stacks.delete(stack.stack_id)
        self.wait(stack.stack_id)


def in_memory(_: pytest.FixtureRequest, __: ExitStack) -> StacksHarness:
    stacks = InMemoryStacks()

    def fail(permanently: bool) -> None:  # noqa: FBT001 - as declared in the harness
        stacks.error = PermanentError("no") if permanently else TransientError("not now")

    return StacksHarness(stacks, fail, NAME, None)


def on_moto(_: pytest.FixtureRequest, cleanup: ExitStack) -> StacksHarness:
    return cloudformation(moto_clients(cleanup), NAME)._replace(is_coarse=True)


def on_ministack(request: pytest.FixtureRequest, _: ExitStack) -> StacksHarness:
    return cloudformation(ministack_clients(request), f"{NAME}-{uuid4().hex}")


def cloudformation(clients: Any, name: str) -> StacksHarness:  # noqa: ANN401 - Clients need the extra aws
    from imgmeta.deployment.adapters.cloudformation import CloudFormationStacks  # noqa: PLC0415 - needs the extra aws

    client = clients.cloudformation

    def fail(permanently: bool) -> None:  # noqa: FBT001 - as declared in the harness
        code, status = ("AccessDenied", 403) if permanently else ("Throttling", 400)
        respond_with_error(client, "cloudformation", code, status)

    def topics() -> set[str]:
        arns = [each["TopicArn"] for each in clients.sns.list_topics()["Topics"]]
        found = [clients.sns.get_topic_attributes(TopicArn=arn)["Attributes"] for arn in arns]
        return {each.get("DisplayName", "") for each in found}

    stacks = CloudFormationStacks(
        client, new_name=lambda: f"changes-{uuid4().hex}", sleep=time.sleep
    )
    return StacksHarness(stacks, fail, name, topics)


HARNESSES = [
    pytest.param(in_memory, id="memory"),
    *([pytest.param(on_moto, id="CloudFormation on moto")] if HAS_AWS else []),
    pytest.param(on_ministack, id="CloudFormation on MiniStack", marks=pytest.mark.emulator),
]


@pytest.fixture(params=HARNESSES)
def harness(request: pytest.FixtureRequest) -> Iterator[StacksHarness]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


# The port: "Return the stack in its current state, or None if it does not exist."
def test_existing_stack_is_found(harness: StacksHarness) -> None:
    assert harness.stacks.find(harness.name) is None
    harness.deploy(template(), Words="a name")
    found = harness.stacks.find(harness.name)
    assert found is not None
    assert (found.name, found.status) == (harness.name, "CREATE_COMPLETE")
    assert found.parameters == {"Words": "a name", "Needed": "a"}


def test_stack_has_outputs(harness: StacksHarness) -> None:
    harness.needs_detail()
    assert harness.deploy(template(), Words="a name").outputs == {"Said": "a name"}


# The port: "A stack is identified by its name or its ID; a deleted stack by its ID only."
def test_deleted_stack_is_found_by_id_only(harness: StacksHarness) -> None:
    stack = harness.deploy(template())
    assert harness.stacks.find(stack.stack_id) == stack
    harness.delete(stack)
    assert harness.stacks.find(harness.name) is None
    deleted = harness.stacks.find(stack.stack_id)
    assert deleted is not None
    assert deleted.is_deleted
    assert harness.stacks.events(stack.stack_id)[-1].status == "DELETE_COMPLETE"


# The port: "Create a change set that updates the stack to the template".
def test_change_set_lists_the_changes(harness: StacksHarness) -> None:
    harness.needs_detail()
    created = harness.create_change_set(template("First", "Second"))
    assert created.is_creation
    assert created.stack_name == harness.name
    assert {(each.action, each.logical_id, each.resource_type) for each in created.changes} == {
        (ChangeAction.ADD, "First", "AWS::SNS::Topic"),
        (ChangeAction.ADD, "Second", "AWS::SNS::Topic"),
    }
    harness.stacks.execute_change_set(created)
    harness.wait(created.stack_id)

    changed = harness.create_change_set(template("First", "Third"), Words="other words")
    assert not changed.is_creation
    assert {(each.action, each.logical_id) for each in changed.changes} == {
        (ChangeAction.MODIFY, "First"),
        (ChangeAction.REMOVE, "Second"),
        (ChangeAction.ADD, "Third"),
    }


# The port: "The stack does not change."
def test_change_set_alone_does_not_change_the_stack(harness: StacksHarness) -> None:
    before = harness.deploy(template())
    harness.create_change_set(template("First", "Second"), Words="other words")
    assert harness.stacks.find(harness.name) == before
    assert [each.logical_id for each in harness.stacks.resources(before.stack_id)] == ["First"]


# The port: "return None without changes."
def test_change_set_is_none_without_changes(harness: StacksHarness) -> None:
    harness.deploy(template())
    assert harness.stacks.create_change_set(harness.name, template(), {"Needed": "a"}) is None
    found = harness.stacks.find(harness.name)
    assert found is not None
    assert found.is_complete


# The port: "A stack that does not exist is created in review".
def test_new_stack_is_in_review_first(harness: StacksHarness) -> None:
    created = harness.create_change_set(template())
    found = harness.stacks.find(harness.name)
    assert found is not None
    assert found.is_in_review
    assert found.stack_id == created.stack_id
    again = harness.create_change_set(template("First", "Second"))
    assert again.is_creation


# The port, of `use_previous_values`: "names of parameters that keep their current values."
def test_parameter_keeps_its_previous_value(harness: StacksHarness) -> None:
    harness.deploy(template(), Words="a name")
    previous = ["Words", "Needed"]
    changed = harness.stacks.create_change_set(
        harness.name, template("First", "Second"), {}, use_previous_values=previous
    )
    assert changed is not None
    harness.stacks.execute_change_set(changed)
    stack = harness.wait(changed.stack_id)
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.parameters == {"Words": "a name", "Needed": "a"}


# The port: "Delete the change set, and a stack in review that has no other change set."
def test_deleted_change_set_cannot_be_executed(harness: StacksHarness) -> None:
    harness.needs_detail()
    harness.deploy(template())
    changed = harness.create_change_set(template("First", "Second"))
    harness.stacks.delete_change_set(changed)
    with pytest.raises(PermanentError):
        harness.stacks.execute_change_set(changed)
    found = harness.stacks.find(harness.name)
    assert found is not None
    assert found.is_complete


def test_stack_in_review_is_deleted_with_its_change_set(harness: StacksHarness) -> None:
    harness.stacks.delete_change_set(harness.create_change_set(template()))
    assert harness.stacks.find(harness.name) is None


def test_stack_in_review_with_another_change_set_stays(harness: StacksHarness) -> None:
    first = harness.create_change_set(template())
    second = harness.create_change_set(template("First", "Second"))
    if second.stack_id != first.stack_id:
        pytest.skip("this emulator creates two stacks of one name")
    harness.stacks.delete_change_set(first)
    harness.stacks.execute_change_set(second)
    assert harness.wait(second.stack_id).status == "CREATE_COMPLETE"


# The port: "Start to execute the change set; `find` and `events` report their progress."
def test_events_report_the_progress_to_the_end(harness: StacksHarness) -> None:
    harness.needs_detail()
    stack = harness.deploy(template())
    statuses = [each.status for each in harness.stacks.events(stack.stack_id) if each.is_of_stack]
    assert statuses[-1] == "CREATE_COMPLETE"
    assert "CREATE_IN_PROGRESS" in statuses
    first = [each for each in harness.stacks.events(stack.stack_id) if each.logical_id == "First"]
    assert first[-1].status == "CREATE_COMPLETE"
    assert first[-1].resource_type == "AWS::SNS::Topic"
    assert not first[-1].is_of_stack


# The port: "Resources with the deletion policy `Retain` stay."
def test_retained_resource_stays_after_its_stack_is_deleted(harness: StacksHarness) -> None:
    if harness.topics is None:
        pytest.skip("topics are not created")
    names = f"kept {uuid4().hex}", f"lost {uuid4().hex}"
    text = template("First", "Second", keep="First")
    document = json.loads(text)
    for topic, name in zip(("First", "Second"), names, strict=True):
        document["Resources"][topic]["Properties"]["DisplayName"] = name
    stack = harness.deploy(json.dumps(document))
    assert harness.topics() >= set(names)
    harness.delete(stack)
    assert harness.topics() & set(names) == {names[0]}


# The port: "Return the events of the stack and its resources, the oldest first."
def test_events_are_in_chronological_order(harness: StacksHarness) -> None:
    stack = harness.deploy(template("First", "Second"))
    events = harness.stacks.events(stack.stack_id)
    assert [each.timestamp for each in events] == sorted(each.timestamp for each in events)
    assert events[-1].is_of_stack
    assert len({each.event_id for each in events}) == len(events)
    assert all(each.timestamp.tzinfo for each in events)


# The port, of `after`: "return only events after the one with this ID; None: all."
def test_events_after_a_given_one_are_returned(harness: StacksHarness) -> None:
    stack = harness.deploy(template("First", "Second"))
    events = harness.stacks.events(stack.stack_id)
    for number, event in enumerate(events, 1):
        assert harness.stacks.events(stack.stack_id, after=event.event_id) == events[number:]


# The port: "Yield the stack's resources, except deleted ones, in any order."
def test_resources_do_not_include_deleted_ones(harness: StacksHarness) -> None:
    stack = harness.deploy(template("First", "Second"))
    found = {each.logical_id: each for each in harness.stacks.resources(stack.stack_id)}
    assert set(found) == {"First", "Second"}
    assert found["First"].resource_type == "AWS::SNS::Topic"
    assert found["First"].physical_id != found["Second"].physical_id
    harness.deploy(template("Second"))
    assert [each.logical_id for each in harness.stacks.resources(stack.stack_id)] == ["Second"]


# The port: "Methods raise TransientError for a temporary failure, and PermanentError for a
# permanent failure."
@pytest.mark.parametrize("permanently", [True, False])
def test_failed_request_is_an_error(harness: StacksHarness, *, permanently: bool) -> None:
    stack = harness.deploy(template())
    changed = harness.create_change_set(template("First", "Second"))
    harness.fail(permanently)
    calls: list[Callable[[], object]] = [
        lambda: harness.stacks.find(harness.name),
        lambda: harness.stacks.create_change_set(harness.name, template(), {"Needed": "b"}),
        lambda: harness.stacks.delete_change_set(changed),
        lambda: harness.stacks.execute_change_set(changed),
        lambda: harness.stacks.delete(stack.stack_id),
        lambda: harness.stacks.events(stack.stack_id),
        lambda: list(harness.stacks.resources(stack.stack_id)),
    ]
    for call in calls:
        with pytest.raises(PermanentError if permanently else TransientError):
            call()
