from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import choices, order_lines
from ingest.errors import Code
from ingest.order_lines import Asked, LetterRows
from ingest.streams import MIB
from postal import rows
from postal.batches import Batch
from postal.letters import Letter, RefusedRow
from postal.orders import OF_BATCHES, Order, OrderLine
from postal.senders import MOST_HOLD_DAYS, Language, Sender, Settings
from postal.times import from_text
from tests.unit.ingest.manifest_texts import HAVBLIK, NORDBY, pieces

ACCEPTED = datetime(2026, 11, 18, 9, tzinfo=UTC)
UPLOADED = ACCEPTED + timedelta(days=2)
HEADER = "order;reference;until"


def _batch(sender: Sender = NORDBY) -> Batch:
    return Batch(
        id="b1",
        sender=sender,
        row_file="rows/nordby/b1/m1.jsonl",
        row_file_version="r1",
        manifest="inbox/nordby/b1/manifest.csv",
        manifest_version="m1",
        manifest_sha256="0" * 64,
        rows=1,
        refused_rows=0,
        accepted_at=ACCEPTED,
    )


def _read(text: str | bytes, sender: Sender = NORDBY) -> list[Asked]:
    data = text if isinstance(text, bytes) else text.encode()
    return order_lines.read(_batch(sender), pieces(data), UPLOADED)


def _one(line: str) -> Asked:
    (one,) = _read(f"{HEADER}\n{line}\n")
    return one


def _codes(line: str) -> list[Code]:
    return [problem.code for problem in _one(line).problems]


@pytest.mark.parametrize(
    ("line", "order", "reference", "until"),
    [
        ("recall;F-1;", Order.RECALL, "F-1", ""),
        ("recall;;", Order.RECALL, "", ""),
        # The first moment of the day, in Oslo.
        ("extend;F-1;2026-12-31", Order.EXTEND, "F-1", "2026-12-30T23:00:00Z"),
        ("extend;F-1;2026-12-31T12:00:00+01:00", Order.EXTEND, "F-1", "2026-12-31T11:00:00Z"),
        ("print;F-1;", Order.PRINT, "F-1", ""),
        ("return;F-1;", Order.RETURN, "F-1", ""),
        ("responded;F-1;", Order.RESPONDED, "F-1", ""),
        ("approve;;", Order.APPROVE, "", ""),
        ("cancel;;", Order.CANCEL, "", ""),
        (" Recall ; F-1 ; ", Order.RECALL, "F-1", ""),
        ("recall;'-1;", Order.RECALL, "-1", ""),
    ],
)
def test_a_line_is_an_order(line: str, order: Order, reference: str, until: str) -> None:
    one = _one(line)
    assert (one.order, one.reference, one.until, one.problems) == (order, reference, until, ())
    assert one.line("en").error == ""


