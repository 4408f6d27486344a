"""What CloudFormation gets: template.yaml after the transform, with what that adds."""

import json
from functools import cache
from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from brevdue.stack.template import load, references
from tests.support.template import ROOT

REGION = "eu-north-1"
RESOURCES: dict[str, dict[str, Any]] = load(ROOT / "template.yaml", {}, REGION).body["Resources"]
#: Whoever may do all of this with a queue receives from it.
RECEIVING = {"sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}
STATEFUL = {"AWS::KMS::Key", "AWS::S3::Bucket", "AWS::DynamoDB::Table"}


def _of(type_: str) -> dict[str, dict[str, Any]]:
    return {name: one.get("Properties", {}) for name, one in RESOURCES.items() if one["Type"] == type_}


ROLES = _of("AWS::IAM::Role")
FUNCTIONS = _of("AWS::Lambda::Function")
SOURCES = _of("AWS::Lambda::EventSourceMapping")
SCHEDULES = _of("AWS::Scheduler::Schedule")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(role: str) -> list[dict[str, Any]]:
    return [one for policy in ROLES[role]["Policies"] for one in _list(policy["PolicyDocument"]["Statement"])]


def _role(function: str) -> str:
    role: str = FUNCTIONS[function]["Role"]["Fn::GetAtt"][0]
    return role


def _queues(function: str) -> set[str]:
    """The queues that call a function."""
    return {
        one["EventSourceArn"]["Fn::GetAtt"][0] for one in SOURCES.values() if one["FunctionName"] == {"Ref": function}
    }


@cache
def _names(type_: str) -> list[str]:
    """The properties by which a resource of a type is given its physical name."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_).schema
    fixed = (path.removeprefix("/properties/") for path in schema.get("createOnlyProperties", ()))
    return [name for name in fixed if name.endswith("Name")]


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_every_physical_name_has_the_stage(name: str) -> None:
    type_, properties = RESOURCES[name]["Type"], RESOURCES[name].get("Properties", {})
    for given in (properties[key] for key in _names(type_) if key in properties):
        # What is named after another resource is as much this installation's as that.
        assert references(given) & {"Stage", *RESOURCES}, given


def test_the_buckets_name_has_the_account_and_the_region_too() -> None:
    for bucket in _of("AWS::S3::Bucket").values():
        assert {"Stage", "AWS::AccountId", "AWS::Region"} <= references(bucket["BucketName"])


@pytest.mark.parametrize("name", sorted(name for name, one in RESOURCES.items() if one["Type"] in STATEFUL))
def test_what_is_stored_outlives_the_stack_but_not_a_first_deployment_that_fails(name: str) -> None:
    assert RESOURCES[name]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert RESOURCES[name]["UpdateReplacePolicy"] == "Retain"


def test_tables_are_protected_from_deletion() -> None:
    assert all(one["DeletionProtectionEnabled"] for one in _of("AWS::DynamoDB::Table").values())


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_is_ours_alone_and_lies_under_the_path_that_the_key_knows(name: str) -> None:
    assert "ManagedPolicyArns" not in ROLES[name]
    assert ROLES[name]["Path"] == {"Fn::Sub": "/brevdue/${Stage}/"}
    (through,) = (
        one for one in _of("AWS::KMS::Key")["Key"]["KeyPolicy"]["Statement"] if one["Principal"] == {"AWS": "*"}
    )
    assert "role/brevdue/${Stage}/*" in json.dumps(through["Condition"]["ArnLike"]["aws:PrincipalArn"])


def test_every_role_is_written_in_the_template() -> None:
    used = {_role(function) for function in FUNCTIONS} | {
        one["Target"]["RoleArn"]["Fn::GetAtt"][0] for one in SCHEDULES.values()
    }
    text = (ROOT / "template.yaml").read_text(encoding="utf-8")

    assert used == set(ROLES)
    assert all(f"\n  {name}:\n    Type: AWS::IAM::Role\n" in text for name in ROLES)
    assert len({_role(function) for function in FUNCTIONS}) == len(FUNCTIONS)


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_may_do_nothing_to_everything_but_trace(name: str) -> None:
    for one in _statements(name):
        if "*" in _list(one.get("Resource", [])):
            assert set(_list(one["Action"])) == {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_receives_from_its_own_queues_and_no_other(function: str) -> None:
    receiving = [one for one in _statements(_role(function)) if RECEIVING & set(_list(one["Action"]))]

    for action in RECEIVING:
        granted = {
            resource["Fn::GetAtt"][0]
            for one in receiving
            if action in _list(one["Action"])
            for resource in _list(one["Resource"])
        }
        assert granted == _queues(function), action


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_a_function_logs_to_its_own_group(function: str) -> None:
    (logging,) = (one for one in _statements(_role(function)) if "logs:PutLogEvents" in one["Action"])

    assert logging["Resource"] == [{"Fn::GetAtt": [FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"], "Arn"]}]
    # The template makes the group; a function that could would make one without an end.
    assert set(logging["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}


@pytest.mark.parametrize("name", sorted(ROLES))
def test_a_role_is_taken_by_its_service_alone(name: str) -> None:
    (trust,) = ROLES[name]["AssumeRolePolicyDocument"]["Statement"]
    service = trust["Principal"]["Service"]

    assert trust["Action"] == "sts:AssumeRole"
    if service == "scheduler.amazonaws.com":
        # Scheduler serves all accounts; the role is for calls from this one's schedules.
        assert trust["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
        assert {"AWS::AccountId", "AWS::Region"} <= references(trust["Condition"]["StringEquals"]["aws:SourceArn"])
    else:
        # Lambda takes a role only for functions of the role's own account, and tells no source.
        assert service == "lambda.amazonaws.com"
        assert name in {_role(function) for function in FUNCTIONS}


@pytest.mark.parametrize("name", sorted(SCHEDULES))
def test_a_call_of_the_schedule_is_tried_once(name: str) -> None:
    target = SCHEDULES[name]["Target"]
    (lambdas,) = (
        one
        for one in _of("AWS::Lambda::EventInvokeConfig").values()
        if one["FunctionName"] == {"Ref": target["Arn"]["Fn::GetAtt"][0]}
    )

    for retries in (target["RetryPolicy"], lambdas):
        assert retries["MaximumRetryAttempts"] == 0
        assert retries["MaximumEventAgeInSeconds"] == 60
