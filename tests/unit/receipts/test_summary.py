from datetime import UTC, datetime

import msgspec
import pytest
from msgspec import structs

from postal.batches import BatchState
from postal.senders import Language, Settings
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


AWAITS_APPROVAL: dict[Language, str] = {
    "da": (
        "151 af 3000 rækker har fejl (5,1 %). Afsender lader højst 5 % gå igennem, så intet er sendt endnu. "
        "Se fejlene i to_correct.csv. Upload orders/approve.csv ved siden af manifestet: linjerne »order;reference« og "
        "»approve;« sender brevene uden fejl, »order;reference« og »cancel;« annullerer batchen."
    ),
    "nb": (
        "151 av 3000 rader har feil (5,1 %). Avsender lar høyst 5 % gå gjennom, så ingenting er sendt ennå. "
        "Se feilene i to_correct.csv. Last opp orders/approve.csv ved siden av manifestet: linjene "
        "«order;reference» og "
        "«approve;» sender brevene uten feil, «order;reference» og «cancel;» avlyser batchen."
    ),
    "en": (
        "151 of 3000 rows have errors (5.1%). The sender lets 5% pass at the most, so nothing is sent yet. "
        "See the errors in to_correct.csv. Upload orders/approve.csv beside the manifest: the lines "
        "“order;reference” and "
        "“approve;” send the letters without errors, “order;reference” and “cancel;” cancel the batch."
    ),
}


@pytest.mark.parametrize("language", sorted(AWAITS_APPROVAL))
@pytest.mark.parametrize("disclosure", ["coded", "neutral"])
def test_a_batch_that_awaits_approval_says_why_and_what_to_do(language: Language, disclosure: str) -> None:
    text = AWAITS_APPROVAL[language]
    settings = structs.replace(Settings(), disclosure=disclosure)
    by = sender(language=language, settings=settings)
    made = summary.summary_of(batch(3_000, 151, by, BatchState.AWAITING_APPROVAL), LISTED, COUNTS)
    assert (made.state, made.text) == (BatchState.AWAITING_APPROVAL, text)
    assert msgspec.json.decode(summary.encode(made))["text"] == text


def test_a_share_of_whole_per_cents_has_no_decimals() -> None:
    made = summary.summary_of(batch(50, 6, state_=BatchState.AWAITING_APPROVAL), LISTED, COUNTS)
    assert "(12 %)" in made.text
    made = summary.summary_of(batch(7, 7, state_=BatchState.AWAITING_APPROVAL), LISTED, COUNTS)
    assert "(100 %)" in made.text


@pytest.mark.parametrize("stands", [BatchState.OPEN, BatchState.SETTLED, BatchState.CANCELLED])
def test_a_batch_that_needs_nothing_of_its_sender_has_no_text(stands: BatchState) -> None:
    made = summary.summary_of(batch(3, 1, state_=stands), LISTED, COUNTS)
    assert made.state is stands
    assert "text" not in msgspec.json.decode(summary.encode(made))