@pytest.mark.parametrize("delimiter", [";", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(
    "header",
    ["order;reference;until", "Ordre;Referanse;Til", "HANDLING;Vores reference;Ny dato", "action;ref;until_date"],
)
def test_dialects_and_languages_mean_the_same(delimiter: str, encoding: str, header: str) -> None:
    text = f"{header}\r\nforlæng;Å-1;2026-12-31\r\nTRÆK TILBAGE;Å-2;\r\n".replace(";", delimiter)
    found = _read(text.encode(encoding))
    assert [(one.order, one.reference) for one in found] == [(Order.EXTEND, "Å-1"), (Order.RECALL, "Å-2")]
    assert [one.written.line for one in found] == [2, 3]


def test_the_order_of_columns_is_free_and_until_may_be_left_out() -> None:
    found = _read("until;reference;order\n2026-12-31;F-1;extend\n")
    assert [(one.order, one.reference, one.until) for one in found] == [(Order.EXTEND, "F-1", "2026-12-30T23:00:00Z")]
    assert [one.order for one in _read("reference;order\n;approve\n")] == [Order.APPROVE]


def test_every_word_is_found_as_it_is_written() -> None:
    assert set(choices.ORDER.values()) == set(Order)
    assert all(choices.ORDER[order] is order for order in Order)
    for word, order in choices.ORDER.items():
        for written in (word, word.upper(), word.replace("_", " "), word.replace("_", "-").capitalize()):
            assert choices.ORDER[choices.word(written)] is order


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        (";F-1;", [Code.VALUE_MISSING]),
        ("recal;F-1;", [Code.CHOICE_UNKNOWN]),
        ("extend;F-1;", [Code.VALUE_MISSING]),
        ("extend;;2026-12-31", [Code.VALUE_MISSING]),
        ("extend;;", [Code.VALUE_MISSING, Code.VALUE_MISSING]),
        ("print;;", [Code.VALUE_MISSING]),
        ("return;;", [Code.VALUE_MISSING]),
        ("responded;;", [Code.VALUE_MISSING]),
        ("approve;F-1;", [Code.REFERENCE_NOT_TAKEN]),
        ("cancel;F-1;2026-12-31", [Code.REFERENCE_NOT_TAKEN, Code.UNTIL_NOT_TAKEN]),
        ("recall;F-1;2026-12-31", [Code.UNTIL_NOT_TAKEN]),
        ("responded;F-1;x", [Code.UNTIL_NOT_TAKEN]),
        ("extend;F-1;31.12.2026", [Code.SPREADSHEET_DATE]),
        ("extend;F-1;soon", [Code.TIME_UNREADABLE]),
        ("extend;F-1;2026-12-31T12:00", [Code.TIME_WITHOUT_ZONE]),
        ("extend;F-1;2026-11-20", [Code.UNTIL_NOT_AHEAD]),
        ("extend;F-1;2026-11-20T09:00:00Z", [Code.UNTIL_NOT_AHEAD]),
        ("extend;F-1;2028-01-01", [Code.UNTIL_TOO_LATE]),
        (f"recall;{'F' * 101};", [Code.VALUE_TOO_LONG]),
        (";;", [Code.EMPTY_ROW]),
        ("recall;F-1", [Code.FIELD_COUNT]),
        ("recall;F-1;;x", [Code.FIELD_COUNT]),
        ('recall;"F-1;', [Code.QUOTE_UNBALANCED]),
        (";I alt;12", [Code.TOTAL_LINE]),
        ("I alt;12;", [Code.CHOICE_UNKNOWN]),
    ],
)
def test_a_bad_line_says_all_that_is_wrong_with_it(line: str, codes: list[Code]) -> None:
    one = _one(line)
    assert [problem.code for problem in one.problems] == codes
    assert (one.order, one.reference, one.until) == (None, "", "")
    assert one.line("en").error


def test_a_bad_line_costs_that_line_only() -> None:
    found = _read(f"{HEADER}\nrecal;F-1;\nprint;F-2;\n;;\n\nreturn;F-3;\n")
    assert [(one.written.line, one.order) for one in found] == [
        (2, None),
        (3, Order.PRINT),
        (4, None),
        (5, None),
        (6, Order.RETURN),
    ]


@pytest.mark.parametrize("reference", ["Sum-17", "sum", "Total 17"])
def test_a_reference_may_begin_as_a_total_does(reference: str) -> None:
    (one,) = _read(f"reference;order;until\n{reference};recall;\n")
    assert (one.order, one.reference) == (Order.RECALL, reference)


def test_a_hold_ends_on_the_last_day_that_settings_allow() -> None:
    latest = ACCEPTED + timedelta(days=MOST_HOLD_DAYS)
    assert _codes(f"extend;F-1;{latest.isoformat()}") == []
    assert _codes(f"extend;F-1;{(latest + timedelta(seconds=1)).isoformat()}") == [Code.UNTIL_TOO_LATE]
    msgspec.convert({"hold_days": MOST_HOLD_DAYS}, Settings)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"hold_days": MOST_HOLD_DAYS + 1}, Settings)


