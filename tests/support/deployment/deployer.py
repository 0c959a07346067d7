"""Deploying over stacks in memory: an account of its own for each test."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import Artifact, ChangeSet, Stack, StackEvent
from imgmeta.deployment.service.deployer import Deployer
from imgmeta.errors import ConfigurationError
from support.deployment.stacks import InMemoryStacks

__all__ = ["EMAIL", "GIVEN", "NAME", "PARAMETERS", "Artifacts", "DeployerWorld", "package"]

NAME = "photos"
EMAIL = "me@example.com"
GIVEN = {"NotificationEmail": EMAIL}

PARAMETERS = {
    each.name: each
    for each in (
        TemplateParameter("NotificationEmail", pattern=".+@.+", constraint="an address"),
        TemplateParameter("EnvironmentSuffix", default="dev"),
        TemplateParameter("CodeBucket", pattern="[a-z0-9.-]+", constraint="the name of a bucket"),
        TemplateParameter("CodeKey"),
        TemplateParameter("Architecture", default="arm64", allowed=("arm64", "x86_64")),
        TemplateParameter("Runtime", default="python3.13"),
        TemplateParameter("MemorySize", default="512", is_number=True, minimum=128),
    )
}


def template(*topics: str) -> str:
    """Return a template of these resources, of which the bucket outlives its stack."""
    declared: dict[str, Any] = {
        name: {"Type": "String"} | ({} if each.default is None else {"Default": each.default})
        for name, each in PARAMETERS.items()
    }
    resources: dict[str, Any] = {each: {"Type": "AWS::SNS::Topic"} for each in topics}
    resources["ImageStorageBucket"] = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    outputs = {
        "S3BucketName": {"Value": {"Ref": "CodeBucket"}},
        "DynamoDBTableName": {"Value": {"Ref": "EnvironmentSuffix"}},
    }
    return json.dumps({"Parameters": declared, "Resources": resources, "Outputs": outputs})


def package(number: int = 1, target: FunctionPlatform | None = None) -> FunctionPackage:
    return FunctionPackage(
        f"{number}.zip", target or FunctionPlatform(), b"zip", 3, (), is_precompiled=True
    )


@dataclass
class Artifacts:
    """An artifact store in memory."""

    error: BaseException | None = None
    kept: list[str] = field(default_factory=list[str])

    def check(self) -> None:
        if isinstance(self.error, ConfigurationError):
            raise self.error

    def place_of(self, package: FunctionPackage) -> Artifact:
        return Artifact("artifacts", f"imgmeta/{package.name}")

    def keep(self, package: FunctionPackage) -> bool:
        if self.error is not None:
            raise self.error
        self.kept.append(package.name)
        return True


@dataclass
class DeployerWorld:
    """An account, and what is deployed to it.

    Attributes:
        stacks: of the account.
        artifacts: where packages are kept.
        waits: the seconds that were passed between two looks.
        text: the template.
    """

    stacks: InMemoryStacks = field(default_factory=InMemoryStacks)
    artifacts: Artifacts = field(default_factory=Artifacts)
    waits: list[float] = field(default_factory=list[float])
    text: str = field(default_factory=lambda: template("First", "Second"))

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
