"""The canary of a day is one that check-in accepts and print would take, whoever its sender is."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from canary import days
from canary.days import SetUpError
from fallback.pdfs import Pdf, check
from ingest import checks, consents
from ingest.columns import UnknownColumns
from ingest.jsonl_rows import jsonl_rows
from postal import keys
from postal.letters import Letter
from postal.senders import Regime, Sender, Settings, Terms
from tests.support.office import DANISH, NORWEGIAN
from tests.support.people import DANES, NORWEGIANS, ORGANISATION

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)
DAY = date(2026, 11, 18)
PUBLIC = replace(DANISH, regime=Regime.DK_PUBLIC, terms=())
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - see timezones


def _checked(sender: Sender, manifest: bytes) -> Letter:
    (raw,) = jsonl_rows(iter(manifest.splitlines()), unknown := UnknownColumns())
    checked = checks.check(raw, checks.ground_of(sender))
    assert (unknown.pairs(), checked.problems) == ((), ())
    assert checked.paths == (days.DOCUMENT_NAME,)
    assert checked.letter is not None
    return checked.letter


CASES = [
    (NORWEGIAN, NORWEGIANS[0]),
    (NORWEGIAN, ORGANISATION),
    (DANISH, DANES[0]),
    (PUBLIC, DANES[1]),
]


@pytest.mark.parametrize(("sender", "recipient"), CASES)
@given(now=MOMENTS)
def test_check_in_accepts_it_under_every_regime(sender: Sender, recipient: str, now: datetime) -> None:
    day = days.day_of(now, sender)
    letter = _checked(sender, days.manifest(sender, recipient, day, now))

    assert (letter.recipient, letter.delivery, letter.reference) == (recipient, "digital_only", days.batch_id(day))
    assert consents.missing_evidence(letter, sender, now) == []
    assert keys.BATCH_ID.fullmatch(days.batch_id(day))


@given(now=MOMENTS)
def test_no_day_is_passed_over(now: datetime) -> None:
    here, next_look = (days.day_of(moment, NORWEGIAN) for moment in (now, now + timedelta(minutes=30)))

    # The day turns at no hour in which clocks are set.
    assert next_look - here in {timedelta(0), timedelta(days=1)}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 11, 18, 4, 59, 59, tzinfo=UTC), date(2026, 11, 17)),
        (datetime(2026, 11, 18, 5, tzinfo=UTC), date(2026, 11, 18)),
        (datetime(2026, 7, 1, 4, tzinfo=UTC), date(2026, 7, 1)),
        (datetime(2026, 11, 18, 23, 30, tzinfo=UTC), date(2026, 11, 18)),
    ],
)
def test_the_day_begins_at_six_by_the_senders_clock(now: datetime, day: date) -> None:
    assert days.day_of(now, NORWEGIAN) == day


def test_its_document_could_be_printed() -> None:
    assert check(days.DOCUMENT) == Pdf(pages=1)


def test_it_names_the_newest_terms_in_force() -> None:
    def terms(name: str, valid_from: datetime) -> Terms:
        return replace(DANISH.terms[0], id=name, valid_from=valid_from)

    several = (
        terms("new", NOW - timedelta(days=1)),
        terms("old", NOW - timedelta(days=9)),
        terms("later", NOW + timedelta(days=1)),
    )
    row = json.loads(days.manifest(replace(DANISH, terms=several), DANES[0], DAY, NOW))

    assert (row["consent"], row["consent_at"]) == ("new", "2026-11-17T09:00:00Z")


@pytest.mark.parametrize(
    ("sender", "told"),
    [
        (replace(NORWEGIAN, settings=Settings(disclosure="neutral")), "disclosure: coded"),
        (replace(DANISH, terms=()), "add `terms`"),
        (replace(DANISH, terms=(replace(DANISH.terms[0], valid_from=NOW + timedelta(days=1)),)), "add `terms`"),
    ],
)
def test_a_sender_with_whom_it_cannot_work_is_refused_with_what_to_do(sender: Sender, told: str) -> None:
    with pytest.raises(SetUpError, match=told):
        days.manifest(sender, DANES[0], DAY, NOW)
