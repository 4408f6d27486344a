"""Reading what is stored of one letter, or of one recipient."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import ClientError
from msgspec import Struct

from brevdue.operate.story import Stored
from brevdue.remote import Remote
from cloud import row_files
from cloud.batches import Batches
from cloud.bucket import Bucket, is_missing
from cloud.outages import Outages
from cloud.recipients import HeldLetter, Recipients
from cloud.table import Item
from postal import due, identifiers, keys, pages, rows, status
from postal.batches import Batch
from postal.channels import Channel
from postal.identifiers import Scheme
from postal.letters import Letter
from postal.recipients import Contact, Disclosure, Enrolment, Kind, Recipient, kind_of
from postal.register import Facts
from postal.rows import Row
from postal.status import Status
from postal.times import from_text
from receipts import lists

if TYPE_CHECKING:
    from postal.consignments import PageItems

_SCHEMES: Final = frozenset(scheme.value for scheme in Scheme)

#: Facts that are told elsewhere: where the recipient can be told, and what it said of senders.
_CONTACTS: Final = ("mobile", "email")
_DECLINED: Final = "declined."


class NotThereError(Exception):
    """What was asked for is not there; the text says so, and what to do."""


class Named(Struct, frozen=True, kw_only=True):
    """A letter as somebody names it: by its row, or else by its reference."""

    sender: str
    batch: str
    row: int = 0
    reference: str = ""


def named(parts: Sequence[str]) -> Named:
    """The letter that `sender/batch/row` names, or a sender, a batch and a reference.

    Raises:
        ValueError: it names none; the text says how to.
    """
    match parts:
        case [letter]:
            sender, _, rest = letter.partition("/")
            batch, _, row = rest.partition("/")
            found = Named(sender=sender, batch=batch, row=int(row) if row.isascii() and row.isdigit() else 0)
        case [sender, batch, reference]:
            found = Named(sender=sender, batch=batch, reference=reference)
        case _:
            raise ValueError("name a letter by its id, or by sender, batch and reference")
    if not keys.SENDER_ID.fullmatch(found.sender) or not keys.BATCH_ID.fullmatch(found.batch):
        raise ValueError(f"{found.sender}/{found.batch} is no sender/batch")
    if not found.row and not found.reference:
        raise ValueError("a letter's id is sender/batch/row, with the row counted from 1")
    return found


def letter(office: Remote, asked: Named, *, with_register: bool = True) -> Stored:
    """What is stored of a letter.

    Args:
        office: where.
        asked: the letter.
        with_register: also what the register says of its recipient.

    Raises:
        NotThereError: there is no such batch, or no such row in it.
    """
    batches, bucket = Batches(office.batches), Bucket(office.s3, office.bucket)
    batch = batches.batch(asked.sender, asked.batch)
    if batch is None:
        summary = keys.summary_file(asked.sender, asked.batch)
        raise NotThereError(
            f"no batch {asked.batch} of {asked.sender} is accepted: {summary} says why, if something was uploaded"
        )
    if asked.reference:
        found, *others = _rows_with(bucket, batch, asked.reference)
        same = tuple(other.row for other in others)
    else:
        found, same = None, ()
    number = found.row if found else asked.row
    items = batches.page_items(asked.sender, asked.batch, pages.page_of(number))
    found = found or _row(bucket, batch, items, number)
    recipient_id = found.recipient if with_register and isinstance(found, Letter) else ""
    profile = Recipients(office.recipients).profile(recipient_id) if recipient_id else None
    return Stored(
        row=found,
        batch=batch,
        items=items,
        pauses=Outages(office.batches).of(Channel.ALTINN),
        recipient=profile.recipient if profile else None,
        facts=profile.facts if profile else {},
        same_reference=same,
        listed=_listed(bucket, batch, found.row) if batch.sender.is_neutral else b"",
    )


def document_hashes(office: Remote, stored: Stored) -> dict[str, str]:
    """SHA-256 of the documents of a letter, by path, in the versions that were sent; what is gone is left out."""
    bucket, batch = Bucket(office.s3, office.bucket), stored.batch
    prefix = keys.documents_prefix(batch.sender.id, batch.id)
    documents = stored.row.documents if isinstance(stored.row, Letter) else ()
    hashes = {one.path: _sha256(bucket, f"{prefix}{one.path}", one.version) for one in documents}
    return {path: found for path, found in hashes.items() if found}


def _sha256(bucket: Bucket, key: str, version: str) -> str:
    found = sha256()
    try:
        for chunk in bucket.stream(key, version):
            found.update(chunk)
    except ClientError as error:
        if is_missing(error):
            return ""
        raise
    return found.hexdigest()


def _row(bucket: Bucket, batch: Batch, items: "PageItems", number: int) -> Row:
    if number > batch.rows:
        raise NotThereError(f"the batch {batch.id} of {batch.sender.id} has {batch.rows} rows, and so no row {number}")
    if items.sorting is not None:
        page = items.sorting.page
        return row_files.rows_of(bucket, page)[number - pages.rows_of(page.number, batch.rows).start]
    lines = bucket.stream_lines(batch.row_file, batch.row_file_version)
    return rows.decode(next(islice(lines, number - 1, None)))


def _rows_with(bucket: Bucket, batch: Batch, reference: str) -> list[Row]:
    """The rows with a reference, the first first: at most one of them is a letter."""
    needle = msgspec.json.encode(reference)
    lines = bucket.stream_lines(batch.row_file, batch.row_file_version)
    found = [row for line in lines if needle in line and (row := rows.decode(line)).reference == reference]
    if not found:
        raise NotThereError(f"no row of the batch {batch.id} of {batch.sender.id} has that reference")
    return sorted(found, key=lambda row: not isinstance(row, Letter))


def _listed(bucket: Bucket, batch: Batch, number: int) -> bytes:
    """A letter's line of the sender's latest list; empty where there is none yet."""
    head = bucket.head(lists.list_key(batch))
    if head is None:
        return b""
    return next(islice(bucket.stream_lines(head.key, head.version), number - 1, None), b"")


# --- recipients ---


class FactTold(Struct, frozen=True, kw_only=True):
    """Something that the register knows. `since` is when it came true; None where that is not stored."""

    fact: str
    value: bool | str
    since: datetime | None


class ContactTold(Struct, frozen=True, kw_only=True):
    """Where the recipient can be told of letters, masked unless asked for."""

    kind: str
    address: str
    verified_at: datetime | None
    since: datetime | None


class UnusableTold(Struct, frozen=True, kw_only=True):
    """An e-mail address that notices use no more, masked unless asked for.

    Attributes:
        why: `bounce` or `complaint`.
    """

    address: str
    why: str
    since: datetime


class HeldTold(Struct, frozen=True, kw_only=True):
    """A letter that waits for the recipient.

    Attributes:
        status: `held`, or `to_print` until a print job has it.
        until: when it waits no more; None where that is not certain.
    """

    sender: str
    letter: str
    status: Status
    since: datetime
    until: datetime | None


class EnrolmentTold(Struct, frozen=True, kw_only=True):
    """A sender with which the recipient is or was enrolled.

    Attributes:
        is_enrolled: whether it still is; who declines a sender is enrolled no more.
        terms, document_sha256, consent_at, ground: the evidence; empty where none is stored.
    """

    sender: str
    is_enrolled: bool
    terms: str = ""
    document_sha256: str = ""
    consent_at: str = ""
    ground: str = ""


class Record(Struct, frozen=True, kw_only=True):
    """What is stored of a recipient.

    Attributes:
        recipient: masked.
        is_known: whether anything is.
        declined: senders that the recipient declined, or declined and then took back.
        disclosed: what senders learnt, the first first.
    """

    recipient: str
    is_known: bool
    kind: Kind
    facts: list[FactTold] = []
    contact: list[ContactTold] = []
    unusable: list[UnusableTold] = []
    held: list[HeldTold] = []
    enrolments: list[EnrolmentTold] = []
    declined: list[FactTold] = []
    disclosed: list[Disclosure] = []


def recipient_id(text: str) -> str:
    """The id that is meant.

    Raises:
        ValueError: it is none; the text does not repeat it.
    """
    scheme, _, value = text.strip().partition(":")
    if scheme not in _SCHEMES:
        raise ValueError(f"write it as scheme:value, with one of {', '.join(sorted(_SCHEMES))}")
    if identifiers.flaw(Scheme(scheme), value):
        raise ValueError(f"what stands after {scheme}: is no valid number of that kind")
    return f"{scheme}:{value}"


def recipient(office: Remote, id_: str, *, show_contact: bool = False) -> Record:
    """What is stored of a recipient: everything that lies under its id.

    Args:
        office: where.
        id_: `scheme:value`.
        show_contact: whether to tell whole addresses.
    """
    items = list(office.recipients.query(id_))
    profile = Recipients(office.recipients).profile(id_)
    of = _by_kind(items)
    known, facts = profile.recipient, profile.facts
    return Record(
        recipient=masked_id(id_),
        is_known=bool(items),
        kind=kind_of(id_),
        facts=list(_facts(known, facts)),
        contact=list(_contacts(known.contact, facts, show_contact=show_contact)),
        unusable=list(_unusable(known, show_contact=show_contact)),
        held=list(_held(office, [msgspec.convert({**item, "recipient": id_}, HeldLetter) for item in of["held"]])),
        enrolments=list(_enrolments(known, of["enrolment"])),
        declined=list(_declined(known, facts)),
        # As the JSON tells it, whose it is stands above.
        disclosed=[msgspec.convert({**item, "recipient": masked_id(id_)}, Disclosure) for item in of["disclosed"]],
    )


def masked_id(id_: str) -> str:
    """`dk-cpr:••••••••••`: an id without its value."""
    scheme, _, value = id_.partition(":")
    return f"{scheme}:{'•' * len(value)}"


def masked_mobile(number: str) -> str:
    """`+47••••••99`."""
    return f"{number[:3]}{'•' * max(len(number) - 5, 0)}{number[-2:]}"


def masked_email(address: str) -> str:
    """`i•••@•••.com`."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}•••@•••.{domain.rpartition('.')[2]}"


