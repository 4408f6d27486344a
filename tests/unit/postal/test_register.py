from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal import register
from postal.channels import MAILBOXES, Channel
from postal.register import (
    Closed,
    ContactChanged,
    Event,
    Exempted,
    ExemptionEnded,
    MailboxChosen,
    MailboxClosed,
    OptedIn,
    OptedOut,
    Registered,
    RegisterError,
    Reopened,
    SenderAccepted,
    SenderDeclined,
)
from tests.support.people import DANES, NORWEGIANS, ORGANISATION

DANE = DANES[0]
NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
TIMES = st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours))
MAILBOX = st.sampled_from(MAILBOXES)
SENDER = st.sampled_from(["havblik", "nordby"])


def events(recipient: str = DANE) -> st.SearchStrategy[Event]:
    common = {"recipient": st.just(recipient), "occurred_at": TIMES}
    return st.one_of(
        *(st.builds(type_, **common, mailbox=MAILBOX) for type_ in (Registered, MailboxChosen, MailboxClosed)),
        *(st.builds(type_, **common) for type_ in (OptedOut, OptedIn, Exempted, ExemptionEnded, Closed, Reopened)),
        *(st.builds(type_, **common, sender=SENDER) for type_ in (SenderDeclined, SenderAccepted)),
        st.builds(
            ContactChanged,
            **common,
            mobile=st.sampled_from([None, "", "+4799999999", "+4599999999"]),
            email=st.sampled_from([None, "", "a@example.com"]),
            language=st.sampled_from([None, "da", "nn"]),
        ),
    )


@given(st.lists(events(), max_size=8), st.data())
def test_events_in_any_order_and_repeated_end_the_same(told: list[Event], data: st.DataObject) -> None:
    again = data.draw(
        st.permutations(told + data.draw(st.lists(st.sampled_from(told), max_size=4) if told else st.just([])))
    )

    assert register.apply_all({}, again) == register.apply_all({}, told)


@given(events())
def test_an_event_is_read_as_it_was_written(event: Event) -> None:
    assert register.decode(register.encode(event)) == event


@given(st.lists(events(), max_size=8))
def test_a_chosen_mailbox_is_one_that_the_recipient_has(told: list[Event]) -> None:
    recipient = register.profile(DANE, register.apply_all({}, told))

    assert recipient.chosen is None or recipient.chosen in recipient.mailboxes


def test_a_mailbox_can_be_switched_at_any_time() -> None:
    first = MailboxChosen(recipient=DANE, occurred_at=NOW, mailbox=Channel.DIGIPOST)
    later = MailboxChosen(recipient=DANE, occurred_at=NOW + timedelta(days=1), mailbox=Channel.EBOKS)

    assert register.profile(DANE, register.apply_all({}, [later, first])).chosen is Channel.EBOKS


def test_each_way_of_contact_is_as_fresh_as_its_own_verification() -> None:
    old = ContactChanged(
        recipient=DANE, occurred_at=NOW - timedelta(days=600), mobile="+4599999999", email="a@example.com"
    )
    new = ContactChanged(recipient=DANE, occurred_at=NOW, mobile="+4599999999")

    contact = register.profile(DANE, register.apply_all({}, [new, old])).contact

    assert contact.fresh_mobile(NOW) == "+4599999999"
    assert contact.fresh_email(NOW) == ""


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (OptedOut(recipient=ORGANISATION, occurred_at=NOW), "organisations cannot opt out"),
        (Closed(recipient="dk-cpr:3213991234", occurred_at=NOW), "not a valid scheme:value"),
        (Closed(recipient=DANE, occurred_at=NOW.replace(year=2062)), "not happened yet"),
        (Closed(recipient=DANE, occurred_at=NOW.replace(year=1826)), "too long ago"),
        (Closed(recipient="fax:1", occurred_at=NOW), "not a valid scheme:value"),
        (Registered(recipient=NORWEGIANS[0], occurred_at=NOW, mailbox=Channel.PRINT), "print is no mailbox"),
    ],
)
def test_what_can_never_be_true_is_refused(event: Event, message: str) -> None:
    with pytest.raises(RegisterError, match=message) as raised:
        register.check(event, NOW)
    assert event.recipient not in str(raised.value)


@pytest.mark.parametrize(
    "body",
    [
        '{"type":"registered","recipient":"x","mailbox":"eboks"}',
        '{"type":"registered","recipient":"x","mailbox":"eboks","occurred_at":"2026-11-18T09:00:00"}',
        '{"type":"registered","recipient":"x","mailbox":"fax","occurred_at":"2026-11-18T09:00:00Z"}',
        '{"type":"closed","recipient":"x","occurred_at":"2026-11-18T09:00:00Z","why":"?"}',
        '{"type":"married","recipient":"x","occurred_at":"2026-11-18T09:00:00Z"}',
    ],
)
def test_a_body_that_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(msgspec.DecodeError):
        register.decode(body)
