"""Paper: letters gather until their sender's cut-off, and leave as parts of a print job.

A page's letters are frozen in a print consignment, which joins the job of a cut-off.
Then each is decided a last time and claimed, on its own item, where an opening would
be written too: one of the two wins. What is claimed is written as a part of the job.
Every step is found done when it is repeated.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit
from msgspec import structs

from cloud.ahead import ahead
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import metrics
from cloud.print_jobs import PrintJobs
from cloud.queues import Queue
from cloud.recipients import HeldLetter, Recipients
from cloud.time_left import TimeLeft
from fallback import pdfs, print_files
from fallback.pdfs import Pdf, PdfFault
from postal import consent, due, keys, pages, rowsets, rules, status
from postal.batches import Batch
from postal.channels import Channel
from postal.consignments import FIRST_ATTEMPT, Consignment, LetterItem, PageItems, after
from postal.letters import Document, Letter
from postal.messages import SortPage
from postal.pages import Page
from postal.portions import first_portion
from postal.reasons import Reason, Way
from postal.sheets import MOST_SHEETS, sheets
from postal.status import LetterState, Status

#: So many documents are downloaded ahead of the check, each of 10 MB at the most.
_IN_FLIGHT: Final = 4

#: What the next document may take, to come and to be checked.
_A_DOCUMENT: Final = timedelta(seconds=30)
#: What a consignment may take, so that another is begun only where it is surely finished too.
_A_CONSIGNMENT: Final = timedelta(minutes=7)

_REASON_OF: Final[Mapping[PdfFault, Reason]] = {
    PdfFault.NOT_A_PDF: Reason.PDF_DAMAGED,
    PdfFault.DAMAGED: Reason.PDF_DAMAGED,
    PdfFault.NO_PAGES: Reason.PDF_DAMAGED,
    PdfFault.ENCRYPTED: Reason.PDF_ENCRYPTED,
    PdfFault.NOT_A4: Reason.PDF_NOT_A4,
    PdfFault.TOO_MANY_PAGES: Reason.PDF_TOO_LONG,
}


@dataclass(frozen=True, kw_only=True)
class Printing:
    """Brings letters to paper."""

    bucket: Bucket
    batches: Batches
    recipients: Recipients
    jobs: PrintJobs
    pages: Queue

    def gather(  # noqa: PLR0913, PLR0917 - the page as it was sent and as it is stored, what of it is due, the time
        self,
        batch: Batch,
        page: Page,
        items: PageItems,
        letters: Mapping[int, Letter],
        to_print: Iterable[int],
        now: datetime,
        time_left: TimeLeft,
    ) -> set[datetime]:
        """Bring to a print job what a page has for paper: what was begun first, then what is due.

        Returns:
            When to come again, each of them: at every cut-off that has passed for which there was no time, so that
            its job waits for the rest; at one to come, for what leaves only then; none where all has left.

        Raises:
            OutOfTimeError: there was not even time for one consignment.
        """
        begun = [consignment for consignment in items.print_consignments if consignment.handed_over_at is None]
        left = set(to_print).difference(*(consignment.leaving_rows() for consignment in begun))
        times: set[datetime] = set()
        for count, consignment in enumerate(chain(begun, self._freeze(page, items, letters, left, now))):
            if count and time_left.is_short(_A_CONSIGNMENT):
                # What has no cut-off yet, or is not frozen yet, leaves with the last one.
                before = due.cut_off_before(now, batch.sender)
                return times | {before} | {rest.cut_off or before for rest in begun[count:]}
            at = self._bring(batch, page, consignment, letters, now, time_left)
            if at is not None:
                times.add(at)
        return times

    def _freeze(
        self, page: Page, items: PageItems, letters: Mapping[int, Letter], left: set[int], now: datetime
    ) -> Iterator[Consignment]:
        """What is left to be printed, frozen in portions, each when it is asked for."""
        n = max((consignment.n for consignment in items.print_consignments), default=0)
        while left:
            n += 1
            rows = rowsets.encode(first_portion(sorted(left), letters))
            made = Consignment(channel=Channel.PRINT, n=n, rows=rows, leaving_at=now)
            self.batches.put_consignment(page, made)
            # Who froze another one under this number meanwhile was first.
            frozen = self.batches.consignment(page, Channel.PRINT, n) or made
            yield frozen
            left = left.difference(frozen.leaving_rows())

    def _bring(  # noqa: PLR0913, PLR0917 - what leaves, from which page, and the times
        self,
        batch: Batch,
        page: Page,
        consignment: Consignment,
        letters: Mapping[int, Letter],
        now: datetime,
        time_left: TimeLeft,
    ) -> datetime | None:
        """Bring a consignment to a print job; when to come again where that leaves without it."""
        cut_off = consignment.cut_off
        if cut_off is None:
            cut_off = self.batches.set_cut_off(page, consignment, due.cut_off_before(now, batch.sender))
        if cut_off > now:
            return cut_off
        printer = batch.sender.settings.printer
        name = keys.dispatch_name(page.sender, page.batch, page.number, consignment.n)
        part = keys.print_part(printer, cut_off, name)
        # Its closer is armed before anything joins a job, so that none stays open.
        self.batches.due_entries.arm_closer(printer, cut_off, cut_off)
        has_joined = self.jobs.join(printer, cut_off, name)
        # Only what was in hand writes a part; where it died right after that, the job may have closed with it.
        is_written = self.bucket.head(part) is not None
        if has_joined and not is_written:
            self._claim(batch, page, consignment, letters, now, time_left)
            self._write_part(batch, page, consignment, letters, part, now, time_left)
        if not (has_joined or is_written) or not self.jobs.leave(printer, cut_off, name):
            joined = structs.replace(consignment, cut_off=cut_off)
            return self.batches.set_cut_off(page, joined, due.cut_off_after(now, batch.sender))
        self.batches.set_handed_over(page, consignment, now)
        self.batches.due_entries.arm_next_receipts(batch, now)
        return None

    def _claim(  # noqa: PLR0913, PLR0917 - what leaves, from which page, and the times
        self,
        batch: Batch,
        page: Page,
        consignment: Consignment,
        letters: Mapping[int, Letter],
        now: datetime,
        time_left: TimeLeft,
    ) -> None:
        """Decide each letter a last time, with the register as it is now, and claim it where it is still for paper."""
        items = self.batches.page_items(page.sender, page.batch, page.number)
        rows = set(consignment.leaving_rows())
        states = [state for state in status.states(items, pages.rows_of(page.number, batch.rows)) if state.row in rows]
        waiting = [state for state in states if state.status is Status.TO_PRINT and not state.is_claimed]
        for state in states:
            # Claimed by one that may have died before it let go.
            if state.is_claimed and items.letters[state.row].claimed_for == consignment.n:
                self._let_go(batch, page, letters[state.row], state, items.letters[state.row])
        wanted = {letters[state.row].recipient for state in waiting if letters[state.row].recipient}
        recipients = self.recipients.recipients(wanted)
        moved = False
        # What is claimed by the end of it stays so, and what has moved on is sent to routing by the next sweep.
        for state in time_left.each(waiting):
            letter, item = letters[state.row], items.letters.get(state.row)
            reason = state.reason or Reason.NO_DIGITAL_ID
            again = reason
            if letter.recipient:
                tried = [mailbox.channel for mailbox in item.tried] if item else []
                recipient = recipients[letter.recipient]
                again = rules.decide_for_paper(letter, reason, recipient, batch.sender, now, tried)
            if again is not reason:
                decided = after(item, state.row, again, now, lets_go=rules.is_let_go(letter, reason, again))
                moved |= self.batches.move_on(page, decided, item) is not None
            elif self.batches.claim(page, state.row, item, consignment.n, now):
                self._let_go(batch, page, letter, state, item)
        if moved:
            # Routing sends on what has a mailbox now.
            self.pages.send(SortPage(page=page), group=page.sender)

    def _let_go(self, batch: Batch, page: Page, letter: Letter, state: LetterState, item: LetterItem | None) -> None:
        """Keep no more with its recipient what nothing but the printer can stop now."""
        if state.reason is not None and rules.is_stored(letter, state.reason):
            attempt = after(item, letter.row, state.reason, state.at or batch.accepted_at).attempt
            self.recipients.let_go(HeldLetter.of(batch, page, letter, attempt, state.reason))

    def _write_part(  # noqa: PLR0913, PLR0917 - what leaves, from which page, into which part, and the times
        self,
        batch: Batch,
        page: Page,
        consignment: Consignment,
        letters: Mapping[int, Letter],
        part: str,
        now: datetime,
        time_left: TimeLeft,
    ) -> None:
        """Write the part of the job with what is claimed and can be printed; what cannot is told its sender."""
        items = self.batches.page_items(page.sender, page.batch, page.number)
        rows = pages.rows_of(page.number, batch.rows)
        reasons = {state.row: state.reason for state in status.states(items, rows) if state.is_claimed}
        claimed = [item for row, item in items.letters.items() if row in reasons and item.claimed_for == consignment.n]
        documents = {document for item in claimed for document in letters[item.row].documents}
        looked_at = self._look_at(batch, documents, time_left)
        checks_of = {item.row: [looked_at[document] for document in letters[item.row].documents] for item in claimed}
        flaws = {row: flaw for row, checks in checks_of.items() if (flaw := _why_not(checks, letters[row]))}
        self._disclose(batch, letters, claimed, {**reasons, **flaws}, now)
        lines: list[bytes] = []
        for item in claimed:
            letter, checks, flaw = letters[item.row], checks_of[item.row], flaws.get(item.row)
            if flaw is not None:
                time_left.check()
                self.batches.fail_claimed(page, item, flaw.mark, now)
                metrics.add_metric(name="LettersNotPrintable", unit=MetricUnit.Count, value=1)
                continue
            counts = [check.pages for check in checks if isinstance(check, Pdf)]
            attempt = item.attempt or FIRST_ATTEMPT
            lines.append(
                print_files.encode(
                    print_files.print_letter(letter, counts, sender=batch.sender, batch=batch.id, attempt=attempt)
                )
            )
        if lines:
            self.bucket.put_new(part, b"".join(lines))
            metrics.add_metric(name="LettersToPrinter", unit=MetricUnit.Count, value=len(lines))

    def _disclose(
        self,
        batch: Batch,
        letters: Mapping[int, Letter],
        claimed: Iterable[LetterItem],
        reasons: Mapping[int, Reason | None],
        now: datetime,
    ) -> None:
        """Note what the sender learns of recipients by what is printed, and by what cannot be."""
        decided = [
            (letters[item.row], reason, item.claimed_at or now)
            for item in claimed
            if (reason := reasons[item.row]) is not None
        ]
        printed = (one for one in decided if one[1].way is Way.PRINT)
        failed = ((letter, reason, now) for letter, reason, _ in decided if reason.way is Way.FAILED)
        batch_of = (batch.id, batch.sender)
        self.recipients.disclose(
            [*consent.disclosures_on_paper(printed, *batch_of), *consent.disclosures(failed, *batch_of)]
        )

    def _look_at(
        self, batch: Batch, documents: Iterable[Document], time_left: TimeLeft
    ) -> dict[Document, pdfs.Pdf | pdfs.PdfProblem]:
        """Each document, checked for print, with a few in memory at once."""
        prefix = keys.documents_prefix(batch.sender.id, batch.id)
        found: dict[Document, pdfs.Pdf | pdfs.PdfProblem] = {}

        def read(document: Document) -> bytes | None:
            return self.bucket.find(prefix + document.path, document.version)

        for document, content in ahead(read, documents, _IN_FLIGHT):
            time_left.check(_A_DOCUMENT)
            # A version that its sender has destroyed is no PDF either.
            found[document] = pdfs.check(content or b"")
        return found


def _why_not(checks: Iterable[pdfs.Pdf | pdfs.PdfProblem], letter: Letter) -> Reason | None:
    """Why a letter cannot be printed, or None."""
    counts: list[int] = []
    for check in checks:
        if not isinstance(check, Pdf):
            return _REASON_OF[check.code]
        counts.append(check.pages)
    return Reason.PDF_TOO_LONG if sheets(counts, duplex=letter.duplex) > MOST_SHEETS else None
