"""Every sentence of `imgmeta.deployment.ports.Stacks`, against every adapter."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from imgmeta.deployment.core.stacks import ChangeAction, ChangeSet, Stack
from imgmeta.deployment.ports import Stacks
from imgmeta.errors import PermanentError, TransientError
from support.aws.emulators import Emulator, clients_at
from support.aws.moto import HAS_AWS, aws_in_memory, respond_with_error
from support.deployment.stacks import InMemoryStacks

NAME = "photos"


def template(*topics: str, name: str = "the default", keep: str | None = None) -> str:
    """Return a template of topics, each with a name for people that is a parameter's value."""
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


class Scene(NamedTuple):
    """Stacks, and how to have them not answer.

    Attributes:
        stacks: of an account in which there is none.
        refuse: has everything be refused from now on; now, or for good.
        name: for a stack.
        topics: returns the names for people of all topics there are; None: it cannot be seen.
        is_coarse: whether it tells no events of resources and no outputs, executes what was
            discarded, and takes a changed parameter for no change.
    """

    stacks: Stacks
    refuse: Callable[[bool], None]
    name: str
    topics: Callable[[], set[str]] | None
    is_coarse: bool = False

    def needs_detail(self) -> None:
        if self.is_coarse:
            pytest.skip("this double of CloudFormation does not do this as CloudFormation does")

    def propose(self, text: str, **values: str) -> ChangeSet:
        change_set = self.stacks.propose(self.name, text, {"Needed": "a"} | values)
        assert change_set is not None
        return change_set

    def make(self, text: str, **values: str) -> Stack:
        """Have the stack as the template says."""
        change_set = self.propose(text, **values)
        self.stacks.execute(change_set)
        return self.rest(change_set.stack_id)

    def rest(self, stack_id: str) -> Stack:
        """Wait until what has begun is done."""
        for _ in range(200):
            stack = self.stacks.find(stack_id)
            assert stack is not None
            own = [each.status for each in self.stacks.events(stack_id) if each.is_of_stack]
            if not stack.is_busy and own[-1:] == [stack.status]:
                return stack
            time.sleep(0.05)
        raise AssertionError(stack_id)

    def delete(self, stack: Stack) -> None:
        self.stacks.delete(stack.stack_id)
        self.rest(stack.stack_id)


def in_memory(_: pytest.FixtureRequest, __: ExitStack) -> Scene:
    stacks = InMemoryStacks()

    def refuse(for_good: bool) -> None:  # noqa: FBT001 - as the scene has it
        stacks.error = PermanentError("no") if for_good else TransientError("not now")

    return Scene(stacks, refuse, NAME, None)


def on_moto(_: pytest.FixtureRequest, cleanup: ExitStack) -> Scene:
    patch = cleanup.enter_context(pytest.MonkeyPatch.context())
    clients = cleanup.enter_context(aws_in_memory(patch))
    return cloudformation(clients, NAME)._replace(is_coarse=True)


def on_ministack(request: pytest.FixtureRequest, _: ExitStack) -> Scene:
    request.getfixturevalue("aws_environment")
    server: Emulator = request.getfixturevalue("ministack")
    return cloudformation(clients_at(server.url), f"{NAME}-{uuid4().hex}")


def cloudformation(clients: Any, name: str) -> Scene:  # noqa: ANN401 - of AWS, where it is there
    from imgmeta.deployment.adapters.cloudformation import CloudFormationStacks  # noqa: PLC0415 - as above

    client = clients.cloudformation

    def refuse(for_good: bool) -> None:  # noqa: FBT001 - as the scene has it
        code, status = ("AccessDenied", 403) if for_good else ("Throttling", 400)
        respond_with_error(client, "cloudformation", code, status)

    def topics() -> set[str]:
        arns = [each["TopicArn"] for each in clients.sns.list_topics()["Topics"]]
        found = [clients.sns.get_topic_attributes(TopicArn=arn)["Attributes"] for arn in arns]
        return {each.get("DisplayName", "") for each in found}

    stacks = CloudFormationStacks(
        client, new_name=lambda: f"changes-{uuid4().hex}", wait=time.sleep
    )
    return Scene(stacks, refuse, name, topics)


SCENES = [
    pytest.param(in_memory, id="memory"),
    *([pytest.param(on_moto, id="CloudFormation on moto")] if HAS_AWS else []),
    pytest.param(on_ministack, id="CloudFormation on MiniStack", marks=pytest.mark.emulator),
]


