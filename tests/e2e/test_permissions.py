"""The function works under its own role, and each thing that the role may do is needed."""

from collections.abc import Iterator
from typing import Any

import pytest

from support.deployment.account import Deployment, until

pytestmark = pytest.mark.e2e


@pytest.fixture
def without(shared: Deployment, request: pytest.FixtureRequest) -> Iterator[Deployment]:
    """Take a statement from the role's policy, for a while."""
    with shared.without(request.param):
        yield shared


def created(deployment: Deployment, key: str) -> dict[str, Any]:
    """Return S3's event, as S3 would give it to the function itself, which raises what fails."""
    object_ = {"key": key, "sequencer": "0055AED6DCD90281E5"}
    record = {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "eventTime": "2026-01-02T03:04:05.000Z",
        "s3": {"bucket": {"name": deployment.bucket}, "object": object_},
    }
    return {"Records": [record]}


@pytest.mark.parametrize("without", ["Observe", "Record"], indirect=True)
def test_without_a_permission_an_object_is_not_recorded(without: Deployment, folder: str) -> None:
    error, answer = without.invoke(created(without, f"{folder}missing.jpg"))
    assert error == "Unhandled", answer
    assert without.items().keys().isdisjoint({f"{folder}missing.jpg"})


def test_with_all_permissions_the_same_object_is_recorded_as_missing(
    shared: Deployment, folder: str
) -> None:
    error, answer = shared.invoke(created(shared, f"{folder}missing.jpg"))
    assert (error, answer["statusCode"]) == (None, 200)
    assert shared.items()[f"{folder}missing.jpg"]["Status"] == "deleted"


@pytest.mark.parametrize("without", ["Digest"], indirect=True)
def test_without_a_permission_on_the_index_no_digest_is_sent(without: Deployment) -> None:
    error, answer = without.invoke({"imgmeta": "digest", "hours": 1})
    assert error == "Unhandled"
    assert "AccessDenied" in answer["errorMessage"]


@pytest.mark.parametrize("without", ["Tell"], indirect=True)
def test_without_a_permission_on_the_topic_nobody_is_told_and_that_is_counted(
    without: Deployment, folder: str
) -> None:
    with without.listener() as listener:
        without.put(f"{folder}bad.jpg", b"no image")
        without.recorded(f"{folder}bad.jpg")
        until(without.is_quiet)
        assert listener.heard() == []
    until(lambda: any(line.get("NotificationsFailed") for line in without.log()))
