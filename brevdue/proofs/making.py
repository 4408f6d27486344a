"""A proof, made from what is stored of a letter.

Of its recipient it tells what the sender's receipts tell by their code, also of states that came and went between
two lists; of a neutral list, what stands in it.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

from msgspec import Struct, structs

from brevdue.operate import history, story
from brevdue.operate.history import Past
from brevdue.operate.story import Stored, Story
from brevdue.proofs.content import (
    Proof,
    ProvenCalendar,
    ProvenConfirmation,
    ProvenConsent,
    ProvenDay,
    ProvenFile,
    ProvenManifest,
    ProvenSender,
    ProvenStatus,
)
from postal.batches import Batch, BatchState
from postal.letters import Letter, letter_id
from postal.reasons import Reason, reason_of
from postal.senders import Language
from postal.status import LetterState, Status, state_of
from postal.times import ZONES, from_text, local_time
from receipts import lines
from receipts.lines import ReceiptLine

#: Before any response is overdue.
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)

_ON_PAPER: Final = frozenset({Status.PRINTED, Status.RETURNED})


class _Shown(Struct, frozen=True):
    """A state as the sender's receipts tell it, and what it is told of."""

    line: ReceiptLine
    past: Past


def make(  # noqa: PLR0913 - the letter, its documents, who says so, how and when
    stored: Stored,
    hashes: Mapping[str, str],
    issuer: str,
    language: Language,
    now: datetime,
    *,
    is_full: bool = False,
) -> Proof:
    """The proof of a letter.

    Args:
        stored: of the letter.
        hashes: SHA-256 of each of its documents, by path; those that are not stored any more are left out.
        issuer: who runs the post office.
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
    shown = _shown(stored, batch)
    statuses = tuple(_statuses(stored, batch, shown))
    return Proof(
        format=1,
        release=version("brevdue"),
        issuer=issuer,
        letter=letter_id(batch.sender.id, batch.id, row.row),
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
        confirmed=tuple(sorted(_confirmed(stored, shown, batch), key=_time)),
        calendar=None if batch.sender.is_neutral else _calendar(story.tell(stored, language, now), batch),
    )


def _shown(stored: Stored, batch: Batch) -> list[_Shown]:
    """The letter's states as receipts tell them: of a neutral list, up to what stands in it by now."""
    past = history.past(stored.items, stored.row.row, batch.rows)
    shown = [_Shown(_line(stored, one.state, batch), one) for one in past]
    if batch.decided_by:
        awaiting = structs.replace(batch, state=BatchState.AWAITING_APPROVAL)
        shown.insert(0, _Shown(_line(stored, past[0].state, awaiting), past[0]))
    # A refused row reads alike before and after its page is sorted.
    shown = [one for n, one in enumerate(shown) if not n or one.line != shown[n - 1].line]
    return _listed(shown, stored.listed) if batch.sender.is_neutral else shown


def _listed(shown: list[_Shown], listed: bytes) -> list[_Shown]:
    """Of the states of a letter of a neutral list those that it tells: an end that it told stays the end."""
    told = shown[:1]
    for one in shown[1:]:
        (kept,) = lines.keep_ends([lines.encode(one.line)], [lines.encode(told[-1].line)])
        if _case(lines.decode(kept)) != _case(told[-1].line):
            told.append(one)
    if not listed:
        return told[:1]
    line = lines.decode(listed)
    latest = max((n for n, one in enumerate(told) if _case(one.line) == _case(line)), default=None)
    return [told[0], _Shown(line, told[-1].past)] if latest is None else told[: latest + 1]


def _line(stored: Stored, state: LetterState, batch: Batch) -> ReceiptLine:
    """What the receipts said then; that a response is overdue is true for a while only, and left out."""
    return lines.line(stored.row, state, batch, _LONG_AGO)


def _case(line: ReceiptLine) -> tuple[str, str]:
    return line.status, line.code


def _statuses(stored: Stored, batch: Batch, shown: list[_Shown]) -> Iterator[ProvenStatus]:
    decided = history.decisions(stored.items, stored.row.row, batch.rows)
    for line, past in ((one.line, one.past) for one in shown):
        rule = next((rule for rule in reversed(decided) if past.at and rule.at <= past.at), None)
        # A recall from its page is kept without its time.
        is_timeless = line.code == Reason.RECALLED_BY_SENDER.code and (rule is None or rule is decided[0])
        noted_at = local_time(past.at, batch.sender.country) if past.at and not batch.sender.is_neutral else ""
        yield ProvenStatus(
            at="" if is_timeless else line.time,
            noted_at="" if is_timeless or noted_at == line.time else noted_at,
            until=line.until,
            status=line.status,
            code=line.code,
            channel=line.channel,
            controller=line.controller,
            text=line.text,
            rules_version=rule.rules_version if rule and line.code == reason_of(rule.mark).code else None,
        )


def _confirmed(stored: Stored, shown: list[_Shown], batch: Batch) -> Iterator[ProvenConfirmation]:
    if not batch.sender.is_neutral:
        yield from _confirmed_by_mailbox(stored, batch)
    for one in shown:
        if one.line.status in _ON_PAPER:
            yield ProvenConfirmation(at=one.line.time, status=one.line.status, channel=one.line.channel)


def _confirmed_by_mailbox(stored: Stored, batch: Batch) -> Iterator[ProvenConfirmation]:
    """What a mailbox has said, also where it changed nothing: an opening after a print job had the letter."""
    row, items = stored.row.row, stored.items
    letter = items.letters.get(row)
    ways = [reason_of(one.mark).way.mailbox for one in history.decisions(items, row, batch.rows)]
    mailbox = next((way for way in reversed(ways) if way), None)
    for status, at in (
        (Status.DELIVERED, state_of(items, row, batch.rows).delivered_at),
        (Status.OPENED, letter.opened_at if letter else None),
    ):
        if mailbox and at:
            yield ProvenConfirmation(at=local_time(at, batch.sender.country), status=status, channel=mailbox)


def _time(one: ProvenConfirmation) -> datetime:
    return datetime.fromisoformat(one.at)


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
        zone=ZONES[country].key,
        holidays=f"holidays {version('holidays')}",
        hours=batch.sender.settings.unopened_hours,
        begins_at=local_time(told.deadline.since, country),
        ends_at=local_time(told.deadline.at, country),
        text=told.deadline.text,
        not_counted=tuple(ProvenDay(date=one.date.isoformat(), why=one.why) for one in told.skipped),
    )