def test_a_sender_reads_what_is_wrong_and_what_to_do() -> None:
    (one,) = _read("Ordre;Reference;Til\nextend;F-1;31-12-2026\n", HAVBLIK)
    assert one.line("da") == OrderLine(
        line=2,
        order="extend",
        reference="F-1",
        until="31-12-2026",
        error="Til er skrevet, som regneark viser datoer. Skriv den som 2026-12-31: år, måned, dag.",
    )
    assert _one("approve;F-1;").line("en").error == (
        "“approve” is for the whole batch, but reference names a letter. "
        "Empty reference; to take one letter back, order recall."
    )
    assert "13. desember" not in _one("extend;F-1;2028-01-01").line("nb").error
    assert "2027-12-13T10:00:00+01:00" in _one("extend;F-1;2028-01-01").line("nb").error


def test_what_was_written_is_cut() -> None:
    long = "x" * 101
    assert _one(f"{long};{long};{long}").line("en").order == "x" * 100


@pytest.mark.parametrize("others", ["recall;F-1;", "print;F-1;", "recal;F-1;"])
def test_a_recall_of_all_among_letters_is_a_forgotten_reference(others: str) -> None:
    found = _read(f"{HEADER}\n{others}\nrecall;;\napprove;;\n")
    assert [problem.code for problem in found[1].problems] == [Code.RECALL_OF_ALL_AMONG_OTHERS]
    assert found[2].order is Order.APPROVE
    alone = _read(f"{HEADER}\nrecall;;\n;;\nrecall;;\n")
    assert [one.order for one in alone] == [Order.RECALL, None, Order.RECALL]


@pytest.mark.parametrize(
    ("data", "line", "code"),
    [
        (b"", 0, Code.MANIFEST_EMPTY),
        (f"{HEADER}\n".encode(), 0, Code.MANIFEST_WITHOUT_ROWS),
        (f"{HEADER}\nrecall;F-1;\n".encode("utf-16"), 0, Code.MANIFEST_UTF16),
        (b"PK\x03\x04rest", 0, Code.MANIFEST_SPREADSHEET),
        (b"%PDF-1.7\n", 0, Code.MANIFEST_BINARY),
        (b'{"order": "recall"}\n', 1, Code.MANIFEST_NOT_CSV),
        (b"order;refrence\nrecall;F-1\n", 1, Code.COLUMN_MISSING),
        (b"order\nrecall\n", 1, Code.COLUMN_MISSING),
        (b"reference;until\nF-1;\n", 1, Code.COLUMN_MISSING),
        (b"order;ordre;reference\n", 1, Code.COLUMN_TWICE),
        (f"{HEADER}\nrecall;F-1;\n{'x' * 70_000}\nrecall;F-2;\n".encode(), 3, Code.ROW_TOO_LARGE),
    ],
)
def test_a_file_that_cannot_be_read_to_its_end_orders_nothing(data: bytes, line: int, code: Code) -> None:
    (one,) = _read(data)
    assert (one.order, one.written.line, one.problems[0].code) == (None, line, code)
    is_begun = code is Code.ROW_TOO_LARGE
    assert (Code.NOTHING_ORDERED in [problem.code for problem in one.problems]) == is_begun


def test_a_misspelt_heading_is_named_and_recalls_nothing() -> None:
    (one,) = _read("order;refrence\nrecall;F-1\nrecall;F-2\n")
    assert one.line("en").error.startswith("These columns are missing: reference (“refrence”?).")


def test_a_file_has_a_most_of_lines_and_of_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (order_lines.MOST_LINES, order_lines.MOST_FILE_BYTES) == (100_000, 64 * MIB)
    monkeypatch.setattr(order_lines, "MOST_LINES", 3)
    monkeypatch.setattr(order_lines, "MOST_FILE_BYTES", MIB)
    assert [one.order for one in _read(f"{HEADER}\n" + "recall;F-1;\n" * 3)] == [Order.RECALL] * 3
    for text, code in [("recall;F-1;\n" * 4, Code.MANIFEST_TOO_MANY_ROWS), (f"{' ' * MIB}\n", Code.MANIFEST_TOO_LARGE)]:
        (one,) = order_lines.read(_batch(), [f"{HEADER}\n{text}".encode()], UPLOADED)
        assert one.problems[0].code is code
        assert one.order is None


