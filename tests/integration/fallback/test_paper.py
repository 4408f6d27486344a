"""Paper: deadlines, cut-offs, print jobs, late rescue, and the printer's word."""

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from cloud.outages import Outage, Outages
from cloud.print_jobs import PrintJobs
from postal.channels import Channel
from postal.letters import Document, Letter
from postal.messages import Event, Report
from postal.pages import Page
from postal.register import Closed, MailboxChosen, OptedIn, OptedOut, Registered, SenderDeclined
from postal.senders import Sender, Settings
from postal.status import Status
from postal.times import to_text
from tests.support import pdfs
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter
from tests.support.people import DANES, NORWEGIANS

USER, OTHER = NORWEGIANS[:2]
STRANGER = DANES[0]

#: 40 hours of working days after Wednesday 10:00 is Friday 02:00; the cut-off of that day is 17:30.
DEADLINE = datetime(2026, 11, 20, 1, tzinfo=UTC)
CUT_OFF = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
FOLDER = "print/default/20261120T163000Z/"


def _to(office: Office, moment: datetime) -> None:
    """Let time pass hour by hour: what falls due is done at most an hour late."""
    while office.now < moment:
        office.stack.advance(min(timedelta(hours=1), moment - office.now))


def _pdf(
    office: Office, sender: Sender, row: int, data: bytes | None = None, batch: str = "b1"
) -> tuple[Document, ...]:
    key, content = f"{row}.pdf", data or pdfs.document(pdfs.A4)
    version = office.bucket.put(f"inbox/{sender.id}/{batch}/documents/{key}", content, content_type="application/pdf")
    return (Document(path=key, version=version, size=len(content), etag="e"),)


def _sorted(office: Office, letters: Sequence[Letter], sender: Sender = NORWEGIAN, **settings: object) -> Page:
    made = office.commit(sender, letters, settings=Settings(**settings) if settings else None)  # type: ignore[arg-type]
    office.sort(made)
    return made[0]


def _delivered(office: Office, page: Page, channel: Channel = Channel.ALTINN) -> None:
    report = Report(event=Event.DELIVERED, n=1, rows="", attempt=1, at=to_text(office.now))
    office.report(page, channel, report)


def _opened(office: Office, page: Page, row: int) -> None:
    report = Report(event=Event.OPENED, n=0, rows=str(row), attempt=1, at=to_text(office.now))
    office.report(page, Channel.ALTINN, report)


def _noted(office: Office) -> list[tuple[str, str]]:
    """What senders have learnt of the stranger, each with when."""
    return [(item["code"], item["at"]) for item in office.recipients_table.query(STRANGER, beginning="disclosed#")]


def _job(office: Office, folder: str = FOLDER) -> dict[str, object]:
    found: dict[str, object] = json.loads(office.bucket.read(f"{folder}job.json"))
    return found


def _in_parts(office: Office) -> list[str]:
    """Every letter that stands in a part of a print job."""
    return [
        json.loads(line)["letter"]
        for key in office.bucket.list_keys("print/")
        if "/parts/" in key
        for line in office.bucket.read(key).splitlines()
    ]


def test_an_unopened_letter_goes_to_paper_with_the_next_cut_off_and_an_opened_one_does_not(office: Office) -> None:
    office.register(USER)
    page = _sorted(office, [letter(row, USER, documents=_pdf(office, NORWEGIAN, row)) for row in (1, 2)])
    _delivered(office, page)
    _opened(office, page, 2)

    _to(office, DEADLINE - timedelta(minutes=1))
    assert office.statuses(page, 2) == [Status.DELIVERED, Status.OPENED]
    _to(office, DEADLINE + timedelta(minutes=2))
    assert office.statuses(page, 2) == [Status.TO_PRINT, Status.OPENED]
    _to(office, CUT_OFF - timedelta(minutes=1))
    assert _in_parts(office) == []
    _to(office, CUT_OFF + timedelta(minutes=20))
    _to(office, CUT_OFF + timedelta(minutes=21))

    assert _in_parts(office) == ["nordby/b1/1"]
    job = _job(office)
    assert (job["letters"], job["cut_off"]) == (1, "2026-11-20T16:30:00Z")
    rows = list(csv.DictReader(io.StringIO(office.bucket.read(f"{FOLDER}job.csv").decode("utf-8-sig")), delimiter=";"))
    assert [(row["letter"], row["postal_code"], row["pages"]) for row in rows] == [("nordby/b1/1", "0001", "1")]
    assert office.stack.dead_letters() == {}


