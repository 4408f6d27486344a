"""A deployed Brevdue for tests, spoken to through its own adapters."""

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from pathlib import Path

from brevdue.stack.sms import SMS
from brevdue.stack.stack import Stack, StackClock
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.queues import Queue
from cloud.recipients import Recipients
from cloud.senders import Senders
from cloud.table import Item, Table
from postal import keys, pages, rows, status
from postal.batches import Batch
from postal.channels import Channel
from postal.letters import Address, Document, Letter, RefusedRow, RowError
from postal.messages import Message, Report, SortPage, Tracking
from postal.pages import Page
from postal.register import Event as RegisterEvent
from postal.register import encode as encode_event
from postal.senders import Regime, Sender, Settings, Terms
from postal.status import LetterState, Status
from postal.times import to_text

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

#: A Wednesday, 10:00 in Oslo and Copenhagen.
START = datetime(2026, 11, 18, 9, tzinfo=UTC)

NORWEGIAN = Sender(id="nordby", name="Nordby kommune", regime=Regime.NO_PUBLIC, languages=("nb",))
TERMS = Terms(id="vilkaar-2026", document_sha256="a" * 64, valid_from=datetime(2026, 1, 1, tzinfo=UTC))
DANISH = Sender(id="havblik", name="Havblik", regime=Regime.DK_PRIVATE, languages=("da",), terms=(TERMS,))
ADDRESS = Address(name="Kari Eksempel", lines=("Storgata 1",), postal_code="0001", city="Nordby", country="NO")


def letter(row: int, recipient: str, **facts: object) -> Letter:
    """A letter as ingest writes it."""
    plain: dict[str, object] = {
        "row": row,
        "reference": f"ref-{row}",
        "recipient": recipient,
        "title": "Et brev",
        "documents": (Document(path=f"{row}.pdf", version="v1", size=1_000, etag="e"),),
        "address": ADDRESS,
        **facts,
    }
    return Letter(**plain)  # type: ignore[arg-type]


def consenting(row: int, recipient: str) -> Letter:
    """A letter of the Danish sender with valid consent."""
    return letter(row, recipient, consent=TERMS.id, consent_at="2026-02-01T00:00:00Z")


def refused(row: int) -> RefusedRow:
    error = RowError(code="TITLE_MISSING", column="title", message="The title is empty.", remedy="Write a title.")
    return RefusedRow(row=row, line=row + 1, reference=f"ref-{row}", errors=(error,), cells={"reference": f"ref-{row}"})


