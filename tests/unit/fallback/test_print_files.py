import csv
import json
from datetime import UTC, datetime
from io import StringIO
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fallback.print_files import (
    _COLUMNS,
    Job,
    JobFiles,
    PrintLetter,
    decode_part,
    encode,
    encode_job,
    print_letter,
)
from ingest.tracking_files import parse_line
from postal.letters import Address, Document, Letter
from postal.senders import Regime, Sender, Settings
from postal.sheets import Envelope

CUT_OFF = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
CLOSED_AT = datetime(2026, 11, 20, 16, 41, 7, tzinfo=UTC)

NORDBY = Sender(
    id="nordby",
    name="Nordby kommune",
    regime=Regime.NO_PUBLIC,
    settings=Settings(return_address=("Nordby kommune", "Postboks 1", "0155 Oslo")),
)
HAVBLIK = Sender(id="havblik", name="Havblik Forsikring", regime=Regime.DK_PRIVATE)

KARI = Address(name="Kari Eksempel", lines=("Storgata 1",), postal_code="0155", city="Oslo", country="NO")


def document(path: str) -> Document:
    return Document(path=path, version=f"v-{path}", size=48_213, etag=f"e-{path}")


def letter(
    row: int = 17,
    paths: tuple[str, ...] = ("17.pdf",),
    address: Address | None = KARI,
    *,
    duplex: bool = True,
    colour: bool = False,
) -> Letter:
    return Letter(
        row=row,
        reference=f"ref-{row}",
        recipient="",
        title="Vedtak",
        documents=tuple(document(path) for path in paths),
        address=address,
        duplex=duplex,
        colour=colour,
    )


def of_nordby(letter_: Letter, *pages: int, attempt: int = 1) -> PrintLetter:
    return print_letter(letter_, pages, sender=NORDBY, batch="2026-11", attempt=attempt)


SHORT = of_nordby(letter(), 1)
LONG = of_nordby(letter(18, ("a/18.pdf", "terms.pdf", "map.pdf"), colour=True), 11, 4, 1, attempt=2)
ABROAD = print_letter(
    letter(
        1,
        ("1.pdf",),
        Address(
            name="Jón Jónsson",
            lines=("c/o Hotel; Saga", "Einimel 80"),
            postal_code="107",
            city="Reykjavík",
            country="IS",
        ),
        duplex=False,
    ),
    [2],
    sender=HAVBLIK,
    batch="fornyelse-2027",
    attempt=1,
)
PARTS = {
    "parts/havblik/fornyelse-2027/00000-1.jsonl": [ABROAD],
    "parts/nordby/2026-11/00000-1.jsonl": [SHORT, LONG],
}


def made(parts: dict[str, list[PrintLetter]]) -> tuple[bytes, Job]:
    files = JobFiles()
    table = files.header() + b"".join([files.add(part, letters) for part, letters in parts.items()])
    return table, files.job(printer="default", cut_off=CUT_OFF, closed_at=CLOSED_AT)


def rows(table: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(table.decode("utf-8-sig"), newline=""), delimiter=";"))


def test_a_letter_knows_what_it_makes_on_paper() -> None:
    assert (SHORT.letter, SHORT.attempt) == ("nordby/2026-11/17", 1)
    assert (SHORT.pages, SHORT.sheets, SHORT.envelope, SHORT.duplex) == (1, 1, Envelope.C5, False)
    assert (LONG.pages, LONG.sheets, LONG.envelope, LONG.duplex) == (16, 9, Envelope.C4, True)
    assert [(each.pages, each.sheets) for each in LONG.documents] == [(11, 6), (4, 2), (1, 1)]
    assert (ABROAD.pages, ABROAD.sheets, ABROAD.duplex) == (2, 2, False)
    assert ABROAD.address_block[-2:] == ("107 Reykjavík", "ICELAND")


def test_a_letter_without_address_is_none_for_a_printer() -> None:
    with pytest.raises(ValueError, match="without an address"):
        of_nordby(letter(address=None), 1)


@pytest.mark.parametrize("pages", [(), (1, 1), (0,)])
def test_each_document_has_its_number_of_pages(pages: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"zip\(\)|without pages"):
        of_nordby(letter(), *pages)