def test_hours_in_which_altinn_was_down_do_not_count(office: Office) -> None:
    office.register(USER)
    page = _sorted(office, [letter(1, USER, documents=_pdf(office, NORWEGIAN, 1))])
    _delivered(office, page)
    Outages(office.batches_table).put(
        Outage(channel=Channel.ALTINN, begin=START + timedelta(hours=1), end=START + timedelta(hours=4))
    )

    _to(office, DEADLINE + timedelta(hours=2, minutes=59))
    assert office.statuses(page, 1) == [Status.DELIVERED]
    _to(office, DEADLINE + timedelta(hours=3, minutes=30))

    assert office.statuses(page, 1) == [Status.TO_PRINT]


def test_who_died_meanwhile_is_sent_no_paper(office: Office) -> None:
    office.register(USER)
    office.register(OTHER)
    page = _sorted(office, [letter(1, USER), letter(2, OTHER)])
    _delivered(office, page)
    office.tell(Closed(recipient=USER, occurred_at=START))

    _to(office, DEADLINE + timedelta(minutes=2))
    assert office.statuses(page, 2) == [Status.STOPPED, Status.TO_PRINT]
    office.tell(Closed(recipient=OTHER, occurred_at=START))
    _to(office, CUT_OFF + timedelta(minutes=20))

    assert office.statuses(page, 2) == [Status.STOPPED, Status.STOPPED]
    assert _in_parts(office) == []


def test_a_letter_that_was_never_in_a_mailbox_is_rescued_until_its_claim(office: Office) -> None:
    for user in (USER, OTHER):
        office.register(user)
        office.tell(OptedOut(recipient=user, occurred_at=START))
    page = _sorted(
        office, [letter(row, user, documents=_pdf(office, NORWEGIAN, row)) for row, user in ((1, USER), (2, OTHER))]
    )
    assert office.statuses(page, 2) == [Status.TO_PRINT, Status.TO_PRINT]
    assert len(office.held(USER)) == 1

    office.tell(OptedIn(recipient=USER, occurred_at=START + timedelta(hours=1)))
    assert office.statuses(page, 2) == [Status.IN_TRANSIT, Status.TO_PRINT]
    assert office.held(USER) == []
    _to(office, datetime(2026, 11, 18, 16, 50, tzinfo=UTC))
    assert _in_parts(office) == ["nordby/b1/2"]
    assert office.held(OTHER) == []
    office.tell(OptedIn(recipient=OTHER, occurred_at=START + timedelta(hours=9)))

    assert office.statuses(page, 2) == [Status.IN_TRANSIT, Status.TO_PRINT]


def test_an_opening_after_the_claim_is_kept_as_a_fact_and_the_letter_stays_on_paper(office: Office) -> None:
    office.register(USER)
    page = _sorted(office, [letter(1, USER, documents=_pdf(office, NORWEGIAN, 1))])
    _delivered(office, page)
    _to(office, CUT_OFF + timedelta(minutes=20))
    _opened(office, page, 1)

    item = office.batches.letter(page, 1)
    assert item is not None
    assert item.opened_at is not None
    assert office.statuses(page, 1) == [Status.TO_PRINT]
    office.report(page, Channel.PRINT, Report(event=Event.PRINTED, n=1, rows="", attempt=1, at=to_text(office.now)))
    assert office.statuses(page, 1) == [Status.PRINTED]


def test_what_the_printer_says_is_recorded(office: Office) -> None:
    office.register(USER)
    office.tell(OptedOut(recipient=USER, occurred_at=START))
    page = _sorted(office, [letter(row, USER, documents=_pdf(office, NORWEGIAN, row)) for row in (1, 2, 3)])
    _to(office, datetime(2026, 11, 18, 17, tzinfo=UTC))
    at = to_text(office.now)

    office.report(page, Channel.PRINT, Report(event=Event.REFUSED, n=0, rows="3", attempt=1, at=at, code="torn"))
    office.report(page, Channel.PRINT, Report(event=Event.PRINTED, n=1, rows="3", attempt=1, at=at))
    office.report(page, Channel.PRINT, Report(event=Event.RETURNED, n=0, rows="2", attempt=1, at=at))

    assert office.statuses(page, 3) == [Status.PRINTED, Status.RETURNED, Status.FAILED]
    assert office.texts() == []


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"no pdf", "PDF_DAMAGED"), (b"%PDF-1.7\nbroken", "PDF_DAMAGED")],
)
def test_a_document_that_cannot_be_printed_is_told_and_the_others_leave(office: Office, data: bytes, code: str) -> None:
    office.register(USER)
    office.tell(OptedOut(recipient=USER, occurred_at=START))
    letters = [
        letter(1, USER, documents=_pdf(office, NORWEGIAN, 1, data)),
        letter(2, USER, documents=_pdf(office, NORWEGIAN, 2)),
    ]
    page = _sorted(office, letters)
    _to(office, datetime(2026, 11, 18, 17, tzinfo=UTC))

    states = office.states(page, 2)
    assert [state.status for state in states] == [Status.FAILED, Status.TO_PRINT]
    assert states[0].reason is not None
    assert states[0].reason.code == code
    assert _in_parts(office) == ["nordby/b1/2"]


