"""The requests, as the services' own descriptions take them, and what their answers mean."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import ANY, Stubber

from notification.notifier import WAITS, Notifier, Outcome
from notification.texts import Notice
from postal import notices
from postal.notices import Means, NoticePointer

NOTICE = Notice(subject="Nytt brev", body="Hei", sms="Nytt brev.")
BOTH = frozenset(Means)


def _pointer(means: Means) -> NoticePointer:
    return NoticePointer(sender="nordby", batch="b1", row=17, attempt=1, means=means, of=BOTH)


def _client(service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name="eu-north-1",
        aws_access_key_id="none",
        aws_secret_access_key="none",  # noqa: S106 - nobody checks it
    )


class Services:
    """A notifier, and what its services answer."""

    def __init__(self) -> None:
        self.ses, self.sms = _client("sesv2"), _client("pinpoint-sms-voice-v2")
        self.notifier = Notifier(
            ses=self.ses,
            sms=self.sms,
            email_from="post@brevdue.example",
            email_configuration_set="brevdue-dev",
            sms_sender_id="Brevdue",
            sms_configuration_set="brevdue-dev",
            installation="dev",
        )

    def email(self) -> Outcome:
        return self.notifier.send_email(NOTICE, "kari@example.com", _pointer(Means.EMAIL))

    def text(self) -> Outcome:
        return self.notifier.send_sms(NOTICE, "+4799999999", _pointer(Means.SMS))


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def ses(services: Services) -> Iterator[Stubber]:
    with Stubber(services.ses) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def sms(services: Services) -> Iterator[Stubber]:
    with Stubber(services.sms) as stubber:
        yield stubber
    stubber.assert_no_pending_responses()


def test_an_email_names_its_configuration_set_and_its_letter(services: Services, ses: Stubber) -> None:
    ses.add_response(
        "send_email",
        {"MessageId": "m1"},
        {
            "FromEmailAddress": "post@brevdue.example",
            "Destination": {"ToAddresses": ["kari@example.com"]},
            "Content": ANY,
            "ConfigurationSetName": "brevdue-dev",
            "EmailTags": [{"Name": "letter", "Value": notices.encode(_pointer(Means.EMAIL))}],
        },
    )

    assert services.email() is Outcome.SENT


def test_an_sms_names_its_configuration_set_and_its_letter(services: Services, sms: Stubber) -> None:
    sms.add_response(
        "send_text_message",
        {"MessageId": "m1"},
        {
            "DestinationPhoneNumber": "+4799999999",
            "OriginationIdentity": "Brevdue",
            "MessageBody": "Nytt brev.",
            "MessageType": "TRANSACTIONAL",
            "ConfigurationSetName": "brevdue-dev",
            "Context": {"letter": notices.encode(_pointer(Means.SMS)), "installation": "dev"},
            "TimeToLive": 86_400,
        },
    )

    assert services.text() is Outcome.SENT


@pytest.mark.parametrize(
    ("code", "message", "status", "outcome"),
    [
        ("TooManyRequestsException", "", 429, Outcome.THROTTLED),
        ("ThrottlingException", "Maximum sending rate exceeded.", 400, Outcome.THROTTLED),
        ("Throttling", "Daily message quota exceeded", 400, Outcome.WITHHELD),
        ("TooManyRequestsException", "Daily message quota exceeded.", 429, Outcome.WITHHELD),
        ("LimitExceededException", "", 400, Outcome.WITHHELD),
        ("SendingPausedException", "", 400, Outcome.WITHHELD),
        ("AccountSuspendedException", "", 400, Outcome.WITHHELD),
        ("MessageRejected", "Email address is not verified.", 400, Outcome.REFUSED),
        ("MailFromDomainNotVerifiedException", "", 400, Outcome.REFUSED),
        ("NotFoundException", "Configuration set <brevdue-dev> does not exist.", 404, Outcome.REFUSED),
        ("AccessDeniedException", "", 403, Outcome.REFUSED),
        ("SomethingNewException", "", 400, Outcome.REFUSED),
        ("InternalFailure", "", 500, Outcome.THROTTLED),
    ],
)
def test_what_an_error_of_ses_means(  # noqa: PLR0917 - a table
    services: Services, ses: Stubber, code: str, message: str, status: int, outcome: Outcome
) -> None:
    ses.add_client_error("send_email", code, message, status)

    assert services.email() is outcome


@pytest.mark.parametrize(
    ("of_another", "outcome"),
    [
        ("", Outcome.UNREACHABLE),
        ("BadRequestException", Outcome.REFUSED),
        ("MessageRejected", Outcome.REFUSED),
        ("TooManyRequestsException", Outcome.THROTTLED),
        ("SendingPausedException", Outcome.WITHHELD),
    ],
)
def test_whose_fault_a_bad_request_is_another_address_tells(
    services: Services, ses: Stubber, of_another: str, outcome: Outcome
) -> None:
    request = {"FromEmailAddress": ANY, "Content": ANY, "ConfigurationSetName": ANY, "EmailTags": ANY}
    simulator = {"ToAddresses": ["success@simulator.amazonses.com"]}
    ses.add_client_error("send_email", "BadRequestException", "Illegal address", 400)
    if of_another:
        ses.add_client_error("send_email", of_another, "", 400, expected_params={**request, "Destination": simulator})
    else:
        ses.add_response("send_email", {"MessageId": "m1"}, {**request, "Destination": simulator})

    assert services.email() is outcome


@pytest.mark.parametrize(
    ("code", "facts", "outcome"),
    [
        ("ThrottlingException", {}, Outcome.THROTTLED),
        ("InternalServerException", {}, Outcome.THROTTLED),
        ("ServiceQuotaExceededException", {"Reason": "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"}, Outcome.WITHHELD),
        ("AccessDeniedException", {"Reason": "INSUFFICIENT_ACCOUNT_REPUTATION"}, Outcome.WITHHELD),
        ("AccessDeniedException", {"Reason": "ACCOUNT_DISABLED"}, Outcome.WITHHELD),
        ("AccessDeniedException", {}, Outcome.REFUSED),
        ("ResourceNotFoundException", {"ResourceType": "configuration-set"}, Outcome.REFUSED),
        ("ConflictException", {"Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT"}, Outcome.UNREACHABLE),
        (
            "ConflictException",
            {"Reason": "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"},
            Outcome.UNREACHABLE,
        ),
        ("ConflictException", {"Reason": "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"}, Outcome.REFUSED),
        ("ConflictException", {"Reason": "NO_ORIGINATION_IDENTITIES_FOUND"}, Outcome.REFUSED),
        ("ValidationException", {"Reason": "SENDER_ID_NOT_REGISTERED"}, Outcome.REFUSED),
        ("ValidationException", {"Reason": "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"}, Outcome.REFUSED),
        (
            "ValidationException",
            {"Reason": "FIELD_VALIDATION_FAILED", "Fields": [{"Name": "MessageBody", "Message": "too long"}]},
            Outcome.REFUSED,
        ),
        (
            "ValidationException",
            {"Reason": "INVALID_PARAMETER", "Fields": [{"Name": "DestinationPhoneNumber", "Message": "landline"}]},
            Outcome.UNREACHABLE,
        ),
        *(
            ("ValidationException", {**facts, "Fields": [{"Name": "DestinationPhoneNumber", "Message": ""}]}, outcome)
            for facts, outcome in (
                ({"Reason": "FIELD_VALIDATION_FAILED"}, Outcome.UNREACHABLE),
                ({"Reason": "CANNOT_PARSE"}, Outcome.UNREACHABLE),
                ({"Reason": "DESTINATION_COUNTRY_BLOCKED"}, Outcome.UNREACHABLE),
                ({"Reason": "SENDER_ID_NOT_REGISTERED"}, Outcome.REFUSED),
                ({"Reason": "SENDER_ID_NOT_SUPPORTED"}, Outcome.REFUSED),
                ({"Reason": "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"}, Outcome.REFUSED),
                ({"Reason": "INTERNATIONAL_SENDING_NOT_SUPPORTED"}, Outcome.REFUSED),
                ({"Reason": "COUNTRY_NOT_ENABLED"}, Outcome.REFUSED),
                ({"Reason": "PRICE_OVER_THRESHOLD"}, Outcome.REFUSED),
                ({}, Outcome.REFUSED),
            )
        ),
    ],
)
def test_what_an_error_of_sms_means(
    services: Services, sms: Stubber, code: str, facts: dict[str, Any], outcome: Outcome
) -> None:
    sms.add_client_error("send_text_message", code, "", 400, modeled_fields=facts)

    assert services.text() is outcome


def _failing(error: Exception) -> Callable[..., None]:
    def fail(**_: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "email", "text"),
    [
        (ReadTimeoutError(endpoint_url="none"), Outcome.THROTTLED, Outcome.SENT),
        (ConnectionClosedError(endpoint_url="none"), Outcome.THROTTLED, Outcome.SENT),
        (NoCredentialsError(), Outcome.THROTTLED, Outcome.THROTTLED),
        (ConnectTimeoutError(endpoint_url="none"), Outcome.THROTTLED, Outcome.THROTTLED),
        (EndpointConnectionError(endpoint_url="none"), Outcome.THROTTLED, Outcome.THROTTLED),
    ],
)
def test_a_lost_answer_counts_as_an_sms_and_not_as_an_email(
    services: Services, monkeypatch: pytest.MonkeyPatch, error: Exception, email: Outcome, text: Outcome
) -> None:
    monkeypatch.setattr(services.ses, "send_email", _failing(error))
    monkeypatch.setattr(services.sms, "send_text_message", _failing(error))

    assert (services.email(), services.text()) == (email, text)


def test_whatever_is_no_fault_of_the_recipient_waits() -> None:
    assert WAITS.keys() == set(Outcome) - {Outcome.SENT, Outcome.UNREACHABLE}