@pytest.fixture(params=SCENES)
def scene(request: pytest.FixtureRequest) -> Iterator[Scene]:
    with ExitStack() as cleanup:
        yield request.param(request, cleanup)


# The port: "Return the stack as it is now; None if there is none."
def test_a_stack_that_is_there_is_found(scene: Scene) -> None:
    assert scene.stacks.find(scene.name) is None
    scene.make(template(), Words="a name")
    found = scene.stacks.find(scene.name)
    assert found is not None
    assert (found.name, found.status) == (scene.name, "CREATE_COMPLETE")
    assert found.parameters == {"Words": "a name", "Needed": "a"}


def test_a_stack_that_is_there_says_what_it_gives(scene: Scene) -> None:
    scene.needs_detail()
    assert scene.make(template(), Words="a name").outputs == {"Said": "a name"}


# The port: "A stack can be named by its name or by its id; a deleted one by its id alone."
def test_a_stack_has_an_id_that_outlives_it(scene: Scene) -> None:
    stack = scene.make(template())
    assert scene.stacks.find(stack.stack_id) == stack
    scene.delete(stack)
    assert scene.stacks.find(scene.name) is None
    gone = scene.stacks.find(stack.stack_id)
    assert gone is not None
    assert gone.is_deleted
    assert scene.stacks.events(stack.stack_id)[-1].status == "DELETE_COMPLETE"


# The port: "Return what would change if the stack of this name were as the template says."
def test_a_change_set_says_what_would_change(scene: Scene) -> None:
    scene.needs_detail()
    made = scene.propose(template("First", "Second"))
    assert made.is_creation
    assert made.stack_name == scene.name
    assert {(each.action, each.logical_id, each.resource_type) for each in made.changes} == {
        (ChangeAction.ADD, "First", "AWS::SNS::Topic"),
        (ChangeAction.ADD, "Second", "AWS::SNS::Topic"),
    }
    scene.stacks.execute(made)
    scene.rest(made.stack_id)

    changed = scene.propose(template("First", "Third"), Words="other words")
    assert not changed.is_creation
    assert {(each.action, each.logical_id) for each in changed.changes} == {
        (ChangeAction.MODIFY, "First"),
        (ChangeAction.REMOVE, "Second"),
        (ChangeAction.ADD, "Third"),
    }


# The port: "Nothing of the stack changes."
def test_what_is_only_proposed_changes_nothing(scene: Scene) -> None:
    before = scene.make(template())
    scene.propose(template("First", "Second"), Words="other words")
    assert scene.stacks.find(scene.name) == before
    assert [each.logical_id for each in scene.stacks.resources(before.stack_id)] == ["First"]


# The port: "None: it is so already."
def test_without_changes_there_is_no_change_set(scene: Scene) -> None:
    scene.make(template())
    assert scene.stacks.propose(scene.name, template(), {"Needed": "a"}) is None
    found = scene.stacks.find(scene.name)
    assert found is not None
    assert found.is_complete


# The port: "A stack that is not there would be created; until then it is only proposed."
def test_a_new_stack_is_first_only_proposed(scene: Scene) -> None:
    made = scene.propose(template())
    found = scene.stacks.find(scene.name)
    assert found is not None
    assert found.is_only_proposed
    assert found.stack_id == made.stack_id
    again = scene.propose(template("First", "Second"))
    assert again.is_creation


# The port, of `keep`: "names of parameters that keep the value they have."
def test_a_parameter_keeps_its_value(scene: Scene) -> None:
    scene.make(template(), Words="a name")
    keep = ["Words", "Needed"]
    changed = scene.stacks.propose(scene.name, template("First", "Second"), {}, keep=keep)
    assert changed is not None
    scene.stacks.execute(changed)
    stack = scene.rest(changed.stack_id)
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.parameters == {"Words": "a name", "Needed": "a"}


# The port: "Forget the change set, and the stack with it if no other one proposes it."
def test_a_discarded_change_set_cannot_be_executed(scene: Scene) -> None:
    scene.needs_detail()
    scene.make(template())
    changed = scene.propose(template("First", "Second"))
    scene.stacks.discard(changed)
    with pytest.raises(PermanentError):
        scene.stacks.execute(changed)
    found = scene.stacks.find(scene.name)
    assert found is not None
    assert found.is_complete


