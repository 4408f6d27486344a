"""Days of a post office with a canary, looked at every half hour as its alarm looks at it."""

import json
from datetime import datetime, timedelta
from typing import Final

from brevdue.connectors import Connectors, Habits
from brevdue.operate.senders import put_copy
from cloud.bucket import ObjectInfo
from postal.senders import Regime, Sender, Settings
from tests.support.office import Office
from tests.support.people import ORGANISATION
from tests.support.template import resources

SENDER: Final = Sender(
    id="kanari",
    name="Postkontoret",
    regime=Regime.NO_PUBLIC,
    languages=("nb",),
    settings=Settings(receipt_cadence_minutes=5, reminder_days=(0,)),
)
RECIPIENT: Final = ORGANISATION
TODAY: Final = "canary-2026-11-18"
TOMORROW: Final = "canary-2026-11-19"

ALARM: Final = resources("AWS::CloudWatch::Alarm")["CanaryLateAlarm"]
PERIOD: Final = timedelta(seconds=ALARM["Period"])
STEP: Final = timedelta(minutes=30)


class Days:
    """A post office and its connectors.

    Attributes:
        late: the values of `CanaryLate`, with the times at which they were sent.
        collects: whether the connectors work.
    """

    def __init__(self, office: Office) -> None:
        self.office = office
        self.late: list[tuple[datetime, int]] = []
        self.collects = True
        self._schedules = office.stack._deployment.schedules
        self._all_schedules = list(self._schedules)
        self.habits(refused=0)
        self.admit(SENDER)
        office.register(RECIPIENT)

    def admit(self, sender: Sender) -> None:
        """Put a sender as `brevdue senders put` does."""
        self.office.senders.put(sender)
        put_copy(self.office.bucket, sender)

    def habits(self, *, refused: float) -> None:
        self._connectors = Connectors(self.office.s3, self.office.bucket_name, 1, Habits(refused=refused, opened=0))

    def skip(self, time: timedelta) -> None:
        """Let time pass at once, without a look in between."""
        self.office.stack.advance(time)

    def wait(self, time: timedelta) -> None:
        """Let time pass, half an hour after the other."""
        for _ in range(time // STEP):
            self._forget_log()
            self.office.stack.advance(STEP)
            if self.collects and self._connectors.play(self.office.now):
                self.office.stack.run()
            self.late += [(self.office.now, value) for value in self._values("CanaryLate")]

    def stop(self, function: str) -> None:
        """Stop the schedule of a function."""
        self._schedules[:] = [one for one in self._schedules if one.function != function]

    def close(self) -> None:
        """Let the schedules go on that were stopped."""
        self._schedules[:] = self._all_schedules

    def rings(self) -> bool:
        """Whether the alarm of the template rings, by its last period."""
        values = [value for at, value in self.late if at > self.office.now - PERIOD]
        if not values:
            return bool(ALARM["TreatMissingData"] == "breaching")
        assert (ALARM["Statistic"], ALARM["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
        return bool(max(values) > ALARM["Threshold"])

    def uploaded(self, batch: str, name: str = "manifest.jsonl") -> ObjectInfo | None:
        return self.office.bucket.head(f"inbox/{SENDER.id}/{batch}/{name}")

    def status(self, batch: str) -> str:
        """Of the letter of a canary, as its sender reads it."""
        line = json.loads(self.office.bucket.read(f"receipts/{SENDER.id}/{batch}/receipts.jsonl"))
        return str(line["status"])

    def _values(self, metric: str) -> list[int]:
        lines = [json.loads(line) for line in self.office.log.getvalue().splitlines() if '"_aws"' in line]
        return [int(line[metric][0]) for line in lines if metric in line]

    def _forget_log(self) -> None:
        self.office.log.truncate(0)
        self.office.log.seek(0)
