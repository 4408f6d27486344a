"""Events in the shapes in which AWS shows them.

SES Developer Guide, "Examples of event data that Amazon SES publishes"; AWS End User Messaging SMS
User Guide, "Monitoring with EventBridge".
"""

import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from notification import events
from notification.events import NoticeNews
from postal import notices
from postal.notices import Means, NoticePointer, Unusable

EMAIL = NoticePointer(sender="nordby", batch="b1", row=17, attempt=1, means=Means.EMAIL, of=frozenset(Means))
SMS = NoticePointer(sender="nordby", batch="b1", row=17, attempt=1, means=Means.SMS, of=frozenset(Means))
AT = datetime(2026, 11, 18, 9, 0, 2, 669_000, UTC)

BOUNCE: dict[str, Any] = {
    "bounceType": "Permanent",
    "bounceSubType": "General",
    "bouncedRecipients": [
        {
            "emailAddress": "recipient@example.com",
            "action": "failed",
            "status": "5.1.1",
            "diagnosticCode": "smtp; 550 5.1.1 user unknown",
        }
    ],
    "timestamp": "2026-11-18T09:00:02.669Z",
    "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
    "reportingMTA": "dsn; mta.example.com",
}
COMPLAINT: dict[str, Any] = {
    "complainedRecipients": [{"emailAddress": "recipient@example.com"}],
    "timestamp": "2026-11-18T09:00:02.669Z",
    "feedbackId": "01000157c44f053b-61b59c11-9236-11e6-8f96-7be8aexample-000000",
    "userAgent": "Amazon SES Mailbox Simulator",
    "complaintFeedbackType": "abuse",
    "arrivalDate": "2026-11-18T09:00:02.669Z",
    "complaintSubType": None,
}
REASONS = {is_complaint: Unusable(at=AT, is_complaint=is_complaint) for is_complaint in (False, True)}


def _email(event_type: str, **facts: object) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "12345678-1234-1234-1234-123456789012",
        "detail-type": "Email Bounced",
        "source": "aws.ses",
        "account": "123456789012",
        "time": "2026-11-18T09:00:03Z",
        "region": "eu-north-1",
        "resources": ["arn:aws:ses:eu-north-1:123456789012:configuration-set/brevdue-dev"],
        "detail": {
            "eventType": event_type,
            **facts,
            "mail": {
                "timestamp": "2026-11-18T09:00:02.012Z",
                "source": "post@brevdue.example",
                "sourceArn": "arn:aws:ses:eu-north-1:123456789012:identity/post@brevdue.example",
                "sendingAccountId": "123456789012",
                "messageId": "EXAMPLE7c191be45-e9aedb9a-02f9-4d12-a87d-dd0099a07f8a-000000",
                "destination": ["Recipient@example.com"],
                "headersTruncated": False,
                "headers": [{"name": "From", "value": "post@brevdue.example"}],
                "commonHeaders": {"from": ["post@brevdue.example"], "subject": "Nytt brev"},
                "tags": {
                    "ses:configuration-set": ["brevdue-dev"],
                    "ses:source-ip": ["192.0.2.0"],
                    "letter": [notices.encode(EMAIL)],
                },
                "something": {"new": 1},
            },
            "something": "new",
        },
    }


def _sms(event_type: str, **facts: object) -> dict[str, Any]:
    return {
        "version": "0",
        "id": "5c0fa4f8-e4ba-ed02-6101-c795472fccd0",
        "detail-type": "Text Message Delivery Status Updated",
        "source": "aws.sms-voice",
        "account": "111122223333",
        "time": "2026-11-18T09:00:41Z",
        "region": "eu-north-1",
        "resources": [],
        "detail": {
            "eventType": event_type,
            "eventVersion": "1.0",
            "eventTimestamp": 1759342841377,
            "isFinal": True,
            "originationPhoneNumber": "VAJZNBLLDX",
            "isoCountryCode": "NO",
            "isInternationalSend": False,
            "mcc": "242",
            "mnc": "01",
            "carrierName": "Carrier",
            "messageId": "ed23196c-75ce-4727-93ee-7bf72b64998f",
            "messageRequestTimestamp": 1759342840978,
            "messageEncoding": "GSM",
            "messageType": "TRANSACTIONAL",
            "messageStatus": "SUCCESSFUL",
            "messageStatusDescription": "Message has been accepted by phone carrier",
            "context": {"letter": notices.encode(SMS), "installation": "dev"},
            "totalMessageParts": 1,
            "totalMessagePrice": 0.09582,
            "totalCarrierFee": 0.0,
            **facts,
        },
    }


def _decode(event: dict[str, Any]) -> NoticeNews | None:
    body = json.dumps(event)
    assert events.is_event(body)
    return events.decode(body)


