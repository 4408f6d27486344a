import csv
import json
import tracemalloc
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest

from ingest.answers import LineError
from ingest.bundles import bundles
from ingest.register_files import events
from postal import messages, register
from postal.messages import TakeEvents
from postal.register import ContactChanged, Event, MailboxChosen, OptedOut, Registered, SenderDeclined
from tests.unit.ingest.manifest_texts import pieces

KARI = "no-fnr:02013299997"
IDA = "dk-cpr:0101575001"
FIRM = "no-orgnr:991825827"
AT = "2026-11-18T10:00:00+01:00"

UPLOADED_AT = datetime(2026, 11, 18, 9, tzinfo=UTC)


def _line(**facts: Any) -> dict[str, Any]:
    return {"type": "closed", "recipient": KARI, "occurred_at": AT, **facts}


GOOD = [
    _line(type="registered", recipient=IDA, mailbox="eboks"),
    _line(type="mailbox_chosen", mailbox="digipost"),
    _line(type="opted_out"),
    _line(type="contact_changed", mobile="+4799999999", email="kari@example.com", language="nn", verified_at=AT),
    _line(type="sender_declined", recipient=IDA, sender="havblik"),
]


def _take(data: bytes, name: str) -> tuple[list[Event], list[LineError]]:
    errors: list[LineError] = []
    return list(events(name, pieces(data), UPLOADED_AT, errors.append)), errors


def _jsonl(lines: Iterable[Mapping[str, Any] | bytes]) -> bytes:
    return b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)


def _csv(lines: Iterable[Mapping[str, str]], delimiter: str = ";") -> str:
    columns = ["type", "recipient", "occurred_at", "mailbox", "sender", "mobile", "email", "language", "verified_at"]
    text = StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=delimiter)
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def test_lines_are_events_in_the_order_of_the_file() -> None:
    taken, errors = _take(_jsonl(GOOD), "a.jsonl")
    assert errors == []
    assert [register.encode(event) for event in taken] == [
        register.encode(register.decode(json.dumps(line))) for line in GOOD
    ]
    assert [type(event) for event in taken] == [Registered, MailboxChosen, OptedOut, ContactChanged, SenderDeclined]


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_says_the_same_in_every_dialect(delimiter: str, encoding: str) -> None:
    lines = [*GOOD, _line(type="contact_changed", email="bjørn@example.com")]
    taken, errors = _take(_csv(lines, delimiter).encode(encoding), "a.csv")
    assert errors == []
    assert taken == _take(_jsonl(lines), "a.jsonl")[0]


def test_a_spreadsheet_may_have_hidden_what_looks_like_a_formula() -> None:
    ((event,), errors) = _take(_csv([_line(type="contact_changed", mobile="'+4799999999")]).encode(), "a.csv")
    assert errors == []
    assert isinstance(event, ContactChanged)
    assert event.mobile == "+4799999999"


def test_an_empty_cell_says_nothing() -> None:
    ((event,), _) = _take(_csv([_line(type="contact_changed", mobile="", email="a@example.com")]).encode(), "a.csv")
    assert isinstance(event, ContactChanged)
    assert (event.mobile, event.email) == (None, "a@example.com")


BAD: list[tuple[dict[str, Any], str, str]] = [
    (_line(type="vanished"), "LINE_INVALID", "type must be one of registered, "),
    (_line(type="registered"), "LINE_INVALID", "mailbox is missing"),
    (_line(type="registered", mailbox="e-boks"), "LINE_INVALID", "mailbox must be one of altinn, "),
    (_line(type="registered", mailbox="print"), "EVENT_IMPOSSIBLE", "print is no mailbox"),
    (_line(mailbox="eboks"), "LINE_INVALID", "an event of this type has no mailbox"),
    (_line(occurred_at="2026-11-18T10:00:00"), "LINE_INVALID", "occurred_at must be a time with zone"),
    (_line(occurred_at="18.11.2026"), "LINE_INVALID", "occurred_at must be a time with zone"),
    (
        _line(occurred_at="0001-01-01T00:00:00+14:00"),
        "EVENT_IMPOSSIBLE",
        "the event has not happened yet, or too long ago",
    ),
    (_line(recipient="02013299997"), "EVENT_IMPOSSIBLE", "the recipient is not a valid scheme:value"),
    (_line(recipient="no-fnr:02013299998"), "EVENT_IMPOSSIBLE", "the recipient is not a valid scheme:value"),
    (_line(type="opted_out", recipient=FIRM), "EVENT_IMPOSSIBLE", "organisations cannot opt out"),
    (_line(type="contact_changed", mobile="99999999"), "LINE_INVALID", "mobile must be a number such as"),
    (_line(type="contact_changed", email="nobody"), "LINE_INVALID", "email must be an e-mail address"),
    (_line(type="contact_changed", language="sv"), "LINE_INVALID", "language must be one of da, nb, nn, en"),
    (_line(type="contact_changed", verified_at="0001-01-01T00:00:00Z"), "EVENT_IMPOSSIBLE", "the event has not"),
    (_line(type="sender_declined", sender="Havblik A/S"), "LINE_INVALID", "sender must be the id of a sender"),
]


