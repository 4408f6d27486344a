"""Puts a template on moto, and mends what moto's CloudFormation leaves out.

Nothing is described twice: names, settings, wiring and roles are read from the
template, resolved by moto's own CloudFormation.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import boto3

from brevdue.stack.backend import ACCOUNT, DeployedStack, become_signing_key, deployable
from brevdue.stack.bus import BUS, rule
from brevdue.stack.deployment import Deployment, Function, QueueSource
from brevdue.stack.mail import MAIL
from brevdue.stack.permissions import Place, bucket_arn
from brevdue.stack.schedules import schedule
from brevdue.stack.sms import SMS
from brevdue.stack.template import Template, references

STACK_NAME: Final = "brevdue"
_MAPPING: Final = "AWS::Lambda::EventSourceMapping"
_FUNCTION: Final = "AWS::Lambda::Function"
_ASYNCHRONOUS: Final = "AWS::Lambda::EventInvokeConfig"
# Managed policies, by name. They may be attached by the transform.
_LOGS: Final = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
_MANAGED: Final = {
    "AWSLambdaBasicExecutionRole": _LOGS,
    "AWSLambdaSQSQueueExecutionRole": [
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ChangeMessageVisibility",
        *_LOGS,
    ],
    "AWSXrayWriteOnlyAccess": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "AWSXRayDaemonWriteAccess": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
}


@dataclass(frozen=True, slots=True)
class _Resource:
    """A resource of the template, with its properties resolved."""

    logical_id: str
    kind: str
    physical_id: str
    properties: dict[str, Any]


def deploy(template: Template, region: str, session: boto3.Session) -> Deployment:
    """Deploy `template` on moto, which must be active.

    Raises:
        ValueError: something that moto can make refers to something it cannot.
        NotImplementedError: the template wires functions in a way that the stack does not.
    """
    resources = list(_create(template, region, session))
    for resource in resources:
        if mend := _MENDS.get(resource.kind):
            mend(session, resource)
    return _describe(resources, template.code, Place(ACCOUNT, region))


def _create(template: Template, region: str, session: boto3.Session) -> Iterator[_Resource]:
    declared: dict[str, Any] = template.body["Resources"]
    # An event source mapping in moto would swallow the messages.
    made = {key: one for key, one in declared.items() if deployable(one["Type"]) and one["Type"] != _MAPPING}
    left_out = [key for key in declared if key not in made]
    for logical_id, resource in made.items():
        if missing := references(resource).intersection(left_out):
            raise ValueError(f"{logical_id} refers to {sorted(missing)}, which moto cannot make")
    outputs = template.body.get("Outputs", {})
    body = {
        **template.body,
        "Resources": made,
        "Outputs": {key: one for key, one in outputs.items() if not references(one).intersection(left_out)},
    }
    stack_id = session.client("cloudformation").create_stack(
        StackName=STACK_NAME,
        TemplateBody=json.dumps(body),
        Parameters=[{"ParameterKey": key, "ParameterValue": one} for key, one in template.parameters.items()],
    )["StackId"]
    stack = DeployedStack(region, stack_id, left_out)
    for logical_id, resource in declared.items():
        if stack.exists(resource):
            properties = stack.resolved(resource.get("Properties", {}))
            yield _Resource(logical_id, resource["Type"], stack.physical_id(logical_id), properties)


def _describe(resources: list[_Resource], code: Mapping[str, Path], place: Place) -> Deployment:
    deployment = Deployment(place, names={one.logical_id: one.physical_id for one in resources})
    queues = {_queue_arn(place, one): one for one in resources if one.kind == "AWS::SQS::Queue"}
    functions = {
        one.physical_id: _function(one, code[one.logical_id], resources, place)
        for one in resources
        if one.kind == _FUNCTION
    }
    by_arn = {function.arn: function for function in functions.values()}
    deployment.functions.update({function.name: function for function in functions.values()})
    for resource in resources:
        properties = resource.properties
        if resource.kind == _MAPPING and properties.get("Enabled", True):
            url = queues[properties["EventSourceArn"]].physical_id
            deployment.sources.append(_source(functions[properties["FunctionName"]], url, properties))
        elif resource.kind in {"AWS::Events::Rule", "AWS::Scheduler::Schedule"}:
            names = {arn: function.name for arn, function in by_arn.items()}
            deployment.schedules.extend(schedule(resource.logical_id, properties, names, place))
            urls = {arn: queue.physical_id for arn, queue in queues.items()}
            if found := rule(resource.logical_id, properties, urls):
                BUS.rules.append(found)
        elif resource.kind == "AWS::SQS::Queue" and "RedrivePolicy" in properties:
            target = queues[properties["RedrivePolicy"]["deadLetterTargetArn"]]
            deployment.dead_letter_queues[target.logical_id] = target.physical_id
        deployment.resource_policies.update(_resource_policies(resource, place))
        deployment.keys.update(_keys(resource, place))
    return deployment


def _resource_policies(resource: _Resource, place: Place) -> Iterator[tuple[str, dict[str, Any]]]:
    match resource.kind, resource.properties:
        case "AWS::KMS::Key", {"KeyPolicy": policy}:
            yield place.arn("kms", f"key/{resource.physical_id}"), policy
        case "AWS::S3::BucketPolicy", {"Bucket": bucket, "PolicyDocument": policy}:
            yield bucket_arn({"Bucket": bucket}), policy


def _keys(resource: _Resource, place: Place) -> Iterator[tuple[str, str]]:
    """What the resource is encrypted with, where that is a customer's key."""
    match resource.kind, resource.properties:
        case "AWS::SQS::Queue", {"KmsMasterKeyId": key}:
            yield _queue_arn(place, resource), key
        case "AWS::DynamoDB::Table", {"SSESpecification": {"KMSMasterKeyId": key}}:
            yield place.arn("dynamodb", f"table/{resource.physical_id}"), key
        case "AWS::S3::Bucket", {"BucketEncryption": {"ServerSideEncryptionConfiguration": rules}}:
            for rule in rules:
                if key := rule["ServerSideEncryptionByDefault"].get("KMSMasterKeyID"):
                    yield bucket_arn({"Bucket": resource.physical_id}), key


