"""`brevdue explain` and `brevdue recipient`, of letters that real functions have sent on their way."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from brevdue.operate.senders import put_copy
from cloud.outages import Outage, Outages
from postal.channels import Channel
from postal.messages import Event, Report
from postal.notices import Unusable
from postal.orders import Order
from postal.register import Closed, ContactChanged, MailboxChosen, OptedOut, Registered, SenderDeclined
from postal.senders import Settings
from postal.status import Status
from postal.times import to_text
from receipts import words as receipt_words
from tests.integration.desk.batches import write
from tests.integration.desk.conftest import Brevdue
from tests.integration.desk.stories import (
    STORIES,
    STRANGER,
    USER,
    held_then_released,
    let_come,
    let_pass,
    pdf,
    refused_then_opened_before_print,
    report,
    report_alone,
    sorted_page,
    unopened_then_came_back,
)
from tests.integration.ingest.conftest import row
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter, refused
from tests.support.people import DANES

OTHER = DANES[1]
LANGUAGES = ("da", "nb", "en")
GOLDEN = Path(__file__).parent


# --- three stories ---


def golden(name: str, language: str) -> Path:
    return GOLDEN / f"explain.{name}.{language}.golden.txt"


@pytest.mark.parametrize(("name", "happen"), STORIES.items(), ids=STORIES)
def test_a_letters_way_is_told_in_three_languages(
    office: Office, brevdue: Brevdue, name: str, happen: Callable[[Office], str]
) -> None:
    named = happen(office)

    for language in LANGUAGES:
        result = brevdue("explain", named, "--language", language)
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == golden(name, language).read_text(encoding="utf-8")
    assert office.stack.dead_letters() == {}


def test_the_senders_language_is_the_default(office: Office, brevdue: Brevdue) -> None:
    named = held_then_released(office)

    assert brevdue("explain", named).stdout == golden("held-then-released", "da").read_text(encoding="utf-8")


def test_as_json_a_story_has_its_times_codes_and_days(office: Office, brevdue: Brevdue) -> None:
    told = _json(brevdue, "explain", refused_then_opened_before_print(office), "--language", "en")

    assert told["letter"] == "nordby/b1/1"
    assert (told["state"]["status"], told["state"]["code"]) == ("opened", "UNOPENED_IN_ALTINN")
    assert [event["code"] for event in told["events"]] == [
        "accepted",
        "sorted",
        "handed_over",
        "refused",
        "decided_again",
        "handed_over",
        "delivered",
        "told",
        "for_paper",
        "opened",
    ]
    assert told["events"][0]["at"] == "2026-12-23T09:58:00+01:00"
    assert [len(event["facts"]) for event in told["events"]] == [0, 3, 0, 0, 4, 0, 0, 0, 3, 0]
    assert told["events"][4]["facts"][2:] == ["The recipient had chosen Digipost.", "Digipost had refused the letter."]
    assert told["skipped"] == [
        {"date": "2026-12-24", "why": "Altinn was down from 09:00 to 11:30, according to the post office"},
        {"date": "2026-12-25", "why": "public holiday (Christmas Day)"},
        {"date": "2026-12-26", "why": "public holiday (the second day of Christmas)"},
        {"date": "2026-12-27", "why": "weekend"},
    ]
    assert told["deadline"]["at"] == "2026-12-28T04:30:00+01:00"
    assert told["next"] == {"what": "Nothing more has to happen.", "at": None, "who": "nobody"}


# --- where a letter stands ---


def test_a_letter_in_altinn_waits_for_its_recipient_then_for_paper(office: Office, brevdue: Brevdue) -> None:
    office.register(USER)
    page = sorted_page(office, NORWEGIAN, letter(1, USER), settings=Settings(unopened_hours=240))
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))

    told = _json(brevdue, "explain", "nordby/b1/1", "--language", "en")

    assert (told["next"]["who"], told["next"]["at"]) == ("recipient", "2026-12-02T10:00:00+01:00")
    assert "240 hours on working days" in told["next"]["what"]
    assert "If the letter is not opened by Wednesday 25 November 2026 at 10:00" in told["next"]["what"]
    assert [day["why"] for day in told["skipped"]] == ["weekend"] * 4

    let_come(office, START + timedelta(days=7, hours=2))
    told = _json(brevdue, "explain", "nordby/b1/1", "--language", "en")
    assert told["events"][-1] == {
        "at": "2026-11-25T10:00:00+01:00",
        "code": "reminded",
        "text": "A reminder of the letter was sent to the recipient.",
        "facts": [],
    }
    assert "reminded" not in told["next"]["what"]


def test_an_outage_that_was_recorded_too_late_is_not_said_to_have_counted(office: Office, brevdue: Brevdue) -> None:
    named = unopened_then_came_back(office)
    begin = START + timedelta(hours=2)
    Outages(office.batches_table).put(Outage(channel=Channel.ALTINN, begin=begin, end=begin + timedelta(hours=9)))

    told = _json(brevdue, "explain", named, "--language", "en")

    assert (told["deadline"]["at"], told["skipped"]) == ("2026-11-20T02:02:00+01:00", [])


def test_a_letter_refused_after_its_release_is_held_again(office: Office, brevdue: Brevdue) -> None:
    page = sorted_page(office, DANISH, consenting(1, STRANGER))
    office.tell(Registered(recipient=STRANGER, occurred_at=START, mailbox=Channel.EBOKS))
    office.report(
        page,
        Channel.EBOKS,
        Report(event=Event.REFUSED, n=0, rows="1", attempt=1, at=to_text(office.now), code="gone"),
    )

    told = _json(brevdue, "explain", "havblik/b1/1", "--language", "en")

    assert [event["code"] for event in told["events"]] == [
        "accepted",
        "sorted",
        "released",
        "handed_over",
        "refused",
        "held",
    ]
    assert all(event["at"] for event in told["events"])
    assert told["events"][4]["text"] == "e-Boks refused the letter. The mailbox's own code for the reason: gone."
    assert (told["next"]["who"], told["next"]["at"]) == ("recipient", "2026-12-18T10:00:00+01:00")


def test_what_came_true_after_the_last_decision_is_marked(office: Office, brevdue: Brevdue) -> None:
    office.tell(OptedOut(recipient=USER, occurred_at=START - timedelta(days=1)))
    sorted_page(office, NORWEGIAN, letter(1, USER, deliver_after=to_text(START + timedelta(days=9))), letter(2, USER))
    office.tell(Closed(recipient=USER, occurred_at=START))
    office.stack.advance(timedelta(hours=1))
    office.tell(MailboxChosen(recipient=USER, occurred_at=START + timedelta(hours=1), mailbox=Channel.DIGIPOST))

    told = _json(brevdue, "explain", "nordby/b1/2", "--language", "en")

    assert told["state"]["status"] == Status.STOPPED
    assert told["events"][-1]["code"] == "stopped"
    later, *_, opted_out, _ = told["register"]
    assert later.startswith("The recipient has Digipost, since Wednesday 18 November 2026 at 11:00: that came after")
    assert opted_out == "The recipient has opted out of digital post, since Tuesday 17 November 2026 at 10:00."


def test_a_refused_row_says_why(office: Office, brevdue: Brevdue) -> None:
    sorted_page(office, NORWEGIAN, letter(1, USER), refused(2))

    told = _json(brevdue, "explain", "nordby/b1/2", "--language", "en")

    assert (told["state"]["status"], told["state"]["code"]) == ("rejected", "TITLE_MISSING")
    assert [event["code"] for event in told["events"]] == ["row_refused"]
    assert "The title is empty. Write a title." in told["events"][0]["text"]
    assert told["next"]["what"] == "The letter was not sent. Correct the row and send it again in a new batch."
    assert told["next"]["who"] == "sender"


def test_of_a_reference_that_stands_twice_the_letter_is_told_and_the_refused_row_says_so(
    office: Office, brevdue: Brevdue, tmp_path: Path
) -> None:
    put_copy(office.bucket, NORWEGIAN)
    folder = write(tmp_path / "b1", row(1), row(2), row(3, reference="F-1"))
    assert brevdue("send", str(folder), "--sender", "nordby", "--with-errors").exit_code == 0
    office.stack.run()

    told = _json(brevdue, "explain", "nordby", "b1", "F-1", "--language", "en")
    assert (told["letter"], told["same_reference"]) == ("nordby/b1/1", [3])
    text = brevdue("explain", "nordby", "b1", "F-1", "--language", "da").stdout
    assert "samme reference i flere rækker; her er række 1. De andre: 3." in " ".join(text.split())

    other = _json(brevdue, "explain", "nordby/b1/3")
    assert other["state"]["code"] == "DUPLICATE_REFERENCE"
    assert "står i rad 1" in other["events"][0]["text"]


def test_a_letter_of_a_batch_that_awaits_approval_waits_for_its_sender(
    office: Office, brevdue: Brevdue, tmp_path: Path
) -> None:
    sender = replace(NORWEGIAN, settings=Settings(bad_rows="await_approval", bad_rows_percent=0))
    office.senders.put(sender)
    put_copy(office.bucket, sender)
    folder = write(tmp_path / "b1", row(1), row(2, title=""))
    assert brevdue("send", str(folder), "--sender", "nordby", "--with-errors").exit_code == 0
    office.stack.run()

    told = _json(brevdue, "explain", "nordby/b1/1", "--language", "da")
    assert (told["state"]["code"], told["next"]["who"]) == ("AWAITING_APPROVAL", "sender")
    assert told["next"]["what"] == receipt_words.AWAITS_APPROVAL.da

    assert brevdue("order", "b1", "approve", "--sender", "nordby").exit_code == 0
    office.stack.run()
    told = _json(brevdue, "explain", "nordby/b1/1", "--language", "en")
    assert [event["code"] for event in told["events"]][:3] == ["accepted", "approved", "sorted"]


def test_a_recalled_letter_says_when_it_was_stopped(office: Office, brevdue: Brevdue) -> None:
    put_copy(office.bucket, DANISH)
    sorted_page(office, DANISH, consenting(1, STRANGER))
    office.stack.advance(timedelta(hours=3))
    assert brevdue("order", "b1", Order.RECALL, "ref-1", "--sender", "havblik").exit_code == 0
    office.stack.run()

    told = _json(brevdue, "explain", "havblik/b1/1", "--language", "nb")

    assert told["state"]["status"] == "recalled"
    assert told["events"][-1]["code"] == "recalled"
    assert told["events"][-1]["at"].startswith("2026-11-18T13:0")
    assert told["next"] == {"what": "Det skal ikke skje noe mer.", "at": None, "who": "nobody"}


def test_what_held_when_a_hold_was_ended_by_order_is_told_whatever_holds_now(office: Office, brevdue: Brevdue) -> None:
    put_copy(office.bucket, DANISH)
    sorted_page(office, DANISH, consenting(1, STRANGER))
    assert brevdue("order", "b1", Order.RETURN, "ref-1", "--sender", "havblik").exit_code == 0
    let_pass(office, minutes=3)
    office.tell(
        Registered(recipient=STRANGER, occurred_at=office.now, mailbox=Channel.EBOKS),
        SenderDeclined(recipient=STRANGER, occurred_at=office.now, sender="havblik"),
    )

    told = _json(brevdue, "explain", "havblik/b1/1", "--language", "en")

    assert told["state"]["code"] == "SENDER_ORDERED_RETURN"
    assert told["events"][-1]["facts"] == [
        "The letter was still held for the sender.",
        "The register did not list the recipient as dead, dissolved or closed.",
        "The recipient had neither declined the sender nor got a mailbox in e-Boks.",
    ]


def test_a_letter_of_a_later_page_is_found_by_its_row_and_by_its_reference(office: Office, brevdue: Brevdue) -> None:
    made = office.commit(NORWEGIAN, [letter(row, USER) for row in range(1, 403)])
    assert _json(brevdue, "explain", "nordby/b1/402")["reference"] == "ref-402"
    office.sort(made)

    by_row, by_reference = (
        _json(brevdue, "explain", *named) for named in (("nordby/b1/402",), ("nordby", "b1", "ref-402"))
    )

    assert by_row == by_reference
    assert (by_row["reference"], by_row["state"]["status"]) == ("ref-402", "in_transit")


def test_a_letter_that_is_not_sorted_yet_waits_for_the_post_office(office: Office, brevdue: Brevdue) -> None:
    office.commit(NORWEGIAN, [letter(1, USER)])

    told = _json(brevdue, "explain", "nordby/b1/1", "--language", "en")

    assert [event["code"] for event in told["events"]] == ["accepted"]
    assert (told["state"]["status"], told["next"]["who"]) == ("waiting", "post_office")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("havblik/b1/2",), "the batch b1 of havblik has 1 rows, and so no row 2"),
        (("havblik", "b1", "ref-9"), "no row of the batch b1 of havblik has that reference"),
        (("havblik/b9/1",), "no batch b9 of havblik is accepted: receipts/havblik/b9/summary.json says why"),
    ],
)
def test_what_is_not_there_is_said(
    office: Office, brevdue: Brevdue, arguments: tuple[str, ...], complaint: str
) -> None:
    office.commit(DANISH, [consenting(1, STRANGER)])

    result = brevdue("explain", *arguments)

    assert (result.exit_code, result.stdout) == (1, "")
    assert complaint in result.stderr


@pytest.mark.parametrize(
    "arguments", [("havblik",), ("havblik/b1",), ("havblik/b1/0",), ("havblik", "b1"), ("H/b1/1",)]
)
def test_what_names_no_letter_ends_with_2(brevdue: Brevdue, arguments: tuple[str, ...]) -> None:
    assert brevdue("explain", *arguments).exit_code == 2


# --- as the sender ---


def test_as_the_sender_a_coded_letter_is_told_as_its_receipts_tell_it(office: Office, brevdue: Brevdue) -> None:
    named = unopened_then_came_back(office)
    let_come(office, office.now + timedelta(hours=2))
    (line,) = _list(office, "nordby")

    told = _json(brevdue, "explain", named, "--as-sender")

    assert told["events"] == [{"at": line["time"], "code": line["code"], "text": line["text"], "facts": []}]
    assert (told["state"]["status"], told["state"]["channel"]) == (line["status"], line["channel"])
    assert (told["register"], told["asked"], told["skipped"], told["deadline"]) == ([], [], [], None)
    assert told["next"]["who"] == "sender"


def test_as_the_sender_a_neutral_letter_tells_nothing_more_than_the_receipts(office: Office, brevdue: Brevdue) -> None:
    """Of who is a user, held, and dead, the same is told but for the row."""
    neutral = Settings(disclosure="neutral", receipt_cadence_minutes=1)
    user, dead = DANES[2], DANES[3]
    office.tell(
        Registered(recipient=user, occurred_at=START, mailbox=Channel.EBOKS),
        Closed(recipient=dead, occurred_at=START),
    )
    recipients = (STRANGER, user, dead)
    sorted_page(office, DANISH, *(consenting(n, who) for n, who in enumerate(recipients, start=1)), settings=neutral)
    let_come(office, START + timedelta(hours=2))

    texts = [brevdue("explain", f"havblik/b1/{n}", "--as-sender", "--language", "en").stdout for n in (1, 2, 3)]
    told = [_json(brevdue, "explain", f"havblik/b1/{n}", "--as-sender") for n in (1, 2, 3)]

    assert len({text.replace(f"/{n}\n", "/N\n").replace(f"ref-{n}", "ref-N") for n, text in enumerate(texts, 1)}) == 1
    assert "ACCEPTED" in texts[0]
    for one, line in zip(told, _list(office, "havblik"), strict=True):
        assert one["events"] == [{"at": line["time"], "code": line["code"], "text": line["text"], "facts": []}]
        assert one["next"] == {"what": "Afsender skal ikke gøre noget.", "at": None, "who": "nobody"}
    assert {_json(brevdue, "explain", f"havblik/b1/{n}")["state"]["status"] for n in (1, 2, 3)} == {
        "held",
        "in_transit",
        "stopped",
    }


def test_as_the_sender_an_end_that_a_neutral_list_told_stays_told(office: Office, brevdue: Brevdue) -> None:
    """As a list says: what it told as not sent may still be opened, which would be seen by its going back."""
    office.register(USER)
    settings = Settings(disclosure="neutral", receipt_cadence_minutes=1)
    page = sorted_page(office, NORWEGIAN, letter(1, USER, documents=pdf(office, NORWEGIAN)), settings=settings)
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))
    let_come(office, datetime(2026, 11, 20, 16, 50, tzinfo=UTC))
    torn = Report(event=Event.REFUSED, n=0, rows="1", attempt=1, at=to_text(office.now), code="torn")
    office.report(page, Channel.PRINT, torn)
    let_come(office, office.now + timedelta(hours=2))
    report_alone(office, page, Channel.ALTINN, Event.OPENED, attempt=1)
    (state,) = office.states(page, 1)
    assert state.status is Status.OPENED

    told = _json(brevdue, "explain", "nordby/b1/1", "--as-sender")

    assert told["events"][0]["code"] == "NOT_SENT"


# --- recipients ---


def test_all_that_is_stored_of_a_recipient_is_told(office: Office, brevdue: Brevdue) -> None:
    held_then_released(office)
    office.tell(
        SenderDeclined(recipient=STRANGER, occurred_at=START, sender="andet-selskab"),
        ContactChanged(recipient=STRANGER, occurred_at=office.now, mobile="+4512345678"),
    )

    told = _json(brevdue, "recipient", STRANGER)

    assert (told["recipient"], told["kind"], told["is_known"]) == ("dk-cpr:••••••••••", "person", True)
    assert told["facts"] == [{"fact": "mailbox.eboks", "value": True, "since": "2026-11-22T10:13:00Z"}]
    assert [(one["kind"], one["address"]) for one in told["contact"]] == [
        ("mobile", "+45••••••78"),
        ("email", "i•••@•••.com"),
    ]
    assert told["held"] == []
    assert told["enrolments"] == [
        {
            "sender": "havblik",
            "is_enrolled": True,
            "terms": "vilkaar-2026",
            "document_sha256": "a" * 64,
            "consent_at": "2026-02-01T00:00:00Z",
            "ground": "havblik/b1/1",
        }
    ]
    assert told["declined"] == [{"fact": "andet-selskab", "value": True, "since": "2026-11-18T09:00:00Z"}]
    assert [(one["sender"], one["code"], one["letter_id"], one["ground"]) for one in told["disclosed"]] == [
        ("havblik", "HELD_FOR_SENDER", "havblik/b1/1", "vilkaar-2026"),
        ("havblik", "REGISTERED_IN_EBOKS", "havblik/b1/1", "vilkaar-2026"),
    ]
    assert STRANGER.partition(":")[2] not in json.dumps(told)
    text = brevdue("recipient", STRANGER).stdout
    assert "has a mailbox in eboks: yes, since 2026-11-22T10:13:00Z" in text
    assert "ida@example.com" not in text
    assert STRANGER.partition(":")[2] not in text


def test_addresses_that_notices_use_no_more_are_told_masked(office: Office, brevdue: Brevdue) -> None:
    office.tell(ContactChanged(recipient=USER, occurred_at=START, email="kari@example.com"))
    for address, is_complaint in (("kari@example.com", True), ("old@example.net", False)):
        office.recipients.set_unusable(USER, [address], Unusable(at=START, is_complaint=is_complaint))

    told = _json(brevdue, "recipient", USER)["unusable"]
    text = brevdue("recipient", USER).stdout

    assert [(one["address"], one["why"], one["since"]) for one in told] == [
        ("k•••@•••.com", "complaint", "2026-11-18T09:00:00Z"),
        ("o•••@•••.net", "bounce", "2026-11-18T09:00:00Z"),
    ]
    assert "k•••@•••.com: a notice was called spam; never again, since 2026-11-18T09:00:00Z" in text
    assert "kari@example.com" in brevdue("recipient", USER, "--show-contact").stdout


def test_what_is_held_is_told_with_its_times(office: Office, brevdue: Brevdue) -> None:
    sorted_page(office, DANISH, consenting(1, OTHER), consenting(2, STRANGER), settings=Settings(hold_days=3))

    told = _json(brevdue, "recipient", STRANGER)
    assert told["held"] == [
        {
            "sender": "havblik",
            "letter": "havblik/b1/2",
            "status": "held",
            "since": "2026-11-18T09:00:00Z",
            "until": "2026-11-21T09:00:00Z",
        }
    ]

    let_come(office, START + timedelta(days=3, minutes=2))
    (held,) = _json(brevdue, "recipient", STRANGER)["held"]
    assert (held["status"], held["until"]) == ("to_print", "2026-11-23T16:30:00Z")
    text = brevdue("recipient", STRANGER).stdout
    assert "havblik/b1/2, to print for havblik since 2026-11-21T09" in text


def test_whole_contacts_are_shown_where_asked_for(office: Office, brevdue: Brevdue) -> None:
    office.tell(ContactChanged(recipient=STRANGER, occurred_at=START, email="ida@example.com"))

    (shown,) = _json(brevdue, "recipient", STRANGER, "--show-contact")["contact"]

    assert (shown["kind"], shown["address"]) == ("email", "ida@example.com")
    assert "email: ida@example.com" in brevdue("recipient", STRANGER, "--show-contact").stdout


def test_of_an_unknown_recipient_it_is_said_that_nothing_is_stored(office: Office, brevdue: Brevdue) -> None:
    office.tell(ContactChanged(recipient=OTHER, occurred_at=START, email="ida@example.com"))

    told = _json(brevdue, "recipient", STRANGER)
    assert (told.pop("recipient"), told.pop("kind"), told.pop("is_known")) == ("dk-cpr:••••••••••", "person", False)
    assert not any(told.values())
    assert list(office.recipients_table.query(STRANGER)) == []
    assert "Nothing is stored under this recipient" in brevdue("recipient", STRANGER).stdout


def test_a_recipient_is_read_from_standard_input(office: Office, brevdue: Brevdue) -> None:
    office.tell(ContactChanged(recipient=STRANGER, occurred_at=START, language="da"))

    result = brevdue("recipient", "-", "--json", answer=f"{STRANGER}\n")

    assert json.loads(result.stdout)["facts"][0]["fact"] == "language"
    assert "read from standard input" in " ".join(brevdue("recipient", "--help").stdout.replace("│", " ").split())


@pytest.mark.parametrize("typed", ["0101575000", "se-pnr:0101575000", "dk-cpr:010157500", "dk-cpr:9901575000", ""])
def test_what_names_no_recipient_is_not_repeated(brevdue: Brevdue, typed: str) -> None:
    result = brevdue("recipient", "-", answer=typed)

    assert result.exit_code == 2
    assert "Invalid value for RECIPIENT" in result.output
    assert "01575" not in result.output


# --- what happens ---


def _json(brevdue: Brevdue, *arguments: str) -> dict[str, Any]:
    result = brevdue(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _list(office: Office, sender: str) -> list[dict[str, Any]]:
    """The sender's receipt list."""
    return [json.loads(line) for line in office.bucket.read(f"receipts/{sender}/b1/receipts.jsonl").splitlines()]
