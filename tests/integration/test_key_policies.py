"""Who may read the post, by what the key, the bucket and the roles of the template say together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from brevdue.stack.permissions import Place
from brevdue.stack.policies import Policies
from brevdue.stack.roles import Calls, Guards, Role, RoleSession
from brevdue.stack.stack import Stack, StackClock
from cloud import clients
from cloud.bucket import PART_BYTES, Bucket
from tests.support.office import ROOT, START, TEMPLATE, Office, close_shared_office

PLACE = Place("123456789012", "eu-north-1")
ROLES = f"arn:aws:iam::{PLACE.account}:role/"
KEY = "inbox/nordby/b1/documents/1.pdf"
#: As AWS's own policies for reading are, such as ReadOnlyAccess: everything, but nothing of a key's.
READER = {"Effect": "Allow", "Action": ["s3:*", "dynamodb:*", "sqs:*"], "Resource": "*"}
DECRYPTER = {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"}


def _role(stack: Stack, name: str, *statements: Mapping[str, Any], guards: Guards | None = None) -> Role:
    policies = Policies.read([{"Version": "2012-10-17", "Statement": list(statements)}])
    return Role("somebody", policies, PLACE, ROLES + name, guards or stack.guards)


def _calls(stack: Stack) -> dict[tuple[str, str], dict[str, Any]]:
    """A call of each kind that opens what the key encrypts."""
    bucket = {"Bucket": stack.names["Bucket"], "Key": KEY}
    table = {"TableName": stack.names["RecipientsTable"]}
    queue = {"QueueUrl": stack.names["RegisterQueue"]}
    return {
        ("s3", "GetObject"): bucket,
        ("s3", "PutObject"): bucket,
        ("s3", "CompleteMultipartUpload"): bucket,
        ("dynamodb", "GetItem"): table,
        ("dynamodb", "Query"): table,
        ("dynamodb", "PutItem"): table,
        ("dynamodb", "BatchGetItem"): {"RequestItems": {table["TableName"]: {}}},
        ("sqs", "SendMessage"): queue,
        ("sqs", "ReceiveMessage"): queue,
    }


def _refused(role: Role, stack: Stack) -> set[tuple[str, str]]:
    return {call for call, params in _calls(stack).items() if role.refusal(*call, params) is not None}


def test_a_role_of_the_account_that_may_read_everything_reads_no_letter(office: Office) -> None:
    everything = set(_calls(office.stack))

    for name in ("ReadOnly", "brevdue-reader", "brevdue/prod/reader", "aws-reserved/brevdue/dev/reader"):
        assert _refused(_role(office.stack, name, READER), office.stack) == everything, name


def test_a_role_under_the_path_of_the_post_office_needs_no_right_on_the_key(office: Office) -> None:
    assert _refused(_role(office.stack, "brevdue/dev/nordvik-trykk", READER), office.stack) == set()
    # What it may not do with the bucket it may not do by the key either.
    assert _role(office.stack, "brevdue/dev/nordvik-trykk").refusal(
        "s3", "GetObject", _calls(office.stack)["s3", "GetObject"]
    )


def test_who_administers_the_account_may_give_the_key_by_a_policy(office: Office) -> None:
    assert _refused(_role(office.stack, "admin", READER, DECRYPTER), office.stack) == set()


def test_nobody_uses_the_key_but_through_the_services(office: Office) -> None:
    key = {"KeyId": office.stack.names["Key"]}

    assert _role(office.stack, "brevdue/dev/nordvik-trykk", READER).refusal("kms", "Decrypt", key) is not None
    assert _role(office.stack, "brevdue/dev/nordvik-trykk", READER).refusal("kms", "GenerateDataKey", key) is not None


def test_what_no_key_of_ours_encrypts_needs_none(office: Office) -> None:
    queue = {"QueueUrl": office.stack.names["PagesQueue"]}
    table = {"TableName": office.stack.names["RecipientsTable"]}

    assert _role(office.stack, "ReadOnly", READER).refusal("sqs", "ReceiveMessage", queue) is None
    assert _role(office.stack, "ReadOnly", READER).refusal("dynamodb", "DescribeTable", table) is None


def test_the_operator_names_others_and_the_roles_of_the_post_office_stay() -> None:
    close_shared_office()
    users = f"{ROLES}Auditor,{ROLES}aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_PostOffice_*"
    with Stack.deploy(TEMPLATE, StackClock(START), parameters={"KeyUsers": users}) as stack:
        for name in (
            "Auditor",
            "aws-reserved/sso.amazonaws.com/eu-north-1/AWSReservedSSO_PostOffice_0123456789abcdef",
            "brevdue/dev/nordvik-trykk",
        ):
            assert _refused(_role(stack, name, READER), stack) == set(), name
        assert _refused(_role(stack, "Auditor2", READER), stack) == set(_calls(stack))


def test_nothing_is_received_from_an_encrypted_queue_by_a_role_outside_the_path(tmp_path: Path) -> None:
    close_shared_office()
    changed = tmp_path / "template.yaml"
    text = TEMPLATE.read_text(encoding="utf-8").replace("Path: !Sub /brevdue/${Stage}/", "Path: /post/")
    changed.write_text(text.replace("CodeUri: functions/", f"CodeUri: {ROOT / 'functions'}"), encoding="utf-8")

    with pytest.raises(PermissionError, match="tracking lacks kms:Decrypt"):
        Stack.deploy(changed, StackClock(START))


def _upload(office: Office, **encryption: str) -> str | None:
    """Why somebody who may upload is refused an upload; None where it is taken."""
    role = _role(office.stack, "brevdue/dev/nordby", READER)
    for operation in ("PutObject", "CreateMultipartUpload"):
        if why := role.refusal("s3", operation, {"Bucket": office.bucket_name, "Key": KEY, **encryption}):
            return why
    return None


def test_an_upload_lies_under_the_key_of_the_post_office_or_is_refused(office: Office) -> None:
    ours, other = (PLACE.arn("kms", f"key/{name}") for name in (office.stack.names["Key"], "other"))

    assert _upload(office) is None
    assert _upload(office, ServerSideEncryption="aws:kms", SSEKMSKeyId=ours) is None
    for foreign in (
        {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": other},
        # The account's own key for S3, which everybody in the account may use.
        {"ServerSideEncryption": "aws:kms"},
        {"ServerSideEncryption": "AES256"},
        {"SSECustomerAlgorithm": "AES256"},
    ):
        assert "s3:PutObject" in (_upload(office, **foreign) or ""), foreign


def test_a_function_speaks_to_a_bucket_of_its_own_account_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.bucket.put("rows/a", b"row")
    session = RoleSession(_role(office.stack, "brevdue/dev/somebody", READER), Calls())
    monkeypatch.setattr("boto3.DEFAULT_SESSION", session.boto3)

    def bucket(owner: str) -> Bucket:
        monkeypatch.setenv("BUCKET_OWNER", owner)
        return Bucket(clients.s3(), office.bucket_name)

    version = bucket(PLACE.account).put("rows/b", b"row")
    assert bucket(PLACE.account).read("rows/b", version) == b"row"
    other = bucket("210987654321")
    for call in (
        lambda: other.put("rows/b", b""),
        lambda: other.put_new("rows/c", b""),
        lambda: other.read("rows/b"),
        lambda: other.head("rows/b"),
        lambda: list(other.list_keys("rows/")),
        lambda: other.list_latest("rows/", after=""),
        lambda: other.writer("rows/d").write(bytes(PART_BYTES)),
    ):
        with pytest.raises(ClientError, match="not of account 210987654321"):
            call()


def test_a_version_that_is_gone_is_told_from_one_that_is_forbidden_to_who_may_list_versions(office: Office) -> None:
    version = office.bucket.put(KEY, b"")
    office.s3.delete_object(Bucket=office.bucket_name, Key=KEY, VersionId=version)
    office.bucket.put(KEY, b"another")

    def code(*actions: str) -> str:
        allowed = {"Effect": "Allow", "Action": ["s3:GetObjectVersion", *actions], "Resource": "*"}
        role = _role(office.stack, "brevdue/dev/somebody", allowed)
        with pytest.raises(ClientError) as caught:
            RoleSession(role, Calls()).boto3.client("s3").get_object(
                Bucket=office.bucket_name, Key=KEY, VersionId=version
            )
        return caught.value.response["Error"]["Code"]

    assert code("s3:ListBucket") == "AccessDenied"
    assert code("s3:ListBucketVersions") == "NoSuchVersion"
