"""The demo: a sample batch of each sender goes in, and is followed until its receipt lists are out.

Overnight things happen in the register, and letters follow their recipients. Two working days
later, what nobody opened in Altinn goes on paper; a month later holds end.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from brevdue import folder as folders
from brevdue import morning
from brevdue import outcome as outcomes
from brevdue.connectors import Connectors
from brevdue.office import Office, opened
from brevdue.outcome import Cells, Effect, Outcome, Receipt
from brevdue.printers import Printers
from brevdue.sample.batches import SampleBatch
from brevdue.sample.sample import Sample
from brevdue.stack.clock import StackClock
from brevdue.stages import Stage, Watch
from postal.pages import PAGE_SIZE

#: A Wednesday morning: 10:00 in Oslo and Copenhagen.
START: Final = datetime(2026, 11, 18, 9, tzinfo=UTC)

#: Measured in a process of its own.
_MEASURED: Final = "ingest"
_LOG: Final = "functions.log"
_PATIENCE: Final = timedelta(minutes=15)
_WORKING_DAY: Final = timedelta(hours=8)
_CADENCE: Final = timedelta(minutes=61)
_MOST_ROUNDS: Final = 20
#: When the next day begins, in UTC.
_MORNING: Final = 8
#: Before the cut-off of the first paper, in UTC: a Friday, on which two working days are over.
_FIRST_PAPER: Final = datetime(2026, 11, 20, 16, tzinfo=UTC)
#: The same of a Monday on which every hold of a month is over.
_HOLDS_ENDED: Final = datetime(2026, 12, 21, 16, tzinfo=UTC)
#: From there to the cut-off, until its job is closed, and until returned mail is back.
_TO_THE_CUT_OFF: Final = (timedelta(minutes=31), timedelta(minutes=6), timedelta(minutes=6))
_POST_COMES_BACK: Final = timedelta(days=6)
_REGISTER_FILE: Final = "register/{:%Y-%m-%d}.jsonl"
_REGISTER_ERRORS: Final = "register-errors/"


def run(rows: int, seed: int, folder: Path, watch: Watch) -> Outcome:
    """Run the demo and leave its files in a folder.

    Args:
        rows: letters of the senders' batches together.
        seed: of all chance.
        folder: as `brevdue.folder.prepare` takes it.
        watch: hears how it goes.

    Raises:
        StrangeFolderError: the folder holds something else.
    """
    started = perf_counter()
    folders.prepare(folder)
    watch.note("Deploying template.yaml")
    sample = Sample(rows, seed, START)
    with (
        (folder / _LOG).open("w", encoding="utf-8") as log,
        opened(StackClock(START), log=log, separate=frozenset({_MEASURED})) as office,
    ):
        connectors = Connectors(office.s3, office.bucket, seed)
        printers = Printers(office.s3, office.bucket, seed)
        demo = Demo(office, sample, connectors, printers, watch)
        demo.laps["deploy"] = perf_counter() - started
        demo.play(folder)
        return Outcome(
            senders=[outcomes.read(folder, batch) for batch in sample.batches],
            effects=list(demo.effects()),
            print_jobs=printers.jobs,
            dead_letters={queue: len(bodies) for queue, bodies in office.stack.dead_letters().items()},
            failures=Counter(f"{one.function} failed: {one.error!r:.300}" for one in office.stack.failures),
            refused_calls=list(office.stack.refusals),
            complaints=[*connectors.complaints(), *demo.complaints()],
            ingest_peak_mb=office.stack.peak_mb(_MEASURED),
            seconds=perf_counter() - started,
            laps=demo.laps,
            handled=dict(demo.handled),
            folder=folder,
        )


class Demo:
    """A month at the post office.

    Attributes:
        laps: seconds of each part, as they end.
        handled: messages that each function got.
    """

    def __init__(
        self, office: Office, sample: Sample, connectors: Connectors, printers: Printers, watch: Watch
    ) -> None:
        self.laps: dict[str, float] = {}
        self.handled: Counter[str] = Counter()
        self._office = office
        self._stack = office.stack
        self._sample = sample
        self._connectors = connectors
        self._printers = printers
        self._batches: list[SampleBatch] = list(sample.batches)
        self._happened: list[tuple[morning.Change, Cells]] = []
        self._watch = watch
        self._stack.on_invocation = self._see

    def play(self, folder: Path | None = None) -> None:
        """All of it; with a folder, the files are left there."""
        with self._lap("register"):
            self._office.admit(self._sample, self._watch)
        with self._lap("upload"):
            self._upload(folder)
        with self._lap("sort"):
            self._sort()
        with self._lap("deliver"):
            self._deliver()
        with self._lap("morning"):
            self._change_register(folder)
            self._deliver()
        with self._lap("open"):
            self._open()
        with self._lap("paper"):
            self._bring_to_paper(_FIRST_PAPER, "Two working days are over: what nobody opened in Altinn goes on paper")
            self._bring_to_paper(_HOLDS_ENDED, "A month is over: holds end")
        with self._lap("receipts"):
            self.finish()
            if folder:
                for sender in self._sample.senders:
                    folders.download(self._office.s3, self._office.bucket, f"receipts/{sender.id}/", folder)
                folders.download(self._office.s3, self._office.bucket, "print/", folder)

    def finish(self) -> None:
        """Let receipt runs fall due, until the lists do not change any more."""
        self._watch.expect(Stage.LISTS, len(self._batches))
        self._write_lists()

    def effects(self) -> Iterator[Effect]:
        """What came of what happened in the register."""
        batches = {batch.id: batch for batch in self._batches}
        for change, before in self._happened:
            batch = batches[change.batch.next_id] if change.next_rows else change.batch
            after = outcomes.cells(self._receipts(batch), change.next_rows or change.rows)
            yield Effect(what=change.what, before=before, after=after, is_next=bool(change.next_rows))

    def complaints(self) -> list[str]:
        """Keys of the files in which the post office says what of the register files it could not use."""
        found = self._office.s3.list_objects_v2(Bucket=self._office.bucket, Prefix=_REGISTER_ERRORS)
        return [one["Key"] for one in found.get("Contents", ()) if one["Size"]]

    def _write_lists(self) -> None:
        before: list[str] = []
        for _ in range(_MOST_ROUNDS):
            self._stack.advance(_CADENCE)
            self._stack.settle()
            now = [self._list_version(batch) for batch in self._batches]
            self._watch.reached(Stage.LISTS, sum(1 for version in now if version))
            if now == before:
                return
            before = now

    def _upload(self, folder: Path | None) -> None:
        """As the senders would, one after the other, while the post office works."""
        files = 0

        def count() -> None:
            nonlocal files
            files += 1
            self._watch.reached(Stage.UPLOAD, files)

        self._watch.expect(Stage.UPLOAD, sum(batch.file_count() for batch in self._sample.batches))
        self._watch.expect(Stage.SORT, sum(batch.count for batch in self._sample.batches))
        for batch in self._sample.batches:
            self._take_in(batch, folder, count)

    def _take_in(self, batch: SampleBatch, folder: Path | None, count: Callable[[], object]) -> None:
        self._watch.note(f"{batch.sender.name} uploads {batch.id}")
        if folder:
            batch.write(folder)
        batch.upload(self._office.s3, self._office.bucket, count)
        self._stack.run()

    def _sort(self) -> None:
        """Ingest has waited for the documents that are missing; now it goes on without them."""
        self._watch.note("Some documents are missing; the post office waits 15 minutes for them")
        self._stack.advance(_PATIENCE)

    def _deliver(self) -> None:
        """The mailboxes take what is there, until the refused letters have found their way too."""
        for _ in range(_MOST_ROUNDS):
            if not self._let_mailboxes_work():
                return
            self._stack.settle()

    def _change_register(self, folder: Path | None) -> None:
        """Overnight things happen in the register; next letters go to some of those to whom they did."""
        now = self._stack.clock.now()
        self._stack.clock.move_to(now.replace(hour=_MORNING, minute=0, second=0) + timedelta(days=1))
        self._write_lists()
        now = self._stack.clock.now()
        for batch in self._sample.batches:
            receipts = self._receipts(batch)
            for change in morning.changes(batch, receipts, self._sample.seed, now):
                self._happened.append((change, outcomes.cells(receipts, change.rows)))
        happened = [change for change, _ in self._happened]
        events = sum(len(change.events) for change in happened)
        self._watch.expect(Stage.CHANGES, events)
        if happened:
            file = morning.register_file(happened)
            self._office.s3.put_object(Bucket=self._office.bucket, Key=_REGISTER_FILE.format(now), Body=file)
            self._stack.run()
        self._watch.reached(Stage.CHANGES, events)
        for batch in morning.next_batches(happened):
            self._batches.append(batch)
            self._take_in(batch, folder, lambda: None)

    def _open(self) -> None:
        """People come home and read."""
        self._stack.clock.advance(_WORKING_DAY)
        self._watch.expect(Stage.OPEN, self._connectors.to_open)
        self._deliver()

    def _bring_to_paper(self, moment: datetime, why: str) -> None:
        """Let time pass up to a cut-off and beyond it: the printer takes the job, and some letters come back."""
        self._watch.note(why)
        self._stack.advance(max(moment - self._stack.clock.now(), timedelta(minutes=1)))
        self._stack.settle()
        for step in _TO_THE_CUT_OFF:
            self._stack.advance(step)
            self._stack.settle()
        for pause in (timedelta(0), _POST_COMES_BACK):
            self._stack.clock.advance(pause)
            self._printers.play(self._stack.clock.now())
            printed = sum(job.letters for job in self._printers.jobs.values())
            self._watch.expect(Stage.PAPER, printed)
            self._watch.reached(Stage.PAPER, printed)
            self._stack.run()

    def _let_mailboxes_work(self) -> bool:
        told = self._connectors.play(self._stack.clock.now())
        tally = self._connectors.tally
        self._watch.expect(Stage.DELIVER, tally.collected - tally.refused)
        self._watch.reached(Stage.DELIVER, tally.delivered)
        self._watch.reached(Stage.OPEN, tally.opened)
        return told

    def _receipts(self, batch: SampleBatch) -> list[Receipt]:
        key = f"receipts/{batch.sender.id}/{batch.id}/receipts.jsonl"
        return outcomes.decode(self._office.s3.get_object(Bucket=self._office.bucket, Key=key)["Body"].read())

    def _list_version(self, batch: SampleBatch) -> str:
        """The version of a batch's receipt list; empty while there is none."""
        prefix = f"receipts/{batch.sender.id}/{batch.id}/receipts.jsonl"
        found = self._office.s3.list_object_versions(Bucket=self._office.bucket, Prefix=prefix).get("Versions", [])
        return next((version["VersionId"] for version in found if version["IsLatest"]), "")

    def _see(self, function: str, messages: int) -> None:
        self.handled[function] += messages
        if function == "routing":
            self._watch.reached(Stage.SORT, self.handled[function] * PAGE_SIZE)
        if messages:
            now = self._stack.clock.now()
            self._watch.note(f"{now:%a %H:%M} UTC  {function} gets {messages} message{'s' if messages > 1 else ''}")

    @contextmanager
    def _lap(self, name: str) -> Iterator[None]:
        started = perf_counter()
        yield
        self.laps[name] = perf_counter() - started