@pytest.mark.parametrize(("line", "code", "message"), BAD)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_bad_line_is_answered_and_stops_nothing(line: dict[str, Any], code: str, message: str, name: str) -> None:
    lines = [GOOD[0], line, GOOD[1]]
    taken, errors = _take(_csv(lines).encode() if name == "a.csv" else _jsonl(lines), name)
    assert len(taken) == 2
    ((number, found, said),) = [(error.line, error.code, error.message) for error in errors]
    assert (number, found) == (3 if name == "a.csv" else 2, code)
    assert said.startswith(message)


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[1]",
        b'"closed"',
        b"\xff",
        b'{"type": "closed", "recipient": "\xe5"}',
        b"[" * 30_000,
        b'{"type": "closed", "note": "x"}',
    ],
)
def test_lines_that_are_no_event(line: bytes) -> None:
    taken, errors = _take(_jsonl([GOOD[0], b"", line, b"", GOOD[1]]), "a.jsonl")
    assert len(taken) == 2
    assert [(error.line, error.code, error.message) for error in errors] == [
        (3, "LINE_INVALID", "the line is no JSON object with the fields of an event")
    ]


@pytest.mark.parametrize("field", ["type", "recipient", "occurred_at", "mailbox", "sender", "mobile", "language"])
def test_no_answer_tells_what_was_written(field: str) -> None:
    number = "0101575001"
    for event in ("registered", "sender_declined", "contact_changed"):
        line = {**_line(type=event), field: f"`$.{number}`", number: "x"}
        _, errors = _take(_jsonl([line, {**_line(type=event), field: number}]), "a.jsonl")
        assert errors
        assert not [error for error in errors if number in error.message]
    _, errors = _take(f"closed;dk-cpr:{number};{AT}\nclosed;{KARI};{AT}\n".encode(), "a.csv")
    assert [(error.line, error.code) for error in errors] == [(1, "COLUMN_MISSING")]
    assert number not in errors[0].message


def test_rows_that_a_spreadsheet_has_spoilt() -> None:
    good = f"closed;{KARI};{AT}"
    text = f'type;recipient;occurred_at\n{good}\n;;\n\n{good};x\n"closed;{KARI};{AT}\n{good}\nI alt;2;\n'
    taken, errors = _take(text.encode(), "a.csv")
    assert len(taken) == 2
    assert [(error.line, error.code) for error in errors] == [
        (5, "FIELD_COUNT"),
        (6, "QUOTE_UNBALANCED"),
        (8, "TOTAL_LINE"),
    ]


def test_columns_that_are_not_read_are_told() -> None:
    taken, errors = _take(f"type;recipient;occurred_at;mobil;error\nclosed;{KARI};{AT};;x\n".encode(), "a.csv")
    assert len(taken) == 1
    assert [(error.line, error.code) for error in errors] == [(0, "COLUMN_UNKNOWN")]
    assert errors[0].message.startswith("the column “mobil” was not read; the columns are type, recipient, ")


@pytest.mark.parametrize(
    ("data", "name", "codes"),
    [
        (b"", "a.jsonl", ["MANIFEST_EMPTY"]),
        (b"", "a.csv", ["MANIFEST_EMPTY"]),
        ("type;recipient".encode("utf-16"), "a.csv", ["MANIFEST_UTF16"]),
        (b"PK\x03\x04", "a.csv", ["MANIFEST_SPREADSHEET"]),
        (_jsonl(GOOD), "a.csv", ["MANIFEST_NOT_CSV"]),
        (_jsonl([*GOOD, b"x" * 70_000, GOOD[0]]), "a.jsonl", ["ROW_TOO_LARGE", "REST_NOT_READ"]),
    ],
)
def test_a_file_that_cannot_be_read_is_answered(data: bytes, name: str, codes: list[str]) -> None:
    taken, errors = _take(data, name)
    assert [error.code for error in errors] == codes
    assert len(taken) == (len(GOOD) if len(codes) == 2 else 0)


def test_messages_are_bounded_in_number_and_in_bytes() -> None:
    long = _line(type="contact_changed", email="å" * 240 + "@example.com")
    for line in (GOOD[0], long):
        taken, errors = _take(_jsonl([line] * 250), "a.jsonl")
        assert errors == []
        sent = [TakeEvents(events=some) for some in bundles(taken)]
        assert [event for message in sent for event in message.events] == taken
        assert max(len(message.events) for message in sent) <= 100
        assert max(len(messages.encode(message).encode()) for message in sent) < 100_000


def test_memory_does_not_grow_with_the_file() -> None:
    line = _jsonl([GOOD[0]])

    def data(count: int) -> Iterator[bytes]:
        for _ in range(count):
            yield line * 100

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in bundles(events("a.jsonl", data(count), UPLOADED_AT, lambda _error: None)):
            pass
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(1)
    assert peak(100) < 2 * peak(10)
