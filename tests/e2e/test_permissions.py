"""The function works with its role, and needs each of the tested permissions."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.deployment.account import Deployment, wait_until

pytestmark = pytest.mark.e2e


@pytest.fixture
def restricted_stack(
    shared_stack: Deployment, request: pytest.FixtureRequest
) -> Iterator[Deployment]:
    """Yield the stack while the parameter's statement is removed from the role's policy."""
    with shared_stack.without_permission(request.param):
        yield shared_stack


def created(deployment: Deployment, key: str) -> dict[str, Any]:
    """Return an S3 event for a direct invocation, in which the function raises failures."""
    object_ = {"key": key, "sequencer": "0055AED6DCD90281E5"}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-02T03:04:05.000Z",
        "s3": {"bucket": {"name": deployment.bucket}, "object": object_},
    }
    return {"Records": [record]}


@pytest.mark.parametrize("restricted_stack", ["Observe", "Record"], indirect=True)
def test_object_is_not_recorded_without_permission(
    restricted_stack: Deployment, prefix: str
) -> None:
    error, response = restricted_stack.invoke(created(restricted_stack, f"{prefix}missing.jpg"))
    assert error == "Unhandled", response
    assert restricted_stack.items().keys().isdisjoint({f"{prefix}missing.jpg"})


def test_missing_object_is_recorded_with_all_permissions(
    shared_stack: Deployment, prefix: str
) -> None:
    error, response = shared_stack.invoke(created(shared_stack, f"{prefix}missing.jpg"))
    assert (error, response["statusCode"]) == (None, 200)
    assert shared_stack.items()[f"{prefix}missing.jpg"]["Status"] == "deleted"


@pytest.mark.parametrize("restricted_stack", ["Digest"], indirect=True)
def test_digest_fails_without_permission_for_the_index(restricted_stack: Deployment) -> None:
    error, response = restricted_stack.invoke({"imgmeta": "digest", "hours": 1})
    assert error == "Unhandled"
    assert "AccessDenied" in response["errorMessage"]


@pytest.mark.parametrize("restricted_stack", ["PublishNotifications"], indirect=True)
def test_failed_notification_without_permission_for_the_topic_is_counted(
    restricted_stack: Deployment, prefix: str
) -> None:
    with restricted_stack.listener() as listener:
        restricted_stack.put(f"{prefix}bad.jpg", b"no image")
        restricted_stack.wait_for_record(f"{prefix}bad.jpg")
        wait_until(restricted_stack.is_idle)
        assert listener.messages() == []
    wait_until(lambda: any(line.get("NotificationsFailed") for line in restricted_stack.log()))