def _queue_arn(place: Place, queue: _Resource) -> str:
    return place.arn("sqs", queue.physical_id.rpartition("/")[2])


def _function(resource: _Resource, code: Path, resources: list[_Resource], place: Place) -> Function:
    properties = resource.properties
    variables = properties.get("Environment", {}).get("Variables", {})
    asynchronous = _asynchronous(resource.physical_id, resources)
    return Function(
        name=properties["Handler"].partition(".")[0],
        physical_name=resource.physical_id,
        arn=place.arn("lambda", f"function:{resource.physical_id}"),
        handler=properties["Handler"],
        code=str(code),
        memory_mb=int(properties.get("MemorySize", 128)),
        timeout_s=int(properties.get("Timeout", 3)),
        environment={key: str(value) for key, value in variables.items()},
        role_arn=properties["Role"],
        policies=list(_policies(properties["Role"].rpartition("/")[2], resources)),
        may_loop=properties.get("RecursiveLoop") == "Allow",
        retries=int(asynchronous.get("MaximumRetryAttempts", 2)),
        longest_wait_s=int(asynchronous.get("MaximumEventAgeInSeconds", 6 * 3600)),
    )


def _asynchronous(function: str, resources: list[_Resource]) -> dict[str, Any]:
    """How the template has events of a function tried again, where nobody waits for its answer."""
    configs = (one.properties for one in resources if one.kind == _ASYNCHRONOUS)
    return next((config for config in configs if config["FunctionName"] == function), {})


def _policies(role_name: str, resources: list[_Resource]) -> Iterator[dict[str, Any]]:
    """All policy documents of the role: its own, attached ones, and known managed ones."""
    for resource in resources:
        properties = resource.properties
        if resource.kind == "AWS::IAM::Role" and resource.physical_id == role_name:
            yield from (policy["PolicyDocument"] for policy in properties.get("Policies", []))
            for arn in properties.get("ManagedPolicyArns", []):
                if (name := arn.rpartition("/")[2]) not in _MANAGED:
                    raise NotImplementedError(
                        f"the managed policy {arn} is not known: add it to brevdue/stack/deploy.py"
                    )
                yield {"Statement": [{"Effect": "Allow", "Action": _MANAGED[name], "Resource": "*"}]}
        elif resource.kind in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"} and role_name in properties.get(
            "Roles", []
        ):
            yield properties["PolicyDocument"]


