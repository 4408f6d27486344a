"""A function may do what its role in the template allows, and nothing else."""

from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ParamValidationError

from brevdue.stack.permissions import Place, needs
from brevdue.stack.policies import Policies
from brevdue.stack.roles import Calls, Role, RoleSession
from brevdue.stack.stack import Stack

PLACE = Place("123456789012", "eu-north-1")


def call(stack: Stack, service: str, operation: str, **parameters: Any) -> object:
    return stack.invoke("sample_clerk", {"call": [service, operation], "parameters": parameters})


def refused(stack: Stack, service: str, operation: str, **parameters: Any) -> ClientError:
    with pytest.raises(ClientError) as caught:
        call(stack, service, operation, **parameters)
    return caught.value


@pytest.fixture
def bucket(stack: Stack) -> str:
    return stack.names["Bucket"]


def test_allowed(stack: Stack, bucket: str) -> None:
    assert call(stack, "s3", "put_object", Bucket=bucket, Key="desk/a", Body=b"") == {"status": 200}
    assert call(stack, "s3", "get_object", Bucket=bucket, Key="desk/a") == {"status": 200}
    assert stack.refusals == []


def test_allowed_by_a_wildcard_in_the_action(stack: Stack) -> None:
    item = {"pk": {"S": "a"}}
    assert call(stack, "dynamodb", "delete_item", TableName=stack.names["Table"], Key=item) == {"status": 200}


def test_a_refused_action_names_what_is_missing(stack: Stack, bucket: str) -> None:
    error = refused(stack, "s3", "delete_object", Bucket=bucket, Key="desk/a")
    assert error.response["Error"]["Code"] == "AccessDenied"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    for words in ("sample_clerk", "s3:DeleteObject", f"arn:aws:s3:::{bucket}/desk/a"):
        assert words in str(error)
    assert len(stack.refusals) == 1


def test_a_refused_resource(stack: Stack, bucket: str) -> None:
    assert "inbox/a" in str(refused(stack, "s3", "put_object", Bucket=bucket, Key="inbox/a", Body=b""))
    error = refused(stack, "dynamodb", "get_item", TableName="other", Key={"pk": {"S": "a"}})
    assert error.response["Error"]["Code"] == "AccessDeniedException"
    assert ":table/other" in str(error)


def test_deny_wins(stack: Stack, bucket: str) -> None:
    refused(stack, "s3", "put_object", Bucket=bucket, Key="desk/secret/a", Body=b"")


def test_a_version_needs_its_own_action(stack: Stack, bucket: str) -> None:
    version = stack.client("s3").put_object(Bucket=bucket, Key="desk/a", Body=b"")["VersionId"]
    error = refused(stack, "s3", "get_object", Bucket=bucket, Key="desk/a", VersionId=version)
    assert "s3:GetObjectVersion" in str(error)


def test_if_match_needs_reading(stack: Stack, bucket: str) -> None:
    place: dict[str, Any] = {"Bucket": bucket, "Body": b""}
    tag = stack.client("s3").put_object(**place, Key="desk/a")["ETag"]
    stack.client("s3").put_object(**place, Key="blind/a")
    assert call(stack, "s3", "put_object", **place, Key="desk/a", IfMatch=tag) == {"status": 200}
    assert call(stack, "s3", "put_object", **place, Key="blind/b", IfNoneMatch="*") == {"status": 200}
    assert "s3:GetObject " in str(refused(stack, "s3", "put_object", **place, Key="blind/a", IfMatch=tag))


def test_a_missing_key_is_only_told_to_who_may_list(stack: Stack, bucket: str) -> None:
    assert (
        refused(stack, "s3", "get_object", Bucket=bucket, Key="desk/none").response["Error"]["Code"] == "AccessDenied"
    )
    assert refused(stack, "s3", "head_object", Bucket=bucket, Key="desk/none").response["Error"]["Code"] == "403"
    everything = Policies.read([{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}])
    s3 = RoleSession(Role("anyone", everything, PLACE), Calls()).boto3.client("s3")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=bucket, Key="desk/none")


