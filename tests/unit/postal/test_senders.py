from datetime import UTC, datetime, timedelta

import pytest

from brevdue.stack.refusals import MOST_OF_AN_ITEM, size
from cloud.items import plain_of
from cloud.table import to_attributes
from postal import due
from postal.channels import Channel
from postal.consignments import Consignment, Delivered
from postal.pages import PAGE_SIZE
from postal.senders import MOST_REMINDER_DAYS, Country, Regime, Sender, Settings


def _sender(regime: Regime, days: tuple[int, ...] | None = None) -> Sender:
    return Sender(id="the-sender", name="The sender", regime=regime, settings=Settings(reminder_days=days))


@pytest.mark.parametrize(
    ("regime", "country", "days"),
    [(Regime.NO_PUBLIC, "no", (0, 7)), (Regime.DK_PRIVATE, "dk", (0,)), (Regime.DK_PUBLIC, "dk", (0,))],
)
def test_a_regime_has_its_country_and_its_reminders(regime: Regime, country: Country, days: tuple[int, ...]) -> None:
    assert _sender(regime).country == country
    assert _sender(regime).reminder_days == days


@pytest.mark.parametrize("regime", list(Regime))
def test_a_sender_may_choose_its_own_days(regime: Regime) -> None:
    assert _sender(regime, (0, 3, 14)).reminder_days == (0, 3, 14)
    assert _sender(regime, ()).reminder_days == ()


def test_of_a_stored_sender_with_more_days_the_first_hold() -> None:
    assert _sender(Regime.NO_PUBLIC, (21, 0, 3, 7, 7, 14)).reminder_days == (0, 3, 7, 14)


def test_a_consignment_of_which_all_is_told_letter_by_letter_is_no_item_too_large() -> None:
    """Each letter delivered at a time of its own, told, and reminded on each day and before a response is wanted."""
    at = datetime(2026, 11, 18, 9, 0, 0, 123456, tzinfo=UTC)
    reminders = [f"d{20 + day}" for day in range(MOST_REMINDER_DAYS)] + ["by-20261201T110000Z"]
    deliveries: dict[str, Delivered] = {}
    for n in range(1, PAGE_SIZE + 1):
        row = 999_600 + n
        told = Delivered(
            at=at + timedelta(seconds=n), rows=str(row), notified_to=row, sms_waits=str(row), unreached=str(row)
        )
        deliveries |= {str(n): told, **{due.reminder_key(str(n), name): told for name in reminders}}
    consignment = Consignment(
        channel=Channel.DIGITAL_POST,
        n=1,
        rows="999601-1000000",
        leaving_at=at,
        handed_over_at=at,
        deliveries=deliveries,
    )
    key = {"pk": f"{'s' * 40}#{'b' * 64}#2499", "sk": "consignment#digital_post#1"}

    assert size(to_attributes({**key, **plain_of(consignment)})) < 0.8 * MOST_OF_AN_ITEM
