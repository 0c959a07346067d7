"""Parameters, read from a template."""

import builtins
import json
import sys

import pytest

pytest.importorskip("yaml")

from imgmeta.cloudformation import template_body, template_parameters, template_path, template_text
from imgmeta.cloudformation.parameters import TemplateParameter
from imgmeta.cloudformation.parser import compact_template, parse_parameters
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
  Names:
    Type: CommaDelimitedList
    AllowedPattern: '^[a-z]*$'
    ConstraintDescription: must be names
Conditions:
  Any: !Not [!Equals [!Ref Plain, '']]
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata: {why: it explains the topic}
    Properties:
      DisplayName: !Sub
        - ${Name}
        - Name: !If [Any, !Ref Plain, !GetAtt Topic.TopicName]
"""

_GET_NAME = {"Fn::GetAtt": ["Topic", "TopicName"]}


def test_parameters_are_read_from_their_declarations() -> None:
    assert list(parse_parameters(TEMPLATE).values()) == [
        TemplateParameter("Plain"),
        TemplateParameter("Choice", "one of them", "3", ("1", "3"), is_number=True),
        TemplateParameter("Checked", "", "", (), "^a*$", constraint="must be of a"),
        TemplateParameter("Bounded", is_number=True, minimum=1, maximum=9),
        TemplateParameter(
            "Names", allowed_pattern="^[a-z]*$", constraint="must be names", is_list=True
        ),
    ]


@pytest.mark.parametrize("value", ["", "a", "a,b", "a, b", ",".join("abcdefghijklmnopqrst")])
def test_pattern_of_a_list_applies_to_each_element(value: str) -> None:
    names = parse_parameters(TEMPLATE)["Names"]
    assert names.invalid_reason(value) is None
    assert names.invalid_reason(f"{value},A") == "must be names"
    assert TemplateParameter("Name", allowed_pattern="^[a-z]*$").invalid_reason("a,b") is not None


@pytest.mark.parametrize("value", ["", "photos", "photos,scans.example", ",".join(["a" * 63] * 20)])
def test_list_of_buckets_is_valid(value: str) -> None:
    for name in ("Buckets", "SwitchedOnBuckets"):
        assert template_parameters()[name].invalid_reason(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "Photos",
        "photos/2026",
        "photos;scans",
        "photos,*",
        "s3://a-b",
        "photos,",
        ",photos",
        "photos,,scans",
        ",",
    ],
)
def test_list_with_an_invalid_bucket_is_rejected(value: str) -> None:
    reason = "must be a comma-separated list of bucket names, or empty"
    for name in ("Buckets", "SwitchedOnBuckets"):
        assert template_parameters()[name].invalid_reason(value) == reason


def test_compact_template_is_json_without_metadata_of_resources() -> None:
    name: dict[str, object] = {"Name": {"Fn::If": ["Any", {"Ref": "Plain"}, _GET_NAME]}}
    document = json.loads(compact_template(TEMPLATE))
    assert document["Conditions"] == {"Any": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Plain"}, ""]}]}}
    assert document["Resources"] == {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": {"Fn::Sub": ["${Name}", name]}},
        }
    }
    for fragment in ("!Transform {Name: include}", "{'Fn::Transform': {Name: include}}"):
        template = f"Resources: {{}}\nOutputs: {fragment}"
        outputs = {"Fn::Transform": {"Name": "include"}}
        assert json.loads(compact_template(template)) == {"Resources": {}, "Outputs": outputs}


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
    monkeypatch.delattr("imgmeta.cloudformation.parser", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_yaml)
    with pytest.raises(ConfigurationError, match=r"needs PyYAML: pip install 'imgmeta\[aws\]'"):
        template_parameters()
    with pytest.raises(ConfigurationError, match="needs PyYAML"):
        template_body()