def test_a_bucket_of_another_account_is_refused(stack: Stack, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "desk/a"}
    assert call(stack, "s3", "put_object", **place, Body=b"", ExpectedBucketOwner=PLACE.account) == {"status": 200}
    error = refused(stack, "s3", "get_object", **place, ExpectedBucketOwner="210987654321")
    assert error.response["Error"]["Code"] == "AccessDenied"
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_what_validation_would_refuse_is_refused(stack: Stack, bucket: str) -> None:  # noqa: ARG001 - moto is up
    everything = Policies.read([{"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}])
    session = RoleSession(Role("anyone", everything, PLACE), Calls())
    s3 = session.boto3.client("s3", config=Config(parameter_validation=False))
    with pytest.raises(ParamValidationError, match="IfNonMatch"):
        s3.put_object(Bucket=bucket, Key="a", Body=b"", IfNonMatch="*")  # type: ignore[call-arg]


def test_listing_under_a_condition(stack: Stack, bucket: str) -> None:
    assert call(stack, "s3", "list_objects_v2", Bucket=bucket, Prefix="desk/") == {"status": 200}
    refused(stack, "s3", "list_objects_v2", Bucket=bucket)


def test_mail_and_sms(stack: Stack) -> None:
    stack.client("sesv2").create_email_identity(EmailIdentity="post.example")
    text = {"Data": "text"}
    mail = {
        "Destination": {"ToAddresses": ["to@example.com"]},
        "Content": {"Simple": {"Subject": text, "Body": {"Text": text}}},
    }
    assert call(stack, "sesv2", "send_email", **mail, FromEmailAddress="Post <no-reply@post.example>") == {
        "status": 200
    }
    refused(stack, "sesv2", "send_email", **mail, FromEmailAddress="no-reply@other.example")
    refused(stack, "sesv2", "send_email", **mail, FromEmailAddress="a@post.example", ConfigurationSetName="set")
    sms = {"MessageBody": "text", "MessageType": "TRANSACTIONAL", "OriginationIdentity": "Brevdue"}
    to_dane, to_norwegian = {"DestinationPhoneNumber": "+4512345678"}, {"DestinationPhoneNumber": "+4799999999"}
    assert call(stack, "pinpoint-sms-voice-v2", "send_text_message", **sms, **to_dane) == {"status": 200}
    error = refused(stack, "pinpoint-sms-voice-v2", "send_text_message", **sms, **to_norwegian)
    assert error.response["Error"]["Code"] == "AccessDeniedException"


def test_an_unknown_operation_is_refused(stack: Stack, bucket: str) -> None:
    assert "permissions.py" in str(refused(stack, "s3", "get_bucket_acl", Bucket=bucket))


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "expected"),
    [
        ("s3", "HeadObject", {"Bucket": "b", "Key": "k"}, ["s3:GetObject arn:aws:s3:::b/k"]),
        ("s3", "UploadPart", {"Bucket": "b", "Key": "k"}, ["s3:PutObject arn:aws:s3:::b/k"]),
        ("s3", "AbortMultipartUpload", {"Bucket": "b", "Key": "k"}, ["s3:AbortMultipartUpload arn:aws:s3:::b/k"]),
        ("s3", "ListObjectVersions", {"Bucket": "b"}, ["s3:ListBucketVersions arn:aws:s3:::b"]),
        (
            "s3",
            "CopyObject",
            {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "a", "Key": "j", "VersionId": "1"}},
            ["s3:GetObjectVersion arn:aws:s3:::a/j", "s3:PutObject arn:aws:s3:::b/k"],
        ),
        ("s3", "CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "a/j"},
         ["s3:GetObject arn:aws:s3:::a/j", "s3:PutObject arn:aws:s3:::b/k"]),
        (
            "s3",
            "DeleteObjects",
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}, {"Key": "k", "VersionId": "1"}]}},
            ["s3:DeleteObject arn:aws:s3:::b/k", "s3:DeleteObjectVersion arn:aws:s3:::b/k"],
        ),
        ("dynamodb", "Query", {"TableName": "t", "IndexName": "i"},
         ["dynamodb:Query arn:aws:dynamodb:eu-north-1:123456789012:table/t/index/i"]),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {}}},
         ["dynamodb:BatchGetItem arn:aws:dynamodb:eu-north-1:123456789012:table/t"]),
        (
            "dynamodb",
            "TransactWriteItems",
            {"TransactItems": [{"Put": {"TableName": "t"}}, {"ConditionCheck": {"TableName": "u"}}]},
            ["dynamodb:PutItem arn:aws:dynamodb:eu-north-1:123456789012:table/t",
             "dynamodb:ConditionCheckItem arn:aws:dynamodb:eu-north-1:123456789012:table/u"],
        ),
        ("sqs", "SendMessageBatch", {"QueueUrl": "http://127.0.0.1:5000/123456789012/q"},
         ["sqs:SendMessage arn:aws:sqs:eu-north-1:123456789012:q"]),
        ("sqs", "GetQueueUrl", {"QueueName": "q"}, ["sqs:GetQueueUrl arn:aws:sqs:eu-north-1:123456789012:q"]),
        ("kms", "Sign", {"KeyId": "1"}, ["kms:Sign arn:aws:kms:eu-north-1:123456789012:key/1"]),
        (
            "sesv2",
            "SendEmail",
            {"FromEmailAddress": "a@b.example", "Content": {"Raw": {}}},
            ["ses:SendRawEmail arn:aws:ses:eu-north-1:123456789012:identity/a@b.example"],
        ),
    ],
)  # fmt: skip
def test_what_calls_need(service: str, operation: str, parameters: dict[str, Any], expected: list[str]) -> None:
    wanted = needs(service, operation, parameters, PLACE)
    assert wanted is not None
    assert [f"{need.action} {need.resources[0]}" for need in wanted] == expected
