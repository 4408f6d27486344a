from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from brevdue.stack.lineage import MOST_INVOCATIONS
from cloud.recipients import HeldLetter
from postal import keys
from postal.channels import Channel
from postal.messages import Enrol, Event, ReleaseHeld, Report
from postal.pages import Page
from postal.reasons import Reason
from postal.recipients import Enrolment
from postal.register import (
    Closed,
    ContactChanged,
    MailboxChosen,
    MailboxClosed,
    OptedOut,
    Registered,
    SenderAccepted,
    SenderDeclined,
)
from postal.senders import Settings
from postal.status import Status
from postal.times import to_text
from tests.support.office import DANISH, NORWEGIAN, START, TERMS, Office, consenting, letter
from tests.support.people import DANES, NORWEGIANS, ORGANISATION

STRANGER, OTHER = DANES[0], DANES[1]
SIGNED_UP = Registered(recipient=STRANGER, occurred_at=START, mailbox=Channel.EBOKS)


def _sorted(office: Office, *recipients: str, batch: str = "b1", settings: Settings | None = None) -> Page:
    rows = [consenting(row, recipient) for row, recipient in enumerate(recipients, start=1)]
    (page,) = made = office.commit(DANISH, rows, batch=batch, settings=settings)
    office.sort(made)
    return page


def _items(office: Office, recipient: str, beginning: str) -> list[dict[str, Any]]:
    return list(office.recipients_table.query(recipient, beginning=beginning))


def test_who_signs_up_gets_the_held_letters_in_order(office: Office) -> None:
    first = _sorted(office, STRANGER, OTHER, STRANGER)
    office.stack.advance(timedelta(minutes=1))
    second = _sorted(office, STRANGER, batch="b2")

    office.tell(SIGNED_UP)

    assert office.statuses(first, 3) == [Status.IN_TRANSIT, Status.HELD, Status.IN_TRANSIT]
    assert office.statuses(second, 1) == [Status.IN_TRANSIT]
    assert office.states(first, 1)[0].reason is Reason.REGISTERED_IN_EBOKS
    assert sorted(office.dispatched(Channel.EBOKS)) == [
        "havblik/b1/letter-0000001-1",
        "havblik/b1/letter-0000003-1",
        "havblik/b2/letter-0000001-1",
    ]
    assert office.held(STRANGER) == []
    assert len(office.held(OTHER)) == 1
    assert office.stack.failures == []


def test_signing_up_again_releases_nothing_twice(office: Office) -> None:
    page = _sorted(office, STRANGER)
    office.tell(SIGNED_UP)
    (sent,) = office.dispatched(Channel.EBOKS).values()

    office.tell(SIGNED_UP, SIGNED_UP)

    assert list(office.dispatched(Channel.EBOKS).values()) == [sent]
    assert office.statuses(page, 1) == [Status.IN_TRANSIT]


def test_a_released_letter_is_delivered_told_and_opened_like_any_other(office: Office) -> None:
    page = _sorted(office, STRANGER)
    office.tell(
        SIGNED_UP,
        ContactChanged(recipient=STRANGER, occurred_at=START, email="ida@example.com"),
    )
    at = "2026-11-18T09:30:00Z"

    office.report(page, Channel.EBOKS, Report(event=Event.DELIVERED, n=0, rows="1", attempt=1, at=at))
    assert office.statuses(page, 1) == [Status.DELIVERED]
    assert office.emails() == ["ida@example.com"]
    office.report(page, Channel.EBOKS, Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=at))

    assert office.statuses(page, 1) == [Status.OPENED]


def test_a_released_letter_that_is_refused_is_held_again(office: Office) -> None:
    page = _sorted(office, STRANGER)
    office.tell(SIGNED_UP)

    report = Report(event=Event.REFUSED, n=0, rows="1", attempt=1, at="2026-11-18T09:30:00Z", code="gone")
    office.report(page, Channel.EBOKS, report)

    state = office.states(page, 1)[0]
    assert (state.status, state.reason) == (Status.HELD, Reason.HELD_AFTER_REFUSAL)
    assert [item["sk"][-2:] for item in office.held(STRANGER)] == ["#2"]


def test_a_recipient_with_many_held_letters_gets_them_at_once_while_there_is_time(office: Office) -> None:
    page = _sorted(office, *[STRANGER] * 110)
    asked: list[int] = []
    office.stack.on_invocation = lambda function, count: asked.append(count) if function == "register" else None

    office.tell(SIGNED_UP)

    assert office.statuses(page, 110) == [Status.IN_TRANSIT] * 110
    assert office.held(STRANGER) == []
    assert len(asked) == 1


