"""The Batches table: batches, pages, consignments, letters; its due entries have a room of their own."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import structs

from cloud.due_entries import DueEntries
from cloud.errors import LostRaceError
from cloud.items import plain_of, struct_of
from cloud.table import Table
from postal import keys, pages
from postal.batches import Batch, BatchState
from postal.channels import Channel
from postal.consignments import (
    FIRST_ATTEMPT,
    Consignment,
    Decided,
    Delivered,
    LetterItem,
    PageItems,
    Refused,
    Sorting,
)
from postal.notices import Means
from postal.orders import OrderAnswers
from postal.pages import Page
from postal.reasons import RULES_VERSION
from postal.times import to_text

#: A slice of notices that was begun so long ago was lost with its function.
_NOTICES_LOST_AFTER: Final = timedelta(minutes=5)

_MINUTE_MS: Final = 60_000
_MOST_BOOKINGS: Final = 20

#: How many records of reports are written at once: an expression of DynamoDB has at most 4 KB.
MOST_NEWS: Final = 100

#: What is written of a letter's own decision.
_DECISION: Final = ("mark", "attempt", "decided_at", "rules_version")
_SET_DECISION: Final = ", ".join(f"{name} = :{name}" for name in _DECISION)

#: What the keys of orders' answers begin with.
_ORDERS: Final = keys.orders_sk("")


class Batches:
    """What is stored of batches, in the terms of `postal`."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.due_entries = DueEntries(table)

    # Batches

    def batch(self, sender: str, batch: str) -> Batch | None:
        """The batch item, or None where nothing is committed under that id."""
        item = self._table.get(pk=keys.batch_pk(sender, batch), sk=keys.BATCH_SK)
        return struct_of(item, Batch) if item else None

    def committed(self, sender: str, batch: str) -> Batch:
        """The batch item of something that was made from it.

        Raises:
            LookupError: nothing is committed under that id.
        """
        found = self.batch(sender, batch)
        if found is None:
            raise LookupError("a batch that is not committed")
        return found

    def commit(self, batch: Batch) -> bool:
        """Put the batch item where there is none: the commit of an ingest. Whether it was put."""
        return self._table.put_new(
            {"pk": keys.batch_pk(batch.sender.id, batch.id), "sk": keys.BATCH_SK, **plain_of(batch)}
        )

    def note_sorted(self, batch: Batch, page: int) -> Batch:
        """Note that a page is sorted and its after-steps are done; the batch as it is then.

        Adding to a set twice changes nothing, so a repeat may call it again.
        """
        number = page // pages.PAGES_PER_SET
        pk = keys.batch_pk(batch.sender.id, batch.id)
        item = self._table.update({"pk": pk, "sk": keys.sorted_sk(number)}, "ADD pages :page", {":page": {page}})
        is_full = item is not None and len(item["pages"]) == pages.set_size(number, pages.page_count(batch.rows))
        if not is_full or number in batch.full_sets:
            return batch
        item = self._table.update({"pk": pk, "sk": keys.BATCH_SK}, "ADD full_sets :set", {":set": {number}})
        return struct_of(item, Batch) if item else batch

    def is_noted_sorted(self, page: Page) -> bool:
        """Whether a page is sorted and its after-steps are done."""
        item = self._table.get(
            pk=keys.batch_pk(page.sender, page.batch), sk=keys.sorted_sk(page.number // pages.PAGES_PER_SET)
        )
        return item is not None and page.number in item["pages"]

    def set_sorted(self, batch: Batch, now: datetime) -> None:
        """Set when every page was sorted, once."""
        self._table.update(
            {"pk": keys.batch_pk(batch.sender.id, batch.id), "sk": keys.BATCH_SK},
            "SET sorted_at = :now",
            {":now": to_text(now)},
            condition="attribute_not_exists(sorted_at)",
        )

    def set_settled(self, batch: Batch) -> None:
        """Close an open batch of which every letter is final."""
        self._table.update(
            {"pk": keys.batch_pk(batch.sender.id, batch.id), "sk": keys.BATCH_SK},
            "SET #state = :settled",
            {":settled": BatchState.SETTLED, ":open": BatchState.OPEN},
            condition="#state = :open",
            names={"#state": "state"},
        )

    # Orders

    def note_order_file(self, batch: Batch, file: str) -> Batch:
        """Note that an order file was taken for a batch; the batch as it is then.

        Raises:
            LookupError: the batch is not there.
        """
        item = self._table.update(
            {"pk": keys.batch_pk(batch.sender.id, batch.id), "sk": keys.BATCH_SK},
            "ADD order_files :file",
            {":file": {file}},
            condition="attribute_exists(pk)",
        )
        if item is None:
            raise LookupError("a batch that is not committed")
        return struct_of(item, Batch)

    def decide(self, batch: Batch, state: BatchState, file: str) -> Batch:
        """Open or cancel a batch that awaits approval, by an order file; the batch as it is then, whoever decided."""
        item = self._table.update(
            {"pk": keys.batch_pk(batch.sender.id, batch.id), "sk": keys.BATCH_SK},
            "SET #state = :state, decided_by = :file",
            {":state": state, ":file": file, ":awaiting": BatchState.AWAITING_APPROVAL},
            condition="#state = :awaiting",
            names={"#state": "state"},
        )
        return struct_of(item, Batch) if item else self.committed(batch.sender.id, batch.id)

    def put_batch_answers(self, batch: Batch, file: str, answers: OrderAnswers) -> None:
        """Put what became of an order file's orders for the batch itself; what was put before stays as it is."""
        key = {"pk": keys.batch_pk(batch.sender.id, batch.id), "sk": keys.orders_sk(file)}
        self._table.put_new({**key, **plain_of(answers)})

    def batch_answers(self, batch: Batch) -> dict[str, OrderAnswers]:
        """What became of orders for a batch itself, by order file."""
        items = self._table.query(keys.batch_pk(batch.sender.id, batch.id), beginning=_ORDERS)
        return {item["sk"].removeprefix(_ORDERS): struct_of(item, OrderAnswers) for item in items}

    # Pages

    def page_items(self, sender: str, batch: str, page: int) -> PageItems:
        """Everything that is stored of a page."""
        sorting: Sorting | None = None
        recalled: frozenset[int] = frozenset()
        consignments: list[Consignment] = []
        letters: dict[int, LetterItem] = {}
        answers: dict[str, OrderAnswers] = {}
        for item in self._table.query(keys.page_pk(sender, batch, page)):
            sk: str = item["sk"]
            if sk == keys.PAGE_SK:
                sorting = struct_of(item, Sorting) if "marks" in item else None
                recalled = frozenset(item.get("recalled", ()))
            elif sk.startswith("consignment#"):
                consignments.append(struct_of(item, Consignment))
            elif sk.startswith(_ORDERS):
                file = sk.removeprefix(_ORDERS).rpartition("#")[0]
                answers[file] = _joined(answers.get(file, OrderAnswers()), struct_of(item, OrderAnswers))
            else:
                letter = struct_of(item, LetterItem)
                letters[letter.row] = letter
        return PageItems(
            sorting=sorting, recalled=recalled, consignments=tuple(consignments), letters=letters, answers=answers
        )

    def sort(self, sorting: Sorting, recalled: Collection[int] = ()) -> bool:
        """Write the sorting of a page, once; whether this one was written.

        Args:
            sorting: the decisions.
            recalled: the rows recalled before it, as they were read; where others were recalled
                meanwhile, it is not written.
        """
        page = sorting.page
        values = {f":{name}": value for name, value in plain_of(sorting).items()}
        unchanged = "attribute_not_exists(recalled)"
        if recalled:
            values[":recalled"] = set(recalled)
            unchanged = "recalled = :recalled"
        return (
            self._table.update(
                {"pk": keys.page_pk(page.sender, page.batch, page.number), "sk": keys.PAGE_SK},
                "SET marks = :marks, sorted_at = :sorted_at, #page = :page, rules_version = :rules_version",
                values,
                condition=f"attribute_not_exists(marks) AND {unchanged}",
                names={"#page": "page"},
            )
            is not None
        )

    def recall_unsorted(self, page: Page, rows: Collection[int]) -> bool:
        """Recall rows of a page before it is sorted; False where it is sorted."""
        return (
            self._table.update(
                {"pk": keys.page_pk(page.sender, page.batch, page.number), "sk": keys.PAGE_SK},
                "ADD recalled :rows",
                {":rows": set(rows)},
                condition="attribute_not_exists(marks)",
            )
            is not None
        )

    def put_answers(self, page: Page, file: str, first_line: int, answers: OrderAnswers) -> None:
        """Keep what became of a message's orders; what became of them before stays."""
        pk = keys.page_pk(page.sender, page.batch, page.number)
        self._table.put_new({"pk": pk, "sk": f"{keys.orders_sk(file)}#{first_line}", **plain_of(answers)})

    def sorting(self, sender: str, batch: str, page: int) -> Sorting | None:
        """The sorting of a page, or None where it is not sorted."""
        item = self._table.get(pk=keys.page_pk(sender, batch, page), sk=keys.PAGE_SK)
        return struct_of(item, Sorting) if item and "marks" in item else None

    # Consignments

    def consignment(self, page: Page, channel: Channel, n: int) -> Consignment | None:
        """A consignment, or None."""
        item = self._table.get(**_consignment_key(page.sender, page.batch, page.number, channel, n))
        return struct_of(item, Consignment) if item else None

    def put_consignment(self, page: Page, consignment: Consignment) -> None:
        """Put a consignment where there is none; one that is there stays as it is."""
        key = _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n)
        # Maps that reports are added to have to be there before the first report.
        self._table.put_new({**key, **plain_of(consignment), "deliveries": {}, "refusals": {}, "revision": 0})

    def set_leaving(self, page: Page, consignment: Consignment, now: datetime) -> Consignment | None:
        """Say that a consignment leaves now; the consignment as it leaves, None where it left before."""
        item = self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            "SET leaving_at = :now",
            {":now": to_text(now)},
            condition="attribute_exists(pk) AND attribute_not_exists(leaving_at)",
        )
        return struct_of(item, Consignment) if item else None

    def leave_out(self, page: Page, consignment: Consignment, rows: Collection[int]) -> Consignment | None:
        """Recall rows of a consignment before it leaves; the consignment as it is then, None where it has left."""
        item = self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            "ADD left_out :rows",
            {":rows": set(rows)},
            condition="attribute_exists(pk) AND attribute_not_exists(leaving_at)",
        )
        return struct_of(item, Consignment) if item else None

    def set_cut_off(self, page: Page, consignment: Consignment, cut_off: datetime) -> datetime:
        """Say with which print job a consignment leaves, where it is as it was read.

        Returns:
            The cut-off with which it leaves then, whoever said so.

        Raises:
            LookupError: it does not exist.
        """
        values = {":cut_off": to_text(cut_off)}
        condition = "attribute_exists(pk) AND attribute_not_exists(cut_off)"
        if consignment.cut_off is not None:
            values[":read"] = to_text(consignment.cut_off)
            condition = "cut_off = :read"
        written = self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            "SET cut_off = :cut_off",
            values,
            condition=condition,
        )
        if written is not None:
            return cut_off
        stored = self.consignment(page, consignment.channel, consignment.n)
        if stored is None or stored.cut_off is None:
            raise LookupError("a consignment that does not exist")
        return stored.cut_off

    def add_reminder(self, page: Page, consignment: Consignment, key: str, reminder: Delivered) -> None:
        """Keep a reminder that is to be sent; one that is there stays as it is."""
        self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            "SET deliveries.#key = :reminder",
            {":reminder": plain_of(reminder)},
            condition="attribute_exists(pk) AND attribute_not_exists(deliveries.#key)",
            names={"#key": key},
        )

    def set_handed_over(self, page: Page, consignment: Consignment, now: datetime) -> None:
        """Say that the channel has a consignment, once."""
        self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            "SET handed_over_at = :now",
            {":now": to_text(now)},
            condition="attribute_exists(leaving_at) AND attribute_not_exists(handed_over_at)",
        )

    def record(self, page: Page, consignment: Consignment, news: Sequence[Delivered | Refused]) -> Consignment | None:
        """Record what is new of reports on a consignment as it was read, with one write.

        Args:
            page: the consignment's page.
            consignment: as it was read.
            news: up to `MOST_NEWS` records.

        Returns:
            The consignment as it is then; None where it has changed since it was read.
        """
        keys_of = dict(enumerate(news, consignment.revision + 1))
        sets = [f"{_kind(one)}.#k{key} = :r{key}" for key, one in keys_of.items()]
        item = self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            f"SET {', '.join(sets)}, revision = :next",
            {
                **{f":r{key}": plain_of(one) for key, one in keys_of.items()},
                ":next": consignment.revision + len(news),
                ":read": consignment.revision,
            },
            condition="revision = :read",
            names={f"#k{key}": str(key) for key in keys_of},
        )
        return struct_of(item, Consignment) if item else None

    def begin_notices(self, page: Page, consignment: Consignment, delivery: str, now: datetime) -> bool:
        """Say that the next slice of a delivery's recipients is being told; False where somebody else is at it."""
        delivered = consignment.deliveries[delivery]
        return (
            self._table.update(
                _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
                "SET deliveries.#key.notifying_since = :now",
                {
                    ":now": to_text(now),
                    ":to": delivered.notified_to,
                    ":waits": delivered.sms_waits,
                    ":lost": to_text(now - _NOTICES_LOST_AFTER),
                },
                condition="deliveries.#key.notified_to = :to AND deliveries.#key.sms_waits = :waits AND "
                "(attribute_not_exists(deliveries.#key.notifying_since) OR deliveries.#key.notifying_since <= :lost)",
                names={"#key": delivery},
            )
            is not None
        )

    def end_notices(self, page: Page, consignment: Consignment, delivery: str, after: Delivered) -> Consignment:
        """Write how far the recipients of a delivery are told after a slice; the consignment as it is then.

        Raises:
            LookupError: the consignment is not there.
        """
        item = self._table.update(
            _consignment_key(page.sender, page.batch, page.number, consignment.channel, consignment.n),
            "SET deliveries.#key.notified_to = :to, deliveries.#key.sms_waits = :waits, "
            "deliveries.#key.unreached = :unreached REMOVE deliveries.#key.notifying_since",
            {":to": after.notified_to, ":waits": after.sms_waits, ":unreached": after.unreached},
            condition="attribute_exists(pk)",
            names={"#key": delivery},
        )
        if item is None:
            raise LookupError("a consignment that does not exist")
        return struct_of(item, Consignment)

    def book_notices(self, sender: str, count: int, a_minute: int, now: datetime) -> datetime:
        """Book a sender's next turn to send notices, at its rate, and return when that is.

        The item holds the time up to which the sender's notices are spoken for. Every turn lies
        where the one before it ends, so those who wait wake one after the other; a turn may be
        taken a minute before it ends, so a minute's worth goes out at once.

        Raises:
            LostRaceError: others booked each time between reading and writing.
        """
        key = {"pk": "notices", "sk": sender}
        now_ms = int(now.timestamp() * 1000)
        for _ in range(_MOST_BOOKINGS):
            read = (self._table.get(**key) or {}).get("spoken_for_ms", 0)
            ends = max(read, now_ms) + count * _MINUTE_MS // a_minute
            booked = self._table.update(
                key,
                "SET spoken_for_ms = :next",
                {":next": ends, ":read": read},
                condition="attribute_not_exists(spoken_for_ms) OR spoken_for_ms = :read",
            )
            if booked is not None:
                return now + timedelta(milliseconds=ends - _MINUTE_MS - now_ms)
        raise LostRaceError("a sender's turns were booked each time by others")

    def note_sms(self, page: Page, row: int, of: str, now: datetime) -> bool:
        """Note that an SMS is being sent, before it is; False where that was noted before.

        Args:
            page: the letter's page.
            row: the letter.
            of: which of its notices.
            now: the time.
        """
        return self._table.put_new({**_text_key(page, row, of), "at": to_text(now)})

    def take_back_sms(self, page: Page, row: int, of: str) -> None:
        """Take back that an SMS was being sent, because it certainly was not."""
        self._table.delete(_text_key(page, row, of))

    # Letters

    def letter(self, page: Page, row: int) -> LetterItem | None:
        """A letter's own item, or None."""
        item = self._table.get(**_letter_key(page, row))
        return struct_of(item, LetterItem) if item else None

    def decide_again(self, page: Page, letter: LetterItem, read: LetterItem) -> LetterItem | None:
        """Write a new decision for a letter whose last attempt was refused.

        Args:
            page: the letter's page.
            letter: with its new mark and attempt, one above the refused one.
            read: the letter's item as it was read, with the refused attempt where that left alone.

        Returns:
            The letter's item as it is then; None where another attempt stands there.
        """
        plain = plain_of(letter)
        decided = {f":{name}": plain[name] for name in ("row", "tried", *_DECISION)}
        decided[":refused_one"] = msgspec.to_builtins(_last(read))
        item = self._table.update(
            _letter_key(page, letter.row),
            f"SET #row = :row, tried = :tried, {_SET_DECISION}, "
            "#before = list_append(if_not_exists(#before, :none), :refused_one) "
            "REMOVE stored_at, leaving_at, handed_over_at, delivered_at, refused_at, notified_at, sms_waits, "
            "unreached, failed_means",
            {**decided, ":refused": letter.attempt - 1, ":none": []},
            condition="attribute_not_exists(attempt) OR attempt = :refused",
            names={"#row": "row", "#before": "before"},
        )
        return struct_of(item, LetterItem) if item else None

    def move_on(
        self, page: Page, letter: LetterItem, read: LetterItem | None, *, unless_leaving: bool = False
    ) -> LetterItem | None:
        """Write a new decision for a letter over the one that stood when it was read.

        What the recipient has opened, and what a print job has claimed, moves on no more.

        Args:
            page: the letter's page.
            letter: with its new mark, the attempt it is at, and whether its held item is to be deleted.
            read: the letter's item as it was read, if there was one.
            unless_leaving: only where it has not begun to leave alone.

        Returns:
            The letter's item as it is then; None where somebody else was first.
        """
        plain = plain_of(structs.replace(letter, before=_before(read)))
        values = {f":{name}": plain[name] for name in ("row", "before", *_DECISION)}
        condition = "attribute_not_exists(mark)"
        if read is not None and read.mark:
            values |= {":read": read.mark, ":attempt_read": read.attempt}
            condition = "mark = :read AND attempt = :attempt_read"
        condition += " AND attribute_not_exists(opened_at) AND attribute_not_exists(claimed_for)"
        if unless_leaving:
            condition += " AND attribute_not_exists(leaving_at)"
        update = f"SET #row = :row, {_SET_DECISION}, #before = :before"
        if letter.lets_go_of:
            # Said with the write that moves the letter on, so that no death between that and the delete is missed.
            update += ", lets_go_of = :lets_go_of"
            values[":lets_go_of"] = letter.lets_go_of
        item = self._table.update(
            _letter_key(page, letter.row),
            f"{update} REMOVE stored_at",
            values,
            condition=condition,
            names={"#row": "row", "#before": "before"},
        )
        return struct_of(item, LetterItem) if item else None

    def set_let_go(self, page: Page, letter: LetterItem) -> None:
        """Say that a letter's held item is deleted."""
        self._table.update(
            _letter_key(page, letter.row),
            "REMOVE lets_go_of",
            {":attempt": letter.lets_go_of},
            condition="lets_go_of = :attempt",
        )

    def claim(self, page: Page, row: int, read: LetterItem | None, n: int, now: datetime) -> bool:
        """Claim a letter for a print consignment; False where it was opened or moved on, or another one has it."""
        values: dict[str, object] = {":row": row, ":n": n, ":now": to_text(now)}
        condition = "attribute_not_exists(mark)"
        if read is not None and read.mark:
            values |= {":mark": read.mark, ":attempt": read.attempt}
            condition = "mark = :mark AND attempt = :attempt"
        condition += " AND attribute_not_exists(opened_at) AND attribute_not_exists(claimed_for)"
        return (
            self._table.update(
                _letter_key(page, row),
                "SET #row = :row, claimed_for = :n, claimed_at = :now",
                values,
                condition=condition,
                names={"#row": "row"},
            )
            is not None
        )

    def fail_claimed(self, page: Page, read: LetterItem, mark: str, now: datetime) -> None:
        """Write why a letter cannot be printed that a print consignment has claimed, once."""
        self._table.update(
            _letter_key(page, read.row),
            f"SET {_SET_DECISION}, #before = :before",
            {
                ":mark": mark,
                ":decided_at": to_text(now),
                ":attempt": read.attempt or FIRST_ATTEMPT,
                ":rules_version": RULES_VERSION,
                ":before": msgspec.to_builtins(_before(read)),
                ":n": read.claimed_for,
            },
            condition="claimed_for = :n AND (attribute_not_exists(mark) OR mark <> :mark)",
            names={"#before": "before"},
        )

    def set_letter_leaving(self, page: Page, letter: LetterItem, now: datetime) -> None:
        """Say that a letter leaves alone now, where it stands as it was read and has not left before."""
        self._table.update(
            _letter_key(page, letter.row),
            "SET leaving_at = :now",
            {":now": to_text(now), ":mark": letter.mark, ":attempt": letter.attempt},
            condition="mark = :mark AND attempt = :attempt AND attribute_not_exists(leaving_at)",
        )

    def extend(self, page: Page, row: int, read: LetterItem | None, until: datetime) -> bool:
        """Say until when a letter is to be held; False where it has moved on."""
        values: dict[str, object] = {":row": row, ":until": to_text(until)}
        condition = "attribute_not_exists(mark)"
        if read is not None and read.mark:
            values |= {":mark": read.mark, ":attempt": read.attempt}
            condition = "mark = :mark AND attempt = :attempt"
        return (
            self._table.update(
                _letter_key(page, row),
                "SET #row = :row, held_until = :until",
                values,
                condition=condition,
                names={"#row": "row"},
            )
            is not None
        )

    def set_reminded(self, page: Page, letter: LetterItem, reminder: str) -> None:
        """Say that the recipient of a letter that left alone was reminded."""
        self._table.update(
            _letter_key(page, letter.row),
            "ADD reminded :reminder",
            {":reminder": {reminder}, ":attempt": letter.attempt},
            condition="attempt = :attempt",
        )

    def set_letter(self, page: Page, row: int, fact: str, now: datetime, *, attempt: int) -> LetterItem | None:
        """Set a time of a letter that leaves alone, once.

        Args:
            page: the letter's page.
            row: the letter.
            fact: `stored_at`, `leaving_at`, `handed_over_at`, `delivered_at` or `refused_at`.
            now: the time.
            attempt: of which it is true; about another attempt it changes nothing.

        Returns:
            The letter's item as it is then; None where nothing was changed.
        """
        item = self._table.update(
            _letter_key(page, row),
            "SET #fact = :now",
            {":now": to_text(now), ":attempt": attempt},
            condition="attempt = :attempt AND attribute_not_exists(#fact)",
            names={"#fact": fact},
        )
        return struct_of(item, LetterItem) if item else None

    def set_told(
        self, page: Page, letter: LetterItem, now: datetime, *, sms_waits: bool, unreached: bool
    ) -> LetterItem | None:
        """Write how far the recipient of a letter that left alone is told.

        Args:
            page: the letter's page.
            letter: as it was read.
            now: the time.
            sms_waits: an SMS waits for its hours.
            unreached: nothing else has reached the recipient.

        Returns:
            The letter's item as it is then; None where it is another attempt's.
        """
        item = self._table.update(
            _letter_key(page, letter.row),
            "SET notified_at = if_not_exists(notified_at, :now), sms_waits = :waits, unreached = :unreached",
            {":now": to_text(now), ":waits": sms_waits, ":unreached": unreached, ":attempt": letter.attempt},
            condition="attempt = :attempt",
        )
        return struct_of(item, LetterItem) if item else None

    def add_failed_means(self, page: Page, row: int, attempt: int, means: Means) -> LetterItem | None:
        """Note by which means the notice of a letter did not arrive; noting it twice changes nothing.

        Returns:
            The letter's item as it is then; None where it is another attempt's.
        """
        condition = "attempt = :attempt"
        if attempt == FIRST_ATTEMPT:
            condition = f"attribute_not_exists(attempt) OR {condition}"
        item = self._table.update(
            _letter_key(page, row),
            "SET #row = :row ADD failed_means :means",
            {":row": row, ":means": {means.value}, ":attempt": attempt},
            condition=condition,
            names={"#row": "row"},
        )
        return struct_of(item, LetterItem) if item else None

    def set_fact(self, page: Page, row: int, fact: str, at: datetime, now: datetime) -> bool:
        """Set `opened_at`, `notice_failed_at`, `responded_at` or `returned_at` of any letter, once; whether it was.

        Args:
            page: the letter's page.
            row: the letter.
            fact: which.
            at: since when it is so, as it was reported.
            now: the present time, which is kept too where that was earlier.
        """
        update = "SET #row = :row, #fact = :at"
        values: dict[str, object] = {":row": row, ":at": to_text(at)}
        names = {"#row": "row", "#fact": fact}
        if to_text(at) < to_text(now):
            update += ", #noted = :now"
            values[":now"] = to_text(now)
            names["#noted"] = f"{fact.removesuffix('_at')}_noted_at"
        written = self._table.update(
            _letter_key(page, row), update, values, condition="attribute_not_exists(#fact)", names=names
        )
        return written is not None


