"""Evaluate the template as CloudFormation does: parameters, rules, conditions and functions.

AWS CloudFormation Template Reference, "Intrinsic functions", "Rules", "Parameters", and the "Return
values" of each resource type. Everything else raises an exception.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from imgmeta.cloudformation import template_text

__all__ = ["PARTITIONS", "RejectedError", "Stack", "template"]

ACCOUNT = "111122223333"
STACK_UUID = "1c2fa620-982a-11e3-aff7-50e2416294e0"

PARTITIONS = {
    "aws": ("eu-central-1", "amazonaws.com"),
    "aws-cn": ("cn-north-1", "amazonaws.com.cn"),
    "aws-us-gov": ("us-gov-west-1", "amazonaws.com"),
}
"""A region and the domain suffix of each partition."""

REQUIRED = {
    "NotificationEmail": "team@example.com",
    "CodeBucket": "artifacts",
    "CodeKey": "imgmeta-0.1.0-abcdef.zip",
}


class RejectedError(Exception):
    """CloudFormation would reject these parameters."""


class _Loader(yaml.SafeLoader):
    """Loads the short form of functions (`!Ref`) as the long form (`{"Ref": ...}`)."""


def _function(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        raise TypeError(f"!{suffix} with a mapping is not supported")
    if suffix == "GetAtt":
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


yaml.add_multi_constructor("!", _function, Loader=_Loader)


@cache
def template() -> dict[str, Any]:
    """Return the template with all functions in their long form."""
    loaded: dict[str, Any] = yaml.load(template_text(), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return loaded


def _arn(service: str, resource: str) -> str:
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


_ATTRIBUTES = {
    ("AWS::S3::Bucket", "Arn"): "arn:{partition}:s3:::{id}",
    ("AWS::DynamoDB::Table", "Arn"): _arn("dynamodb", "table/{id}"),
    ("AWS::SQS::Queue", "Arn"): _arn("sqs", "{name}"),
    ("AWS::SQS::Queue", "QueueName"): "{name}",
    ("AWS::IAM::Role", "Arn"): "arn:{partition}:iam::{account}:role/{id}",
    ("AWS::Lambda::Function", "Arn"): _arn("lambda", "function:{id}"),
    ("AWS::Logs::LogGroup", "Arn"): _arn("logs", "log-group:{id}:*"),
    ("AWS::Events::Rule", "Arn"): _arn("events", "rule/{id}"),
    ("AWS::CloudWatch::Alarm", "Arn"): _arn("cloudwatch", "alarm:{id}"),
}
_IDS = {
    "AWS::SNS::Topic": _arn("sns", "{name}"),
    "AWS::SQS::Queue": "https://sqs.{region}.{suffix}/{account}/{name}",
}
_NAMES = ("BucketName", "TableName", "QueueName", "LogGroupName", "Name")
_NO_VALUE = object()


@dataclass
class Stack:
    """A stack created from the template, with names like those that CloudFormation generates.

    Attributes:
        parameters: values of all parameters, as text: given values and defaults.
        resources: resources whose condition holds, fully resolved.
        outputs: fully resolved outputs.
    """

    name: str = "photos"
    partition: str = "aws"
    region: str = ""
    given: Mapping[str, object] = field(default_factory=dict)
    uuid: str = STACK_UUID

    def __post_init__(self) -> None:
        region, self._suffix = PARTITIONS[self.partition]
        self.region = self.region or region
        self.parameters = _parameters(REQUIRED | {k: str(v) for k, v in self.given.items()})
        self._lists = {
            name: [each.strip() for each in self.parameters[name].split(",")]
            for name, declared in template()["Parameters"].items()
            if declared["Type"] == "CommaDelimitedList"
        }
        self._pseudo: dict[str, object] = {
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::AccountId": ACCOUNT,
            "AWS::URLSuffix": self._suffix,
            "AWS::StackName": self.name,
            "AWS::StackId": self._stack_arn("cloudformation", f"stack/{self.name}/{self.uuid}"),
            "AWS::NoValue": _NO_VALUE,
        }
        for name, rule in template()["Rules"].items():
            self._check_rule(name, rule)
        self.resources = {
            name: self.resolve(resource)
            for name, resource in template()["Resources"].items()
            if self._is_created(resource)
        }
        self.outputs = {
            name: self.resolve(output)
            for name, output in template()["Outputs"].items()
            if self._is_created(output)
        }

    def properties(self, name: str) -> dict[str, Any]:
        """Return the properties of a resource."""
        found: dict[str, Any] = self.resources[name]["Properties"]
        return found

    def of_type(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the properties of all resources of a type, by logical ID."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Return a part of the template with all functions resolved."""
        if isinstance(value, list):
            items = [self.resolve(each) for each in value]
            return [each for each in items if each is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return self._ref(argument)
            if name.startswith("Fn::"):
                functions: dict[str, Callable[[Any], Any]] = {
                    "GetAtt": lambda args: self._attribute(*args),
                    "Sub": self._sub,
                    "If": lambda args: self.resolve(args[1 if self.holds(args[0]) else 2]),
                    "Select": lambda args: self.resolve(args[1])[int(args[0])],
                    "Split": lambda args: self.resolve(args[1]).split(args[0]),
                    "Join": lambda args: _text(args[0]).join(self.resolve(args[1])),
                    "FindInMap": lambda args: self._mapped(*map(self.resolve, args)),
                    "Equals": lambda args: str(self.resolve(args[0])) == str(self.resolve(args[1])),
                    "Not": lambda args: not self.resolve(args[0]),
                    "And": lambda args: all(map(self.resolve, _conditions(args))),
                    "Or": lambda args: any(map(self.resolve, _conditions(args))),
                    "Contains": lambda args: self.resolve(args[1]) in args[0],
                    "EachMemberIn": lambda args: set(self.resolve(args[0])) <= set(args[1]),
                }
                return functions[name.removeprefix("Fn::")](argument)
        members = {key: self.resolve(each) for key, each in value.items()}
        return {key: each for key, each in members.items() if each is not _NO_VALUE}

    def holds(self, condition: str) -> bool:
        """Return whether a condition holds."""
        return bool(self.resolve(template()["Conditions"][condition]))

    def _is_created(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self.holds(resource["Condition"])

    def _check_rule(self, name: str, rule: Mapping[str, Any]) -> None:
        if not self.resolve(rule.get("RuleCondition", True)):
            return
        for assertion in rule["Assertions"]:
            if not self.resolve(assertion["Assert"]):
                raise RejectedError(f"{name}: {assertion['AssertDescription']}")

    def _mapped(self, name: str, first: str, second: str) -> object:
        return template()["Mappings"][name][first][second]

    def _sub(self, argument: Any) -> str:  # noqa: ANN401 - a string or a list
        text, variables = argument if isinstance(argument, list) else (argument, {})

        def value(match: re.Match[str]) -> str:
            name = match[1]
            if name in variables:
                return str(self.resolve(variables[name]))
            logical_id, dot, attribute = name.partition(".")
            return str(self._attribute(logical_id, attribute) if dot else self._ref(name))

        return re.sub(r"\$\{([^!}][^}]*)\}", value, text)

    def _ref(self, name: str) -> object:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._lists:
            return self._lists[name]
        if name in self.parameters:
            return self.parameters[name]
        kind, names = self._names_of(name)
        return _IDS.get(kind, "{id}").format(**names)

    def _attribute(self, name: str, attribute: str) -> str:
        kind, names = self._names_of(name)
        return _ATTRIBUTES[kind, attribute].format(**names)

    def _names_of(self, name: str) -> tuple[str, dict[str, str]]:
        resource = template()["Resources"][name]
        assert self._is_created(resource), f"{name} is not created: its condition is false"
        properties = resource.get("Properties", {})
        given = [self.resolve(properties[each]) for each in _NAMES if each in properties]
        physical = given[0] if given else f"{self.name}-{name}-AB12CD34"
        return resource["Type"], {
            "partition": self.partition,
            "region": self.region,
            "account": ACCOUNT,
            "suffix": self._suffix,
            "id": physical,
            "name": physical,
        }

    def _stack_arn(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{ACCOUNT}:{resource}"


def _parameters(given: Mapping[str, str]) -> dict[str, str]:
    declared = template()["Parameters"]
    if unknown := set(given) - set(declared):
        raise RejectedError(f"unknown parameters: {sorted(unknown)}")
    values = {}
    for name, parameter in declared.items():
        if name not in given and "Default" not in parameter:
            raise RejectedError(f"{name} must have a value")
        values[name] = given.get(name, str(parameter.get("Default")))
        if not _is_allowed(parameter, values[name]):
            raise RejectedError(f"{name} {parameter.get('ConstraintDescription', '')}")
    return values


def _is_allowed(parameter: Mapping[str, Any], value: str) -> bool:
    if parameter["Type"] == "Number":
        if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value):
            return False
        number = float(value)
        if not parameter.get("MinValue", number) <= number <= parameter.get("MaxValue", number):
            return False
    elif len(value) > parameter.get("MaxLength", len(value)):
        return False
    allowed = parameter.get("AllowedValues")
    if allowed is not None and value not in map(str, allowed):
        return False
    # The pattern of a list applies to each of its elements.
    is_list = parameter["Type"] == "CommaDelimitedList"
    elements = [each.strip() for each in value.split(",")] if is_list else [value]
    pattern = parameter.get("AllowedPattern", ".*")
    return all(re.fullmatch(pattern, each) for each in elements)


def _text(delimiter: object) -> str:
    """Return a delimiter of Fn::Join, which cannot contain functions."""
    assert isinstance(delimiter, str)
    return delimiter


def _conditions(arguments: list[Any]) -> list[Any]:
    """Return the arguments of Fn::And or Fn::Or, which accept two to ten."""
    assert 2 <= len(arguments) <= 10
    return arguments
