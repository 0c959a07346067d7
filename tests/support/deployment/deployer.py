"""A deployer over in-memory stacks, with an account of its own for each test."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.core.objects import ObjectLocation
from imgmeta.deployment.core.packages import FunctionPackage, FunctionPlatform
from imgmeta.deployment.core.stacks import ChangeSet, Stack, StackEvent
from imgmeta.deployment.service.deployer import (
    Deployer,
    DeploymentStarted,
    NotDeployed,
    Preview,
)
from imgmeta.deployment.service.existing_buckets import ExistingBuckets
from imgmeta.deployment.service.planning import DeploymentRequest
from imgmeta.deployment.service.steps import DeploymentStep
from imgmeta.errors import ConfigurationError
from support.deployment.health import InMemoryFunctions
from support.deployment.notifications import InMemoryNotifications, InMemoryRules
from support.deployment.stacks import InMemoryStacks

__all__ = [
    "BUCKET_PARAMETERS",
    "EMAIL",
    "GIVEN",
    "NAME",
    "PARAMETERS",
    "Artifacts",
    "DeployerHarness",
    "bucket_template",
    "template",
]

NAME = "photos"
EMAIL = "me@example.com"
GIVEN = {"NotificationEmail": EMAIL}

PARAMETERS = {
    each.name: each
    for each in (
        TemplateParameter(
            "NotificationEmail", allowed_pattern=".+@.+", constraint="must be an address"
        ),
        TemplateParameter("EnvironmentSuffix", default="dev"),
        TemplateParameter(
            "CodeBucket", allowed_pattern="[a-z0-9.-]+", constraint="must be the name of a bucket"
        ),
        TemplateParameter("CodeKey"),
        TemplateParameter("Architecture", default="arm64", allowed_values=("arm64", "x86_64")),
        TemplateParameter("Runtime", default="python3.13"),
        TemplateParameter("MemorySize", default="512", is_number=True, minimum=128),
    )
}

BUCKET_PARAMETERS = {
    **PARAMETERS,
    "Buckets": TemplateParameter("Buckets", default="", is_list=True),
    "KeyPrefix": TemplateParameter("KeyPrefix", default=""),
    "SwitchedOnBuckets": TemplateParameter("SwitchedOnBuckets", default="", is_list=True),
    "RequesterPays": TemplateParameter("RequesterPays", default="no", allowed_values=("no", "yes")),
}


def bucket_template() -> str:
    """Return a template that serves existing buckets."""
    document = json.loads(template("First", parameters=BUCKET_PARAMETERS))
    del document["Resources"]["ImageStorageBucket"], document["Outputs"]["S3BucketName"]
    document["Resources"]["BucketRule"] = {"Type": "AWS::Events::Rule"}
    for name in ("QueueUrl", "DeadLetterQueueUrl", "LambdaFunctionArn", "LogGroupName"):
        document["Outputs"][name] = {"Value": {"Ref": "EnvironmentSuffix"}}
    for name in ("Buckets", "KeyPrefix"):
        document["Outputs"][name] = {"Value": {"Ref": name}}
    return json.dumps(document)


def template(*topics: str, parameters: Mapping[str, TemplateParameter] = PARAMETERS) -> str:
    """Return a template with these topics, and with a bucket that is retained."""
    declared: dict[str, Any] = {
        name: {"Type": "String"} | ({} if each.default is None else {"Default": each.default})
        for name, each in parameters.items()
    }
    resources: dict[str, Any] = {each: {"Type": "AWS::SNS::Topic"} for each in topics}
    resources["ImageStorageBucket"] = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    outputs = {
        "S3BucketName": {"Value": {"Ref": "CodeBucket"}},
        "DynamoDBTableName": {"Value": {"Ref": "EnvironmentSuffix"}},
    }
    return json.dumps({"Parameters": declared, "Resources": resources, "Outputs": outputs})


@dataclass
class Artifacts:
    """An in-memory artifact store.

    Attributes:
        error: raised by uploads while it is set; a ConfigurationError by checks too.
        uploaded: the names of uploaded packages.
    """

    error: BaseException | None = None
    uploaded: list[str] = field(default_factory=list[str])

    def check(self) -> None:
        if isinstance(self.error, ConfigurationError):
            raise self.error

    def location_of(self, package: FunctionPackage) -> ObjectLocation:
        return ObjectLocation("artifacts", f"imgmeta/{package.name}")

    def upload(self, package: FunctionPackage) -> bool:
        if self.error is not None:
            raise self.error
        self.uploaded.append(package.name)
        return True


@dataclass
class DeployerHarness:
    """An account, and deployments to it.

    Attributes:
        stacks: the account's stacks.
        artifacts: the artifact store.
        text: the template.
        parameters: the template's parameters.
        package_number: distinguishes the packages that are built.
        platforms: the platforms of the packages built so far.
        buckets: the artifact buckets requested so far.
        steps: the steps reported so far.
        sleeps: the seconds slept so far.
        notifications: the notification configurations of the account's buckets.
        rules: the account's rules of EventBridge.
        functions: the account's functions.
    """

    stacks: InMemoryStacks = field(default_factory=InMemoryStacks)
    artifacts: Artifacts = field(default_factory=Artifacts)
    text: str = field(default_factory=lambda: template("First", "Second"))
    parameters: Mapping[str, TemplateParameter] = field(default_factory=lambda: PARAMETERS)
    package_number: int = 1
    platforms: list[FunctionPlatform] = field(default_factory=list[FunctionPlatform])
    buckets: list[str | None] = field(default_factory=list[str | None])
    steps: list[DeploymentStep] = field(default_factory=list[DeploymentStep])
    sleeps: list[float] = field(default_factory=list[float])
    notifications: InMemoryNotifications = field(default_factory=InMemoryNotifications)
    rules: InMemoryRules = field(default_factory=InMemoryRules)
    functions: InMemoryFunctions = field(default_factory=InMemoryFunctions)

    @property
    def deployer(self) -> Deployer:
        return Deployer(
            stacks=self.stacks,
            template=self.text,
            parameters=self.parameters,
            open_packager=lambda: self,
            open_artifacts=self.open_artifacts,
            open_buckets=lambda: self.existing_buckets,
            open_functions=lambda: self.functions,
            sleep=self.sleeps.append,
        )

    @property
    def existing_buckets(self) -> ExistingBuckets:
        return ExistingBuckets(self.notifications, self.rules, self.sleeps.append)

    def open_artifacts(self, bucket: str | None) -> Artifacts:
        self.buckets.append(bucket)
        return self.artifacts

    def build(self, platform: FunctionPlatform) -> FunctionPackage:
        self.platforms.append(platform)
        name = f"{self.package_number}.zip"
        content = f"zip {self.package_number}".encode()
        return FunctionPackage(name, platform, content, 5, (), is_precompiled=True)

    def request(
        self,
        parameters: Mapping[str, str] = GIVEN,
        *,
        confirm: Callable[[ChangeSet], bool] | None = None,
        new_stack_defaults: Mapping[str, str] | None = None,
        bucket: str | None = None,
    ) -> DeploymentStarted | NotDeployed:
        """Request a deployment of the stack; return the result."""
        request = DeploymentRequest(
            NAME, tuple(parameters.items()), new_stack_defaults or {}, bucket
        )

        def confirm_preview(preview: Preview) -> bool:
            changes = preview.change_set
            return confirm is None or (changes is not None and confirm(changes))

        return self.deployer.deploy(request, confirm=confirm_preview, report=self.steps.append)

    def start(self, parameters: Mapping[str, str] = GIVEN) -> DeploymentStarted:
        """Request a deployment that has changes and is confirmed."""
        result = self.request(parameters)
        assert isinstance(result, DeploymentStarted)
        return result

    def deploy(self, parameters: Mapping[str, str] = GIVEN, number: int = 1) -> list[StackEvent]:
        """Deploy the package with this number to the end; return the events."""
        self.package_number = number
        return list(self.start(parameters).events)

    @property
    def stack(self) -> Stack:
        found = self.stacks.find(NAME)
        assert found is not None
        return found
