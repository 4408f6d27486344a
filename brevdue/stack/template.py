"""template.yaml, read and put through the SAM transform, without AWS."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3
import yaml
from samtranslator.metrics.metrics import DummyMetricsPublisher, Metrics  # type: ignore[import-untyped]
from samtranslator.parser.parser import Parser  # type: ignore[import-untyped]
from samtranslator.translator.translator import Translator  # type: ignore[import-untyped]

_NO_CODE: Final = "# The handler is run from its folder."


@dataclass(frozen=True, slots=True)
class Template:
    """A template after the transform.

    Attributes:
        body: plain CloudFormation.
        parameters: values of all parameters that have one.
        code: where the code of each function lies, by the function's logical id.
    """

    body: dict[str, Any]
    parameters: dict[str, str]
    code: dict[str, Path]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms; dates stay strings, as the policy version must."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    value: Any
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            value = loader.construct_mapping(node, deep=True)
    if name in {"Ref", "Condition"}:
        return {name: value}
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{name}": value}


_Loader.add_multi_constructor("!", _short_form)


def load(path: Path, parameters: Mapping[str, str], region: str) -> Template:
    """Read the template at `path` and transform it, with `parameters` over its defaults.

    Raises:
        ValueError: a parameter is not the template's.
        samtranslator.model.exceptions.InvalidDocumentException: the transform refuses it.
    """
    source: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a SafeLoader
    declared = source.get("Parameters", {})
    if unknown := set(parameters) - set(declared):
        raise ValueError(f"{path} has no parameters {sorted(unknown)}")
    defaults = {name: str(slot["Default"]) for name, slot in declared.items() if "Default" in slot}
    values = {**defaults, **parameters}
    code = _take_code(source, path.parent)
    session = boto3.Session(aws_access_key_id="none", aws_secret_access_key="none", region_name=region)  # noqa: S106
    metrics = Metrics("transform", DummyMetricsPublisher())
    body: dict[str, Any] = Translator({}, Parser(), boto_session=session, metrics=metrics).translate(
        source, dict(values)
    )
    # To nowhere; unpublished ones are complained about.
    metrics.publish()
    return Template(body, values, code)


def _take_code(source: dict[str, Any], root: Path) -> dict[str, Path]:
    """Where each function's code lies; in `source` a remark is put instead, so nothing is uploaded."""
    common = source.get("Globals", {}).get("Function", {}).pop("CodeUri", ".")
    code = {}
    for logical_id, resource in source["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            code[logical_id] = (root / str(properties.pop("CodeUri", common))).resolve()
            properties["InlineCode"] = _NO_CODE
    return code


def references(value: object) -> set[str]:
    """The logical ids that `value` refers to by Ref, GetAtt and Sub."""
    found: set[str] = set()
    match value:
        case {"Ref": str(name)}:
            found.add(name)
        case {"Fn::GetAtt": [str(name), *_]}:
            found.add(name)
        case {"Fn::Sub": str(text) | [str(text), *_]}:
            found.update(name.partition(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text))
    match value:
        case dict():
            return found.union(*(references(one) for one in value.values()))
        case list():
            return found.union(*(references(one) for one in value))
    return found