def test_a_document_whose_version_was_destroyed_costs_its_letter_and_not_its_page(office: Office) -> None:
    page = _sorted(
        office, [letter(row, STRANGER, delivery="paper", documents=_pdf(office, NORWEGIAN, row)) for row in (1, 2)]
    )
    key = "inbox/nordby/b1/documents/1.pdf"
    for version in office.s3.list_object_versions(Bucket=office.bucket_name, Prefix=key)["Versions"]:
        office.s3.delete_object(Bucket=office.bucket_name, Key=key, VersionId=version["VersionId"])

    _to(office, START + timedelta(days=1))

    assert office.statuses(page, 2)[0] is Status.FAILED
    assert _in_parts(office) == ["nordby/b1/2"]
    assert office.stack.refusals == []


@pytest.mark.parametrize(("fallback", "expected"), [("print", Status.TO_PRINT), ("return", Status.EXPIRED)])
def test_a_hold_ends_as_the_sender_chose(office: Office, fallback: str, expected: Status) -> None:
    page = _sorted(office, [consenting(1, STRANGER)], DANISH, fallback=fallback, hold_days=3)
    _to(office, START + timedelta(days=3, minutes=-1))
    assert office.statuses(page, 1) == [Status.HELD]
    _to(office, START + timedelta(days=3, minutes=2))

    assert office.statuses(page, 1) == [expected]


@pytest.mark.parametrize(("data", "code"), [(None, "SENT_ON_PAPER"), (b"no pdf", "NOT_SENT")])
def test_what_a_neutral_sender_learns_by_paper_is_noted_once_it_is_certain(
    office: Office, data: bytes | None, code: str
) -> None:
    documents = _pdf(office, DANISH, 1, data)
    facts = {"hold_days": 3, "disclosure": "neutral"}
    _sorted(office, [replace(consenting(1, STRANGER), documents=documents)], DANISH, **facts)
    _to(office, START + timedelta(days=3, minutes=2))
    assert _noted(office) == []

    _to(office, datetime(2026, 11, 23, 17, tzinfo=UTC))

    ((noted, at),) = _noted(office)
    assert noted == code
    assert "2026-11-23T16:30:00Z" <= at <= "2026-11-23T17:00:00Z"


def test_a_coded_sender_is_noted_to_have_learnt_of_the_hold_and_of_its_end_alone(office: Office) -> None:
    documents = _pdf(office, DANISH, 1)
    _sorted(office, [replace(consenting(1, STRANGER), documents=documents)], DANISH, hold_days=3)
    _to(office, datetime(2026, 11, 23, 17, tzinfo=UTC))

    assert [code for code, _ in _noted(office)] == ["HELD_FOR_SENDER", "HOLD_ENDED_TO_PAPER"]


def test_a_hold_that_ended_in_paper_is_rescued_by_signing_up(office: Office) -> None:
    page = _sorted(office, [consenting(1, STRANGER)], DANISH, hold_days=3)
    _to(office, START + timedelta(days=3, minutes=2))
    assert office.statuses(page, 1) == [Status.TO_PRINT]

    office.tell(Registered(recipient=STRANGER, occurred_at=START + timedelta(days=2), mailbox=Channel.EBOKS))

    assert office.statuses(page, 1) == [Status.IN_TRANSIT]
    assert office.held(STRANGER) == []


