"""E-mail goes at once, an SMS between 09 and 20 by the clock of the sender's country."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from brevdue.stack.stack import Call, Crash
from postal.channels import Channel
from postal.messages import Event, NotifyConsignment, NotifyLetter, Report
from postal.pages import Page
from postal.senders import Settings
from postal.status import Status
from postal.times import to_text
from tests.support.office import NORWEGIAN, START, Office, letter

#: 22:00 in Oslo on a Wednesday, and the next morning.
NIGHT = datetime(2026, 11, 18, 21, tzinfo=UTC)
MORNING = datetime(2026, 11, 19, 8, tzinfo=UTC)

USERS = [f"no-fnr:158290{n:05d}" for n in range(10_000, 10_120)]
FRESH = to_text(START - timedelta(days=30))


def _contact(user: str, *ways: str) -> dict[str, str]:
    address = {"mobile": f"+47999{user[-5:]}", "email": f"{user[-4:]}@example.com"}
    return {key: value for way in ways for key, value in ((way, address[way]), (f"{way}_verified_at", FRESH))}


def _register(office: Office, user: str, *ways: str, **facts: object) -> None:
    office.register(user, contact=_contact(user, *ways), **facts)


def _deliver_at_night(office: Office, users: list[str], settings: Settings | None = None) -> Page:
    office.stack.clock.set(NIGHT)
    (page,) = made = office.commit(
        NORWEGIAN,
        [letter(row, user, delivery="digital_only") for row, user in enumerate(users, start=1)],
        settings=settings,
    )
    office.sort(made)
    office.report(page, Channel.ALTINN, Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(NIGHT)))
    return page


def _to(office: Office, moment: datetime) -> None:
    office.stack.advance(moment - office.now)


def _notices_due(office: Office) -> list[str]:
    return [item["sk"] for item in office.due() if "#notices-" in item["sk"]]


def _numbers(office: Office) -> list[str]:
    return [number for number, _ in office.texts()]


def test_at_night_an_email_goes_at_once_and_an_sms_in_the_morning_once(office: Office) -> None:
    _register(office, USERS[0], "mobile", "email")
    page = _deliver_at_night(office, USERS[:1])

    assert office.emails() == ["0000@example.com"]
    assert office.texts() == []
    assert _notices_due(office) == ["2026-11-19T08:00:00Z#nordby#b1#0#notices-altinn-1-1"]

    _to(office, MORNING - timedelta(seconds=1))
    assert office.texts() == []
    _to(office, MORNING)
    assert office.texts() == [("+4799910000", "Nytt brev fra Nordby kommune i Altinn.")]
    assert _notices_due(office) == []

    _to(office, MORNING + timedelta(hours=2))
    office.send("NoticesQueue", NotifyConsignment(page=page, channel=Channel.ALTINN, n=1, delivery="1"))
    office.stack.run()
    _to(office, MORNING + timedelta(days=1))
    assert (len(office.emails()), len(office.texts())) == (1, 1)
    assert office.statuses(page, 1) == [Status.DELIVERED]


def test_who_has_a_mobile_alone_is_not_failed_but_told_later(office: Office) -> None:
    _register(office, USERS[0], "mobile")
    _register(office, USERS[1], "email")
    _register(office, USERS[2], "mobile", "email")
    _register(office, USERS[3])
    page = _deliver_at_night(office, USERS[:4])

    delivered = Status.DELIVERED
    assert office.emails() == ["0001@example.com", "0002@example.com"]
    assert office.statuses(page, 4) == [delivered, delivered, delivered, Status.NOTICE_FAILED]

    _to(office, MORNING)
    assert _numbers(office) == ["+4799910000", "+4799910002"]
    assert office.statuses(page, 4) == [delivered, delivered, delivered, Status.NOTICE_FAILED]


def test_a_recipient_has_failed_only_once_neither_way_worked(office: Office) -> None:
    _register(office, USERS[0], "mobile")
    _register(office, USERS[1], "mobile", "email")
    page = _deliver_at_night(office, USERS[:2])
    assert office.statuses(page, 2) == [Status.DELIVERED] * 2

    # Both lose their numbers over night; the second has had an e-mail.
    for user in USERS[:2]:
        _register(office, user)
    _to(office, MORNING)

    assert office.texts() == []
    assert office.statuses(page, 2) == [Status.NOTICE_FAILED, Status.DELIVERED]


def test_nobody_is_woken_for_a_letter_that_was_opened_nor_when_closed(office: Office) -> None:
    for user in USERS[:3]:
        _register(office, user, "mobile")
    page = _deliver_at_night(office, USERS[:3])
    office.report(page, Channel.ALTINN, Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=to_text(NIGHT)))
    _register(office, USERS[1], "mobile", closed=True)

    _to(office, MORNING)

    assert _numbers(office) == ["+4799910002"]
    assert office.statuses(page, 3) == [Status.OPENED, Status.DELIVERED, Status.DELIVERED]


def test_in_the_hours_both_go_at_once(office: Office) -> None:
    _register(office, USERS[0], "mobile", "email")
    office.sort(made := office.commit(NORWEGIAN, [letter(1, USERS[0], delivery="digital_only")]))
    office.report(made[0], Channel.ALTINN, Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(START)))

    assert (len(office.emails()), len(office.texts())) == (1, 1)
    assert _notices_due(office) == []


def test_a_senders_rate_holds_in_the_morning_too(office: Office) -> None:
    for user in USERS:
        _register(office, user, "mobile")
    _deliver_at_night(office, USERS, Settings(notice_rate=50))
    office.let_pass(timedelta(minutes=5))
    assert office.texts() == []

    _to(office, MORNING)
    assert len(office.texts()) == 50
    office.stack.advance(timedelta(minutes=1))
    assert len(office.texts()) == 100
    office.let_pass(timedelta(minutes=2))

    assert _numbers(office) == [f"+47999{user[-5:]}" for user in USERS]
    assert _notices_due(office) == []
    assert office.stack.dead_letters() == {}


def test_each_way_tells_in_order_where_a_slow_night_ends_in_the_morning(office: Office) -> None:
    for user in USERS:
        _register(office, user, "mobile", "email")
    _deliver_at_night(office, USERS, Settings(notice_rate=50))
    assert len(office.emails()) == 50

    # The rest of the e-mails waits until the hours have begun.
    office.stack.clock.set(MORNING)
    office.let_pass(timedelta(minutes=6))

    assert office.emails() == [f"{user[-4:]}@example.com" for user in USERS]
    assert _numbers(office) == [f"+47999{user[-5:]}" for user in USERS]


def test_an_sms_that_comes_too_late_in_the_evening_waits_for_another_morning(office: Office) -> None:
    _register(office, USERS[0], "mobile")
    _deliver_at_night(office, USERS[:1])

    _to(office, MORNING + timedelta(hours=11))
    assert office.texts() == []
    assert _notices_due(office) == ["2026-11-20T08:00:00Z#nordby#b1#0#notices-altinn-1-1"]
    _to(office, MORNING + timedelta(days=1))

    assert len(office.texts()) == 1
    assert _notices_due(office) == []


def _letter_alone(office: Office) -> Page:
    """A letter that the chosen mailbox refused and that went to Altinn, alone, at night."""
    _register(office, USERS[0], "mobile", "email", chosen="digipost")
    office.stack.clock.set(NIGHT)
    (page,) = made = office.commit(NORWEGIAN, [letter(1, USERS[0], delivery="digital_only")])
    office.sort(made)
    refused = Report(event=Event.REFUSED, n=0, rows="1", attempt=1, at=to_text(NIGHT), code="unknown")
    office.report(page, Channel.DIGIPOST, refused)
    office.report(page, Channel.ALTINN, Report(event=Event.DELIVERED, n=0, rows="1", attempt=2, at=to_text(NIGHT)))
    return page


def test_a_letter_alone_keeps_the_hours_too(office: Office) -> None:
    page = _letter_alone(office)
    assert (office.emails(), office.texts()) == (["0000@example.com"], [])
    assert _notices_due(office) == ["2026-11-19T08:00:00Z#nordby#b1#0#notices-1-2"]

    _to(office, MORNING)
    office.send("NoticesQueue", NotifyLetter(page=page, channel=Channel.ALTINN, row=1, attempt=2))
    office.stack.run()

    assert (len(office.emails()), len(office.texts())) == (1, 1)
    assert _notices_due(office) == []
    assert office.statuses(page, 1) == [Status.DELIVERED]


def test_a_letter_alone_has_failed_once_neither_way_worked(office: Office) -> None:
    page = _letter_alone(office)
    item = office.batches.letter(page, 1)
    assert item is not None
    assert (item.sms_waits, item.unreached) == (True, False)
    office.batches.set_told(page, item, office.now, sms_waits=True, unreached=True)
    _register(office, USERS[0])

    _to(office, MORNING)

    assert office.texts() == []
    assert office.statuses(page, 1) == [Status.NOTICE_FAILED]


def _crash_at(function: str, number: int, phase: str) -> Callable[[Call], None]:
    def watch(call: Call) -> None:
        if (call.function, call.number, call.phase) == (function, number, phase):
            raise Crash(f"{phase} call {number} of {function}")

    return watch


def _drain(office: Office) -> None:
    """Let the queues run dry, waiting out delays and visibility timeouts, without the schedule."""
    office.stack.run()
    while (moment := office.stack._next_visible()) is not None:
        office.stack.clock.move_to(moment)
        office.stack.run()


def _play(office: Office) -> Page:
    """A night and a morning, with time enough for what was lost to be done again."""
    _register(office, USERS[0], "mobile", "email")
    _register(office, USERS[1], "mobile")
    _register(office, USERS[2])
    page = _deliver_at_night(office, USERS[:3])
    for moment in (MORNING, MORNING + timedelta(minutes=61), MORNING + timedelta(minutes=122)):
        _drain(office)
        _to(office, moment)
    _drain(office)
    return page


@pytest.mark.parametrize("function", ["notification", "fallback"])
def test_nobody_is_forgotten_wherever_a_function_dies(
    office: Office, function: str, record_property: Callable[[str, object], None]
) -> None:
    made: dict[int, str] = {}

    def watch(call: Call) -> None:
        if call.function == function:
            made[call.number] = call.operation

    office.stack.on_call = watch
    _play(office)

    points = [(number, phase) for number in range(1, max(made) + 1) for phase in ("before", "after")]
    # An SMS is noted before it is sent: who dies between has sent none, and nobody can know that later.
    sms = {number for number, operation in made.items() if operation == "SendTextMessage"}
    unknown = {(number, "before") for number in sms} | {(number - 1, "after") for number in sms}
    for number, phase in points:
        office.reset()
        office.stack.on_call = _crash_at(function, number, phase)
        where = f"{phase} call {number} of {function}"
        page = _play(office)

        assert any(isinstance(failure.error, Crash) for failure in office.stack.failures), where
        assert office.stack.dead_letters() == {}, where
        assert set(office.emails()) == {"0000@example.com"}, where
        # At most one slice of the e-mails is repeated, and never an SMS.
        assert len(office.emails()) <= 2, where
        texted = _numbers(office)
        assert len(set(texted)) == len(texted) == 2 - ((number, phase) in unknown), where
        assert set(texted) <= {"+4799910000", "+4799910001"}, where
        assert office.statuses(page, 3) == [Status.DELIVERED, Status.DELIVERED, Status.NOTICE_FAILED], where
        assert _notices_due(office) == [], where
    record_property("fault points", f"{function} at night: {len(points)}")
