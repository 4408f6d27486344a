"""Doing what is planned: uploads, what the register is told, orders; and saying so in plain words."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from cloud.outages import Outage, Outages
from postal import register
from postal.channels import Channel
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
    Reopened,
    SenderAccepted,
    SenderDeclined,
)
from postal.senders import Regime, Sender, Settings, Terms
from tests.simulation import happenings, papers
from tests.simulation.happenings import Letter, Ordered, Sent, Told, WasDown, What
from tests.simulation.plan import SENDERS, Order, Plan, Record, Row, Tell, Upload
from tests.support.office import TERMS, Office

_COLUMNS: Final = (
    "reference",
    "recipient",
    "title",
    "document",
    "delivery",
    "consent",
    "consent_at",
    "deliver_after",
    "respond_by",
    "name",
    "address_1",
    "postal_code",
    "city",
)
_OTHER_TERMS: Final = Terms(
    id="andre-vilkaar", document_sha256="b" * 64, valid_from=datetime.fromisoformat("2100-01-01T00:00:00Z")
)
#: Senders whose letters are few take their time with receipts.
_CADENCE_MINUTES: Final = {"no_public": 60, "dk_private": 720, "dk_public": 1_440}


def admit(office: Office, plan: Plan) -> Iterator[What]:
    """Put senders and people into the tables; what that makes true."""
    for sender in SENDERS:
        office.senders.put(_sender(sender))
    since = happenings.ago(plan.start, days=30)
    profiles = []
    for person, facts in plan.people.items():
        events = [*_events(person, facts, since, plan.contacts[person])]
        stated = register.apply_all({}, events)
        if stated:
            profiles.append((register.profile(person, stated), stated))
        yield Told(person, facts, since)
    office.recipients.put_profiles(profiles)


def upload(office: Office, batch: Upload) -> Iterator[What]:
    """Upload the manifest of a batch."""
    name = "manifest.jsonl" if batch.is_jsonl else "manifest.csv"
    rows = [row.cells for row in batch.rows]
    data = b"".join(json.dumps(row).encode() + b"\n" for row in rows) if batch.is_jsonl else _csv(rows)
    _put(office, f"inbox/{batch.sender.id}/{batch.batch}/{name}", data)
    yield Sent(f"{batch.sender.id}/{batch.batch}")


def upload_documents(office: Office, batch: Upload) -> None:
    """Upload the documents of a batch, but for one that its sender forgot."""
    for name in batch.documents:
        _put(office, f"inbox/{batch.sender.id}/{batch.batch}/documents/{name}", papers.content(name))


def tell(office: Office, told: Tell, number: int) -> Iterator[What]:
    """Tell the register, in a message or a file."""
    (event,) = _events(told.person, told.facts, told.true_since)
    body = register.encode(event)
    if told.is_file:
        _put(office, f"register/news-{number}.jsonl", body.encode() + b"\n")
    else:
        url = office.stack.names["RegisterQueue"]
        office.stack.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    yield Told(told.person, told.facts, told.true_since)


def order(office: Office, orders: Order, letters: list[Letter], number: int) -> Iterator[What]:
    """Upload an order file."""
    now = office.now
    lines = ["order;reference;until"]
    by_row = {letter.row: letter for letter in letters}
    for row, what, until in orders.orders:
        if until is not None and until <= now:
            # It was planned for earlier, before somebody died.
            continue
        reference = by_row[row].reference if row else ""
        lines.append(f"{what};{reference};{until.isoformat() if until else ''}")
        for letter in [by_row[row]] if row else letters:
            yield Ordered(letter.id, what, until)
    if len(lines) > 1:
        _put(office, f"inbox/{orders.batch}/orders/orders-{number}.csv", "\r\n".join(lines).encode())


def record(office: Office, down: Record) -> Iterator[What]:
    """Record that Altinn was down."""
    Outages(office.batches_table).put(Outage(channel=Channel.ALTINN, begin=down.begin, end=down.end))
    yield WasDown(down.begin, down.end)


def good_letters(rows: tuple[Row, ...]) -> list[Letter]:
    """The letters of rows without errors."""
    return [row.letter for row in rows if not row.letter.is_bad]


def _sender(sender: happenings.Sender) -> Sender:
    return Sender(
        id=sender.id,
        name=f"{sender.id.capitalize()} Eksempel",
        regime=Regime(sender.regime),
        languages=("nb",) if sender.country == "no" else ("da",),
        terms=(TERMS, _OTHER_TERMS) if sender.regime == "dk_private" else (),
        settings=Settings(
            fallback="print" if sender.fallback == "print" else "return",
            hold_days=sender.hold_days,
            unopened_hours=sender.unopened_hours,
            receipt_cadence_minutes=_CADENCE_MINUTES[sender.regime],
            # All Danish senders share a printer, two of them a cut-off with the Norwegian one's.
            printer="trykk" if sender.country == "no" else "tryk",
            print_cut_off=sender.cut_off,
            return_address=("Ingenveien 2", "9993 Nordvik"),
            disclosure="neutral" if sender.is_neutral else "coded",
        ),
    )


def _events(
    person: str, facts: tuple[tuple[str, str | bool], ...], since: datetime, contact: str = "none"
) -> Iterator[Event]:
    """The events by which facts are told to the register."""
    about: dict[str, Any] = {"recipient": person, "occurred_at": since}
    stated = dict(facts)
    if "chosen" in stated:
        chosen = Channel(str(stated.pop("chosen")))
        stated.pop(f"mailbox.{chosen}")
        yield MailboxChosen(**about, mailbox=chosen)
    if contact != "none":
        email = f"{person[-4:]}@post.example" if contact in {"both", "email"} else None
        mobile = f"+47000{person[-5:]}" if contact in {"both", "mobile"} else None
        yield ContactChanged(**about, email=email, mobile=mobile)
    for name, value in stated.items():
        if name != "reached":
            yield _event(name, bool(value), about)


def _event(name: str, so: bool, about: dict[str, Any]) -> Event:  # noqa: FBT001 - a fact's value
    kind, _, of = name.partition(".")
    match kind:
        case "mailbox":
            return (Registered if so else MailboxClosed)(**about, mailbox=Channel(of))
        case "declined":
            return (SenderDeclined if so else SenderAccepted)(**about, sender=of)
        case "opted_out":
            return (OptedOut if so else OptedIn)(**about)
        case "exempt":
            return (Exempted if so else ExemptionEnded)(**about)
        case _:
            return (Closed if so else Reopened)(**about)


def _csv(rows: list[dict[str, str]]) -> bytes:
    lines = [_COLUMNS, *(tuple(row.get(column, "") for column in _COLUMNS) for row in rows)]
    return "".join(f"{';'.join(cells)}\r\n" for cells in lines).encode()


def _put(office: Office, key: str, data: bytes) -> None:
    office.s3.put_object(Bucket=office.bucket_name, Key=key, Body=data)
