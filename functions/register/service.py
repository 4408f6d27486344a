"""What register does: keep what is said of recipients, then let their held letters follow.

Every change of a profile decides the recipient's held letters again; so does an
event that changes nothing, for the one who wrote the change may have died after it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Final

import msgspec
from aws_lambda_powertools.metrics import MetricUnit

from cloud.errors import LostRaceError
from cloud.observability import metrics
from cloud.recipients import Recipients
from cloud.time_left import TimeLeft
from postal import register
from postal.channels import Channel
from postal.messages import Enrol, ReleaseHeld, TakeEvents
from postal.recipients import Enrolment, Recipient
from register.release import Releases

#: A profile is written over what was read; so often it is read again where another event came between.
_MOST_TRIES: Final = 10

#: The register queue takes events as the registers send them, one a message, and our own messages.
_DECODER: Final = msgspec.json.Decoder(register.Event | TakeEvents | Enrol | ReleaseHeld)


@dataclass(frozen=True, kw_only=True)
class Register:
    """Keeps the register."""

    recipients: Recipients
    releases: Releases

    def handle(self, body: str, now: datetime, time_left: TimeLeft) -> None:
        """Act on one message of the register queue.

        Raises:
            msgspec.DecodeError: the message is neither an event nor one of ours.
            RegisterError: the event can never be true.
            OutOfTimeError: there is no time for all events; those that are kept are found kept.
        """
        match _DECODER.decode(body):
            case ReleaseHeld(recipient=recipient, after=after):
                self.releases.release(recipient, after, now, time_left)
            case Enrol(enrolments=enrolments):
                self._enrol(enrolments)
            case TakeEvents(events=events):
                by_recipient = attrgetter("recipient")
                for recipient, of_one in groupby(sorted(events, key=by_recipient), key=by_recipient):
                    time_left.check()
                    self._take(recipient, list(of_one), now, time_left)
            case event:
                self._take(event.recipient, [event], now, time_left)

    def _take(self, recipient: str, events: list[register.Event], now: datetime, time_left: TimeLeft) -> None:
        for event in events:
            register.check(event, now)
        self._enrol_known(self._keep(recipient, events))
        self.releases.release(recipient, "", now, time_left)
        metrics.add_metric(name="RegisterEvents", unit=MetricUnit.Count, value=len(events))

    def _keep(self, recipient: str, events: Iterable[register.Event]) -> Recipient:
        """Write what is new of events; the recipient as it is then."""
        for _ in range(_MOST_TRIES):
            read = self.recipients.profile(recipient)
            facts = register.apply_all(read.facts, events)
            if facts == read.facts:
                return read.recipient
            after = register.profile(recipient, facts, read.recipient.enrolled)
            if self.recipients.put_profile(after, facts, read):
                return after
        raise LostRaceError("a profile changed each time that an event was written")

    def _enrol_known(self, recipient: Recipient) -> None:
        """Enrol a user of e-Boks with the senders whose evidence waited for that."""
        if Channel.EBOKS not in recipient.mailboxes:
            return
        for sender in self.recipients.enrolling_senders(recipient.id):
            if sender not in recipient.enrolled and sender not in recipient.declined:
                self.recipients.set_enrolled(recipient.id, sender)

    def _enrol(self, enrolments: Iterable[Enrolment]) -> None:
        """Keep evidence; who is known is enrolled, who is not is kept until they sign up."""
        enrolments = list(enrolments)
        for enrolment in enrolments:
            self.recipients.enrol(enrolment)
        # Evidence first, then a look at the profile: who signs up between sees the evidence.
        known = self.recipients.recipients(enrolment.recipient for enrolment in enrolments)
        for enrolment in enrolments:
            recipient = known[enrolment.recipient]
            if Channel.EBOKS in recipient.mailboxes and enrolment.sender not in recipient.enrolled:
                self.recipients.set_enrolled(enrolment.recipient, enrolment.sender)
