"""A notice that did not arrive is known; what is no fault of the recipient waits."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from brevdue.stack.mail import MAIL
from brevdue.stack.sms import SMS, SmsError
from brevdue.stack.stack import Call, Crash
from postal import notices
from postal.channels import Channel
from postal.consignments import LetterItem
from postal.messages import Event, NotifyConsignment, Report
from postal.notices import Means, NoticePointer
from postal.pages import Page
from postal.register import ContactChanged
from postal.senders import Settings
from postal.status import Status
from postal.times import to_text
from tests.support.office import NORWEGIAN, START, Office, letter
from tests.support.people import NORWEGIANS

USERS = [f"no-fnr:158290{n:05d}" for n in range(10_000, 10_120)]
FRESH = to_text(START - timedelta(days=30))
NIGHT = datetime(2026, 11, 18, 21, tzinfo=UTC)
MORNING = datetime(2026, 11, 19, 8, tzinfo=UTC)

GOOD, BOUNCES, COMPLAINS = "kari@example.com", "bounce+1@simulator.amazonses.com", "complaint@simulator.amazonses.com"
SUPPRESSED, AWAY = "suppressionlist@simulator.amazonses.com", "ooto@simulator.amazonses.com"
REACHED, FAILS = "+4799910000", "+4525919215"
PROBED = "success@simulator.amazonses.com"


@pytest.fixture(autouse=True)
def _as_ever() -> Iterator[None]:
    yield
    MAIL.reset()
    SMS.reset()


def _register(office: Office, user: str, email: str = "", mobile: str = "", **facts: object) -> None:
    contact: dict[str, str] = {}
    if email:
        contact |= {"email": email, "email_verified_at": FRESH}
    if mobile:
        contact |= {"mobile": mobile, "mobile_verified_at": FRESH}
    office.register(user, contact=contact, **facts)


def _deliver(office: Office, count: int = 1, settings: Settings | None = None, **facts: object) -> Page:
    (page,) = made = office.commit(
        NORWEGIAN,
        [letter(row, user, **{"delivery": "digital_only", **facts}) for row, user in enumerate(USERS[:count], start=1)],
        settings=settings,
    )
    office.sort(made)
    at = to_text(office.now)
    office.report(page, Channel.ALTINN, Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=at))
    return page


def _item(office: Office, page: Page, row: int = 1) -> LetterItem:
    found = office.batches.letter(page, row)
    assert found is not None
    return found


def _event(office: Office, pointer: NoticePointer, event_type: str, **facts: object) -> None:
    """Bring an event, as EventBridge would."""
    body: dict[str, Any] = {
        "source": "aws.ses",
        "detail-type": "Email Bounced",
        "detail": {
            "eventType": event_type,
            "mail": {"destination": [GOOD], "tags": {"letter": [notices.encode(pointer)]}},
            **facts,
        },
    }
    office.stack.client("sqs").send_message(
        QueueUrl=office.stack.names["NoticeEventsQueue"], MessageBody=json.dumps(body)
    )
    office.stack.run()


def _bounce(office: Office, address: str = GOOD, at: datetime | None = None) -> dict[str, Any]:
    when = (at or office.now).isoformat()
    return {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address}], "timestamp": when}


def _pointer(*of: Means, row: int = 1, attempt: int = 1, means: Means = Means.EMAIL) -> NoticePointer:
    return NoticePointer(
        sender="nordby", batch="b1", row=row, attempt=attempt, means=means, of=frozenset(of or {means})
    )


@pytest.mark.parametrize(
    ("email", "mobile", "status"),
    [
        (GOOD, REACHED, Status.DELIVERED),
        (BOUNCES, "", Status.NOTICE_FAILED),
        (SUPPRESSED, "", Status.NOTICE_FAILED),
        (AWAY, "", Status.DELIVERED),
        (COMPLAINS, "", Status.DELIVERED),
        ("", FAILS, Status.NOTICE_FAILED),
        (BOUNCES, REACHED, Status.DELIVERED),
        (GOOD, FAILS, Status.DELIVERED),
        (BOUNCES, FAILS, Status.NOTICE_FAILED),
        ("kåre@example.com", "", Status.NOTICE_FAILED),
        ("kåre@example.com", REACHED, Status.DELIVERED),
        ("", "99999999", Status.NOTICE_FAILED),
    ],
)
def test_who_was_reached_by_no_means_is_known(office: Office, email: str, mobile: str, status: Status) -> None:
    _register(office, USERS[0], email, mobile)

    page = _deliver(office)

    assert office.statuses(page, 1) == [status]
    assert office.stack.dead_letters() == {}


def test_paper_follows_where_the_rules_say_so(office: Office) -> None:
    _register(office, USERS[0], BOUNCES)

    page = _deliver(office, delivery="digital_or_paper")
    office.let_pass(timedelta(minutes=10))

    assert office.statuses(page, 1) == [Status.TO_PRINT]


def test_an_account_on_whose_suppression_list_an_address_stands_did_not_reach_it(office: Office) -> None:
    MAIL.suppressed.add(GOOD)
    _register(office, USERS[0], GOOD)

    assert office.statuses(_deliver(office), 1) == [Status.NOTICE_FAILED]


def test_an_sms_that_fails_at_once_counts_beside_an_email_that_comes_back_later(office: Office) -> None:
    SMS.opted_out.add(REACHED)
    _register(office, USERS[0], GOOD, REACHED)
    page = _deliver(office)
    assert office.statuses(page, 1) == [Status.DELIVERED]
    assert _item(office, page).failed_means == {Means.SMS}

    _event(office, _pointer(*Means), "Bounce", bounce=_bounce(office))

    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]


@pytest.mark.parametrize("mobile", [FAILS, REACHED])
def test_an_email_that_came_back_at_night_and_an_sms_in_the_morning(office: Office, mobile: str) -> None:
    office.stack.clock.set(NIGHT)
    _register(office, USERS[0], BOUNCES, mobile)
    page = _deliver(office)
    assert office.statuses(page, 1) == [Status.DELIVERED]

    office.stack.advance(MORNING - office.now)

    assert len(office.texts()) == 1
    assert office.statuses(page, 1) == [Status.NOTICE_FAILED if mobile == FAILS else Status.DELIVERED]


def test_who_lost_the_number_over_night_and_whose_email_came_back_was_not_reached(office: Office) -> None:
    office.stack.clock.set(NIGHT)
    _register(office, USERS[0], BOUNCES, REACHED)
    page = _deliver(office)

    _register(office, USERS[0])
    office.stack.advance(MORNING - office.now)

    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]


def test_events_come_twice_late_and_of_attempts_long_gone(office: Office) -> None:
    _register(office, USERS[0], GOOD)
    page = _deliver(office)
    at = office.now

    _event(office, _pointer(Means.EMAIL, attempt=2), "Bounce", bounce=_bounce(office))
    assert office.statuses(page, 1) == [Status.DELIVERED]
    _event(office, _pointer(Means.EMAIL), "Delivery", delivery={"timestamp": to_text(at)})
    assert office.statuses(page, 1) == [Status.DELIVERED]
    _event(office, _pointer(Means.EMAIL), "Bounce", bounce=_bounce(office))
    failed = _item(office, page)
    office.stack.clock.advance(timedelta(days=3))
    _event(office, _pointer(Means.EMAIL), "Bounce", bounce=_bounce(office, at=at))

    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]
    assert _item(office, page) == failed
    assert office.stack.dead_letters() == {}


def test_a_reminder_that_fails_says_nothing_of_the_letter(office: Office) -> None:
    _register(office, USERS[0], GOOD)
    page = _deliver(office)
    reminder = NoticePointer(
        sender="nordby",
        batch="b1",
        row=1,
        attempt=1,
        means=Means.EMAIL,
        of=frozenset({Means.EMAIL}),
        is_reminder=True,
    )

    _event(office, reminder, "Bounce", bounce=_bounce(office))

    assert office.statuses(page, 1) == [Status.DELIVERED]
    assert GOOD in office.recipients.profile(USERS[0]).recipient.unusable


def test_what_is_opened_meanwhile_stays_opened(office: Office) -> None:
    _register(office, USERS[0], GOOD)
    page = _deliver(office)
    office.report(page, Channel.ALTINN, Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=to_text(office.now)))

    _event(office, _pointer(Means.EMAIL), "Bounce", bounce=_bounce(office))

    assert office.statuses(page, 1) == [Status.OPENED]


@pytest.mark.parametrize("batch", ["b1", "never"])
def test_what_is_not_stored_any_more_is_dropped(office: Office, batch: str) -> None:
    pointer = NoticePointer(
        sender="nordby", batch=batch, row=401, attempt=1, means=Means.EMAIL, of=frozenset({Means.EMAIL})
    )

    _event(office, pointer, "Bounce", bounce=_bounce(office))

    assert office.stack.dead_letters() == {}
    assert office.stack.failures == []


def test_a_bounce_of_a_letter_whose_row_file_is_deleted_is_known_all_the_same(office: Office) -> None:
    _register(office, USERS[0], GOOD)
    page = _deliver(office)
    office.s3.delete_object(Bucket=office.bucket_name, Key=page.key, VersionId=page.version)

    _event(office, _pointer(Means.EMAIL), "Bounce", bounce=_bounce(office))

    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]
    assert office.stack.failures == []
    assert office.stack.dead_letters() == {}


@pytest.mark.parametrize(("mobile", "is_heard"), [(REACHED, False), (FAILS, True)])
def test_only_what_failed_is_heard_of_an_sms(office: Office, mobile: str, *, is_heard: bool) -> None:
    before = len(office.log.getvalue())
    _register(office, USERS[0], "", mobile)

    _deliver(office)

    assert len(office.texts()) == 1
    assert ("UnknownNoticeEvents" in office.log.getvalue()[before:]) is is_heard


def test_what_is_no_event_becomes_a_dead_letter(office: Office) -> None:
    _event(office, _pointer(), "Bounce", bounce={"bounceType": 7})
    office.stack.settle(timedelta(days=1))

    assert list(office.stack.dead_letters()) == ["NoticeEventsDeadLetters"]


@pytest.mark.parametrize(("address", "comes_back"), [(BOUNCES, True), (COMPLAINS, False)])
def test_an_address_is_used_no_more_until_it_is_verified_later(
    office: Office, address: str, *, comes_back: bool
) -> None:
    _register(office, NORWEGIANS[1], address)
    (page,) = made = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[1], delivery="digital_only")])
    office.sort(made)
    office.report(page, Channel.ALTINN, Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(START)))
    assert office.emails() == [address]

    office.stack.clock.advance(timedelta(days=1))
    (page,) = made = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[1], delivery="digital_only")], batch="b2")
    office.sort(made)
    delivered = Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(office.now))
    office.report(page, Channel.ALTINN, delivered)
    assert office.emails() == [address]
    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]

    # The register says so again, of today; and the profile it writes keeps what was heard.
    office.tell(ContactChanged(recipient=NORWEGIANS[1], occurred_at=office.now, email=address))
    (page,) = made = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[1], delivery="digital_only")], batch="b3")
    office.sort(made)
    office.report(page, Channel.ALTINN, delivered)

    assert office.emails() == [address] * (2 if comes_back else 1)


def test_a_quota_of_the_day_holds_notices_back_and_nobody_goes_on_paper_for_it(office: Office) -> None:
    MAIL.most_a_day = 3
    for user in USERS[:5]:
        _register(office, user, f"{user[-4:]}@example.com")
    page = _deliver(office, 5)
    office.let_pass(timedelta(hours=3))

    assert len(office.emails()) == 3
    assert office.statuses(page, 5) == [Status.DELIVERED] * 5
    assert office.stack.dead_letters() == {}

    MAIL.most_a_day = None
    office.let_pass(timedelta(minutes=61))

    assert office.emails() == [f"{user[-4:]}@example.com" for user in USERS[:5]]
    assert not any("#notices-" in item["sk"] for item in office.due())


@pytest.mark.parametrize(
    "code", ["SendingPausedException", "AccountSuspendedException", "MessageRejected", "BadRequestException"]
)
def test_an_account_that_may_not_send_marks_nobody(office: Office, code: str) -> None:
    MAIL.error = code
    _register(office, USERS[0], GOOD, REACHED)
    page = _deliver(office)
    office.let_pass(timedelta(hours=2))
    assert (office.emails(), office.texts()) == ([], [])
    assert office.statuses(page, 1) == [Status.DELIVERED]

    MAIL.error = ""
    office.let_pass(timedelta(minutes=61))

    assert (office.emails(), office.texts()) == ([GOOD], [(REACHED, "Nytt brev fra Nordby kommune i Altinn.")])
    assert office.stack.dead_letters() == {}


@pytest.mark.parametrize(
    "error",
    [
        SmsError("ServiceQuotaExceededException", "", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
        SmsError("ValidationException", "", Reason="SENDER_ID_NOT_REGISTERED"),
        SmsError("ThrottlingException", ""),
    ],
)
def test_an_sms_that_is_held_back_holds_no_email_back(office: Office, error: SmsError) -> None:
    SMS.errors[""] = error
    _register(office, USERS[0], GOOD, REACHED)
    _register(office, USERS[1], "", "+4799910001")
    _register(office, USERS[2], "2@example.com", "")
    page = _deliver(office, 3)
    office.let_pass(timedelta(hours=1))
    assert (office.emails(), office.texts()) == ([GOOD, "2@example.com"], [])
    assert office.statuses(page, 3) == [Status.DELIVERED] * 3

    SMS.errors.clear()
    office.let_pass(timedelta(minutes=61))

    assert office.emails() == [GOOD, "2@example.com"]
    assert [number for number, _ in office.texts()] == [REACHED, "+4799910001"]
    assert office.statuses(page, 3) == [Status.DELIVERED] * 3
    assert office.stack.dead_letters() == {}


def _spoken_for(office: Office) -> datetime:
    """Up to when the sender's turns are booked."""
    item = office.batches_table.get(pk="notices", sk="nordby")
    assert item is not None
    return datetime.fromtimestamp(int(item["spoken_for_ms"]) / 1000, UTC)


