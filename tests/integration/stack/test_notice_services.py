"""The double of AWS End User Messaging, what is added to moto's SES, and the bus that carries their events."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from brevdue.stack.bus import BUS, Rule, matches, rule
from brevdue.stack.mail import MAIL
from brevdue.stack.sms import SMS, SMS_TARGET, SmsError
from brevdue.stack.stack import Stack

QUEUE = "arn:aws:sqs:eu-north-1:123456789012:events"
TEXT = {"DestinationPhoneNumber": "+4799999999", "OriginationIdentity": "Brevdue", "MessageBody": "Hei"}
TEXT |= {"MessageType": "TRANSACTIONAL"}


@pytest.fixture(autouse=True)
def _as_deployed(stack: Stack) -> Iterator[None]:
    rules, events = list(BUS.rules), dict(MAIL.events)
    url = stack.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    BUS.rules.append(Rule("All", {"source": ["aws.ses", "aws.sms-voice"]}, (url,)))
    stack.client("sesv2").create_email_identity(EmailIdentity="post.example")
    yield
    BUS.rules[:], MAIL.events = rules, events
    MAIL.reset()
    SMS.reset()


def _events(stack: Stack) -> list[dict[str, Any]]:
    sqs = stack.client("sqs")
    received = sqs.receive_message(QueueUrl=sqs.get_queue_url(QueueName="events")["QueueUrl"], MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in received.get("Messages", [])]


def _text(stack: Stack, **changes: object) -> str:
    answer = stack.client("pinpoint-sms-voice-v2").send_text_message(**{**TEXT, **changes})
    message_id: str = answer["MessageId"]
    return message_id


def _code(stack: Stack, **changes: object) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        _text(stack, **changes)
    return refused.value.response["Error"]["Code"], str(refused.value.response.get("Reason", ""))


def _mail(stack: Stack, to: str, **changes: object) -> None:
    text = {"Data": "text"}
    stack.client("sesv2").send_email(
        FromEmailAddress="no-reply@post.example",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": text, "Body": {"Text": text}}},
        **changes,
    )


# --- SMS ---


def test_an_sms_is_kept_and_told_of(stack: Stack) -> None:
    message_id = _text(stack, Context={"letter": "x"})

    assert [(text.number, text.words) for text in SMS.sent] == [("+4799999999", "Hei")]
    (event,) = _events(stack)
    assert (event["source"], event["detail-type"]) == ("aws.sms-voice", "Text Message Delivery Status Updated")
    assert event["detail"]["messageId"] == message_id
    assert event["detail"]["context"] == {"letter": "x"}
    assert (event["detail"]["eventType"], event["detail"]["isFinal"]) == ("TEXT_SUCCESSFUL", True)


@pytest.mark.parametrize("number", ["+4525919215", "+4799999998"])
def test_numbers_meet_the_fate_that_they_stand_for(stack: Stack, number: str) -> None:
    SMS.fates["+4799999998"] = "TEXT_INVALID"
    _text(stack, DestinationPhoneNumber=number)

    (event,) = _events(stack)
    assert event["detail"]["eventType"] == {"+4799999998": "TEXT_INVALID"}.get(number, "TEXT_UNREACHABLE")


@pytest.mark.parametrize(
    "changes",
    [
        {"DestinationPhoneNumber": "number"},
        {"MessageBody": ""},
        {"MessageBody": "a" * 1601},
        {"MessageType": "SPAM"},
        {"TimeToLive": 1},
        {"Context": {str(n): "x" for n in range(6)}},
        {"Context": {"a b": "x"}},
        {"OriginationIdentity": "Brev due"},
    ],
)
def test_what_the_service_does_not_take_the_double_does_not(changes: dict[str, Any]) -> None:
    # Brevdue's own clients do not check what they send.
    status, _, body = SMS.answer("eu-north-1", f"{SMS_TARGET}SendTextMessage", json.dumps({**TEXT, **changes}))

    assert (status, json.loads(body)["Reason"]) == (400, "FIELD_VALIDATION_FAILED")
    assert SMS.sent == []


def test_other_reasons_for_which_it_refuses(stack: Stack) -> None:
    SMS.opted_out.add("+4799999999")
    SMS.errors["+4599999999"] = SmsError("ThrottlingException", "too fast")

    assert _code(stack) == ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT")
    assert _code(stack, DestinationPhoneNumber="+4599999999") == ("ThrottlingException", "")
    assert _code(stack, ConfigurationSetName="none") == ("ResourceNotFoundException", "")
    SMS.most = 0
    reason = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
    assert _code(stack, DestinationPhoneNumber="+4799999998") == ("ServiceQuotaExceededException", reason)


def test_an_answer_may_be_lost_of_what_was_sent(stack: Stack) -> None:
    SMS.lost.add("+4799999999")

    with pytest.raises(ReadTimeoutError):
        _text(stack)
    assert len(SMS.sent) == 1


def test_its_data_go_with_all_others(stack: Stack) -> None:
    _text(stack)
    stack.reset_data()

    assert SMS.sent == []


# --- E-mail ---


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("success@simulator.amazonses.com", None),
        ("kari@example.com", None),
        ("bounce+label@simulator.amazonses.com", ("bounce", "Permanent", "General")),
        ("suppressionlist@simulator.amazonses.com", ("bounce", "Permanent", "Suppressed")),
        ("suppressed@example.com", ("bounce", "Permanent", "OnAccountSuppressionList")),
        ("ooto@simulator.amazonses.com", ("bounce", "Transient", "General")),
        ("complaint@simulator.amazonses.com", ("complaint", None, None)),
    ],
)
def test_an_email_meets_the_fate_of_its_address(stack: Stack, to: str, told: tuple[str, str, str] | None) -> None:
    name = f"set-{uuid4().hex}"
    stack.client("sesv2").create_configuration_set(ConfigurationSetName=name)
    MAIL.events[name] = frozenset({"bounce", "complaint"})
    MAIL.suppressed.add("suppressed@example.com")

    _mail(stack, to, ConfigurationSetName=name, EmailTags=[{"Name": "letter", "Value": "x"}])

    events = _events(stack)
    assert len(events) == (told is not None)
    for event in events:
        assert told is not None
        about = event["detail"][told[0]]
        assert (about.get("bounceType"), about.get("bounceSubType")) == told[1:]
        assert event["detail"]["mail"]["tags"]["letter"] == ["x"]
        assert event["detail"]["mail"]["tags"]["ses:configuration-set"] == [name]
        assert event["detail"]["mail"]["destination"] == [to]


def test_a_day_has_a_quota(stack: Stack) -> None:
    MAIL.most_a_day = 1
    _mail(stack, "kari@example.com")

    with pytest.raises(ClientError, match="LimitExceededException"):
        _mail(stack, "kari@example.com")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ConfigurationSetName": "none"}, "NotFoundException"),
        ({"EmailTags": [{"Name": "letter", "Value": "a/b"}]}, "BadRequestException"),
        ({"EmailTags": [{"Name": "letter", "Value": "a" * 257}]}, "BadRequestException"),
    ],
)
def test_what_ses_does_not_take_is_refused(stack: Stack, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError, match=code):
        _mail(stack, "kari@example.com", **changes)


@pytest.mark.parametrize(
    "to",
    [
        "a" * 65 + "@example.com",
        "kari@-example.com",
        "kari@example-.com",
        "kari@example.123",
        "kari@localhost",
        "kåre@example.com",
        "kari@example.com.",
        "",
        "unforeseen@example.com",
    ],
)
def test_an_address_that_ses_does_not_take_is_refused(stack: Stack, to: str) -> None:
    MAIL.malformed.add("unforeseen@example.com")

    with pytest.raises(ClientError, match="BadRequestException"):
        _mail(stack, to)


# --- Rules ---


@pytest.mark.parametrize(
    ("pattern", "is_match"),
    [
        ({"source": ["aws.ses"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"detail": {"tags": {"set": ["b"]}}}, True),
        ({"detail": {"tags": {"set": ["c"]}}}, False),
        ({"detail": {"tags": {"other": ["a"]}}}, False),
        ({"detail": {"tags": {"set": {"more": ["a"]}}}}, False),
    ],
)
def test_a_pattern_matches_what_it_names(pattern: dict[str, Any], is_match: bool) -> None:  # noqa: FBT001 - a table
    assert matches(pattern, {"source": "aws.ses", "detail": {"tags": {"set": ["a", "b"]}}}) is is_match


@pytest.mark.parametrize(
    "properties",
    [
        {"EventPattern": {"source": [{"prefix": "aws"}]}, "Targets": [{"Id": "1", "Arn": QUEUE}]},
        {"EventPattern": {"source": ["aws.ses"]}, "Targets": [{"Id": "1", "Arn": "arn:aws:sns:a:b:c"}]},
        {"EventPattern": {"source": ["aws.ses"]}, "Targets": [{"Id": "1", "Arn": QUEUE, "InputPath": "$.detail"}]},
        {"EventPattern": {"source": ["aws.ses"]}, "Targets": [], "EventBusName": "own"},
    ],
)
def test_a_rule_that_the_stack_does_not_know_is_refused(properties: dict[str, Any]) -> None:
    with pytest.raises(NotImplementedError):
        rule("Rule", properties, {QUEUE: "url"})


def test_a_rule_that_is_disabled_or_a_schedule_brings_nothing() -> None:
    pattern = {"EventPattern": {"source": ["aws.ses"]}, "Targets": [{"Id": "1", "Arn": QUEUE}]}

    assert rule("Rule", {**pattern, "State": "DISABLED"}, {QUEUE: "url"}) is None
    assert rule("Rule", {"ScheduleExpression": "rate(1 minute)"}, {}) is None
    assert rule("Rule", pattern, {QUEUE: "url"}) == Rule("Rule", {"source": ["aws.ses"]}, ("url",))
