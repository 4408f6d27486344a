"""What the canary does: as a sender does, and with no other rights."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
from aws_lambda_powertools.metrics import MetricUnit
from msgspec import Struct

from canary import days, verdicts
from canary.days import SetUpError
from canary.settings import Settings
from canary.verdicts import Verdict
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from postal import keys
from postal.batches import BatchState
from postal.senders import Sender
from postal.status import Status

#: The canary before today's counts while that is under way, and the one before where the schedule stood still.
_LOOK_BACK_DAYS: Final = 3


class _Summary(Struct, frozen=True):
    """As much of `summary.json` as is needed here."""

    state: BatchState


class _Line(Struct, frozen=True):
    """As much of a line of a receipt list as is needed here."""

    status: Status


@dataclass(frozen=True, kw_only=True)
class CanaryRun:
    """Sends the canary of the day once, and looks what came of the last ones."""

    bucket: Bucket
    settings: Settings

    def run(self, now: datetime) -> None:
        """Send what is to be sent by now, and count what has arrived and what is late."""
        try:
            late = verdicts.is_late(self._look(now))
        except SetUpError as error:
            logger.error("no canary can be sent", extra={"why": str(error)})
            late = True
        metrics.add_metric(name="CanaryLate", unit=MetricUnit.Count, value=int(late))

    def _look(self, now: datetime) -> Iterator[Verdict]:
        """How the last canaries fare, the newest first, each looked at when it is asked for; today's is sent before.

        Raises:
            SetUpError: none can be sent with the sender as it is.
        """
        sender = self._sender()
        today = days.day_of(now, sender)
        self._send(sender, today, now)
        for back in range(_LOOK_BACK_DAYS):
            batch = days.batch_id(today - timedelta(days=back))
            if canary := self._found(sender.id, batch):
                verdict = verdicts.verdict(canary, now, timedelta(hours=self.settings.hours))
                tell = logger.warning if verdict is Verdict.LATE else logger.info
                tell(
                    "canary",
                    extra={"batch": batch, "verdict": verdict, "state": canary.state, "status": canary.status},
                )
                yield verdict

    def _sender(self) -> Sender:
        """The sender, by the copy of its settings that it may read itself."""
        data = self._read(keys.sender_copy(self.settings.sender))
        if data is None:
            raise SetUpError("the sender is not admitted: put it with `brevdue senders put`")
        return msgspec.json.decode(data, type=Sender)

    def _send(self, sender: Sender, day: date, now: datetime) -> None:
        """Upload the canary of a day, the document first, unless it is there."""
        batch = days.batch_id(day)
        manifest = days.manifest(sender, self.settings.recipient, day, now)
        key = _manifest_key(sender.id, batch)
        if self._is_there(key):
            return
        document = f"{keys.documents_prefix(sender.id, batch)}{days.DOCUMENT_NAME}"
        self.bucket.put_new(document, days.DOCUMENT, content_type="application/pdf")
        self.bucket.put_new(key, manifest)

    def _found(self, sender: str, batch: str) -> verdicts.Canary | None:
        """What is known of a canary; None where none was sent."""
        key = _manifest_key(sender, batch)
        manifest = self.bucket.head(key) if self._is_there(key) else None
        if manifest is None:
            return None
        summary = self._read(keys.summary_file(sender, batch))
        line = self._read(keys.receipt_list(sender, batch))
        return verdicts.Canary(
            sent_at=manifest.modified_at,
            state=msgspec.json.decode(summary, type=_Summary).state if summary else None,
            status=msgspec.json.decode(line, type=_Line).status if line else None,
        )

    def _read(self, key: str) -> bytes | None:
        """All bytes of a small object, or None where there is none."""
        return self.bucket.read(key) if self._is_there(key) else None

    def _is_there(self, key: str) -> bool:
        """Asked by a listing: to who may list some prefixes only, S3 says of a missing object that it is forbidden."""
        return key in self.bucket.list_keys(key)


def _manifest_key(sender: str, batch: str) -> str:
    return f"{keys.inbox_prefix(sender, batch)}{days.MANIFEST_NAME}"
