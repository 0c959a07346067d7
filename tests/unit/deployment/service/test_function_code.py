"""Deployments of a stack whose function's code another tool replaced."""

import hashlib
import json

import pytest

from imgmeta.deployment.service.deployer import DeploymentStarted, NotDeployed, Preview
from imgmeta.deployment.service.planning import DeploymentRequest
from imgmeta.deployment.service.steps import CodeNotCompared
from imgmeta.errors import PermanentError, TransientError
from support.deployment.deployer import NAME, DeployerHarness, template

PLAIN, COPY = "imgmeta/1.zip", "imgmeta/1-copy.zip"


@pytest.fixture
def harness() -> DeployerHarness:
    """Return a deployed stack whose function runs the deployed package."""
    document = json.loads(template("First"))
    document["Outputs"]["LambdaFunctionArn"] = {"Value": {"Ref": "EnvironmentSuffix"}}
    harness = DeployerHarness(text=json.dumps(document))
    harness.deploy()
    run_package(harness, 1)
    harness.artifacts.uploaded.clear()
    return harness


def run_package(harness: DeployerHarness, number: int) -> None:
    """Let the function run the package with this number."""
    harness.functions.digest = hashlib.sha256(f"zip {number}".encode()).digest()


def preview(harness: DeployerHarness, **parameters: str) -> list[Preview]:
    """Request a deployment, decline it, and return the previews."""
    previews: list[Preview] = []

    def decline(preview: Preview) -> bool:
        previews.append(preview)
        return False

    request = DeploymentRequest(NAME, tuple(parameters.items()))
    harness.deployer.deploy(request, confirm=decline, report=harness.steps.append)
    return previews


def test_deployed_code_is_not_changed(harness: DeployerHarness) -> None:
    assert harness.request({}) is NotDeployed.NO_CHANGES


def test_replaced_code_is_restored_from_a_copy_of_the_package(harness: DeployerHarness) -> None:
    harness.functions.digest = b"another"
    assert harness.deploy({})
    assert harness.stack.status == "UPDATE_COMPLETE"
    assert harness.stack.parameters["CodeKey"] == COPY
    assert harness.artifacts.uploaded == ["1-copy.zip"]
    run_package(harness, 1)
    assert harness.request({}) is NotDeployed.NO_CHANGES
    assert harness.stack.parameters["CodeKey"] == COPY


def test_code_replaced_again_is_restored_from_the_package_itself(
    harness: DeployerHarness,
) -> None:
    for key in (COPY, PLAIN, COPY):
        harness.functions.digest = b"another"
        harness.deploy({})
        assert harness.stack.parameters["CodeKey"] == key


def test_replaced_code_is_restored_along_with_other_changes(harness: DeployerHarness) -> None:
    harness.functions.digest = b"another"
    harness.deploy({"MemorySize": "256"})
    assert harness.stack.parameters["CodeKey"] == COPY
    run_package(harness, 1)
    harness.deploy({"MemorySize": "512"})
    assert harness.stack.parameters["CodeKey"] == COPY


def test_new_package_is_deployed_under_its_own_name(harness: DeployerHarness) -> None:
    harness.functions.digest = b"another"
    harness.deploy({})
    harness.deploy({}, number=2)
    assert harness.stack.parameters["CodeKey"] == "imgmeta/2.zip"


def test_preview_says_that_the_code_is_restored(harness: DeployerHarness) -> None:
    assert preview(harness) == []
    [other] = preview(harness, MemorySize="256")
    assert not other.restores_code
    harness.functions.digest = b"another"
    [restored] = preview(harness)
    assert restored.restores_code
    assert harness.stack.parameters["CodeKey"] == PLAIN
    assert harness.artifacts.uploaded == []


def test_code_is_restored_after_a_failed_upload(harness: DeployerHarness) -> None:
    harness.functions.digest = b"another"
    harness.artifacts.error = PermanentError("cannot upload")
    with pytest.raises(PermanentError):
        harness.request({})
    assert harness.stack.parameters["CodeKey"] == PLAIN
    harness.artifacts.error = None
    assert harness.deploy({})
    assert harness.stack.parameters["CodeKey"] == COPY


@pytest.mark.parametrize("kind", [PermanentError, TransientError])
def test_unreadable_function_does_not_stop_a_deployment(
    harness: DeployerHarness, kind: type[Exception]
) -> None:
    harness.functions.error = kind("access denied")
    assert harness.request({}) is NotDeployed.NO_CHANGES
    assert CodeNotCompared("access denied") in harness.steps
    result = harness.request({"MemorySize": "256"})
    assert isinstance(result, DeploymentStarted)
    list(result.events)
    assert harness.stack.parameters["CodeKey"] == PLAIN


def test_function_of_unknown_code_is_reported(harness: DeployerHarness) -> None:
    harness.functions.digest = None
    assert harness.request({}) is NotDeployed.NO_CHANGES
    assert CodeNotCompared("AWS Lambda does not report its package") in harness.steps
