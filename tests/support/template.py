"""template.yaml, read as it is written."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class _Loader(yaml.SafeLoader):
    """Knows CloudFormation's short forms."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
        return {name: value.split(".", 1) if suffix == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _intrinsic)


@cache
def template(path: str = "template.yaml") -> dict[str, Any]:
    """The whole template, its intrinsic functions in their long form."""
    loaded: dict[str, Any] = yaml.load((ROOT / path).read_text(), _Loader)  # noqa: S506 - a SafeLoader
    return loaded


def resources(type_: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of a type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template()["Resources"].items()
        if resource["Type"] == type_
    }


def functions() -> dict[str, dict[str, Any]]:
    """The properties of every function, by the folder of its code."""
    return {
        properties["Handler"].partition(".")[0]: properties
        for properties in resources("AWS::Serverless::Function").values()
    }


def always() -> set[str]:
    """The logical ids of the resources that no condition leaves out."""
    return {name for name, resource in template()["Resources"].items() if "Condition" not in resource}


def environment(name: str) -> set[str]:
    """The names of a function's own environment variables: not those that Powertools reads."""
    variables = functions()[name]["Environment"]["Variables"]
    return {variable for variable in variables if not variable.startswith("POWERTOOLS_")}


def statements(name: str) -> list[dict[str, Any]]:
    """What a function's role may do, statement by statement."""
    role = resources("AWS::IAM::Role")[functions()[name]["Role"]["Fn::GetAtt"][0]]
    return [one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]]