def _by_kind(items: Sequence[Item]) -> Mapping[str, list[Item]]:
    found: dict[str, list[Item]] = {"held": [], "enrolment": [], "disclosed": []}
    for item in items:
        found.setdefault(item["sk"].partition("#")[0], []).append(item)
    return found


def _facts(known: Recipient, facts: Facts) -> Iterator[FactTold]:
    """What is known but for contacts and senders, with when it came true where that is stored."""
    values: dict[str, bool | str] = {f"mailbox.{mailbox}": True for mailbox in known.mailboxes}
    values |= {name: True for name in ("opted_out", "exempt", "closed") if getattr(known, name)}
    values |= {"chosen": known.chosen.value} if known.chosen else {}
    values |= {"language": known.language} if known.language else {}
    values |= {name: fact.value for name, fact in facts.items()}
    for name in sorted(values):
        if name not in _CONTACTS and not name.startswith(_DECLINED):
            yield FactTold(fact=name, value=values[name], since=facts[name].at if name in facts else None)


def _contacts(contact: Contact, facts: Facts, *, show_contact: bool) -> Iterator[ContactTold]:
    for kind, address, mask, verified_at in (
        ("mobile", contact.mobile, masked_mobile, contact.mobile_verified_at),
        ("email", contact.email, masked_email, contact.email_verified_at),
    ):
        if address:
            yield ContactTold(
                kind=kind,
                address=address if show_contact else mask(address),
                verified_at=verified_at,
                since=facts[kind].at if kind in facts else None,
            )


