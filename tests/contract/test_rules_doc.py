"""docs/rules.md says what the code does."""

import pytest

from docs import make_rules
from postal.reasons import Reason
from postal.senders import Regime


def test_the_page_is_as_the_code_makes_it() -> None:
    assert make_rules.PAGE.read_text(encoding="utf-8") == make_rules.page(), "run `make docs`"


@pytest.mark.parametrize("regime", list(Regime))
def test_a_decision_table_answers_every_combination_as_the_rules_do(regime: Regime) -> None:
    table = make_rules.decision_table(regime)

    for case, reason in make_rules.outcomes(regime):
        assert next(rule.reason for rule in table if rule.matches(case)) is reason, case


@pytest.mark.parametrize("regime", list(Regime))
def test_no_rule_of_a_table_could_be_left_out(regime: Regime) -> None:
    table = make_rules.decision_table(regime)
    decided = make_rules.outcomes(regime)

    for n in range(len(table)):
        assert not make_rules._decides([*table[:n], *table[n + 1 :]], decided)


def test_the_tables_lead_to_every_reason_but_check_ins_own_and_those_of_later() -> None:
    reached = {rule.reason for regime in Regime for rule in make_rules.decision_table(regime)}

    assert set(Reason) - reached == {Reason.ROW_REFUSED, *make_rules.LATER_REASONS}