def test_a_stack_that_was_only_proposed_is_gone_with_its_change_set(scene: Scene) -> None:
    scene.stacks.discard(scene.propose(template()))
    assert scene.stacks.find(scene.name) is None


def test_a_stack_that_somebody_else_proposes_too_stays_proposed(scene: Scene) -> None:
    mine = scene.propose(template())
    another = scene.propose(template("First", "Second"))
    if another.stack_id != mine.stack_id:
        pytest.skip("this double of CloudFormation takes them for two stacks of one name")
    scene.stacks.discard(mine)
    scene.stacks.execute(another)
    assert scene.rest(another.stack_id).status == "CREATE_COMPLETE"


# The port: "Have the changes begun; `events` and `find` tell how they go on."
def test_what_happens_is_told_until_it_is_done(scene: Scene) -> None:
    scene.needs_detail()
    stack = scene.make(template())
    statuses = [each.status for each in scene.stacks.events(stack.stack_id) if each.is_of_stack]
    assert statuses[-1] == "CREATE_COMPLETE"
    assert "CREATE_IN_PROGRESS" in statuses
    first = [each for each in scene.stacks.events(stack.stack_id) if each.logical_id == "First"]
    assert first[-1].status == "CREATE_COMPLETE"
    assert first[-1].resource_type == "AWS::SNS::Topic"
    assert not first[-1].is_of_stack


# The port: "What the template says to retain stays."
def test_what_is_to_be_retained_outlives_its_stack(scene: Scene) -> None:
    if scene.topics is None:
        pytest.skip("nothing of these can be seen from outside")
    words = f"kept {uuid4().hex}", f"lost {uuid4().hex}"
    text = template("First", "Second", keep="First")
    document = json.loads(text)
    for topic, name in zip(("First", "Second"), words, strict=True):
        document["Resources"][topic]["Properties"]["DisplayName"] = name
    stack = scene.make(json.dumps(document))
    assert scene.topics() >= set(words)
    scene.delete(stack)
    assert scene.topics() & set(words) == {words[0]}


# The port: "Return what happened to the stack and its resources, the oldest first."
def test_events_come_in_the_order_in_which_they_happened(scene: Scene) -> None:
    stack = scene.make(template("First", "Second"))
    events = scene.stacks.events(stack.stack_id)
    assert [each.at for each in events] == sorted(each.at for each in events)
    assert events[-1].is_of_stack
    assert len({each.event_id for each in events}) == len(events)
    assert all(each.at.tzinfo for each in events)


# The port, of `after`: "only what happened after the event of this id; None: all."
def test_events_go_on_after_one_that_was_seen(scene: Scene) -> None:
    stack = scene.make(template("First", "Second"))
    events = scene.stacks.events(stack.stack_id)
    for number, event in enumerate(events, 1):
        assert scene.stacks.events(stack.stack_id, after=event.event_id) == events[number:]


# The port: "Yield the stack's resources, in any order; those that were deleted are left out."
def test_resources_are_those_that_there_are(scene: Scene) -> None:
    stack = scene.make(template("First", "Second"))
    found = {each.logical_id: each for each in scene.stacks.resources(stack.stack_id)}
    assert set(found) == {"First", "Second"}
    assert found["First"].resource_type == "AWS::SNS::Topic"
    assert found["First"].physical_id != found["Second"].physical_id
    scene.make(template("Second"))
    assert [each.logical_id for each in scene.stacks.resources(stack.stack_id)] == ["Second"]


# The port: "Methods raise TransientError when the service cannot answer now, and PermanentError
# when it refuses."
@pytest.mark.parametrize("for_good", [True, False])
def test_a_service_that_does_not_answer_is_an_error(scene: Scene, *, for_good: bool) -> None:
    stack = scene.make(template())
    changed = scene.propose(template("First", "Second"))
    scene.refuse(for_good)
    calls: list[Callable[[], object]] = [
        lambda: scene.stacks.find(scene.name),
        lambda: scene.stacks.propose(scene.name, template(), {"Needed": "b"}),
        lambda: scene.stacks.discard(changed),
        lambda: scene.stacks.execute(changed),
        lambda: scene.stacks.delete(stack.stack_id),
        lambda: scene.stacks.events(stack.stack_id),
        lambda: list(scene.stacks.resources(stack.stack_id)),
    ]
    for call in calls:
        with pytest.raises(PermanentError if for_good else TransientError):
            call()
