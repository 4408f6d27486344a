"""The words of `brevdue explain` are complete, in each language."""

from datetime import UTC, datetime
from string import Formatter

import pytest

from brevdue.operate import story_words
from postal.channels import MAILBOXES
from postal.reasons import NextStep
from postal.senders import Country, Language
from postal.status import Status
from postal.working_hours import skipped
from receipts.words import Words

NAMED = {name: value for name, value in vars(story_words).items() if isinstance(value, Words)}


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("name", NAMED)
def test_every_language_says_the_same_things(name: str) -> None:
    said = NAMED[name]

    assert all(said)
    assert len({frozenset(_places(text)) for text in said}) == 1


def test_everything_that_is_named_has_its_words() -> None:
    assert set(story_words.OF_STATUS) == set(Status)
    assert set(story_words.OF_STEP) == set(NextStep)
    assert set(story_words.OF_WHO) == set(story_words.Who)
    assert set(story_words.MAILBOXES) == set(MAILBOXES)


@pytest.mark.parametrize("country", ["no", "dk"])
def test_every_public_holiday_has_its_words(country: Country) -> None:
    years = datetime(2023, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)
    named = {name for one in skipped(*years, country) for name in one.holidays}

    assert len(named) >= 10
    assert named <= set(story_words.HOLIDAYS)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("da", "tirsdag 5. maj 2026 kl. 09.07"),
        ("nb", "tirsdag 5. mai 2026 kl. 09.07"),
        ("en", "Tuesday 5 May 2026 at 09:07"),
    ],
)
def test_a_time_is_written_as_people_do(language: Language, text: str) -> None:
    assert story_words.moment(datetime(2026, 5, 5, 9, 7, tzinfo=UTC), language) == text