def _unusable(known: Recipient, *, show_contact: bool) -> Iterator[UnusableTold]:
    for address, reason in sorted(known.unusable.items()):
        yield UnusableTold(
            address=address if show_contact else masked_email(address),
            why="complaint" if reason.is_complaint else "bounce",
            since=reason.at,
        )


def _held(office: Remote, held: Sequence[HeldLetter]) -> Iterator[HeldTold]:
    """What waits for the recipient, as the letters' own pages say it is."""
    batches = Batches(office.batches)
    read: dict[tuple[str, str, int], tuple[Batch | None, PageItems]] = {}
    for one in held:
        page = (one.page.sender, one.page.batch, one.page.number)
        if page not in read:
            read[page] = (batches.batch(one.page.sender, one.page.batch), batches.page_items(*page))
        batch, items = read[page]
        if batch is None:
            accepted_at = from_text(one.accepted_at)
            yield HeldTold(
                sender=one.page.sender, letter=one.letter_id, status=Status.HELD, since=accepted_at, until=None
            )
            continue
        state = status.state_of(items, one.row, batch.rows)
        until = None
        if state.status is Status.HELD:
            until = due.hold_ends(state, batch.sender)
        elif state.status is Status.TO_PRINT and state.at and not state.is_claimed:
            until = due.cut_off_after(state.at, batch.sender)
        yield HeldTold(
            sender=one.page.sender,
            letter=one.letter_id,
            status=state.status,
            since=state.at or batch.accepted_at,
            until=until,
        )


def _enrolments(known: Recipient, items: Sequence[Item]) -> Iterator[EnrolmentTold]:
    evidence = {
        one.sender: one for one in (msgspec.convert({**item, "recipient": item["pk"]}, Enrolment) for item in items)
    }
    for sender in sorted(evidence.keys() | known.enrolled):
        is_enrolled = sender in known.enrolled - known.declined
        one = evidence.get(sender)
        if one is None:
            yield EnrolmentTold(sender=sender, is_enrolled=is_enrolled)
        else:
            yield EnrolmentTold(
                sender=sender,
                is_enrolled=is_enrolled,
                terms=one.terms,
                document_sha256=one.document_sha256,
                consent_at=one.consent_at,
                ground=one.ground,
            )


def _declined(known: Recipient, facts: Facts) -> Iterator[FactTold]:
    said = {name.removeprefix(_DECLINED): fact for name, fact in facts.items() if name.startswith(_DECLINED)}
    for sender in sorted(said.keys() | known.declined):
        since = said[sender].at if sender in said else None
        yield FactTold(fact=sender, value=sender in known.declined, since=since)
