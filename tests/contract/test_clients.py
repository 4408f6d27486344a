"""The clients of functions: what botocore has to know, whose bucket it is, and how long they are waited for."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.model import ServiceModel
from botocore.stub import Stubber

from cloud import clients
from cloud.bucket import Bucket
from cloud.clients import OutdatedBotocoreError
from cloud.time_left import RESERVE
from tests.support.calls import unchecked
from tests.support.template import ROOT, functions

ACCOUNT = "210987654321"

#: What makes the client of a service, where it is not called as the service is.
SERVICES = {"sms": "pinpoint-sms-voice-v2"}


@pytest.fixture(autouse=True)
def _somewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BUCKET_OWNER", ACCOUNT)
    for name, value in {"DEFAULT_REGION": "eu-north-1", "ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


def _described(service: str) -> dict[str, Any]:
    """A service as botocore describes it; ours to change."""
    loader = botocore.session.Session().get_component("data_loader")
    described: dict[str, Any] = loader.load_service_model(service, "service-2")
    return {**described, "shapes": {name: {**shape} for name, shape in described["shapes"].items()}}


def _without(service: str, shape: str, member: str) -> ServiceModel:
    described = _described(service)
    members = described["shapes"][shape]["members"]
    assert member in members
    described["shapes"][shape]["members"] = {name: one for name, one in members.items() if name != member}
    return ServiceModel(described, service)


@pytest.mark.parametrize(
    ("service", "shape", "member", "told"),
    [
        ("s3", "PutObjectRequest", "IfMatch", "PutObject IfMatch"),
        ("s3", "PutObjectRequest", "IfNoneMatch", "PutObject IfNoneMatch"),
        ("s3", "CompleteMultipartUploadRequest", "IfMatch", "CompleteMultipartUpload IfMatch"),
        ("s3", "CompleteMultipartUploadRequest", "IfNoneMatch", "CompleteMultipartUpload IfNoneMatch"),
        ("s3", "GetObjectRequest", "VersionId", "GetObject VersionId"),
        ("s3", "HeadObjectRequest", "ExpectedBucketOwner", "HeadObject ExpectedBucketOwner"),
        ("sqs", "SendMessageBatchRequestEntry", "MessageGroupId", "SendMessageBatch Entries.MessageGroupId"),
        ("dynamodb", "UpdateItemInput", "ConditionExpression", "UpdateItem ConditionExpression"),
    ],
)
def test_a_botocore_that_does_not_know_what_is_sent_is_refused(
    service: str, shape: str, member: str, told: str
) -> None:
    with pytest.raises(OutdatedBotocoreError) as caught:
        clients.check(_without(service, shape, member), clients.MEMBERS[service])

    assert f"does not know of {service}: {told}. " in str(caught.value)
    assert botocore.__version__ in str(caught.value)
    assert "functions/requirements.txt" in str(caught.value)


def test_a_botocore_without_an_operation_is_refused() -> None:
    described = _described("sqs")
    described["operations"] = {}

    with pytest.raises(OutdatedBotocoreError, match=r"SendMessageBatch \(the operation\)"):
        clients.check(ServiceModel(described, "sqs"), clients.MEMBERS["sqs"])


@pytest.mark.parametrize("service", sorted(clients.MEMBERS))
def test_the_installed_botocore_knows_all(service: str) -> None:
    clients.check(ServiceModel(_described(service), service), clients.MEMBERS[service])


def test_no_client_is_made_with_an_outdated_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clients.MEMBERS, "sqs", {"SendMessageBatch": "QueueUrl Postage"})

    with pytest.raises(OutdatedBotocoreError, match="SendMessageBatch Postage"):
        clients.sqs()


def test_what_a_client_is_not_checked_for_is_found() -> None:
    asked = {
        ("s3", "GetObject", frozenset({"Bucket", "Key"})),
        ("sqs", "SendMessageBatch", frozenset({"QueueUrl", "Entries", "Entries.MessageAttributes"})),
        ("sqs", "PurgeQueue", frozenset({"QueueUrl"})),
    }

    assert unchecked(asked) == [
        "s3 GetObject without ExpectedBucketOwner",
        "sqs PurgeQueue QueueUrl",
        "sqs SendMessageBatch Entries.MessageAttributes",
    ]


@pytest.mark.parametrize(
    ("operation", "act"),
    [
        ("head_object", lambda bucket: bucket.head("k", "v")),
        ("list_object_versions", lambda bucket: bucket.list_latest("p", after="")),
        ("put_object", lambda bucket: bucket.put_new("k", b"")),
    ],
)
def test_every_call_to_s3_says_whose_the_bucket_is(operation: str, act: Callable[[Bucket], object]) -> None:
    client = clients.s3()
    seen: list[str] = []
    client.meta.events.register(
        "provide-client-params.s3", lambda params, **_: seen.append(params["ExpectedBucketOwner"])
    )
    with Stubber(client) as stubber:
        stubber.add_client_error(operation, "AccessDenied", http_status_code=403)
        with pytest.raises(client.exceptions.ClientError):
            act(Bucket(client, "b"))

    assert seen == [ACCOUNT]


@pytest.mark.parametrize("function", sorted(functions()))
def test_no_call_can_take_most_of_a_functions_time(function: str) -> None:
    handler = (ROOT / "functions" / function / "handler.py").read_text(encoding="utf-8")
    used = {SERVICES.get(name, name) for name in re.findall(r"clients\.(\w+)\(", handler)}
    left = timedelta(seconds=functions()[function]["Timeout"]) - RESERVE

    assert set() < used <= set(clients.PATIENCE)
    for service in used:
        assert clients.PATIENCE[service].longest <= left * 0.8, service


@pytest.mark.parametrize("service", sorted(clients.PATIENCE))
def test_a_client_is_as_patient_as_is_said(service: str) -> None:
    names = {of: name for name, of in SERVICES.items()}
    make: Callable[[], Any] = getattr(clients, names.get(service, service))
    config = make().meta.config
    patience = clients.PATIENCE[service]

    assert (config.connect_timeout, config.read_timeout) == (patience.connect, patience.read)
    assert config.retries == {"mode": "standard", "total_max_attempts": patience.attempts}


def test_the_longest_call_is_all_its_attempts_and_the_waits_between() -> None:
    assert clients.Patience(connect=2, read=3, attempts=1).longest == timedelta(seconds=5)
    assert clients.Patience(connect=2, read=3, attempts=4).longest == timedelta(seconds=4 * 5 + 1 + 2 + 4)
    assert clients.Patience(connect=1, read=1, attempts=7).longest == timedelta(seconds=7 * 2 + 1 + 2 + 4 + 8 + 16 + 20)