def test_a_line_of_a_part() -> None:
    assert encode(SHORT).decode() == (
        '{"letter":"nordby/2026-11/17","attempt":1,"sender":"nordby","sender_name":"Nordby kommune",'
        '"address":{"name":"Kari Eksempel","lines":["Storgata 1"],"postal_code":"0155","city":"Oslo","country":"NO"},'
        '"address_block":["Kari Eksempel","Storgata 1","0155 Oslo"],'
        '"documents":[{"key":"inbox/nordby/2026-11/documents/17.pdf","version":"v-17.pdf","size":48213,'
        '"etag":"e-17.pdf","pages":1,"sheets":1}],'
        '"pages":1,"sheets":1,"envelope":"C5","colour":false,"duplex":false,'
        '"return_address":["Nordby kommune","Postboks 1","0155 Oslo"]}\n'
    )


TABLE = (
    "\ufeffletter;attempt;sender;name;address_1;address_2;address_3;address_4;postal_code;city;country;"
    "document;document_version;attachments;attachment_versions;pages;sheets;envelope;colour;duplex;"
    "return_address;part\r\n"
    'havblik/fornyelse-2027/1;1;Havblik Forsikring;Jón Jónsson;"c/o Hotel; Saga";Einimel 80;;;107;Reykjavík;IS;'
    "inbox/havblik/fornyelse-2027/documents/1.pdf;v-1.pdf;;;2;2;C5;no;no;"
    ";parts/havblik/fornyelse-2027/00000-1.jsonl\r\n"
    "nordby/2026-11/17;1;Nordby kommune;Kari Eksempel;Storgata 1;;;;0155;Oslo;NO;"
    "inbox/nordby/2026-11/documents/17.pdf;v-17.pdf;;;1;1;C5;no;no;"
    "Nordby kommune | Postboks 1 | 0155 Oslo;parts/nordby/2026-11/00000-1.jsonl\r\n"
    "nordby/2026-11/18;2;Nordby kommune;Kari Eksempel;Storgata 1;;;;0155;Oslo;NO;"
    "inbox/nordby/2026-11/documents/a/18.pdf;v-a/18.pdf;"
    "inbox/nordby/2026-11/documents/terms.pdf|inbox/nordby/2026-11/documents/map.pdf;v-terms.pdf|v-map.pdf;"
    "16;9;C4;yes;yes;Nordby kommune | Postboks 1 | 0155 Oslo;parts/nordby/2026-11/00000-1.jsonl\r\n"
)
SUMS = """{
  "printer": "default",
  "cut_off": "2026-11-20T16:30:00Z",
  "closed_at": "2026-11-20T16:41:07Z",
  "letters": 3,
  "pages": 19,
  "sheets": 12,
  "envelopes": {
    "C5": 2,
    "C4": 1
  },
  "colours": {
    "colour": 1,
    "black": 2
  },
  "senders": [
    {
      "id": "havblik",
      "name": "Havblik Forsikring",
      "letters": 1,
      "return_address": []
    },
    {
      "id": "nordby",
      "name": "Nordby kommune",
      "letters": 2,
      "return_address": [
        "Nordby kommune",
        "Postboks 1",
        "0155 Oslo"
      ]
    }
  ],
  "parts": [
    {
      "key": "parts/havblik/fornyelse-2027/00000-1.jsonl",
      "dispatch": "havblik/fornyelse-2027/00000-1",
      "letters": 1
    },
    {
      "key": "parts/nordby/2026-11/00000-1.jsonl",
      "dispatch": "nordby/2026-11/00000-1",
      "letters": 2
    }
  ],
  "confirm": {
    "to": "tracking/print/",
"""


def test_the_files_of_a_small_job() -> None:
    table, job = made(PARTS)
    assert table.decode() == TABLE
    assert encode_job(job).decode().startswith(SUMS)
    assert encode_job(job).endswith(b"}\n")


def test_the_same_parts_make_the_same_files() -> None:
    table, job = made(PARTS)
    read = {part: decode_part(b"".join(map(encode, letters))) for part, letters in PARTS.items()}
    again, job_again = made(read)
    assert again == table
    assert encode_job(job_again) == encode_job(job)


def test_a_job_may_be_empty() -> None:
    table, job = made({"parts/nordby/2026-11/00000-1.jsonl": []})
    assert rows(table) == []
    assert (job.letters, job.pages, job.sheets, job.senders) == (0, 0, 0, ())
    assert [part.letters for part in job.parts] == [0]


def test_a_sender_that_moves_in_between_stands_twice() -> None:
    moved = msgspec.structs.replace(SHORT, return_address=("Postboks 2",))
    _, job = made({"parts/nordby/a/00000-1.jsonl": [SHORT, moved], "parts/nordby/b/00000-1.jsonl": [moved]})
    assert [(sender.letters, sender.return_address[-1]) for sender in job.senders] == [
        (1, "0155 Oslo"),
        (2, "Postboks 2"),
    ]


