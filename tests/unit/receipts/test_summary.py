from datetime import UTC, datetime

import msgspec
from msgspec import structs

from receipts import summary
from receipts.lists import Listed
from receipts.summary import Counts
from tests.unit.receipts.samples import SORTED_AT, batch, sender

LISTED = Listed(number=2, version="v2", previous="v1", written_at="2026-11-18T09:30:00Z")
COUNTS = Counts(statuses={"held": 1, "delivered": 2}, channels={"eboks": 2}, files={"receipts.csv": "cd", "a": "ef"})


def test_a_summary_tells_the_batch_in_numbers() -> None:
    made = summary.summary_of(structs.replace(batch(3), sorted_at=SORTED_AT), LISTED, COUNTS)
    assert msgspec.json.decode(summary.encode(made)) == {
        "sender": "kommunekemi",
        "batch": "2026-11",
        "state": "open",
        "rows": 3,
        "number": 2,
        "statuses": {"delivered": 2, "held": 1},
        "channels": {"eboks": 2},
        "refused_rows": 0,
        "unknown_columns": [
            {
                "column": "titl",
                "nearest": "title",
                "text": "Kolonnen »titl« er ukendt og er ikke brugt. Mente du »title«?",
            },
            {"column": "xyz", "nearest": "", "text": "Kolonnen »xyz« er ukendt og er ikke brugt."},
        ],
        "manifest_sha256": "ab" * 32,
        "accepted_at": "2026-11-18T09:00:00+01:00",
        "sorted_at": "2026-11-18T09:05:00+01:00",
        "written_at": "2026-11-18T10:30:00+01:00",
        "files": {"a": "ef", "receipts.csv": "cd"},
    }


def test_the_counts_come_back_from_a_summary() -> None:
    made = summary.encode(summary.summary_of(batch(3), LISTED, COUNTS))
    assert summary.counts_in(made) == COUNTS


def test_a_summary_of_somebody_else_has_no_counts() -> None:
    assert summary.counts_in(b'{"state": "refused"}') is None
    assert summary.counts_in(b"no json") is None


def test_a_column_cannot_play_with_the_sentence() -> None:
    odd = structs.replace(batch(1, sender_=sender(language="en")), unknown_columns=(("{nearest}{0}", ""),))
    made = summary.summary_of(odd, LISTED, COUNTS)
    assert made.unknown_columns[0].text == "The column “{nearest}{0}” is not known and was not used."
    assert datetime.fromisoformat(made.written_at) == datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