def _kind(one: Delivered | Refused) -> str:
    """Among what a consignment keeps a record of reports."""
    return "deliveries" if isinstance(one, Delivered) else "refusals"


def _joined(some: OrderAnswers, others: OrderAnswers) -> OrderAnswers:
    """The answers of two messages' orders of one file; no line is in both."""
    return OrderAnswers(lines={**some.lines, **others.lines}, letters={**some.letters, **others.letters})


def _consignment_key(sender: str, batch: str, page: int, channel: Channel, n: int) -> dict[str, str]:
    return {"pk": keys.page_pk(sender, batch, page), "sk": keys.consignment_sk(channel, n)}


def _text_key(page: Page, row: int, of: str) -> dict[str, str]:
    return {"pk": keys.texts_pk(page.sender, page.batch, page.number), "sk": keys.text_sk(row, of)}


def _letter_key(page: Page, row: int) -> dict[str, str]:
    return {"pk": keys.page_pk(page.sender, page.batch, page.number), "sk": keys.letter_sk(row)}


def _before(read: LetterItem | None) -> tuple[Decided, ...]:
    """A letter's own decisions before the next one."""
    return () if read is None else (*read.before, *_last(read))


def _last(read: LetterItem) -> tuple[Decided, ...]:
    """A letter's own latest decision; empty where that of its page still holds."""
    if not read.mark or read.decided_at is None:
        return ()
    refused = {"handed_over_at": read.handed_over_at, "refused_at": read.refused_at} if read.refused_at else {}
    return (Decided(mark=read.mark, at=read.decided_at, rules_version=read.rules_version, **refused),)