def test_a_recipient_with_two_thousand_held_letters_gets_them_all(office: Office) -> None:
    page = _sorted(office, *[STRANGER] * 50)
    # Most are pointers to what has moved on, which says the same here and takes less time.
    office.recipients.hold(
        HeldLetter(
            recipient=STRANGER,
            accepted_at=to_text(START - timedelta(days=1)),
            letter_id=f"havblik/b0/{n}",
            attempt=2,
            mark=Reason.HELD_FOR_SENDER.mark,
            page=page,
            row=1,
        )
        for n in range(1_950)
    )
    assert len(office.held(STRANGER)) == 2_000

    office.tell(SIGNED_UP)

    assert office.held(STRANGER) == []
    assert office.statuses(page, 50) == [Status.IN_TRANSIT] * 50
    assert (office.stack.stopped, office.stack.failures, office.stack.dead_letters()) == ([], [], {})


def test_held_letters_are_released_however_many_invocations_it_takes(office: Office) -> None:
    page = _sorted(office, *[STRANGER] * 40)
    office.register(STRANGER, mailboxes=["eboks"])
    # Of 120 seconds an invocation has 15 left for its letters, and sending one takes 4.
    seconds = {"Query": 105, "SendMessageBatch": 4}
    office.stack.takes = lambda call: timedelta(
        seconds=seconds.get(call.operation, 0) if call.function == "register" else 0
    )

    office.send("RegisterQueue", ReleaseHeld(recipient=STRANGER))
    office.stack.run()

    assert office.statuses(page, 40) == [Status.IN_TRANSIT] * 40
    assert office.held(STRANGER) == []
    assert office.stack.deepest_chains["register"] > MOST_INVOCATIONS
    assert (office.stack.stopped, office.stack.failures, office.stack.dead_letters()) == ([], [], {})


@pytest.mark.parametrize(
    ("fallback", "expected", "stored"),
    [("print", Status.TO_PRINT, 1), ("return", Status.EXPIRED, 0)],
)
def test_who_declines_the_sender_gets_the_senders_fallback(
    office: Office, fallback: Any, expected: Status, stored: int
) -> None:
    page = _sorted(office, STRANGER, settings=Settings(fallback=fallback))

    office.tell(SenderDeclined(recipient=STRANGER, occurred_at=START, sender="havblik"))

    assert office.statuses(page, 1) == [expected]
    assert len(office.held(STRANGER)) == stored


def test_who_dies_is_sent_nothing(office: Office) -> None:
    page = _sorted(office, STRANGER)

    office.tell(Closed(recipient=STRANGER, occurred_at=START))

    assert office.statuses(page, 1) == [Status.STOPPED]
    assert office.held(STRANGER) == []


def test_a_change_that_opens_no_way_leaves_the_letter_held(office: Office) -> None:
    page = _sorted(office, STRANGER)

    office.tell(ContactChanged(recipient=STRANGER, occurred_at=START, email="a@example.com"))

    assert office.statuses(page, 1) == [Status.HELD]
    assert len(office.held(STRANGER)) == 1


def test_a_held_item_of_a_letter_that_left_is_dropped(office: Office) -> None:
    page = _sorted(office, STRANGER)
    (item,) = office.held(STRANGER)
    office.tell(SIGNED_UP)
    # As a repeat of the page's after-steps leaves it that began before the release.
    office.recipients_table.put(item)

    office.send("RegisterQueue", ReleaseHeld(recipient=STRANGER))
    office.stack.run()

    assert office.held(STRANGER) == []
    assert len(office.dispatched(Channel.EBOKS)) == 1
    assert office.statuses(page, 1) == [Status.IN_TRANSIT]


def test_the_first_delivery_enrols_with_its_evidence(office: Office) -> None:
    office.register(STRANGER, mailboxes=["eboks"])
    _sorted(office, STRANGER, STRANGER)

    (evidence,) = _items(office, STRANGER, "enrolment#")
    assert evidence["sk"] == "enrolment#havblik"
    assert evidence["terms"] == TERMS.id
    assert evidence["document_sha256"] == TERMS.document_sha256
    assert evidence["consent_at"] == "2026-02-01T00:00:00Z"
    assert evidence["ground"] == "havblik/b1/1"
    assert office.recipients.recipients([STRANGER])[STRANGER].enrolled == {"havblik"}


def _enrolment(recipient: str) -> Enrol:
    return Enrol(
        enrolments=(
            Enrolment(
                recipient=recipient,
                sender="havblik",
                terms=TERMS.id,
                document_sha256=TERMS.document_sha256,
                consent_at="2026-02-01T00:00:00Z",
                ground="enrolments/november.csv",
            ),
        )
    )


def test_who_is_not_known_is_enrolled_when_they_sign_up(office: Office) -> None:
    office.send("RegisterQueue", _enrolment(STRANGER))
    office.stack.run()
    assert office.recipients.recipients([STRANGER])[STRANGER].enrolled == frozenset()
    assert len(_items(office, STRANGER, "enrolment#")) == 1

    office.tell(SIGNED_UP)

    assert office.recipients.recipients([STRANGER])[STRANGER].enrolled == {"havblik"}


