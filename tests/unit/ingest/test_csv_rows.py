import gzip

import pytest

from ingest.columns import UnknownColumns, with_required
from ingest.csv_rows import csv_rows
from ingest.errors import Code
from tests.unit.ingest.manifest_texts import GOOD, checked, csv_text, good, read, refusal

HEADER = "reference;recipient;title;document"


def _codes(text: str | bytes) -> list[list[Code]]:
    return [[problem.code for problem in raw.problems] for raw in read(text)]


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dialects_mean_the_same(delimiter: str, encoding: str, end: str) -> None:
    text = csv_text([good(title="Brev til Åse Bjørnsæther", city="Ålesund")], delimiter).replace("\r\n", end)

    (row,) = read(text.encode(encoding))

    assert row.values == good(title="Brev til Åse Bjørnsæther", city="Ålesund")
    assert (row.row, row.line) == (1, 2)


@pytest.mark.parametrize(
    "header",
    [
        "Referanse;Mottaker;Tittel;Dokument;Navn;Adresse 1;Postnummer;Poststed",
        "Reference;Modtager;Titel;Dokument;Navn;Adresse_1;Postnr.;By",
        "REF;Fødselsnummer;Emne;Filnavn;NAVN;adresselinje1;POSTNR;poststed",
        "reference;recipient;title;document;name;address-1;postal code;City",
    ],
)
def test_headers_are_understood_in_three_languages(header: str) -> None:
    (row,) = read(header + "\n" + ";".join(GOOD.values()) + "\n")
    assert row.values == GOOD


def test_the_order_of_columns_is_free() -> None:
    (row,) = read(csv_text([dict(reversed(GOOD.items()))]))
    assert row.values == GOOD


def test_quoted_fields_hold_delimiters_and_quotes() -> None:
    (row,) = read(f'{HEADER}\n"A;1";1;"Om ""saken"", del 2";a.pdf\n')
    assert row.values == {"reference": "A;1", "recipient": "1", "title": 'Om "saken", del 2', "document": "a.pdf"}


def test_excel_may_name_its_delimiter() -> None:
    (row,) = read(f"sep=;\r\n{HEADER}\r\nA;1;T,t;a.pdf\r\n")
    assert (row.row, row.line, row.values["title"]) == (1, 3, "T,t")


def test_blank_lines_at_the_end_are_nothing_and_in_the_middle_are_rows() -> None:
    rows = read(f"\n{HEADER}\nA;1;T;a.pdf\n\n  \nB;1;T;b.pdf\n\n\n")
    assert [(row.row, row.line, [p.code for p in row.problems]) for row in rows] == [
        (1, 3, []),
        (2, 4, [Code.EMPTY_ROW]),
        (3, 5, [Code.EMPTY_ROW]),
        (4, 6, []),
    ]


def test_a_file_may_end_without_a_line_end() -> None:
    assert len(read(f"{HEADER}\nA;1;T;a.pdf")) == 1


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (";;;", Code.EMPTY_ROW),
        (" ; ;;", Code.EMPTY_ROW),
        ("Total;;;12", Code.TOTAL_LINE),
        ("I alt: 12", Code.TOTAL_LINE),
        ("Sum;12;;", Code.TOTAL_LINE),
        ("Subtotal;;;", Code.TOTAL_LINE),
        ("Antal breve: 1,200;kr. 12 600,00;;12 stk", Code.TOTAL_LINE),
        ("A;1;T", Code.FIELD_COUNT),
        ("A;1;T;a.pdf;more", Code.FIELD_COUNT),
        ('A;1;"T;a.pdf', Code.QUOTE_UNBALANCED),
        ('A;1;"T"t;a.pdf', Code.QUOTE_UNBALANCED),
    ],
)
def test_lines_that_are_no_letter(line: str, code: Code) -> None:
    assert _codes(f"{HEADER}\n{line}\nB;1;T;b.pdf\n") == [[code], []]