@pytest.mark.parametrize("sub_type", ["General", "NoEmail", "Suppressed", "OnAccountSuppressionList", "SomethingNew"])
def test_what_bounces_for_good_has_failed_and_its_address_is_used_no_more(sub_type: str) -> None:
    news = _decode(_email("Bounce", bounce={**BOUNCE, "bounceSubType": sub_type}))

    addresses = ("recipient@example.com",)
    assert news == NoticeNews(pointer=EMAIL, has_failed=True, addresses=addresses, unusable=REASONS[False])


@pytest.mark.parametrize("bounce_type", ["Transient", "Undetermined"])
def test_what_bounces_otherwise_changes_nothing(bounce_type: str) -> None:
    news = _decode(_email("Bounce", bounce={**BOUNCE, "bounceType": bounce_type}))

    assert news == NoticeNews(pointer=EMAIL, has_failed=False)


def test_a_complaint_arrived_but_its_address_is_used_no_more() -> None:
    news = _decode(_email("Complaint", complaint=COMPLAINT))

    addresses = ("recipient@example.com",)
    assert news == NoticeNews(pointer=EMAIL, has_failed=False, addresses=addresses, unusable=REASONS[True])


def test_a_complaint_for_which_ses_did_not_try_has_failed() -> None:
    news = _decode(_email("Complaint", complaint={**COMPLAINT, "complaintSubType": "OnAccountSuppressionList"}))

    assert news is not None
    assert news.has_failed
    assert news.unusable == REASONS[True]


@pytest.mark.parametrize(
    "event",
    [
        _email("Reject", reject={"reason": "Bad content"}),
        _email("Rendering Failure", failure={"errorMessage": "missing", "templateName": "t"}),
    ],
)
def test_what_never_left_has_failed(event: dict[str, Any]) -> None:
    assert _decode(event) == NoticeNews(pointer=EMAIL, has_failed=True)


@pytest.mark.parametrize("event_type", ["Delivery", "Send", "DeliveryDelay", "Open", "SomethingNew"])
def test_other_events_change_nothing(event_type: str) -> None:
    assert _decode(_email(event_type)) == NoticeNews(pointer=EMAIL, has_failed=False)


def test_of_several_addresses_only_ours_is_used_no_more() -> None:
    named = [{"emailAddress": "forwarded@example.net"}, {"emailAddress": "recipient@example.com"}]

    news = _decode(_email("Bounce", bounce={**BOUNCE, "bouncedRecipients": named}))
    elsewhere = _decode(_email("Bounce", bounce={**BOUNCE, "bouncedRecipients": named[:1]}))

    assert news is not None
    assert elsewhere is not None
    assert news.addresses == elsewhere.addresses == ("recipient@example.com",)


@pytest.mark.parametrize(
    ("event_type", "has_failed"),
    [
        ("TEXT_SUCCESSFUL", False),
        ("TEXT_DELIVERED", False),
        ("TEXT_UNKNOWN", False),
        ("TEXT_SOMETHING_NEW", False),
        ("TEXT_INVALID", True),
        ("TEXT_INVALID_MESSAGE", True),
        ("TEXT_UNREACHABLE", True),
        ("TEXT_CARRIER_UNREACHABLE", True),
        ("TEXT_BLOCKED", True),
        ("TEXT_CARRIER_BLOCKED", True),
        ("TEXT_SPAM", True),
        ("TEXT_TTL_EXPIRED", True),
        ("TEXT_PROTECT_BLOCKED", True),
    ],
)
def test_what_became_of_an_sms(event_type: str, has_failed: bool) -> None:  # noqa: FBT001 - a table
    assert _decode(_sms(event_type)) == NoticeNews(pointer=SMS, has_failed=has_failed)


def test_an_sms_has_not_failed_before_that_is_final() -> None:
    assert _decode(_sms("TEXT_UNREACHABLE", isFinal=False)) == NoticeNews(pointer=SMS, has_failed=False)


def test_what_is_none_of_ours_is_none() -> None:
    untagged = _email("Bounce", bounce=BOUNCE)
    del untagged["detail"]["mail"]["tags"]["letter"]

    assert _decode(untagged) is None
    assert _decode(_sms("TEXT_INVALID", context={"letter": "x"})) is None
    assert _decode({"source": "aws.ec2", "detail": {}}) is None


def test_what_is_no_event_is_told_from_one() -> None:
    assert not events.is_event('{"type": "NotifyLetter"}')
    assert not events.is_event("no JSON")
    with pytest.raises(msgspec.DecodeError):
        events.decode(json.dumps(_email("Bounce", bounce={"bounceType": 1})))
