import json
from typing import Any

import pytest
from pydantic import ValidationError

from ingest.answers import LineError
from ingest.tracking_files import BadLineError, _by_page, _messages, _PageName, parse_line
from postal import keys, rowsets
from postal.channels import Channel
from postal.messages import Event, Tracking, encode

AT = "2026-11-18T10:00:00+01:00"


def _line(**facts: Any) -> bytes:
    return json.dumps({"event": "delivered", "at": AT, **facts}).encode()


def _sent(lines: list[bytes]) -> tuple[list[Tracking], list[LineError]]:
    errors: list[LineError] = []
    by_page = _by_page(list(enumerate(lines, 1)), errors)
    return [message for name, said in by_page.items() for message in _messages(Channel.EBOKS, name, said)], errors


def test_a_whole_dispatch_is_delivered_but_for_exceptions() -> None:
    name = keys.dispatch_name("havblik", "b1", 2, 1)
    (message,), errors = _sent([_line(dispatch=name, **{"except": [807, 801, 802]})])
    assert errors == []
    assert (message.sender, message.batch, message.page, message.channel) == ("havblik", "b1", 2, Channel.EBOKS)
    (report,) = message.reports
    assert (report.event, report.n, report.rows, report.attempt) == (Event.DELIVERED, 1, "801-802,807", 1)
    assert report.at == "2026-11-18T09:00:00Z"


def test_a_letter_that_left_alone_is_named_by_its_dispatch() -> None:
    name = keys.letter_dispatch_name("havblik", "b1", 1201, 2)
    (message,), _ = _sent([_line(event="opened", dispatch=name)])
    (report,) = message.reports
    assert (message.page, report.n, report.rows, report.attempt) == (3, 0, "1201", 2)


def test_successive_letters_of_which_the_same_is_said_are_one_report() -> None:
    lines = [_line(event="opened", letter=f"havblik/b1/{row}", attempt=1) for row in (1, 2, 3, 401, 4)]
    lines.append(_line(event="refused", letter="havblik/b1/5", attempt=1, code="MAILBOX_CLOSED"))
    lines.append(_line(event="opened", letter="havblik/b1/6", attempt=1))

    messages, _ = _sent(lines)

    assert [message.page for message in messages] == [0, 1]
    assert [(report.event, report.rows, report.code) for report in messages[0].reports] == [
        (Event.OPENED, "1-4", ""),
        (Event.REFUSED, "5", "MAILBOX_CLOSED"),
        (Event.OPENED, "6", ""),
    ]


def test_messages_are_bounded() -> None:
    lines = [
        _line(event="opened", letter=f"havblik/b1/{row}", attempt=attempt)
        for attempt in range(1, 250)
        for row in range(1, 401, 2)
    ]
    messages, _ = _sent(lines)
    assert sum(len(message.reports) for message in messages) == 249
    assert max(len(message.reports) for message in messages) <= 200
    assert max(len(encode(message)) for message in messages) < 100_000
    assert [report.attempt for message in messages for report in message.reports] == list(range(1, 250))
    assert {len(rowsets.decode(report.rows)) for message in messages for report in message.reports} == {200}


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({}, "NAME_MISSING"),
        ({"dispatch": "havblik/b1/00000-1", "letter": "havblik/b1/1"}, "NAME_MISSING"),
        ({"letter": "havblik/b1"}, "LETTER_UNKNOWN"),
        ({"letter": "havblik/b1/0"}, "LETTER_UNKNOWN"),
        ({"letter": "havblik/b1/1000001"}, "LETTER_UNKNOWN"),
        ({"letter": "HAVBLIK/b1/1"}, "LETTER_UNKNOWN"),
        ({"dispatch": "havblik/b1/1-1"}, "DISPATCH_UNKNOWN"),
        ({"dispatch": "havblik/b1/00000-0"}, "DISPATCH_UNKNOWN"),
        ({"dispatch": "havblik/b1/letter-0000000-1"}, "DISPATCH_UNKNOWN"),
        ({"dispatch": "havblik/b1/00000-1", "event": "opened"}, "LETTERS_NOT_NAMED"),
        ({"dispatch": "havblik/b1/00000-1", "except": [401]}, "EXCEPT_UNKNOWN"),
        ({"letter": "havblik/b1/1", "except": [1]}, "EXCEPT_UNKNOWN"),
    ],
)
def test_names_of_nothing_are_refused(facts: dict[str, Any], code: str) -> None:
    with pytest.raises(BadLineError) as raised:
        parse_line(_line(**facts))
    assert raised.value.args[0] == code


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"\xff",
        _line(event="lost", letter="havblik/b1/1"),
        _line(letter="havblik/b1/1", at="2026-11-18T10:00:00"),
        _line(letter="havblik/b1/1", at="0001-01-01T00:00:00+14:00"),
        _line(letter="havblik/b1/1", attempt=0),
        _line(letter="havblik/b1/1", attempt="1"),
        _line(letter="havblik/b1/1", code="a\nb"),
        _line(letter="havblik/b1/1", colour="red"),
        _line(dispatch="havblik/b1/00000-1", **{"except": ["1"]}),
    ],
)
def test_lines_of_another_shape_are_refused(line: bytes) -> None:
    with pytest.raises(ValidationError):
        parse_line(line)


def test_a_bad_line_stops_nothing_else() -> None:
    good = _line(letter="havblik/b1/1")
    messages, errors = _sent([good, b"nonsense", b"", _line(), good])
    assert [(error.line, error.code) for error in errors] == [(2, "LINE_INVALID"), (4, "NAME_MISSING")]
    assert [message.reports[0].rows for message in messages] == ["1"]


def test_every_name_of_a_dispatch_is_understood() -> None:
    for page in (0, 1, 2_499):
        name, said, _ = parse_line(_line(dispatch=keys.dispatch_name("s-1", "B._-1", page, 12)))
        assert (name, said.n) == (_PageName("s-1", "B._-1", page), 12)
