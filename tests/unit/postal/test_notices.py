import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postal import notices
from postal.notices import Means, NoticePointer

POINTERS = st.builds(
    NoticePointer,
    sender=st.from_regex(r"[a-z0-9-]{2,40}", fullmatch=True),
    batch=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    row=st.integers(1, 10_000_000),
    attempt=st.integers(1, 99),
    means=st.sampled_from(Means),
    of=st.frozensets(st.sampled_from(Means)),
    is_reminder=st.booleans(),
)


@given(POINTERS)
def test_a_pointer_comes_back_as_it_went_in_the_letters_that_ses_takes(pointer: NoticePointer) -> None:
    word = notices.encode(pointer)

    assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", word)
    assert notices.decode(word) == pointer


@given(st.text() | st.from_regex(r"[A-Za-z0-9_-]{1,256}", fullmatch=True))
def test_what_is_none_of_ours_is_none(word: str) -> None:
    found = notices.decode(word)

    assert found is None or notices.encode(found) == word.rstrip("=")


@pytest.mark.parametrize(
    ("address", "sent_to"),
    [
        ("kari@example.com", "kari@example.com"),
        ("o'neil+post@sub.example.com", "o'neil+post@sub.example.com"),
        ("kari@blåbær.no", "kari@xn--blbr-roah.no"),
        ("kåre@example.com", ""),
        ("kari@localhost", ""),
        ("kari..n@example.com", ""),
        ("ka ri@example.com", ""),
        ("kari@" + "a" * 64 + ".no", ""),
        ("kari@.no", ""),
        ("@example.com", ""),
        ("", ""),
    ],
)
def test_an_address_is_sent_to_only_where_it_can_be_one(address: str, sent_to: str) -> None:
    assert notices.email_to_send_to(address) == sent_to


@pytest.mark.parametrize("number", ["+4799999999", "+4525919410"])
def test_a_number_can_be_dialled(number: str) -> None:
    assert notices.mobile_to_send_to(number) == number


@pytest.mark.parametrize("number", ["99999999", "+0123456789", "+47 99999999", "+47", "", "+479999999999999999"])
def test_what_is_no_number_cannot(number: str) -> None:
    assert notices.mobile_to_send_to(number) == ""
