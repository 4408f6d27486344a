"""Closing a print job: once nothing of its cut-off is left to join it, its files are written for the printer.

A page may die each time after it has joined. So what is in hand still when every page must have been swept, or is
given up, is left behind: it leaves with a later job.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aws_lambda_powertools.metrics import MetricUnit

from cloud.ahead import ahead
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.due_entries import GIVEN_UP_AFTER
from cloud.observability import logger, metrics
from cloud.print_jobs import Job, PrintJobs
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
            if job.closed_at is None and now >= asked.cut_off + GIVEN_UP_AFTER:
                self._leave_behind(job, time_left)
                job = self.jobs.close(asked.printer, asked.cut_off, now)
            if job.closed_at is None:
                self.batches.due_entries.arm_closer(asked.printer, asked.cut_off, now + _AGAIN)
            else:
                self._write(job, job.closed_at, time_left)
        self.batches.due_entries.disarm(asked.due_sk, asked.token)

    def _leave_behind(self, job: Job, time_left: TimeLeft) -> None:
        """Close a job to what is in hand, but for what only has not said yet that its part is written."""
        for name in time_left.each(sorted(job.in_hand)):
            if self.bucket.head(keys.print_part(job.printer, job.cut_off, name)) is not None:
                self.jobs.leave(job.printer, job.cut_off, name)
            elif self.jobs.leave_behind(job.printer, job.cut_off, name):
                logger.warning("a print job leaves without a part", extra={"printer": job.printer, "dispatch": name})

    def _write(self, job: Job, closed_at: datetime, time_left: TimeLeft) -> None:
        """Write the job's files from its parts: the same again whenever it is repeated, `job.json` last."""
        folder = keys.print_folder(job.printer, job.cut_off)
        left_behind = {keys.print_part(job.printer, job.cut_off, name) for name in job.left_behind}
        files = JobFiles()
        with self.bucket.writer(f"{folder}job.csv", content_type=print_files.CSV) as table:
            table.write(files.header())
            # What is left behind may have been written nevertheless, and may still be.
            parts = (part for part in self.bucket.list_keys(f"{folder}parts/") if part not in left_behind)
            for part, lines in time_left.each(ahead(self.bucket.read, parts, _THREADS)):
                table.write(files.add(part.removeprefix(folder), print_files.decode_part(lines)))
            if not files.has_parts:
                # Nothing has joined it, or nothing of what did could be printed.
                return
            table.close()
        told = files.job(printer=job.printer, cut_off=job.cut_off, closed_at=closed_at)
        self.bucket.put(f"{folder}job.json", print_files.encode_job(told), content_type=print_files.JSON)
        logger.info("print job closed", extra={"printer": job.printer, "letters": told.letters})
        metrics.add_metric(name="PrintJobsClosed", unit=MetricUnit.Count, value=1)