@pytest.mark.parametrize("line", ["sum-2026;1;;", "Total;1;;a.pdf", "Sum;02013299997;T;", "I alt;;T;", "Summer;1;;"])
def test_a_row_that_lacks_something_is_no_total_for_its_first_word(line: str) -> None:
    assert _codes(f"{HEADER}\n{line}\n") == [[]]


def test_a_line_with_all_that_a_row_needs_is_a_row() -> None:
    columns = with_required(("consent", "recipient", "consent_at"))
    for line in ("sum-2026;02013299997;2026-11-01", "sum;02013299997;20261101", "Total;12;12"):
        (row,) = csv_rows(iter([b"consent;recipient;consent_at", line.encode()]), UnknownColumns(), columns)
        assert row.problems == (), line
        assert list(row.values.values()) == line.split(";")


def test_empty_fields_behind_the_last_column_are_nothing() -> None:
    assert _codes(f"{HEADER}\nA;1;T;a.pdf;;\n") == [[]]


def test_a_line_break_in_a_field_is_one_row_over_its_lines() -> None:
    rows = read(f'{HEADER}\nA;1;"T\n\nt";a.pdf\nB;1;T;b.pdf\n')
    assert [(row.row, row.line, [p.code for p in row.problems]) for row in rows] == [
        (1, 2, [Code.LINE_BREAK_IN_FIELD]),
        (2, 5, []),
    ]
    assert rows[0].as_written() == {"reference": "A", "recipient": "1", "title": "T\n\nt", "document": "a.pdf"}


def test_an_open_quote_loses_no_later_row() -> None:
    lines = "".join(f"{n};1;T;a.pdf\n" for n in range(50))
    found = _codes(f'{HEADER}\nA;1;"T;a.pdf\n{lines}B;"1";T;b.pdf\n')
    assert found == [[Code.QUOTE_UNBALANCED], *[[]] * 51]


def test_an_open_quote_that_a_later_quoted_row_closes_loses_no_row() -> None:
    found = _codes(f'{HEADER}\nA;1;"T;a.pdf\nB;1;"U";b.pdf\nC;1;T;c.pdf\n')
    assert found == [[Code.QUOTE_UNBALANCED], [], []]


def test_the_first_line_that_is_not_ascii_decides_the_encoding() -> None:
    windows, utf8 = "Å;1;T;a.pdf\n".encode("cp1252"), "Ø;1;T;b.pdf\n".encode()
    head = f"{HEADER}\nA;1;T;a.pdf\n".encode()
    assert _codes(head + windows + utf8) == [[], [], [Code.ENCODING_MIXED]]
    assert _codes(head + utf8 + windows) == [[], [], [Code.ENCODING_MIXED]]
    assert _codes(head + windows + b"\x81;1;T;c.pdf\n") == [[], [], [Code.ENCODING_MIXED]]


def test_a_line_that_cannot_be_read_is_given_back_whole() -> None:
    (row,) = read(f'{HEADER}\nA;1;"T;a.pdf\n')
    assert row.as_written() == {"line": 'A;1;"T;a.pdf'}


