"""What is wrong between the operator and a post office is said with what to do."""

import pytest
from botocore import exceptions
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from brevdue.remote import LOOPBACK_KEYS, LOOPBACK_REGION, RemoteError, Where, _plain, _session, connect, explain

UP = Where(endpoint_url="http://127.0.0.1:4566")


def _refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No, thanks."}}, "DescribeStacks")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (exceptions.NoCredentialsError(), "no AWS credentials were found: run `aws configure` or `aws sso login`"),
        (exceptions.UnauthorizedSSOTokenError(), "no AWS credentials were found"),
        (exceptions.NoRegionError(), "no AWS region is set: name it with --region"),
        (exceptions.ProfileNotFound(profile="x"), "could not be found: name another with --profile"),
        (exceptions.EndpointConnectionError(endpoint_url="x"), "AWS does not answer: check the network"),
        (exceptions.ReadTimeoutError(endpoint_url="x"), "AWS does not answer"),
        (_refusal("ExpiredToken"), "AWS does not accept the credentials (ExpiredToken): run `aws configure`"),
        (_refusal("AccessDenied"), "the credentials do not allow DescribeStacks: use those of an operator"),
        (_refusal("Throttling"), "DescribeStacks failed: No, thanks. (Throttling)"),
        (_refusal("404"), "is no AWS: check --endpoint-url"),
        (ResponseParserError("?"), "is no AWS: check --endpoint-url"),
        (exceptions.UnknownServiceError(service_name="x", known_service_names=[]), "Unknown service: 'x'"),
    ],
)
def test_every_trouble_is_explained(error: Exception, says: str) -> None:
    assert says in explain(error, Where())


def test_what_does_not_answer_on_loopback_is_told_as_such() -> None:
    error = exceptions.ConnectTimeoutError(endpoint_url="x")

    assert explain(error, UP).startswith("nothing answers at http://127.0.0.1:4566: is `brevdue up` running?")


@pytest.mark.parametrize(
    ("url", "is_loopback"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("http://127.1.2.3", True),
        ("https://sqs.eu-north-1.amazonaws.com", False),
        ("http://localhost.example", False),
        ("http://10.0.0.1:4566", False),
        ("", False),
    ],
)
def test_loopback_is_known(url: str, is_loopback: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert Where(endpoint_url=url).is_loopback is is_loopback


@pytest.mark.parametrize("url", ["127.0.0.1:4566", "localhost", "ftp://127.0.0.1", "http://", "http://[", "http://x:y"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(RemoteError, match="is no address: write one as in"):
        connect(Where(endpoint_url=url))


def test_on_loopback_nobodys_own_credentials_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)

    session = _session(UP)

    credentials = session.get_credentials()
    assert credentials is not None
    assert (credentials.access_key, credentials.secret_key) == LOOPBACK_KEYS
    assert session.region_name == LOOPBACK_REGION


def test_credentials_of_the_environment_are_used_on_loopback_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "mine")
    monkeypatch.delenv("AWS_PROFILE", raising=False)

    credentials = _session(UP).get_credentials()

    assert credentials is not None
    assert credentials.access_key == "mine"


@pytest.mark.parametrize(("name", "plain"), [("Pages", "pages"), ("DigitalPost", "digital-post"), ("Eboks", "eboks")])
def test_queues_have_plain_names(name: str, plain: str) -> None:
    assert _plain(name) == plain
