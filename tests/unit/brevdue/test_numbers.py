"""The sample's identifiers pass every check and belong to nobody."""

from datetime import UTC, datetime

import pytest

from brevdue.sample import numbers
from brevdue.sample.sample import Sample
from postal.identifiers import Scheme, flaw
from postal.recipients import Kind

MANY = 3_000
SEEDS = [0, 1, 7, 123_456]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_fnr_is_well_formed_and_synthetic(seed: int) -> None:
    made = [numbers.fnr(seed, index) for index in range(MANY)]

    assert len(set(made)) == MANY
    assert not any(flaw(Scheme.NO_FNR, number) for number in made)
    assert all(81 <= int(number[2:4]) <= 92 for number in made)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cpr_is_well_formed_and_of_somebody_to_be_born(seed: int) -> None:
    made = [numbers.cpr(seed, index) for index in range(MANY)]

    assert len(set(made)) == MANY
    assert not any(flaw(Scheme.DK_CPR, number) for number in made)
    # 5 to 8 in the seventh place with a year up to 57 means 2000 to 2057.
    assert all(40 <= int(number[4:6]) <= 57 and number[6] in "5678" for number in made)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_orgnr_is_well_formed_and_outside_the_register(seed: int) -> None:
    made = [numbers.orgnr(seed, index) for index in range(MANY)]

    assert len(set(made)) == MANY
    assert not any(flaw(Scheme.NO_ORGNR, number) for number in made)
    assert all(number.startswith("39") for number in made)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_cvr_is_well_formed_and_the_last_to_be_given_out(seed: int) -> None:
    made = [numbers.cvr(seed, index) for index in range(MANY)]

    assert len(set(made)) == MANY
    assert not any(flaw(Scheme.DK_CVR, number) for number in made)
    assert all(number.startswith("99") for number in made)


def test_a_number_can_lose_its_leading_zero() -> None:
    for index in range(50):
        number = numbers.fnr_with_leading_zero(1, index)

        assert number.startswith("0")
        assert flaw(Scheme.NO_FNR, number) is None


def test_nobody_can_be_called_or_written_to() -> None:
    sample = Sample(400, 1, datetime(2026, 11, 18, tzinfo=UTC))
    contacts = [recipient.contact for recipient, _ in sample.profiles()]

    for contact in contacts:
        assert (contact.mobile or "+4700").startswith(("+4700", "+4500"))
        assert (contact.email or "a@b.example").endswith(".example")
        assert contact.email.isascii()


def test_organisations_are_told_from_persons() -> None:
    sample = Sample(400, 1, datetime(2026, 11, 18, tzinfo=UTC))
    kinds = {recipient.id.partition(":")[0]: recipient.kind for recipient, _ in sample.profiles()}

    assert kinds == {
        "no-fnr": Kind.PERSON,
        "no-orgnr": Kind.ORGANISATION,
        "dk-cpr": Kind.PERSON,
        "dk-cvr": Kind.ORGANISATION,
    }