def test_unknown_columns_are_reported_with_the_nearest_known_name() -> None:
    unknown = UnknownColumns()
    (row,) = read(f"{HEADER};langauge;Saksbehandler;;\nA;1;T;a.pdf;nb;Ola;;\n", unknown=unknown)
    assert unknown.pairs() == (("langauge", "language"), ("Saksbehandler", ""))
    assert row.as_written() == {
        "reference": "A",
        "recipient": "1",
        "title": "T",
        "document": "a.pdf",
        "langauge": "nb",
        "Saksbehandler": "Ola",
        "column 7": "",
        "column 8": "",
    }


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("", Code.MANIFEST_EMPTY),
        ("\n \n", Code.MANIFEST_EMPTY),
        ("\ufeff", Code.MANIFEST_EMPTY),
        (HEADER, Code.MANIFEST_WITHOUT_ROWS),
        (f"{HEADER}\n\n\n", Code.MANIFEST_WITHOUT_ROWS),
        (f"{HEADER}\n".encode("utf-16"), Code.MANIFEST_UTF16),
        (f"{HEADER}\n".encode("utf-16-le"), Code.MANIFEST_UTF16),
        (f"{HEADER}\n".encode("utf-16-be"), Code.MANIFEST_UTF16),
        (b"PK\x03\x04rest", Code.MANIFEST_SPREADSHEET),
        (b"\xd0\xcf\x11\xe0rest", Code.MANIFEST_SPREADSHEET),
        (b"%PDF-1.7\n", Code.MANIFEST_BINARY),
        (b"\x89PNG\r\n\x1a\n\x00\x00", Code.MANIFEST_BINARY),
        (HEADER.replace(";", "\r") + "\rA\r", Code.MANIFEST_LINE_ENDINGS),
        ('{"reference": "A"}\n', Code.MANIFEST_NOT_CSV),
        ('"reference;recipient\n', Code.HEADER_UNREADABLE),
        ("reference;recipient;title\nA;1;T\n", Code.COLUMN_MISSING),
        ("reference;title;document\nA;T;a.pdf\n", Code.COLUMN_MISSING),
        ("reference;title;document;name\nA;T;a.pdf;N\n", Code.COLUMN_MISSING),
        (f"{HEADER};Titel\n", Code.COLUMN_TWICE),
        (f"{HEADER}\n{'x' * 65_537}\n", Code.ROW_TOO_LARGE),
        (f"{HEADER}\n{'x' * 200_000}", Code.ROW_TOO_LARGE),
        (gzip.compress(b"x" * 1000, mtime=0)[:-4], Code.MANIFEST_GZIP_BROKEN),
        (gzip.compress(f"{HEADER}\n".encode(), mtime=0) + b"junk", Code.MANIFEST_GZIP_BROKEN),
    ],
)
def test_manifests_are_refused_by_name(data: bytes | str, code: Code) -> None:
    assert refusal(data).problem.code is code


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("reference;recipient;title;dokumnet", "document (“dokumnet”?)"),
        # Said of the column that it is more like, and of no other.
        ("reference;motaker;title", "document, recipient (“motaker”?)"),
        ("reference;recipient;title;Saksbehandler", "document"),
        ("reference;recipient;title", "document"),
        ("Refrence;recipient;Titell;docs", "reference (“Refrence”?), title (“Titell”?), document"),
        # The more like of two.
        ("reference;recipient;title;dokmnt;dokumnet", "document (“dokumnet”?)"),
        ("reference;title;document;name", "address_1, postal_code, city"),
        # A name that is known is nobody's misspelling; an answer's column neither.
        ("reference;recipient;Emne;error;remedy", "document"),
        # No header at all: these are somebody's data.
        ("reference1;recipient;documennt;02013299997", "reference, title, document"),
    ],
)
def test_all_missing_columns_are_named_each_with_the_heading_that_may_have_been_meant(
    header: str, missing: str
) -> None:
    error = refusal(f"\n{header}\nA;1;T;a.pdf\n")
    assert (error.problem.column, error.line) == (missing.partition(" ")[0].rstrip(","), 2)
    assert error.problem.facts == {"missing": missing}


def test_a_header_of_countless_headings_is_looked_at_in_part() -> None:
    headings = ";".join(f"kolonne{'x' * (n % 50)}" for n in range(1_000))
    assert refusal(f"reference;recipient;title;{headings};dokumnet\n").problem.facts == {"missing": "document"}


def test_compressed_manifests_may_have_several_members() -> None:
    whole = csv_text([GOOD]).encode()
    data = gzip.compress(whole[:50]) + gzip.compress(whole[50:])
    assert read(data, "manifest.csv.gz")[0].values == GOOD


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.intake.MOST_ROWS", 2)
    assert len(read(csv_text([GOOD] * 2))) == 2
    assert refusal(csv_text([GOOD] * 3)).problem.code is Code.MANIFEST_TOO_MANY_ROWS


def test_checking_keeps_reading_errors() -> None:
    (row,) = checked(f"{HEADER}\n;;;\n")
    assert row.letter is None
    assert [problem.code for problem in row.problems] == [Code.EMPTY_ROW]
