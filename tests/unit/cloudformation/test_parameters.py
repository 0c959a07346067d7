"""What the template takes, read from the template."""

import builtins
import sys

import pytest

pytest.importorskip("yaml")

from imgmeta.cloudformation import template_parameters, template_path, template_text
from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.cloudformation.parser import parse_parameters
from imgmeta.errors import ConfigurationError

TEMPLATE = """
Parameters:
  Plain:
    Type: String
  Choice:
    Type: Number
    Description: one of
      them
    Default: 3
    AllowedValues: [1, 3]
  Checked:
    Type: String
    Default: ''
    AllowedPattern: '^a*$'
    ConstraintDescription: must be of a
  Bounded:
    Type: Number
    MinValue: 1
    MaxValue: 9
Conditions:
  Any: !Not [!Equals [!Ref Plain, '']]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: !Sub
        - ${Name}
        - Name: !If [Any, !Ref Plain, !GetAtt Topic.TopicName]
"""


def test_each_parameter_is_as_it_is_declared() -> None:
    assert list(parse_parameters(TEMPLATE).values()) == [
        TemplateParameter("Plain"),
        TemplateParameter("Choice", "one of them", "3", ("1", "3"), is_number=True),
        TemplateParameter("Checked", "", "", (), "^a*$", constraint="must be of a"),
        TemplateParameter("Bounded", is_number=True, minimum=1, maximum=9),
    ]


def test_every_default_of_the_template_is_a_value_that_it_takes() -> None:
    parameters = template_parameters()
    assert parameters["NotificationEmail"].default is None
    for each in parameters.values():
        assert each.description
        assert each.default is None or each.refusal(each.default) is None


def test_the_template_is_where_its_path_says() -> None:
    assert template_path().read_text("utf-8") == template_text()
    assert template_text().startswith("AWSTemplateFormatVersion: ")


def test_what_reads_the_template_is_named_where_it_is_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without_yaml(name: str, *args: object) -> object:
        if name == "yaml":
            raise ModuleNotFoundError(name=name)
        return real(name, *args)  # type: ignore[arg-type]  # as it was called

    monkeypatch.delitem(sys.modules, "imgmeta.cloudformation.parser", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_yaml)
    with pytest.raises(ConfigurationError, match=r"need PyYAML: pip install 'imgmeta\[aws\]'"):
        template_parameters()
