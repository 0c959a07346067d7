"""Parameters, read from a template."""

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


def test_parameters_are_read_from_their_declarations() -> None:
    assert list(parse_parameters(TEMPLATE).values()) == [
        TemplateParameter("Plain"),
        TemplateParameter("Choice", "one of them", "3", ("1", "3"), is_number=True),
        TemplateParameter("Checked", "", "", (), "^a*$", constraint="must be of a"),
        TemplateParameter("Bounded", is_number=True, minimum=1, maximum=9),
    ]


def test_defaults_of_the_template_are_valid() -> None:
    parameters = template_parameters()
    assert parameters["NotificationEmail"].default is None
    for each in parameters.values():
        assert each.description
        assert each.default is None or each.invalid_reason(each.default) is None


def test_template_path_is_that_of_the_template() -> None:
    assert template_path().read_text("utf-8") == template_text()
    assert template_text().startswith("AWSTemplateFormatVersion: ")


def test_missing_pyyaml_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = builtins.__import__

    def without_yaml(name: str, *args: object) -> object:
        if name == "yaml":
            raise ModuleNotFoundError(name=name)
        return real(name, *args)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.delitem(sys.modules, "imgmeta.cloudformation.parser", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_yaml)
    with pytest.raises(ConfigurationError, match=r"needs PyYAML: pip install 'imgmeta\[aws\]'"):
        template_parameters()
