import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.no import fodselsnummer

from postal.identifiers import Flaw, Scheme, flaw, length


@pytest.mark.parametrize(
    "value",
    [
        "15108695088",  # python-stdnum's own example
        "02013299997",  # Skatteetaten, numbers from 2032: the first check digit leaves 0 ...
        "02013299903",  # ... 2
        "02013299806",  # ... 0
        "30108299920",  # ... 0
        "30108299939",  # ... 1
    ],
)
def test_fodselsnummer_passes_by_both_rules(value: str) -> None:
    assert flaw(Scheme.NO_FNR, value) is None


def _with_check_digits(first_nine: str) -> str | None:
    k1 = fodselsnummer.calc_check_digit1(first_nine)
    k2 = fodselsnummer.calc_check_digit2(first_nine + k1)
    return first_nine + k1 + k2 if len(k1 + k2) == 2 else None


def _some_number(day: int, month: int) -> str:
    numbers = (_with_check_digits(f"{day:02}{month:02}90{serial:03}") for serial in range(100, 400))
    return next(number for number in numbers if number)


@pytest.mark.parametrize(
    ("day", "month", "expected"),
    [
        (15, 10, None),
        (55, 10, None),  # D-number
        (15, 50, None),  # H-number, or synthetic
        (15, 90, None),  # synthetic (Tenor)
        (55, 90, None),  # a synthetic D-number
        (32, 10, Flaw.BIRTH_DATE),
        (72, 10, Flaw.BIRTH_DATE),
        (15, 13, Flaw.BIRTH_DATE),
        (15, 40, Flaw.BIRTH_DATE),
        (15, 53, Flaw.BIRTH_DATE),
        (15, 93, Flaw.BIRTH_DATE),
        (0, 10, Flaw.BIRTH_DATE),
        (31, 4, Flaw.BIRTH_DATE),
        (29, 2, Flaw.BIRTH_DATE),
    ],
)
def test_fodselsnummer_begins_with_a_birth_date(day: int, month: int, expected: Flaw | None) -> None:
    assert flaw(Scheme.NO_FNR, _some_number(day, month)) is expected


@given(st.from_regex(r"[0-9]{11}", fullmatch=True))
def test_whatever_todays_rule_accepts_passes(value: str) -> None:
    number = _with_check_digits("0101" + value[4:9])
    assert number is None or flaw(Scheme.NO_FNR, number) is None


@given(st.integers(0, 10), st.integers(1, 9))
def test_one_wrong_digit_of_the_second_check_is_found(place: int, step: int) -> None:
    number = "15108695088"
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert flaw(Scheme.NO_FNR, wrong) is not None


@pytest.mark.parametrize("value", ["991825827", "984661185", "922020175", "971203420", "986252932", "988077917"])
def test_orgnr_passes(value: str) -> None:
    assert flaw(Scheme.NO_ORGNR, value) is None


@pytest.mark.parametrize("value", ["14814833", "10150817", "25674154", "13585628"])
def test_cvr_passes(value: str) -> None:
    assert flaw(Scheme.DK_CVR, value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2110625629", None),  # python-stdnum's own example
        ("2110625630", None),  # modulus 11 never rejects
        ("0101600000", None),  # 1 January 1960, of the numbers without check digit
        ("2110525629", None),  # a birth date in the future
        ("5110625629", Flaw.BIRTH_DATE),
        ("0113625629", Flaw.BIRTH_DATE),
        ("2902001234", Flaw.BIRTH_DATE),  # 1900 was no leap year
        ("2902005234", None),  # 2000 was
        ("2902960001", None),
        ("2902970001", Flaw.BIRTH_DATE),
    ],
)
def test_cpr_is_a_date_and_four_digits(value: str, expected: Flaw | None) -> None:
    assert flaw(Scheme.DK_CPR, value) is expected


@pytest.mark.parametrize(
    ("scheme", "value", "expected"),
    [
        (Scheme.NO_FNR, "15108695077", Flaw.CHECK_DIGITS),
        (Scheme.NO_ORGNR, "988077918", Flaw.CHECK_DIGITS),
        (Scheme.DK_CVR, "13585627", Flaw.CHECK_DIGITS),
        (Scheme.DK_CVR, "00000000", Flaw.CHECK_DIGITS),
        (Scheme.NO_FNR, "1510869508", Flaw.LENGTH),
        (Scheme.DK_CPR, "211062-562", Flaw.LENGTH),
        (Scheme.DK_CPR, "٠١٠١٦٠٠٠٠٠", Flaw.LENGTH),
        (Scheme.DK_CVR, "", Flaw.LENGTH),
    ],
)
def test_what_is_wrong_is_named(scheme: Scheme, value: str, expected: Flaw) -> None:
    assert flaw(scheme, value) is expected


@given(st.sampled_from(Scheme), st.text(alphabet="0123456789", max_size=12))
def test_any_digits_get_an_answer(scheme: Scheme, value: str) -> None:
    found = flaw(scheme, value)
    assert (found is Flaw.LENGTH) == (len(value) != length(scheme))
