"""Letters that real functions send on their way, and what became of them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from cloud.outages import Outage, Outages
from postal.channels import Channel
from postal.letters import Document
from postal.messages import Event, Report
from postal.pages import Page
from postal.register import ContactChanged, MailboxChosen, Registered
from postal.rows import Row
from postal.senders import Sender, Settings
from postal.times import to_text
from tests.support import pdfs
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter
from tests.support.people import DANES, NORWEGIANS

USER: Final = NORWEGIANS[0]
STRANGER: Final = DANES[0]


def refused_then_opened_before_print(office: Office) -> str:
    """Digipost refuses, Altinn delivers before Christmas, and the recipient opens just before the cut-off."""
    office.stack.clock.move_to(datetime(2026, 12, 23, 8, 58, tzinfo=UTC))
    office.tell(
        MailboxChosen(recipient=USER, occurred_at=START - timedelta(days=90), mailbox=Channel.DIGIPOST),
        ContactChanged(recipient=USER, occurred_at=START, email="kari@example.com"),
    )
    page = sorted_page(office, NORWEGIAN, letter(1, USER, documents=pdf(office, NORWEGIAN)))
    let_pass(office, minutes=1)
    office.report(page, Channel.DIGIPOST, report(office, Event.REFUSED, n=1, code="RECIPIENT_UNKNOWN"))
    let_pass(office, minutes=1)
    report_alone(office, page, Channel.ALTINN, Event.DELIVERED, attempt=2)
    down_at = datetime(2026, 12, 24, 8, tzinfo=UTC)
    Outages(office.batches_table).put(
        Outage(channel=Channel.ALTINN, begin=down_at, end=down_at + timedelta(hours=2, minutes=30))
    )
    let_come(office, datetime(2026, 12, 28, 16, 10, tzinfo=UTC))
    report_alone(office, page, Channel.ALTINN, Event.OPENED, attempt=2)
    let_come(office, datetime(2026, 12, 28, 17, tzinfo=UTC))
    return "nordby/b1/1"


def held_then_released(office: Office) -> str:
    """A letter waits for who has no mailbox, and is delivered when e-Boks has a new user."""
    page = sorted_page(office, DANISH, replace(consenting(1, STRANGER), documents=pdf(office, DANISH)))
    let_pass(office, minutes=4 * 24 * 60 + 75)
    office.tell(
        Registered(recipient=STRANGER, occurred_at=office.now - timedelta(minutes=2), mailbox=Channel.EBOKS),
        ContactChanged(recipient=STRANGER, occurred_at=office.now, email="ida@example.com"),
    )
    let_pass(office, minutes=1)
    report_alone(office, page, Channel.EBOKS, Event.DELIVERED, attempt=1)
    return "havblik/b1/1"


def unopened_then_came_back(office: Office) -> str:
    """A letter stays unopened in Altinn, goes on paper, and comes back."""
    office.register(USER)
    page = sorted_page(office, NORWEGIAN, letter(1, USER, documents=pdf(office, NORWEGIAN)))
    let_pass(office, minutes=2)
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))
    let_come(office, datetime(2026, 11, 20, 16, 50, tzinfo=UTC))
    office.report(page, Channel.PRINT, report(office, Event.PRINTED, n=1))
    let_come(office, datetime(2026, 11, 26, 9, tzinfo=UTC))
    office.report(page, Channel.PRINT, report(office, Event.RETURNED, n=0, rows="1"))
    return "nordby/b1/1"


#: Named as the files that tell them.
STORIES: Final[Mapping[str, Callable[[Office], str]]] = {
    "refused-then-opened": refused_then_opened_before_print,
    "held-then-released": held_then_released,
    "unopened-then-returned": unopened_then_came_back,
}


# --- what happens ---


def sorted_page(office: Office, sender: Sender, *rows: Row, settings: Settings | None = None) -> Page:
    """The one page of a batch, sorted."""
    (page,) = made = office.commit(sender, rows, settings=settings)
    office.sort(made)
    return page


def pdf(office: Office, sender: Sender) -> tuple[Document, ...]:
    data = pdfs.document(pdfs.A4)
    version = office.bucket.put(f"inbox/{sender.id}/b1/documents/1.pdf", data, content_type="application/pdf")
    return (Document(path="1.pdf", version=version, size=len(data), etag="e"),)


def report(office: Office, event: Event, *, n: int, rows: str = "", code: str = "") -> Report:
    return Report(event=event, n=n, rows=rows, attempt=1, at=to_text(office.now), code=code)


def report_alone(office: Office, page: Page, channel: Channel, event: Event, *, attempt: int) -> None:
    office.report(page, channel, Report(event=event, n=0, rows="1", attempt=attempt, at=to_text(office.now)))


def let_pass(office: Office, *, minutes: int) -> None:
    office.stack.advance(timedelta(minutes=minutes))


def let_come(office: Office, moment: datetime) -> None:
    """Let time pass hour by hour: what falls due is done at most an hour late."""
    while office.now < moment:
        office.stack.advance(min(timedelta(hours=1), moment - office.now))
