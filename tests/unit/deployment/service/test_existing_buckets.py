"""Plans for the existing buckets of a stack, and their execution."""

import pytest

from imgmeta.deployment.core.bucket_plans import DeliveryChange, DeliveryResult
from imgmeta.deployment.core.stacks import Stack
from imgmeta.deployment.service.existing_buckets import ExistingBuckets
from imgmeta.errors import ConfigurationError, PermanentError, Remedy, TransientError
from support.deployment.notifications import (
    InMemoryNotifications,
    InMemoryRules,
    notification_document,
)

FLAG = "<EventBridgeConfiguration/>"
FOREIGN = "<QueueConfiguration><Id>a</Id></QueueConfiguration>"
OWN_RULE = "imgmeta-dev"


class Account:
    """Two buckets, off and on, and the rule of the stack."""

    def __init__(self) -> None:
        self.notifications = InMemoryNotifications()
        self.notifications.add("off", FOREIGN)
        self.notifications.add("was-on", FLAG)
        self.rules = InMemoryRules({OWN_RULE: '{"source": ["aws.s3"]}'})
        self.buckets = ExistingBuckets(self.notifications, self.rules, lambda _: None)

    def results(self, stack: Stack) -> list[DeliveryResult]:
        return list(self.buckets.apply(self.buckets.plan_deletion(stack, [OWN_RULE])))


@pytest.fixture
def account() -> Account:
    return Account()


def stack(buckets: str, switched_on: str = "") -> Stack:
    parameters = {"Buckets": buckets, "SwitchedOnBuckets": switched_on}
    return Stack("id", "photos", "CREATE_COMPLETE", parameters)


def test_new_stack_switches_on_what_is_off_and_records_it(account: Account) -> None:
    plan = account.buckets.plan(None, {"Buckets": "off,was-on"})
    assert plan.buckets == plan.added == ("off", "was-on")
    assert plan.changes == (DeliveryChange("off", enabled=True, foreign=1),)
    assert plan.parameters == {"Buckets": "off,was-on", "SwitchedOnBuckets": "off"}
    assert account.notifications.puts == []
    assert list(account.buckets.apply(plan)) == [DeliveryResult(plan.changes[0])]
    assert account.notifications.documents["off"] == notification_document(FOREIGN, FLAG)


def test_update_keeps_buckets_and_finishes_an_interrupted_one(account: Account) -> None:
    plan = account.buckets.plan(stack("off,was-on", "off"), {})
    assert plan.added == ()
    assert [change.bucket for change in plan.changes] == ["off"]
    assert plan.parameters == {"Buckets": "off,was-on", "SwitchedOnBuckets": "off"}


def test_left_out_bucket_is_switched_off_if_imgmeta_switched_it_on(account: Account) -> None:
    account.notifications.add("another")
    before = stack("was-on,another", "was-on")
    plan = account.buckets.plan(before, {"Buckets": "another"}, [OWN_RULE])
    assert plan.changes == (
        DeliveryChange("another", enabled=True, foreign=0),
        DeliveryChange("was-on", enabled=False, foreign=0),
    )
    assert plan.parameters == {"Buckets": "another", "SwitchedOnBuckets": "another"}
    list(account.buckets.apply(plan))
    assert account.notifications.documents["was-on"] == notification_document()


def test_left_out_bucket_whose_flag_was_on_before_stays_on(account: Account) -> None:
    account.notifications.add("off", FLAG)
    plan = account.buckets.plan(stack("off,was-on", "off"), {"Buckets": "off"}, [OWN_RULE])
    assert plan.changes == ()
    assert plan.kept == {"was-on": "it was on before the stack used the bucket"}
    assert plan.parameters == {"Buckets": "off", "SwitchedOnBuckets": "off"}


def test_flag_that_was_on_before_stays_on(account: Account) -> None:
    plan = account.buckets.plan_deletion(stack("off,was-on"), [OWN_RULE])
    assert plan.changes == ()
    assert plan.kept == {"was-on": "it was on before the stack used the bucket"}


def test_flag_that_another_rule_needs_stays_on(account: Account) -> None:
    account.rules.patterns["other"] = '{"source": ["aws.s3"]}'
    plan = account.buckets.plan_deletion(stack("was-on", "was-on"), [OWN_RULE])
    assert plan.changes == ()
    assert plan.kept == {"was-on": "the rule other may need it"}


def test_flag_stays_on_if_rules_or_notifications_cannot_be_read(account: Account) -> None:
    account.rules.error = PermanentError("no rules")
    account.notifications.errors["off"] = PermanentError("no bucket")
    plan = account.buckets.plan_deletion(stack("was-on,off", "was-on,off"))
    assert plan.kept == {"was-on": "no rules", "off": "no bucket"}


def test_rule_created_after_the_plan_keeps_the_flag_on(account: Account) -> None:
    plan = account.buckets.plan_deletion(stack("was-on", "was-on"), [OWN_RULE])
    account.rules.patterns["other"] = '{"source": ["aws.s3"]}'
    [result] = account.buckets.apply(plan)
    assert result.failure == "the rule other may need it"
    assert account.notifications.puts == []


def test_rule_created_during_the_change_switches_the_flag_on_again(account: Account) -> None:
    def create_rule(_: str) -> None:
        account.rules.patterns["other"] = '{"source": ["aws.s3"]}'

    account.notifications.after_put = create_rule
    [result] = account.results(stack("was-on", "was-on"))
    assert result.failure == "the rule other may need it"
    assert account.notifications.get("was-on").sends_to_eventbridge


def test_failure_for_one_bucket_does_not_stop_the_others(account: Account) -> None:
    account.notifications.add("last")
    account.notifications.put_errors["off"] = PermanentError("denied")
    plan = account.buckets.plan(None, {"Buckets": "off,last"})
    assert [each.failure for each in account.buckets.apply(plan)] == ["denied", ""]
    assert account.notifications.get("last").sends_to_eventbridge


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (PermanentError("denied", remedy=Remedy.REGION), ConfigurationError),
        (TransientError("later"), TransientError),
    ],
)
def test_unreadable_new_bucket_is_rejected(
    account: Account, error: PermanentError | TransientError, expected: type[Exception]
) -> None:
    account.notifications.errors["off"] = error
    with pytest.raises(expected, match=error.message):
        account.buckets.plan(None, {"Buckets": "off"})


def test_unreadable_served_bucket_is_shown_and_does_not_block(account: Account) -> None:
    account.notifications.errors["off"] = PermanentError("denied")
    plan = account.buckets.plan(stack("off", "off"), {})
    assert plan.unknown == {"off": "denied"}
    assert plan.parameters == {"Buckets": "off", "SwitchedOnBuckets": "off"}


def test_unsuitable_bucket_is_rejected(account: Account) -> None:
    account.notifications.unsuitable["off"] = "the bucket off is in eu-west-1"
    for name in ("off", "gone"):
        with pytest.raises(ConfigurationError, match=f"the bucket {name}"):
            account.buckets.plan(None, {"Buckets": name})


def test_own_bucket_is_not_exchanged_for_existing_ones(account: Account) -> None:
    with pytest.raises(ConfigurationError, match="has a bucket of its own and cannot") as caught:
        account.buckets.plan(stack(""), {"Buckets": "off"})
    assert caught.value.remedy is Remedy.STACK_NAME
    with pytest.raises(ConfigurationError, match="and cannot get a bucket of its own"):
        account.buckets.plan(stack("off"), {"Buckets": ""})


def test_stack_without_existing_buckets_has_an_empty_plan(account: Account) -> None:
    assert account.buckets.plan(None, {"Buckets": ""}).parameters == {}
