"""Closing a print job: once nothing of its cut-off is left to join it, its files are written for the printer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.ahead import ahead
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.print_jobs import PrintJobs
from cloud.time_left import TimeLeft
from fallback import print_files
from fallback.print_files import JobFiles
from postal import keys
from postal.messages import CloseJob

#: How soon a job that could not be closed is looked at again.
_AGAIN: Final = timedelta(minutes=5)
#: So many parts are read at once.
_THREADS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Closing:
    """Closes print jobs."""

    bucket: Bucket
    batches: Batches
    jobs: PrintJobs

    def close(self, asked: CloseJob, now: datetime, time_left: TimeLeft) -> None:
        """Close a job, or look again a little later where pages of its cut-off or parts in hand are left.

        Raises:
            OutOfTimeError: its files are not all written; a repeat writes them anew, with more time.
        """
        if self.batches.due_entries.pages_due_at(asked.cut_off, asked.printer):
            self.batches.due_entries.arm_closer(asked.printer, asked.cut_off, now + _AGAIN)
        else:
            job = self.jobs.close(asked.printer, asked.cut_off, now)
            if job.closed_at is None:
                self.batches.due_entries.arm_closer(asked.printer, asked.cut_off, now + _AGAIN)
            else:
                self._write(asked.printer, asked.cut_off, job.closed_at, time_left)
        self.batches.due_entries.disarm(asked.due_sk, asked.token)

    def _write(self, printer: str, cut_off: datetime, closed_at: datetime, time_left: TimeLeft) -> None:
        """Write the job's files from its parts: the same again whenever it is repeated, `job.json` last."""
        folder = keys.print_folder(printer, cut_off)
        files = JobFiles()
        with self.bucket.writer(f"{folder}job.csv", content_type=print_files.CSV) as table:
            table.write(files.header())
            parts = self.bucket.list_keys(f"{folder}parts/")
            for part, lines in time_left.each(ahead(self.bucket.read, parts, _THREADS)):
                table.write(files.add(part.removeprefix(folder), print_files.decode_part(lines)))
            if not files.has_parts:
                # Nothing has joined it, or nothing of what did could be printed.
                return
            table.close()
        job = files.job(printer=printer, cut_off=cut_off, closed_at=closed_at)
        self.bucket.put(f"{folder}job.json", print_files.encode_job(job), content_type=print_files.JSON)
        logger.info("print job closed", extra={"printer": printer, "letters": job.letters})
        metrics.add_metric(name="PrintJobsClosed", unit=MetricUnit.Count, value=1)