class Office:
    """A stack, and its tables, bucket and queues by their adapters.

    Args:
        parameters: of the template, over its defaults.

    Attributes:
        log: what the functions print.
    """

    def __init__(self, parameters: Mapping[str, str] | None = None) -> None:
        self.log = io.StringIO()
        self.stack = Stack.deploy(TEMPLATE, StackClock(START), parameters=parameters, log=self.log)
        names, dynamodb = self.stack.names, self.stack.client("dynamodb")
        self.bucket_name = names["Bucket"]
        self.stack.client("sesv2").create_email_identity(EmailIdentity="post@brevdue.example")
        self.s3 = self.stack.client("s3")
        self.bucket = Bucket(self.s3, self.bucket_name)
        self.batches_table = Table(dynamodb, names["BatchesTable"])
        self.recipients_table = Table(dynamodb, names["RecipientsTable"])
        self.batches = Batches(self.batches_table)
        self.recipients = Recipients(self.recipients_table)
        self.senders = Senders(Table(dynamodb, names["SendersTable"]))

    def close(self) -> None:
        self.stack.close()

    def reset(self) -> None:
        self.stack.on_call = None
        self.stack.takes = lambda _call: timedelta(0)
        self.stack.throttled = lambda _function: False
        self.stack.reset_data(START)
        self.forget_notices()
        for sender in (NORWEGIAN, DANISH):
            self.senders.put(sender)

    @property
    def now(self) -> datetime:
        return self.stack.clock.now()

    def let_pass(self, time: timedelta) -> None:
        """Let time pass with the schedule firing each minute, as on AWS."""
        end = self.now + time
        while self.now < end:
            self.stack.advance(min(timedelta(minutes=1), end - self.now))

    def register(self, recipient: str, **facts: object) -> None:
        """Put a profile, with both contacts fresh where none is named."""
        contact = {
            "mobile": "+4799999999",
            "mobile_verified_at": to_text(START - timedelta(days=30)),
            "email": f"{recipient[-4:]}@example.com",
            "email_verified_at": to_text(START - timedelta(days=30)),
        }
        self.recipients_table.put({"pk": recipient, "sk": keys.PROFILE_SK, "contact": contact, **facts})

    def commit(
        self,
        sender: Sender,
        batch_rows: Sequence[rows.Row],
        batch: str = "b1",
        settings: Settings | None = None,
    ) -> list[Page]:
        """Do what ingest does from the row file on, but for sending the pages."""
        lines = [rows.encode(row) for row in batch_rows]
        key = keys.row_file(sender.id, batch, "m1")
        version = self.bucket.put(key, b"".join(lines))
        made: list[Page] = []
        first = 0
        for number in range(pages.page_count(len(lines))):
            size = sum(len(line) for line in lines[number * pages.PAGE_SIZE : (number + 1) * pages.PAGE_SIZE])
            page = Page(
                sender=sender.id,
                batch=batch,
                number=number,
                key=key,
                version=version,
                first=first,
                last=first + size - 1,
            )
            made.append(page)
            first += size
        self.batches.commit(
            Batch(
                id=batch,
                sender=Sender(
                    id=sender.id,
                    name=sender.name,
                    regime=sender.regime,
                    languages=sender.languages,
                    terms=sender.terms,
                    settings=settings or sender.settings,
                ),
                row_file=key,
                row_file_version=version,
                manifest=f"inbox/{sender.id}/{batch}/manifest.csv",
                manifest_version="m1",
                manifest_sha256="0" * 64,
                rows=len(lines),
                refused_rows=sum(isinstance(row, RefusedRow) for row in batch_rows),
                accepted_at=self.now,
            )
        )
        self.batches.due_entries.arm_pages(
            self.batches.committed(sender.id, batch), made, self.now + timedelta(minutes=15)
        )
        return made

    def send(self, queue: str, message: Message) -> None:
        """Put a message into a queue, by the queue's logical id."""
        Queue(self.stack.client("sqs"), self.stack.names[queue]).send(message, group="test")

    def tell(self, *events: RegisterEvent) -> None:
        """Tell the register, and let the stack work until it is quiet."""
        for event in events:
            self.stack.client("sqs").send_message(
                QueueUrl=self.stack.names["RegisterQueue"], MessageBody=encode_event(event)
            )
        self.stack.run()

    def sort(self, made: Iterable[Page]) -> None:
        """Send pages to routing and let the stack work until it is quiet."""
        for page in made:
            self.send("PagesQueue", SortPage(page=page))
        self.stack.run()

    def report(self, page: Page, channel: Channel, *reports: Report) -> None:
        """Have a channel report on a page, and let the stack work until it is quiet."""
        tracking = Tracking(
            sender=page.sender, batch=page.batch, page=page.number, channel=channel, reports=tuple(reports)
        )
        self.send("TrackingQueue", tracking)
        self.stack.run()

    def states(self, page: Page, count: int) -> list[LetterState]:
        """The states of the first rows of a page."""
        items = self.batches.page_items(page.sender, page.batch, page.number)
        first = page.number * pages.PAGE_SIZE + 1
        size = len(items.sorting.marks) if items.sorting else count
        return list(status.states(items, range(first, first + size)))[:count]

    def statuses(self, page: Page, count: int) -> list[Status]:
        return [state.status for state in self.states(page, count)]

    def dispatched(self, channel: Channel) -> dict[str, list[dict[str, object]]]:
        """The dispatch files of a channel, by the name under which the provider reports on them."""
        prefix = f"outbox/{channel}/"
        listed = self.s3.list_objects_v2(Bucket=self.bucket_name, Prefix=prefix).get("Contents", [])
        return {
            entry["Key"].removeprefix(prefix).removesuffix(".jsonl"): [
                json.loads(line) for line in self.bucket.read(entry["Key"]).splitlines()
            ]
            for entry in listed
            if not entry["Key"].startswith(f"{prefix}_tracking/")
        }

    def held(self, recipient: str) -> list[Item]:
        return list(self.recipients_table.query(recipient, beginning="held#"))

    def due(self) -> list[Item]:
        """The due entries, the oldest first."""
        return sorted((item for pk in keys.DUE_PKS for item in self.batches_table.query(pk)), key=itemgetter("sk"))

    def emails(self) -> list[str]:
        """The addresses that e-mail was sent to, in order."""
        from moto.ses.models import ses_backends  # noqa: PLC0415 - moto is patched in by the stack

        sent = ses_backends["123456789012"]["eu-north-1"].sent_messages
        return [address for message in sent for address in message.destinations["ToAddresses"]]

    def texts(self) -> list[tuple[str, str]]:
        """The numbers and words of the SMS that were sent, in order."""
        return [(text.number, text.words) for text in SMS.sent]

    def forget_notices(self) -> None:
        from moto.ses.models import ses_backends  # noqa: PLC0415 - moto is patched in by the stack

        ses_backends["123456789012"]["eu-north-1"].sent_messages.clear()
        SMS.sent.clear()


#: The one that is open. Deploying takes seconds, so tests share it; a process can have one stack open.
_open: list[Office] = []


def shared_office() -> Office:
    """The process's Brevdue, deployed where it is not yet, without data."""
    if not _open:
        _open.append(Office())
    _open[0].reset()
    return _open[0]


def close_shared_office() -> None:
    """Make room for another stack."""
    while _open:
        _open.pop().close()
