"""A proof, made from what is stored of a letter. It passes on what the sender's receipts tell, and no more."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Final

from msgspec import Struct

from brevdue.operate import history, story
from brevdue.operate.story import Stored, Story
from brevdue.proofs.content import (
    Proof,
    ProvenArrival,
    ProvenCalendar,
    ProvenConsent,
    ProvenDay,
    ProvenFile,
    ProvenManifest,
    ProvenSender,
    ProvenStatus,
)
from postal import working_hours
from postal.batches import Batch
from postal.channels import MAILBOXES
from postal.letters import Letter
from postal.reasons import Reason, reason_of
from postal.senders import Country, Language
from postal.status import LetterState, Status
from postal.times import from_text
from receipts import lines
from receipts.lines import ReceiptLine, local_time

_ON_PAPER: Final = frozenset({Status.PRINTED, Status.RETURNED})
_IN_A_MAILBOX: Final = frozenset({Status.DELIVERED, Status.NOTICE_FAILED, Status.OPENED})


class _Shown(Struct, frozen=True):
    """A status as the sender's receipts tell it, and what it is told of."""

    line: ReceiptLine
    state: LetterState


def make(
    stored: Stored, hashes: Mapping[str, str], language: Language, now: datetime, *, is_full: bool = False
) -> Proof:
    """The proof of a letter.

    Args:
        stored: of the letter.
        hashes: SHA-256 of each of its documents, by path; those that are not stored any more are left out.
        language: of the texts; what a refused row says of its errors stays in the sender's.
        now: when it is made.
        is_full: whether to tell what neutral receipts hide.

    Raises:
        KeyError: a mark that is unknown here.
    """
    batch, row = story.read_in(stored.batch, language), stored.row
    if is_full:
        batch = story.hiding_nothing(batch)
    country = batch.sender.country
    letter = row if isinstance(row, Letter) else None
    shown = list(_shown(stored, batch))
    statuses = tuple(_statuses(stored, shown))
    return Proof(
        letter=f"{batch.sender.id}/{batch.id}/{row.row}",
        made_at=local_time(now, country),
        language=language,
        disclosure=batch.sender.settings.disclosure,
        sender=ProvenSender(
            id=batch.sender.id,
            name=batch.sender.name,
            regime=batch.sender.regime,
            disclosure=stored.batch.sender.settings.disclosure,
        ),
        reference=row.reference,
        title=letter.title if letter else "",
        recipient=letter.recipient if letter else "",
        address=_address(letter) if letter and any(one.status in _ON_PAPER for one in statuses) else (),
        documents=tuple(_files(letter, hashes)) if letter else (),
        manifest=ProvenManifest(
            name=batch.manifest.rpartition("/")[2],
            sha256=batch.manifest_sha256,
            version=batch.manifest_version,
            row=row.row,
            rows=batch.rows,
            accepted_at=local_time(batch.accepted_at, country),
        ),
        consent=_consent(letter, batch) if letter and letter.consent else None,
        statuses=statuses,
        arrivals=tuple(_arrivals(shown, country)),
        calendar=None if batch.sender.is_neutral else _calendar(story.tell(stored, language, now), batch),
    )


def _shown(stored: Stored, batch: Batch) -> list[_Shown]:
    """The letter's states as receipts tell them: of a neutral list, what stands in it by now."""
    states = history.states(stored.items, stored.row.row, batch.rows)
    lines_of = [_Shown(_line(stored, state, batch), state) for state in states]
    # A refused row reads alike before and after its page is sorted.
    shown = [one for n, one in enumerate(lines_of) if not n or one.line != lines_of[n - 1].line]
    if not batch.sender.is_neutral:
        return shown
    listed = lines.decode(stored.listed) if stored.listed else shown[0].line
    last = shown[-1] if _case(shown[-1].line) == _case(listed) else _Shown(listed, states[-1])
    return [shown[0]] if _case(last.line) == _case(shown[0].line) else [shown[0], last]


def _line(stored: Stored, state: LetterState, batch: Batch) -> ReceiptLine:
    return lines.line(stored.row, state, batch, state.at or batch.accepted_at)


def _case(line: ReceiptLine) -> tuple[str, str]:
    return line.status, line.code


def _statuses(stored: Stored, shown: list[_Shown]) -> Iterator[ProvenStatus]:
    decided = history.decisions(stored.items, stored.row.row, stored.batch.rows)
    for one in shown:
        line, at = one.line, one.state.at
        rule = next((rule for rule in reversed(decided) if at and rule.at <= at), None)
        # An order that came before the letter left is kept without its time.
        is_timeless = line.code == Reason.RECALLED_BY_SENDER.code and (rule is None or rule is decided[0])
        yield ProvenStatus(
            at="" if is_timeless else line.time,
            status=line.status,
            code=line.code,
            channel=line.channel,
            controller=line.controller,
            text=line.text,
            rules_version=rule.rules_version if rule and line.code == reason_of(rule.mark).code else None,
        )


def _arrivals(shown: list[_Shown], country: Country) -> Iterator[ProvenArrival]:
    in_mailbox = next((one for one in shown if one.line.status in _IN_A_MAILBOX), None)
    mailboxes = [one.line.channel for one in shown if one.line.channel in MAILBOXES]
    if in_mailbox is not None and mailboxes:
        line, at = in_mailbox.line, in_mailbox.state.delivered_at
        # An opening may be known where the delivery was never reported.
        status, time = (Status.DELIVERED, local_time(at, country)) if at else (line.status, line.time)
        yield ProvenArrival(at=time, status=status, channel=line.channel or mailboxes[-1])
    for one in shown:
        if one.line.status in _ON_PAPER:
            yield ProvenArrival(at=one.line.time, status=one.line.status, channel=one.line.channel)


def _files(letter: Letter, hashes: Mapping[str, str]) -> Iterator[ProvenFile]:
    for document in letter.documents:
        yield ProvenFile(
            path=document.path,
            sha256=hashes.get(document.path, ""),
            bytes=document.size,
            version=document.version,
        )


def _address(letter: Letter) -> tuple[str, ...]:
    address = letter.address
    if address is None:
        return ()
    return (address.name, *address.lines, f"{address.postal_code} {address.city}", address.country)


def _consent(letter: Letter, batch: Batch) -> ProvenConsent:
    terms, country = batch.sender.terms_with_id(letter.consent), batch.sender.country
    return ProvenConsent(
        terms=letter.consent,
        document_sha256=terms.document_sha256 if terms else "",
        valid_from=local_time(terms.valid_from, country) if terms else "",
        accepted_at=local_time(from_text(letter.consent_at), country) if letter.consent_at else "",
    )


def _calendar(told: Story, batch: Batch) -> ProvenCalendar | None:
    country = batch.sender.country
    if told.deadline is None:
        return None
    return ProvenCalendar(
        country=country,
        zone=working_hours.ZONES[country].key,
        holidays=f"holidays {version('holidays')}",
        hours=batch.sender.settings.unopened_hours,
        begins_at=local_time(told.deadline.since, country),
        ends_at=local_time(told.deadline.at, country),
        text=told.deadline.text,
        not_counted=tuple(ProvenDay(date=one.date.isoformat(), why=one.why) for one in told.skipped),
    )