def _source(function: Function, url: str, properties: Mapping[str, Any]) -> QueueSource:
    if "FilterCriteria" in properties:
        raise NotImplementedError(f"function {function.name}: filters on queues are not supported")
    return QueueSource(
        function=function.name,
        url=url,
        arn=properties["EventSourceArn"],
        batch_size=int(properties.get("BatchSize", 10)),
        report_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
    )


# --- What moto's CloudFormation leaves out ---


def _mend_bucket(session: boto3.Session, bucket: _Resource) -> None:
    s3 = session.client("s3")
    properties = bucket.properties
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=bucket.physical_id, VersioningConfiguration=versioning)
    if block := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=bucket.physical_id, PublicAccessBlockConfiguration=block)
    if notification := properties.get("NotificationConfiguration"):
        if unknown := set(notification) - {"QueueConfigurations"}:
            raise NotImplementedError(f"bucket {bucket.logical_id}: {sorted(unknown)} are not supported")
        s3.put_bucket_notification_configuration(
            Bucket=bucket.physical_id,
            NotificationConfiguration={
                "QueueConfigurations": [
                    {
                        "QueueArn": one["Queue"],
                        "Events": [one["Event"]],
                        "Filter": {"Key": {"FilterRules": one.get("Filter", {}).get("S3Key", {}).get("Rules", [])}},
                    }
                    for one in notification["QueueConfigurations"]
                ],
            },
        )


def _mend_table(session: boto3.Session, table: _Resource) -> None:
    dynamodb = session.client("dynamodb")
    if recovery := table.properties.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(
            TableName=table.physical_id,
            PointInTimeRecoverySpecification=recovery,
        )
    if ttl := table.properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=table.physical_id, TimeToLiveSpecification=ttl)


def _mend_queue_policy(session: boto3.Session, policy: _Resource) -> None:
    for url in policy.properties["Queues"]:
        session.client("sqs").set_queue_attributes(
            QueueUrl=url,
            Attributes={"Policy": json.dumps(policy.properties["PolicyDocument"])},
        )


def _mend_identity(session: boto3.Session, identity: _Resource) -> None:
    session.client("sesv2").create_email_identity(EmailIdentity=identity.properties["EmailIdentity"])


def _mend_configuration_set(session: boto3.Session, one: _Resource) -> None:
    session.client("sesv2").create_configuration_set(ConfigurationSetName=one.properties["Name"])


def _mend_email_events(_session: boto3.Session, one: _Resource) -> None:
    destination = one.properties["EventDestination"]
    if "EventBridgeDestination" not in destination:
        raise NotImplementedError(f"{one.logical_id}: only EventBridge is supported as a destination")
    if destination.get("Enabled"):
        MAIL.events[one.properties["ConfigurationSetName"]] = frozenset(destination["MatchingEventTypes"])


def _mend_sms_set(_session: boto3.Session, one: _Resource) -> None:
    if "EventDestinations" in one.properties:
        raise NotImplementedError(f"{one.logical_id}: only rules of EventBridge get its events")
    SMS.configuration_sets.add(one.properties["ConfigurationSetName"])


def _mend_key(session: boto3.Session, key: _Resource) -> None:
    if key.properties.get("KeyUsage") == "SIGN_VERIFY":
        become_signing_key(
            session.region_name or "", key.physical_id, key.properties["KeySpec"], key.properties["KeyUsage"]
        )


_MENDS: Final[Mapping[str, Callable[[boto3.Session, _Resource], None]]] = {
    "AWS::KMS::Key": _mend_key,
    "AWS::S3::Bucket": _mend_bucket,
    "AWS::DynamoDB::Table": _mend_table,
    "AWS::SQS::QueuePolicy": _mend_queue_policy,
    "AWS::SES::EmailIdentity": _mend_identity,
    "AWS::SES::ConfigurationSet": _mend_configuration_set,
    "AWS::SES::ConfigurationSetEventDestination": _mend_email_events,
    "AWS::SMSVOICE::ConfigurationSet": _mend_sms_set,
}
