import csv
from io import StringIO

import msgspec
import pytest

from postal import keys, messages
from postal.channels import Channel
from postal.messages import Enrol
from postal.recipients import Enrolment
from tests.integration.ingest.conftest import BulkFiles, calls_of, dying_at
from tests.support.office import DANISH, TERMS, Office
from tests.support.people import DANES

KEY = "enrolments/havblik/kunder.csv"
RECEIPT = "receipts/havblik/_enrolments/kunder.csv"
HEADER = "recipient;consent;consent_at"


def _cpr(n: int) -> str:
    return DANES[n].removeprefix("dk-cpr:")


def _row(n: int, terms: str = TERMS.id, consent_at: str = "2026-02-01") -> str:
    return f"{_cpr(n)};{terms};{consent_at}"


def _file(*rows: str) -> str:
    return "".join(f"{row}\r\n" for row in (HEADER, *rows))


def _receipt(office: Office, key: str = RECEIPT) -> list[dict[str, str]]:
    text = office.bucket.read(key).decode()
    assert text.startswith("\ufeffrow;line;status;code;text\r\n")
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def _answers(office: Office, key: str = RECEIPT) -> list[tuple[str, ...]]:
    return [(line["row"], line["line"], line["status"], line["code"]) for line in _receipt(office, key)]


def _enrolled(sent: list[messages.Message]) -> list[Enrolment]:
    assert all(isinstance(message, Enrol) for message in sent)
    return [one for message in sent if isinstance(message, Enrol) for one in message.enrolments]


def test_each_row_is_evidence_or_told_why_not(office: Office, bulk: BulkFiles) -> None:
    bad = ["x;y;z", _row(1, "other"), _row(2, consent_at="2026-11-19"), ";;", '"']
    bulk.take(bulk.upload(KEY, _file(_row(0), *bad, _row(3))))

    evidence = _enrolled(bulk.sent())
    assert [one.recipient for one in evidence] == [DANES[0], DANES[3]]
    assert evidence[0] == Enrolment(
        recipient=DANES[0],
        sender="havblik",
        terms=TERMS.id,
        document_sha256=TERMS.document_sha256,
        consent_at="2026-01-31T23:00:00Z",
        ground="enrolments/kunder.csv",
    )
    assert _answers(office) == [
        ("1", "2", "accepted", "CONSENT_RECEIVED"),
        ("2", "3", "rejected", "RECIPIENT_UNREADABLE"),
        ("3", "4", "rejected", "CONSENT_TERMS_UNKNOWN"),
        ("4", "5", "rejected", "CONSENT_OUT_OF_TIME"),
        ("5", "6", "rejected", "EMPTY_ROW"),
        ("6", "7", "rejected", "QUOTE_UNBALANCED"),
        ("7", "8", "accepted", "CONSENT_RECEIVED"),
    ]
    texts = [line["text"] for line in _receipt(office)]
    assert texts[0] == "Dokumentationen for samtykket er modtaget."
    assert texts[2] == "consent nævner ingen af jeres vilkår. Skriv en af: vilkaar-2026."
    assert "2026-01-01T01:00:00+01:00" in texts[3]
    assert not [recipient for recipient in DANES if recipient[-10:] in office.bucket.read(RECEIPT).decode()]
    assert office.stack.refusals == []


def test_terms_may_be_called_as_a_total_is(office: Office, bulk: BulkFiles) -> None:
    terms = msgspec.structs.replace(TERMS, id="sum-2026")
    office.senders.put(msgspec.structs.replace(DANISH, terms=(terms,)))
    rows = ["consent;consent_at;recipient", f"sum-2026;2026-02-01;{_cpr(0)}", "I alt;;1"]

    bulk.take(bulk.upload(KEY, "\r\n".join(rows)))

    assert [(one.recipient, one.terms) for one in _enrolled(bulk.sent())] == [(DANES[0], "sum-2026")]
    assert _answers(office) == [("1", "2", "accepted", "CONSENT_RECEIVED"), ("2", "3", "rejected", "TOTAL_LINE")]


def test_many_rows_are_few_messages(office: Office, bulk: BulkFiles) -> None:
    bulk.take(bulk.upload(KEY, _file(*(_row(n % 20) for n in range(1_205)))))
    sent = bulk.sent()
    assert [len(message.enrolments) for message in sent if isinstance(message, Enrol)] == [100] * 12 + [5]
    assert len(_answers(office)) == 1_205


def test_the_evidence_is_kept_and_who_is_known_is_enrolled(office: Office) -> None:
    office.register(DANES[0], mailboxes=[Channel.EBOKS])
    office.bucket.put(KEY, _file(_row(0), _row(1)).encode())

    office.stack.run()

    assert (office.stack.refusals, office.stack.dead_letters()) == ([], {})
    for recipient in DANES[:2]:
        assert office.recipients_table.get(pk=recipient, sk=keys.enrolment_sk("havblik")) is not None
    profile = office.recipients_table.get(pk=DANES[0], sk=keys.PROFILE_SK) or {}
    assert profile["enrolled"] == {"havblik"}