def test_a_held_letter_that_comes_to_paper_right_before_a_cut_off_leaves_with_it(office: Office) -> None:
    another = DANES[1]
    settings = Settings(print_cut_off="12:03")
    cut_off = START + timedelta(hours=2, minutes=3)
    office.tell(SenderDeclined(recipient=another, occurred_at=START, sender="havblik"))
    for batch, recipient in (("b1", STRANGER), ("b2", another)):
        documents = _pdf(office, DANISH, 1, batch=batch)
        made = office.commit(
            DANISH, [replace(consenting(1, recipient), documents=documents)], batch=batch, settings=settings
        )
        office.sort(made)

    _to(office, cut_off - timedelta(minutes=1))
    office.tell(SenderDeclined(recipient=STRANGER, occurred_at=START, sender="havblik"))
    for minutes in (0, 1, 2, 60):
        _to(office, cut_off + timedelta(minutes=minutes))

    assert _job(office, "print/default/20261118T110300Z/")["letters"] == 2


def test_letters_that_all_wait_for_a_date_are_sorted_together_then(office: Office) -> None:
    office.register(USER)
    later = to_text(START + timedelta(days=2))
    page = _sorted(office, [letter(row, USER, deliver_after=later) for row in (1, 2)])
    assert office.batches.page_items("nordby", "b1", 0).sorting is None

    _to(office, START + timedelta(days=2, minutes=2))

    assert office.statuses(page, 2) == [Status.IN_TRANSIT] * 2
    assert list(office.dispatched(Channel.ALTINN)) == ["nordby/b1/00000-1"]


def test_a_letter_that_waits_among_others_is_decided_alone(office: Office) -> None:
    office.register(USER)
    later = to_text(START + timedelta(days=2))
    page = _sorted(office, [letter(1, USER, deliver_after=later), letter(2, USER)])
    assert office.statuses(page, 2) == [Status.WAITING, Status.IN_TRANSIT]
    office.tell(MailboxChosen(recipient=USER, occurred_at=START, mailbox=Channel.DIGIPOST))

    _to(office, START + timedelta(days=2, minutes=2))

    assert office.statuses(page, 2) == [Status.IN_TRANSIT] * 2
    assert list(office.dispatched(Channel.DIGIPOST)) == ["nordby/b1/letter-0000001-1"]


def test_who_could_not_be_told_gets_paper(office: Office) -> None:
    office.recipients_table.put({"pk": USER, "sk": "profile"})
    page = _sorted(office, [letter(1, USER)])
    _delivered(office, page)

    _to(office, START + timedelta(minutes=10))

    (state,) = office.states(page, 1)
    assert state.status is Status.TO_PRINT
    assert state.reason is not None
    assert state.reason.code == "NOTICES_FAILED"


def test_who_has_not_opened_a_letter_in_a_week_is_reminded_once(office: Office) -> None:
    for user in (USER, OTHER):
        office.register(user, chosen="digipost")
    page = _sorted(office, [letter(1, USER), letter(2, OTHER)])
    _delivered(office, page, channel=Channel.DIGIPOST)
    office.report(page, Channel.DIGIPOST, Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=to_text(office.now)))
    office.forget_notices()

    _to(office, START + timedelta(days=7, hours=1))
    assert office.emails() == [f"{OTHER[-4:]}@example.com"]
    assert [words for _, words in office.texts()] == ["Husk ditt uleste brev fra Nordby kommune i Digipost."]
    _to(office, START + timedelta(days=10))

    assert len(office.emails()) == 1
    assert office.stack.dead_letters() == {}


def test_a_missed_cut_off_is_caught_up_with_and_a_closed_job_is_left_alone(office: Office) -> None:
    office.register(USER)
    office.tell(OptedOut(recipient=USER, occurred_at=START))
    page = _sorted(office, [letter(1, USER, documents=_pdf(office, NORWEGIAN, 1))])
    jobs, cut_off = PrintJobs(office.batches_table), datetime(2026, 11, 18, 16, 30, tzinfo=UTC)
    assert jobs.join("default", cut_off, "another")
    jobs.leave("default", cut_off, "another")
    jobs.close("default", cut_off, cut_off)

    _to(office, datetime(2026, 11, 18, 18, tzinfo=UTC))
    assert _in_parts(office) == []
    _to(office, datetime(2026, 11, 19, 17, tzinfo=UTC))
    _to(office, datetime(2026, 11, 19, 17, 1, tzinfo=UTC))

    assert [key for key in office.bucket.list_keys("print/") if "/parts/" in key] == [
        "print/default/20261119T163000Z/parts/nordby/b1/00000-1.jsonl"
    ]
    assert _job(office, "print/default/20261119T163000Z/")["letters"] == 1
    assert office.statuses(page, 1) == [Status.TO_PRINT]