@pytest.mark.parametrize("part", ["job.csv", "parts/nordby/2026-11/00000-1.csv", "nordby/2026-11/00000-1.jsonl"])
def test_nothing_but_parts_belongs_to_a_job(part: str) -> None:
    with pytest.raises(ValueError, match="not a part"):
        JobFiles().add(part, [SHORT])


def test_times_of_a_job_have_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        JobFiles().job(printer="default", cut_off=CUT_OFF.replace(tzinfo=None), closed_at=CLOSED_AT)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text("=+-@'\"; \t\r\n\uff1d1a", max_size=8)
ADDRESSES = st.builds(
    Address,
    name=TEXT,
    lines=st.lists(TEXT, max_size=6).map(tuple),
    postal_code=TEXT,
    city=TEXT,
    country=st.sampled_from(["NO", "DK", "IS", "GB"]),
)
LETTERS = st.builds(
    lambda address, row, pages: of_nordby(letter(row, tuple(f"{n}.pdf" for n in range(len(pages))), address), *pages),
    ADDRESSES,
    st.integers(1, 1_000_000),
    st.lists(st.integers(1, 160), min_size=1, max_size=4),
)


@given(st.lists(LETTERS, max_size=5))
def test_a_part_is_read_as_it_was_written(letters: list[PrintLetter]) -> None:
    lines = [encode(each) for each in letters]
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines)
    assert decode_part(b"".join(lines)) == letters


def test_a_line_that_is_no_letter_is_an_error() -> None:
    with pytest.raises(msgspec.DecodeError):
        decode_part(b'{"letter":"nordby/2026-11/17"}\n')


@given(st.lists(LETTERS, max_size=5))
def test_no_cell_starts_a_formula_or_a_line(letters: list[PrintLetter]) -> None:
    table, job = made({"parts/nordby/2026-11/00000-1.jsonl": letters})
    read = list(csv.reader(StringIO(table.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert len(read) == len(letters) + 1
    for row in read:
        assert len(row) == len(_COLUMNS)
        for cell in row:
            assert not cell.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
            assert not any(ord(character) < ord(" ") for character in cell)
    assert job.letters == len(letters)
    assert job.sheets == sum(each.sheets for each in letters)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("=HYPERLINK(A1)", "'=HYPERLINK(A1)"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1+1", "' =1+1"), ("-5", "'-5")],
)
def test_a_recipient_called_like_a_formula_is_text(name: str, shown: str) -> None:
    table, _ = made({"parts/nordby/2026-11/00000-1.jsonl": [of_nordby(letter(address=named(name)), 1)]})
    (row,) = rows(table)
    assert row["name"] == row["address_1"] == row["city"] == shown


def named(name: str) -> Address:
    return Address(name=name, lines=(name,), postal_code="0155", city=name, country="NO")


@pytest.mark.parametrize(
    ("lines", "cells"),
    [
        ((), ["", "", "", ""]),
        (("a", "b", "c"), ["a", "b", "c", ""]),
        (("a", "b", "c", "d"), ["a", "b", "c", "d"]),
        (("a", "b", "c", "d", "e"), ["a", "b", "c", "d, e"]),
    ],
)
def test_no_line_of_an_address_is_lost(lines: tuple[str, ...], cells: list[str]) -> None:
    address = Address(name="Kari", lines=lines, postal_code="0155", city="Oslo", country="NO")
    table, _ = made({"parts/nordby/2026-11/00000-1.jsonl": [of_nordby(letter(address=address), 1)]})
    (row,) = rows(table)
    assert [row[f"address_{n}"] for n in range(1, 5)] == cells


def test_what_a_printer_may_write_of_letters_is_understood() -> None:
    _, job = made(PARTS)
    of_letters = [example.line for example in job.confirm.lines if "letter" in example.line]
    assert len(of_letters) == 3
    for line in of_letters:
        name, said, named_rows = parse_line(json.dumps(line).encode())
        assert (name.sender, name.batch, named_rows, said.attempt) == ("sender", "batch", [17], 1)


def test_senders_stand_in_the_order_of_the_parts() -> None:
    _, job = made(PARTS)
    assert all(first.key < second.key for first, second in pairwise(job.parts))
    assert [sender.id for sender in job.senders] == ["havblik", "nordby"]