def test_nobody_can_tell_from_it_who_is_a_member(office: Office, bulk: BulkFiles) -> None:
    """In worlds that differ in who is a member, and has declined, ingest does and tells the same."""
    rows = _file(_row(0), _row(1, "other"), _row(2), "x;y;z")

    def world() -> tuple[list[tuple[str, str]], bytes]:
        event = bulk.upload(KEY, rows)
        calls = calls_of(office, lambda: bulk.take(event))
        return [(call.operation, call.phase) for call in calls], office.bucket.read(RECEIPT)

    nobody = world()
    office.reset()
    office.register(DANES[0], mailboxes=[Channel.EBOKS])
    office.register(DANES[1], mailboxes=[Channel.EBOKS])
    office.register(DANES[2], mailboxes=[Channel.EBOKS], declined={"havblik"})
    assert world() == nobody


@pytest.mark.parametrize(("sender", "code"), [("havblik", "SENDER_DISABLED"), ("nordby", "ENROLMENT_NOT_OFFERED")])
def test_who_can_enrol_nobody_is_told_so(office: Office, bulk: BulkFiles, sender: str, code: str) -> None:
    office.senders.put(msgspec.structs.replace(DANISH, disabled=True))
    bulk.take(bulk.upload(f"enrolments/{sender}/kunder.csv", _file(_row(0))))
    assert bulk.sent() == []
    assert _answers(office, f"receipts/{sender}/_enrolments/kunder.csv") == [("", "", "rejected", code)]


def test_who_is_unknown_is_told_nothing(office: Office, bulk: BulkFiles) -> None:
    bulk.take(bulk.upload("enrolments/nobody/kunder.csv", _file(_row(0))))
    assert bulk.sent() == []
    assert office.bucket.head("receipts/nobody/_enrolments/kunder.csv") is None


@pytest.mark.parametrize(
    ("data", "answers"),
    [
        (b"", [("", "", "rejected", "MANIFEST_EMPTY")]),
        (f"{HEADER}\r\n".encode(), [("", "", "rejected", "MANIFEST_WITHOUT_ROWS")]),
        (_file(_row(0)).encode("utf-16"), [("", "", "rejected", "MANIFEST_UTF16")]),
        (f"{_row(0)}\r\n{_row(1)}\r\n".encode(), [("", "1", "rejected", "COLUMN_MISSING")]),
        (
            _file(_row(0), "x" * 70_000, _row(1)).encode(),
            [("1", "2", "accepted", "CONSENT_RECEIVED"), ("", "3", "rejected", "ROW_TOO_LARGE")],
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_once(
    office: Office, bulk: BulkFiles, data: bytes, answers: list[tuple[str, ...]]
) -> None:
    bulk.take(bulk.upload(KEY, data))
    assert _answers(office) == answers
    assert len(_enrolled(bulk.sent())) == len(answers) - 1
    assert _cpr(0) not in office.bucket.read(RECEIPT).decode()
    assert ("Resten af filen blev ikke læst" in _receipt(office)[-1]["text"]) == (len(answers) > 1)


def test_no_cell_of_the_receipt_starts_a_formula(office: Office, bulk: BulkFiles) -> None:
    bulk.take(bulk.upload(KEY, f"-recipient;consent;consent_at\r\n;{TERMS.id};2026-02-01\r\n"))
    assert _receipt(office)[0]["text"].startswith("'-recipient er tom.")


def test_the_receipt_is_of_the_newest_file_of_its_name(office: Office, bulk: BulkFiles) -> None:
    first, second = bulk.upload(KEY, _file("x;y;z")), bulk.upload(KEY, _file(_row(0), _row(1)))
    bulk.take(second)
    receipt = office.bucket.read(RECEIPT)
    bulk.take(first)
    assert office.bucket.read(RECEIPT) == receipt
    assert len(_enrolled(bulk.sent())) == 2


def test_a_repeat_finds_the_same_whenever_it_comes(office: Office, bulk: BulkFiles) -> None:
    event = bulk.upload(KEY, _file(_row(0), _row(1, consent_at="2026-11-18T10:00:01+01:00")))
    bulk.take(event)
    receipt, sent = office.bucket.read(RECEIPT), bulk.sent()
    office.stack.clock.set(office.now.replace(year=2027))
    bulk.take(event)
    assert (office.bucket.read(RECEIPT), bulk.sent()) == (receipt, sent)
    assert [answer[2] for answer in _answers(office)] == ["accepted", "rejected"]


def test_a_death_at_any_call_changes_nothing_in_the_end(office: Office, bulk: BulkFiles) -> None:
    rows = _file(*(_row(n % 20) for n in range(1_050)), "x;y;z")
    event = bulk.upload(KEY, rows)
    points = calls_of(office, lambda: bulk.take(event))
    expected = {messages.encode(message) for message in bulk.sent()}
    receipt = office.bucket.read(RECEIPT)
    # Three looks at the file, the sender, the file's content, two requests to send, the receipt.
    assert len(points) == 2 * 8

    for point in points:
        office.reset()
        event = bulk.upload(KEY, rows)
        dying_at(office, point, lambda event=event: bulk.take(event))  # type: ignore[misc]
        # Nobody reads of evidence that is not on its way.
        is_told = office.bucket.head(RECEIPT) is not None
        assert not is_told or {messages.encode(message) for message in bulk.sent()} == expected, point
        bulk.take(event)
        assert is_told or {messages.encode(message) for message in bulk.sent()} == expected, point
        assert office.bucket.read(RECEIPT) == receipt, point