def test_enrolling_never_overrides_a_decline(office: Office) -> None:
    office.tell(SIGNED_UP, SenderDeclined(recipient=STRANGER, occurred_at=START, sender="havblik"))
    office.send("RegisterQueue", _enrolment(STRANGER))
    office.stack.run()
    assert office.recipients.recipients([STRANGER])[STRANGER].enrolled == frozenset()

    later = START + timedelta(days=1)
    office.tell(SenderAccepted(recipient=STRANGER, occurred_at=later, sender="havblik"))

    assert office.recipients.recipients([STRANGER])[STRANGER].enrolled == {"havblik"}


def test_what_a_coded_sender_learnt_stands_in_the_recipients_own_log(office: Office) -> None:
    _sorted(office, STRANGER)
    office.stack.advance(timedelta(hours=1))
    office.tell(SIGNED_UP)

    log = [(item["at"], item["code"], item["ground"]) for item in _items(office, STRANGER, "disclosed#")]
    assert log == [
        ("2026-11-18T09:00:00Z", "HELD_FOR_SENDER", TERMS.id),
        ("2026-11-18T10:00:00Z", "REGISTERED_IN_EBOKS", TERMS.id),
    ]


def test_each_letter_by_which_a_sender_learns_something_has_a_line_of_its_own(office: Office) -> None:
    office.tell(SenderDeclined(recipient=STRANGER, occurred_at=START, sender="havblik"))
    (page,) = office.commit(
        DANISH, [consenting(1, STRANGER), structs.replace(consenting(2, STRANGER), delivery="digital_only")]
    )
    office.sort([page])
    log = {item["letter_id"]: item["code"] for item in _items(office, STRANGER, "disclosed#")}
    assert log == {"havblik/b1/1": "DECLINED_TO_PAPER", "havblik/b1/2": "NO_DIGITAL_WAY"}

    office.sort([page])

    assert len(_items(office, STRANGER, "disclosed#")) == 2


def test_a_neutral_sender_learns_nothing_of_who_is_held_and_who_is_delivered(office: Office) -> None:
    _sorted(office, STRANGER, settings=Settings(disclosure="neutral"))
    office.stack.advance(timedelta(hours=1))
    office.tell(SIGNED_UP)

    assert _items(office, STRANGER, "disclosed#") == []


def test_a_neutral_sender_learns_of_who_declined_it_that_the_letter_is_not_sent(office: Office) -> None:
    office.tell(SenderDeclined(recipient=STRANGER, occurred_at=START, sender="havblik"))
    _sorted(office, STRANGER, settings=Settings(disclosure="neutral", fallback="return"))

    (noted,) = _items(office, STRANGER, "disclosed#")
    assert (noted["code"], noted["at"], noted["ground"]) == ("NOT_SENT", "2026-11-18T09:00:00Z", TERMS.id)


def test_a_norwegian_switches_and_opts_out(office: Office) -> None:
    citizen = NORWEGIANS[0]
    office.tell(MailboxChosen(recipient=citizen, occurred_at=START, mailbox=Channel.DIGIPOST))
    (first,) = made = office.commit(NORWEGIAN, [letter(1, citizen)])
    office.sort(made)
    office.tell(MailboxChosen(recipient=citizen, occurred_at=START + timedelta(hours=1), mailbox=Channel.EBOKS))
    (second,) = made = office.commit(NORWEGIAN, [letter(1, citizen)], batch="b2")
    office.sort(made)
    office.tell(MailboxClosed(recipient=citizen, occurred_at=START + timedelta(hours=2), mailbox=Channel.EBOKS))
    (third,) = made = office.commit(NORWEGIAN, [letter(1, citizen)], batch="b3")
    office.sort(made)
    office.tell(OptedOut(recipient=citizen, occurred_at=START + timedelta(hours=3)))
    (fourth,) = made = office.commit(NORWEGIAN, [letter(1, citizen)], batch="b4")
    office.sort(made)

    reasons = [office.states(page, 1)[0].reason for page in (first, second, third, fourth)]
    assert reasons == [Reason.CHOSE_DIGIPOST, Reason.CHOSE_EBOKS, Reason.ALTINN_BY_DEFAULT, Reason.OPTED_OUT]


def test_an_organisations_opt_out_is_refused(office: Office) -> None:
    office.tell(OptedOut(recipient=ORGANISATION, occurred_at=START))
    office.stack.settle()

    assert list(office.stack.dead_letters()) == ["RegisterDeadLetters"]
    assert office.recipients_table.get(pk=ORGANISATION, sk=keys.PROFILE_SK) is None
