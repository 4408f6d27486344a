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
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("a" * 65 + "@example.com", ""),
        ("kari@a-b.no", "kari@a-b.no"),
        ("kari@-a.no", ""),
        ("kari@a-.no", ""),
        ("kari@a.-no", ""),
        ("kari@a.no-", ""),
        ("kari@127.0.0.11", ""),
        ("kari@example.123", ""),
        ("kari@example.n0", "kari@example.n0"),
        ("kari@example.com.", ""),
        ("@example.com", ""),
        ("", ""),
    ],
)
def test_an_address_is_sent_to_only_where_it_can_be_one(address: str, sent_to: str) -> None:
    assert notices.email_to_send_to(address) == sent_to


LABELS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", fullmatch=True)
TOP_LEVELS = LABELS.filter(lambda label: len(label) > 1 and not label.isdigit())
LOCALS = st.from_regex(r"[A-Za-z0-9+_'-]{1,30}(\.[A-Za-z0-9+_'-]{1,20})?", fullmatch=True).filter(
    lambda local: len(local) <= 64
)
#: Near enough to an address, so that many are one but for a label or two.
NEARLY = st.from_regex(r"[a.+]{1,66}@[a1.-]{1,70}(\.[a1-]{1,65})?", fullmatch=True)


@given(LOCALS, st.lists(LABELS, min_size=1, max_size=2), TOP_LEVELS)
def test_an_address_within_the_limits_of_mail_and_dns_is_sent_to(local: str, labels: list[str], top: str) -> None:
    address = f"{local}@{'.'.join([*labels, top])}"

    assert notices.email_to_send_to(address) == (address if len(address) <= 254 else "")


@given(st.emails() | NEARLY | st.text())
def test_what_is_sent_to_is_within_the_limits_of_mail_and_dns(address: str) -> None:
    """RFC 5321, 4.5.3.1; RFC 1035, 2.3.1 and 2.3.4; RFC 3696, 2."""
    sent_to = notices.email_to_send_to(address)

    if sent_to:
        local, _, domain = sent_to.rpartition("@")
        *labels, top = domain.split(".")
        assert labels
        assert 1 <= len(local) <= 64
        assert all(1 <= len(label) <= 63 and label.strip("-") == label for label in (*labels, top))
        assert any(character.isalpha() for character in top)
        assert sent_to.isascii()


@pytest.mark.parametrize("number", ["+4799999999", "+4525919410"])
def test_a_number_can_be_dialled(number: str) -> None:
    assert notices.mobile_to_send_to(number) == number


@pytest.mark.parametrize("number", ["99999999", "+0123456789", "+47 99999999", "+47", "", "+479999999999999999"])
def test_what_is_no_number_cannot(number: str) -> None:
    assert notices.mobile_to_send_to(number) == ""