@given(
    order=st.sampled_from(sorted(choices.ORDER)),
    reference=st.sampled_from(["", "F-1"]),
    until=st.one_of(st.just(""), st.datetimes(datetime(2026, 1, 1), datetime(2029, 1, 1)).map(lambda t: f"{t}+00:00")),  # noqa: DTZ001 - the zone follows
)
def test_a_line_is_taken_by_these_rules_and_no_others(order: str, reference: str, until: str) -> None:
    meant = choices.ORDER[order]
    one = _one(f"{order};{reference};{until}")
    takes_reference = reference == "" if meant in OF_BATCHES else reference != "" or meant is Order.RECALL
    takes_until = until == ""
    if meant is Order.EXTEND:
        takes_until = until != "" and UPLOADED < datetime.fromisoformat(until).replace(microsecond=0) <= (
            ACCEPTED + timedelta(days=MOST_HOLD_DAYS)
        )
    assert (one.order is meant) == (takes_reference and takes_until)
    assert (one.order is None) == bool(one.problems)
    if one.until:
        assert from_text(one.until) == datetime.fromisoformat(until).replace(microsecond=0)


@given(
    text=st.text(alphabet=st.sampled_from('recall;F-1,"\n\r\t 2æ\x00=é'), max_size=200),
    language=st.sampled_from(["da", "en"]),
)
def test_anything_becomes_lines_that_are_orders_or_say_why_not(text: str, language: Language) -> None:
    for found in (_read(text), _read(f"{HEADER}\n{text}")):
        assert found
        for one in found:
            line = one.line(language)
            assert (line.error == "") == (one.order is not None)
            assert max(map(len, (line.order, line.reference, line.until))) <= 100


def _letter(row: int, reference: str) -> bytes:
    return rows.encode(Letter(row=row, reference=reference, recipient="", title="", documents=())).rstrip(b"\n")


def _refused(row: int, reference: str) -> bytes:
    return rows.encode(RefusedRow(row=row, line=row + 1, reference=reference, errors=(), cells={})).rstrip(b"\n")


def _placed(file: list[bytes], *references: str) -> list[tuple[int, list[Code]]]:
    found = _read(f"{HEADER}\n" + "".join(f"recall;{reference};\n" for reference in references))
    letter_rows = LetterRows(found)
    assert list(letter_rows.noting(file)) == file
    placed = [letter_rows.placed(one) for one in found]
    return [(one.written.row, [problem.code for problem in one.problems]) for one in placed]


def test_references_are_placed_in_their_rows() -> None:
    file = [_letter(1, "A"), _letter(2, "B"), _refused(3, "C"), _refused(4, ""), _letter(5, "D")]
    assert _placed(file, "D", "B", "C", "E", "b", "D") == [
        (5, []),
        (2, []),
        (0, [Code.REFERENCE_OF_REFUSED_ROW]),
        (0, [Code.REFERENCE_UNKNOWN]),
        (0, [Code.REFERENCE_UNKNOWN]),
        (5, []),
    ]


@pytest.mark.parametrize(
    "file",
    [
        [_letter(1, "A"), _refused(2, "A")],
        [_refused(1, "A"), _letter(2, "A")],
        [_refused(1, "A"), _letter(2, "A"), _refused(3, "A")],
    ],
)
def test_of_rows_with_one_reference_the_accepted_one_is_meant(file: list[bytes]) -> None:
    row = next(n for n, line in enumerate(file, 1) if b'"letter"' in line)
    assert _placed(file, "A") == [(row, [])]


def test_a_cut_reference_is_nobody_elses() -> None:
    assert _placed([_letter(1, "F" * 100)], "F" * 101) == [(0, [Code.VALUE_TOO_LONG])]
    assert _placed([_letter(1, "F" * 100)], "F" * 100) == [(1, [])]
