import json

import pytest

from ingest.columns import UnknownColumns
from ingest.errors import Code
from tests.unit.ingest.manifest_texts import GOOD, good, jsonl_text, read, refusal

NAME = "manifest.jsonl"


def _codes(text: str | bytes) -> list[list[Code]]:
    return [[problem.code for problem in raw.problems] for raw in read(text, NAME)]


def test_one_object_a_line_with_names_in_any_language() -> None:
    danish = {"Reference": "A", "Modtager": "1", "Titel": "T", "Dokument": ["a.pdf", "b.pdf"], "farve": True}
    rows = read(jsonl_text([GOOD, danish]), NAME)
    assert rows[0].values == GOOD
    assert rows[1].values == {
        "reference": "A",
        "recipient": "1",
        "title": "T",
        "document": "a.pdf|b.pdf",
        "colour": "yes",
    }
    assert rows[1].as_written()["Dokument"] == "a.pdf|b.pdf"


def test_numbers_and_null_are_read_as_csv_would_have_them() -> None:
    (row,) = read(jsonl_text([{"reference": 17, "city": None, "recipient": "", "duplex": False}]), NAME)
    assert row.values == {"reference": "17", "duplex": "no"}
    assert row.as_written() == {"reference": "17", "city": "", "recipient": "", "duplex": "false"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"[1]", Code.NOT_A_JSON_OBJECT),
        (b"17", Code.NOT_A_JSON_OBJECT),
        (b'{"reference": 01}', Code.NOT_A_JSON_OBJECT),
        (b'{"reference": "A"', Code.NOT_A_JSON_OBJECT),
        (b"[" * 30_000, Code.NOT_A_JSON_OBJECT),
        (b'{"reference": "\xc5"}', Code.ENCODING_MIXED),
        (b'{"reference": "\\ud800"}', Code.NOT_A_JSON_OBJECT),
        (b'{"reference": {"a": 1}}', Code.VALUE_NOT_TEXT),
        (b'{"reference": 1.5}', Code.VALUE_NOT_TEXT),
        (b'{"document": [1]}', Code.VALUE_NOT_TEXT),
        (b'{"title": ["a"]}', Code.VALUE_NOT_TEXT),
        (b'{"title": "a", "Titel": "b"}', Code.COLUMN_TWICE),
        (b"{}", Code.EMPTY_ROW),
        (b"", Code.EMPTY_ROW),
    ],
)
def test_lines_that_are_no_letter(line: bytes, code: Code) -> None:
    data = jsonl_text([GOOD]).encode() + line + b"\n" + jsonl_text([GOOD]).encode()
    assert _codes(data) == [[], [code], []]


def test_blank_lines_at_the_end_are_nothing() -> None:
    assert [(row.row, row.line) for row in read("\n" + jsonl_text([GOOD]) + "\n\n", NAME)] == [(1, 1), (2, 2)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([GOOD]),
        json.dumps([GOOD], indent=1),
        json.dumps(GOOD, indent=1),
        "reference;recipient;title;document\n",
    ],
)
def test_files_of_another_kind_are_refused(text: str) -> None:
    assert refusal(text, NAME).problem.code is Code.MANIFEST_NOT_JSONL


def test_blank_files_are_refused() -> None:
    assert refusal("\n\n", NAME).problem.code is Code.MANIFEST_EMPTY


def test_unknown_names_are_reported_and_bounded() -> None:
    unknown = UnknownColumns()
    rows = [good(**{f"extra {n}": "x"}) for n in range(100)]
    read(jsonl_text([good(referense_x="x", tittle="x"), *rows]), NAME, unknown)
    pairs = unknown.pairs()
    assert len(pairs) == 50
    assert ("tittle", "title") in pairs


def test_a_byte_order_mark_is_no_part_of_the_first_line() -> None:
    assert read("\ufeff" + jsonl_text([GOOD]), NAME)[0].values == GOOD
