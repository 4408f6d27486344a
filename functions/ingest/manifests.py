"""Taking a manifest: refuse it, wait for its documents, or commit it and send its pages.

The batch item is the commit. Whoever finds it there decides nothing again, but
does every step after it again: each is harmless to repeat.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.batches import Batches
from cloud.bucket import Bucket, ConflictError, ObjectInfo
from cloud.due_entries import FIRST_RECEIPTS, FIRST_SWEEP
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.senders import Senders
from cloud.time_left import TimeLeft
from ingest import summaries
from ingest.columns import UnknownColumns
from ingest.documents import Documents
from ingest.duplicates import Digests, FirstRows, References
from ingest.errors import Code, Finding, ManifestError, Problem, finding
from ingest.intake import Intake, Tally, raw_rows
from ingest.row_pages import page_ends, pages_of
from ingest.streams import Hashing
from postal import keys
from postal.batches import Batch, BatchState
from postal.keys import Upload
from postal.messages import CheckManifest, SortPage
from postal.pages import Page
from postal.senders import Sender
from postal.times import local_time

_FIRST_WAIT: Final = timedelta(seconds=30)
_LONGEST_WAIT: Final = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True)
class _Reading:
    """A manifest that was read to its end.

    Attributes:
        row_file_version: empty where nothing is to be committed, so that no row file was written.
    """

    tally: Tally
    sha256: str
    unknown_columns: tuple[tuple[str, str], ...]
    row_file_version: str


@dataclass(frozen=True, kw_only=True)
class Manifests:
    """Takes manifests."""

    bucket: Bucket
    senders: Senders
    batches: Batches
    pages: Queue

    def take(self, upload: Upload, manifest: ObjectInfo, now: datetime, time_left: TimeLeft, *, is_again: bool) -> None:
        """Act on one version of a manifest.

        Args:
            upload: whose it is.
            manifest: the version.
            now: the present time.
            time_left: to read it in.
            is_again: whether it was looked at before, and documents were missing.
        """
        committed = self.batches.batch(upload.owner, upload.batch)
        if is_again and not _is_of(committed, manifest) and self._is_superseded(manifest):
            return
        if committed is not None:
            self._repeat(committed, upload, manifest, now, time_left)
            return
        sender = self.senders.sender(upload.owner)
        if sender is None:
            # Nobody could read a refusal.
            logger.warning("unknown sender", extra={"sender": upload.owner})
            metrics.add_metric(name="UnknownSenders", unit=MetricUnit.Count, value=1)
            return
        try:
            self._check_in(sender, upload, manifest, now, time_left)
        except ManifestError as error:
            self._refuse(sender, upload, manifest, [finding(error, sender.language)], now)

    def _is_superseded(self, manifest: ObjectInfo) -> bool:
        """Whether the sender has replaced or deleted a manifest that waits for its documents."""
        latest = self.bucket.head(manifest.key)
        return latest is None or latest.version != manifest.version

    def _check_in(
        self, sender: Sender, upload: Upload, manifest: ObjectInfo, now: datetime, time_left: TimeLeft
    ) -> None:
        """Check a manifest of which nothing is committed.

        Raises:
            ManifestError: it is refused as a whole.
        """
        if sender.disabled:
            raise ManifestError(Problem(Code.SENDER_DISABLED))
        deadline = manifest.modified_at + timedelta(minutes=sender.settings.document_wait_minutes)
        documents = Documents(self.bucket, keys.documents_prefix(sender.id, upload.batch))
        reading = self._read(Intake(sender, documents, waits=now < deadline), sender, upload, manifest, time_left)
        if _is_refused(reading.tally, sender):
            self._refuse(sender, upload, manifest, reading.tally.findings, now)
        elif reading.tally.lacking:
            self._wait(sender, upload, manifest, reading.tally, now, deadline)
        else:
            batch = _batch(sender, upload, manifest, reading, now)
            self._commit(batch, reading.tally, upload, manifest, now, time_left)

    def _read(
        self, intake: Intake, sender: Sender, upload: Upload, manifest: ObjectInfo, time_left: TimeLeft
    ) -> _Reading:
        """Read a manifest and write its row file; once more if references stand in it twice."""
        key = keys.row_file(upload.owner, upload.batch, manifest.version)
        references: References = Digests()
        while True:
            data = Hashing(time_left.each(self.bucket.stream(manifest.key, manifest.version)))
            unknown = UnknownColumns()
            with self.bucket.writer(key) as writer:
                tally = intake.run(raw_rows(upload.name, data, unknown), references, writer.write)
                repeated = references.repeated()
                is_stopped = bool(tally.lacking) or _is_refused(tally, sender)
                if is_stopped or not repeated:
                    return _Reading(
                        tally=tally,
                        sha256=data.hexdigest(),
                        unknown_columns=unknown.pairs(),
                        row_file_version="" if is_stopped else writer.close(),
                    )
            references = FirstRows(repeated)

    def _refuse(
        self, sender: Sender, upload: Upload, manifest: ObjectInfo, findings: Iterable[Finding], now: datetime
    ) -> None:
        """Tell the sender why a manifest is refused; its batch id stays as free as it was."""
        refusal = summaries.encode(
            summaries.Refusal(
                sender=sender.id,
                batch=upload.batch,
                manifest=manifest.key,
                version=manifest.version,
                written_at=local_time(now, sender.country),
                errors=tuple(findings),
            )
        )
        self._tell(summaries.refusal_key(sender.id, upload.batch, manifest.version), refusal)
        self._tell_of_batch(upload, manifest, refusal)
        logger.info("manifest refused", extra={"sender": sender.id, "batch": upload.batch})
        metrics.add_metric(name="ManifestsRefused", unit=MetricUnit.Count, value=1)

    def _wait(  # noqa: PLR0913, PLR0917 - who waits for what, since when, until when
        self, sender: Sender, upload: Upload, manifest: ObjectInfo, tally: Tally, now: datetime, deadline: datetime
    ) -> None:
        """Tell the sender what is missing, and look again later."""
        waiting = summaries.Waiting(
            sender=sender.id,
            batch=upload.batch,
            manifest=manifest.key,
            version=manifest.version,
            written_at=local_time(now, sender.country),
            letters_waiting=tally.lacking,
            missing_documents=tuple(tally.missing),
            waits_until=local_time(deadline, sender.country),
        )
        self._tell(keys.summary_file(upload.owner, upload.batch), summaries.encode(waiting))
        self.batches.due_entries.arm_manifest(
            upload.owner,
            upload.batch,
            CheckManifest(key=manifest.key, version=manifest.version),
            _next_look(manifest.modified_at, now, deadline),
        )
        logger.info("manifest waits for documents", extra={"sender": upload.owner, "batch": upload.batch})

    def _commit(  # noqa: PLR0913, PLR0917 - what is committed, of what, when and in what time
        self, batch: Batch, tally: Tally, upload: Upload, manifest: ObjectInfo, now: datetime, time_left: TimeLeft
    ) -> None:
        if not self.batches.commit(batch):
            committed = self.batches.batch(upload.owner, upload.batch)
            if committed is not None:
                self._repeat(committed, upload, manifest, now, time_left)
            return
        logger.info("batch committed", extra={"sender": upload.owner, "batch": upload.batch, "rows": batch.rows})
        metrics.add_metric(name="BatchesCommitted", unit=MetricUnit.Count, value=1)
        metrics.add_metric(name="RowsAccepted", unit=MetricUnit.Count, value=batch.rows - batch.refused_rows)
        metrics.add_metric(name="RowsRefused", unit=MetricUnit.Count, value=batch.refused_rows)
        # Before the first page is sent, so that no receipt list can have been written yet.
        self._tell(keys.summary_file(upload.owner, upload.batch), summaries.encode(summaries.accepted(batch)))
        self.send_on(batch, pages_of(batch, tally.page_ends), batch.accepted_at)

    def _repeat(
        self, committed: Batch, upload: Upload, manifest: ObjectInfo, now: datetime, time_left: TimeLeft
    ) -> None:
        """Act on a manifest whose batch is committed: by the same event, by a repeat, or by another manifest."""
        if not _is_of(committed, manifest):
            data = Hashing(time_left.each(self.bucket.stream(manifest.key, manifest.version)))
            for _ in data:
                pass
            if data.hexdigest() != committed.manifest_sha256:
                taken = ManifestError(Problem(Code.BATCH_ID_TAKEN))
                self._refuse(committed.sender, upload, manifest, [finding(taken, committed.sender.language)], now)
                return
            told = summaries.repeated(committed, manifest.key, manifest.version, now)
            self._tell(summaries.repeat_key(upload.owner, upload.batch, manifest.version), summaries.encode(told))
        if committed.state in {BatchState.OPEN, BatchState.AWAITING_APPROVAL}:
            lines = time_left.each(self.bucket.stream_lines(committed.row_file, committed.row_file_version))
            self.send_on(committed, pages_of(committed, page_ends(lines)), committed.accepted_at)

    def send_on(self, batch: Batch, pages: Sequence[Page], since: datetime) -> None:
        """The steps after a batch was committed or approved: arm what is to be looked after, and only then send pages.

        Args:
            batch: as it is now; of one that waits for its approval no page is sent.
            pages: all of them.
            since: when it was committed or approved, the same at every repeat.
        """
        is_open = batch.state is BatchState.OPEN
        if is_open:
            self.batches.due_entries.arm_pages(batch, pages, since + FIRST_SWEEP)
        self.batches.due_entries.arm_receipts(batch.sender.id, batch.id, since + FIRST_RECEIPTS)
        if is_open:
            self.pages.send_all((SortPage(page=page) for page in pages), group=batch.sender.id)

    def _tell_of_batch(self, upload: Upload, manifest: ObjectInfo, data: bytes) -> None:
        """Tell of a manifest in `summary.json`, unless a newer one was uploaded or one was accepted: those are told of.

        What stands there is looked at first, and written over only while it stands. So what others
        tell meanwhile of something newer is never written over.
        """
        key = keys.summary_file(upload.owner, upload.batch)
        while True:
            told = self.bucket.head(key)
            latest = self.bucket.head(manifest.key)
            is_newer = latest is not None and latest.version != manifest.version
            if is_newer or self.batches.batch(upload.owner, upload.batch) is not None:
                return
            with (
                self.bucket.writer(key, content_type=summaries.JSON, only_over=told.etag if told else "") as writer,
                suppress(ConflictError),
            ):
                writer.write(data)
                writer.close()
                return

    def _tell(self, key: str, data: bytes) -> None:
        self.bucket.put(key, data, content_type=summaries.JSON)


def _next_look(since: datetime, now: datetime, deadline: datetime) -> datetime:
    """When a manifest is looked at again: 30 seconds after it came, then after waits that double up to 15 minutes.

    The times count from its upload, so that a repeat arms the same one. The last is the deadline.
    """
    look, wait = since, _FIRST_WAIT
    while look <= now:
        look, wait = look + wait, min(wait * 2, _LONGEST_WAIT)
    return min(look, deadline)


def _is_refused(tally: Tally, sender: Sender) -> bool:
    """Whether the sender wants no batch with bad rows, and this one has some."""
    return tally.refused > 0 and sender.settings.bad_rows == "refuse_batch"


def _is_of(batch: Batch | None, manifest: ObjectInfo) -> bool:
    """Whether a batch was committed from this very version of a manifest."""
    return batch is not None and (batch.manifest, batch.manifest_version) == (manifest.key, manifest.version)


def _batch(sender: Sender, upload: Upload, manifest: ObjectInfo, reading: _Reading, now: datetime) -> Batch:
    """The batch item of a manifest that was accepted."""
    tally = reading.tally
    is_brake = sender.settings.bad_rows == "await_approval"
    is_over = tally.refused * 100 > sender.settings.bad_rows_percent * tally.rows
    return Batch(
        id=upload.batch,
        sender=sender,
        state=BatchState.AWAITING_APPROVAL if is_brake and is_over else BatchState.OPEN,
        row_file=keys.row_file(sender.id, upload.batch, manifest.version),
        row_file_version=reading.row_file_version,
        manifest=manifest.key,
        manifest_version=manifest.version,
        manifest_sha256=reading.sha256,
        rows=tally.rows,
        refused_rows=tally.refused,
        unknown_columns=reading.unknown_columns,
        # Whole seconds, as times are stored.
        accepted_at=now.replace(microsecond=0),
    )
