from collections.abc import Callable
from datetime import timedelta

import pytest
from moto.core.exceptions import JsonRESTError
from moto.sesv2.responses import SESV2Response

from brevdue.stack.mail import Mail
from postal.channels import Channel
from postal.messages import Event, NotifyConsignment, Report
from postal.pages import Page
from postal.senders import Settings
from postal.status import Status
from postal.times import to_text
from tests.support.office import NORWEGIAN, START, Office, letter

USERS = [f"no-fnr:158290{n:05d}" for n in range(10_000, 10_120)]
DELIVERED = Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(START))


def _handed_over(office: Office, users: list[str], settings: Settings | None = None) -> Page:
    (page,) = made = office.commit(
        NORWEGIAN,
        [letter(row, user, delivery="digital_only") for row, user in enumerate(users, start=1)],
        settings=settings,
    )
    office.sort(made)
    return page


def test_both_ways_are_used_where_both_are_fresh(office: Office) -> None:
    fresh, stale = to_text(START - timedelta(days=547)), to_text(START - timedelta(days=549))
    mobile = {"mobile": "+4799999991", "mobile_verified_at": fresh}
    email = {"email": "b@example.com", "email_verified_at": fresh}
    office.register(USERS[0], contact={**mobile, **email})
    office.register(USERS[1], contact={**mobile, **email, "email_verified_at": stale})
    office.register(USERS[2], contact={**email, **mobile, "mobile_verified_at": stale})
    office.register(USERS[3], contact={**email, "email_verified_at": stale})
    page = _handed_over(office, USERS[:5])

    office.report(page, Channel.ALTINN, DELIVERED)

    assert office.emails() == ["b@example.com"] * 2
    assert [number for number, _ in office.texts()] == ["+4799999991"] * 2
    assert office.statuses(page, 5) == [
        Status.DELIVERED,
        Status.DELIVERED,
        Status.DELIVERED,
        Status.NOTICE_FAILED,
        Status.NOTICE_FAILED,
    ]


def test_a_notice_is_in_the_recipients_language_and_says_nothing_of_the_letter(office: Office) -> None:
    office.register(USERS[0], language="nn")
    page = _handed_over(office, USERS[:1])

    office.report(page, Channel.ALTINN, DELIVERED)

    assert office.texts() == [("+4799999999", "Nytt brev frå Nordby kommune i Altinn.")]


def test_a_redelivery_tells_nobody_again(office: Office) -> None:
    office.register(USERS[0])
    page = _handed_over(office, USERS[:1])
    office.report(page, Channel.ALTINN, DELIVERED)

    office.send("NoticesQueue", NotifyConsignment(page=page, channel=Channel.ALTINN, n=1, delivery="1"))
    office.stack.run()

    assert len(office.emails()) == 1


def test_a_senders_rate_spreads_its_notices_over_time(office: Office) -> None:
    for user in USERS:
        office.register(user)
    page = _handed_over(office, USERS, Settings(notice_rate=50))

    office.report(page, Channel.ALTINN, DELIVERED)
    assert len(office.emails()) == 50
    office.stack.advance(timedelta(minutes=1))
    assert len(office.emails()) == 100
    office.let_pass(timedelta(minutes=2))

    assert office.emails() == [f"{user[-4:]}@example.com" for user in USERS]
    assert office.stack.dead_letters() == {}


@pytest.mark.parametrize("throttled_for", [1, 40])
def test_a_throttled_notice_waits_and_never_becomes_a_dead_letter(
    office: Office, monkeypatch: pytest.MonkeyPatch, throttled_for: int
) -> None:
    left = throttled_for
    send = Mail.send

    def throttle(mail: Mail, send_on: Callable[[SESV2Response], str], response: SESV2Response) -> str:
        nonlocal left
        if "0002@example.com" in str(response.body) and left:
            left -= 1
            raise JsonRESTError("TooManyRequestsException", "Maximum sending rate exceeded.")
        return send(mail, send_on, response)

    monkeypatch.setattr(Mail, "send", throttle)
    for user in USERS[:4]:
        office.register(user, contact={"email": f"{user[-4:]}@example.com", "email_verified_at": to_text(START)})
    page = _handed_over(office, USERS[:4])

    office.report(page, Channel.ALTINN, DELIVERED)
    assert office.emails() == ["0000@example.com", "0001@example.com"]
    office.let_pass(timedelta(minutes=throttled_for + 1))

    assert office.emails() == [f"000{n}@example.com" for n in range(4)]
    assert office.stack.dead_letters() == {}


def test_two_functions_at_one_delivery_do_not_tell_the_same_recipients(office: Office) -> None:
    office.register(USERS[0])
    page = _handed_over(office, USERS[:1])
    office.report(page, Channel.ALTINN, DELIVERED)
    consignment = office.batches.consignment(page, Channel.ALTINN, 1)
    assert consignment is not None
    # As if a function had begun the slice and was still at it.
    office.batches_table.update(
        {"pk": "nordby#b1#0", "sk": "consignment#altinn#1"},
        "SET deliveries.#key.notified_to = :none",
        {":none": 0},
        names={"#key": "1"},
    )
    begun = office.batches.consignment(page, Channel.ALTINN, 1)
    assert begun is not None
    assert office.batches.begin_notices(page, begun, "1", office.now)
    office.forget_notices()

    office.send("NoticesQueue", NotifyConsignment(page=page, channel=Channel.ALTINN, n=1, delivery="1"))
    office.stack.run()
    assert office.emails() == []
    office.let_pass(timedelta(minutes=6))

    assert len(office.emails()) == 1