def test_an_sms_that_is_held_back_books_no_turn_twice(office: Office) -> None:
    SMS.errors[""] = SmsError("ServiceQuotaExceededException", "", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
    for n, user in enumerate(USERS[:10]):
        _register(office, user, f"{user[-4:]}@example.com", f"+479991{n:04d}")
    _deliver(office, 10, Settings(notice_rate=1))
    office.let_pass(timedelta(hours=6))

    assert len(office.emails()) == 10
    # Once for the e-mails, and once for the SMS.
    assert _spoken_for(office) - START < timedelta(hours=2)

    SMS.errors.clear()
    office.let_pass(timedelta(minutes=61))
    assert len(office.texts()) == 10


def test_an_sms_of_one_letter_keeps_its_turn_over_night(office: Office) -> None:
    SMS.errors[""] = SmsError("ServiceQuotaExceededException", "", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT")
    _register(office, USERS[0], GOOD, REACHED, chosen="digipost")
    (page,) = made = office.commit(
        NORWEGIAN, [letter(1, USERS[0], delivery="digital_only")], settings=Settings(notice_rate=1)
    )
    office.sort(made)
    at = to_text(office.now)
    refused = Report(event=Event.REFUSED, n=0, rows="1", attempt=1, at=at, code="unknown")
    office.report(page, Channel.DIGIPOST, refused)
    office.report(page, Channel.ALTINN, Report(event=Event.DELIVERED, n=0, rows="1", attempt=2, at=at))
    office.let_pass(timedelta(hours=2))
    booked = _spoken_for(office)

    office.stack.advance(NIGHT - office.now)
    office.stack.advance(MORNING - office.now)
    office.let_pass(timedelta(hours=2))

    assert _spoken_for(office) == booked
    SMS.errors.clear()
    office.let_pass(timedelta(minutes=61))
    assert (len(office.emails()), len(office.texts())) == (1, 1)


@pytest.mark.parametrize("first", [GOOD, "unforeseen@example.com"])
@pytest.mark.parametrize(
    ("mobile", "status"),
    [("", Status.NOTICE_FAILED), (REACHED, Status.DELIVERED), (FAILS, Status.NOTICE_FAILED)],
)
def test_an_address_that_ses_does_not_take_holds_nobody_back(
    office: Office, first: str, mobile: str, status: Status
) -> None:
    MAIL.malformed.add("unforeseen@example.com")
    addresses = [first, "unforeseen@example.com", "2@example.com"]
    for user, address in zip(USERS, addresses, strict=False):
        _register(office, user, address, mobile if address.startswith("unforeseen") else "")
    page = _deliver(office, 3)

    assert [one for one in office.emails() if one != PROBED] == [
        one for one in addresses if not one.startswith("unforeseen")
    ]
    assert office.statuses(page, 3) == [Status.DELIVERED if first == GOOD else status, status, Status.DELIVERED]
    assert not any("#notices-" in item["sk"] for item in office.due())


def test_at_night_too_an_address_that_ses_does_not_take_is_none(office: Office) -> None:
    MAIL.malformed.add("unforeseen@example.com")
    office.stack.clock.set(NIGHT)
    _register(office, USERS[0], "unforeseen@example.com", FAILS)
    page = _deliver(office)
    assert office.statuses(page, 1) == [Status.DELIVERED]

    office.stack.advance(MORNING - office.now)

    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]


def test_an_sms_whose_answer_was_lost_is_not_sent_again(office: Office) -> None:
    SMS.lost.add(REACHED)
    _register(office, USERS[0], "", REACHED)

    page = _deliver(office)
    office.let_pass(timedelta(minutes=10))

    assert len(office.texts()) == 1
    assert office.statuses(page, 1) == [Status.DELIVERED]


def test_a_function_that_dies_after_an_sms_sends_none_again(office: Office) -> None:
    for row, user in enumerate(USERS[:3]):
        _register(office, user, "", f"+479991000{row}")
    died: list[Call] = []

    def die(call: Call) -> None:
        if call.operation == "SendTextMessage" and call.phase == "after" and len(died) < 2:
            died.append(call)
            raise Crash("after an SMS")

    office.stack.on_call = die
    page = _deliver(office, 3)
    office.stack.settle()
    office.let_pass(timedelta(minutes=15))

    assert [number for number, _ in office.texts()] == ["+4799910000", "+4799910001", "+4799910002"]
    assert office.statuses(page, 3) == [Status.DELIVERED] * 3


def test_a_slice_for_which_no_time_is_left_goes_on_in_the_next_minute(office: Office) -> None:
    for user in USERS[:20]:
        _register(office, user, f"{user[-4:]}@example.com")

    def takes(call: Call) -> timedelta:
        return timedelta(seconds=8 if call.operation == "SendEmail" else 0)

    office.stack.takes = takes
    page = _deliver(office, 20)
    assert 0 < len(office.emails()) < 20
    office.let_pass(timedelta(minutes=3))

    assert office.emails() == [f"{user[-4:]}@example.com" for user in USERS[:20]]
    assert office.statuses(page, 20) == [Status.DELIVERED] * 20
    assert not any(isinstance(failure.error, Crash) for failure in office.stack.failures)


def test_a_message_of_the_queue_sends_none_to_it(office: Office) -> None:
    """Lambda cuts a chain in which a function's messages come back to it."""
    sent: list[Call] = []
    for user in USERS[:60]:
        _register(office, user, f"{user[-4:]}@example.com", REACHED)
    office.stack.on_call = lambda call: (
        sent.append(call) if (call.function, call.service) == ("notification", "sqs") else None
    )
    MAIL.most_a_day = 30
    page = _deliver(office, 60, Settings(notice_rate=20))
    office.send("NoticesQueue", NotifyConsignment(page=page, channel=Channel.ALTINN, n=1, delivery="1"))
    office.let_pass(timedelta(minutes=5))

    assert [call.operation for call in sent if call.operation.startswith("SendMessage")] == []
