import pytest

from postal.senders import Country, Regime, Sender, Settings


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
