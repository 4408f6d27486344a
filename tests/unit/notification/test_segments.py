import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notification.segments import filled, is_one_segment
from notification.texts import notice
from postal.channels import MAILBOXES

#: 3GPP TS 23.038, 6.2.1, row by row; independent of the code's own list.
ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        (ALPHABET, True),
        ("a" * 160, True),
        ("a" * 161, False),
        ("€" * 80, True),
        ("€" * 80 + "a", False),
        ("[" * 79 + "ab", True),
        ("á" + "a" * 69, True),
        ("á" + "a" * 70, False),
        ("🕊" * 35, True),
        ("🕊" * 35 + "a", False),
    ],
)
def test_a_segment_holds_160_septets_or_70_code_units(text: str, is_one: bool) -> None:  # noqa: FBT001 - a table
    assert is_one_segment(text) is is_one


@given(st.text(max_size=200), st.sampled_from(MAILBOXES), st.sampled_from(["da", "nb", "nn", "en"]), st.booleans())
@example("Kárášjoga gielda / Karasjok kommune i Finnmark og Troms", MAILBOXES[0], "nb", False)  # noqa: FBT003
@example("Finnmárkku fylkkagielda " * 4, MAILBOXES[0], "nn", True)  # noqa: FBT003
def test_every_sms_is_one_segment(name: str, mailbox: object, language: str, is_reminder: bool) -> None:  # noqa: FBT001
    sms = notice(name, mailbox, language, is_reminder=is_reminder).sms  # type: ignore[arg-type]

    assert is_one_segment(sms)


def test_a_sami_name_is_told_whole_where_it_fits_and_cut_where_not() -> None:
    whole = notice("Kárášjoga gielda", MAILBOXES[0], "nb").sms
    cut = notice("Kárášjoga gielda / Karasjok kommune i Finnmark og Troms", MAILBOXES[0], "nb").sms

    assert "Kárášjoga gielda" in whole
    assert "Kárášjoga gielda / Karasjok" in cut
    assert len(cut) <= 70


@given(st.text(alphabet=st.sampled_from("aå á\u0301\u030a€🕊👩\u200d🦰👍🏽x"), max_size=120))
def test_a_name_is_never_cut_within_a_character(name: str) -> None:
    text = filled(lambda part: f"<{part}>", name)
    part, whole = text[1:-1], unicodedata.normalize("NFC", name)

    assert whole.startswith(part)
    rest = whole[len(part) :].lstrip(" ")
    if rest and part and not whole[len(part)].isspace():
        assert not unicodedata.combining(rest[0])
        assert rest[0] not in "\u200d🏽"
        assert part[-1] != "\u200d"
    part.encode("utf-16")


def test_as_much_of_a_name_as_fits_is_told() -> None:
    assert filled(lambda part: part, "a" * 200) == "a" * 160
    assert filled(lambda part: part, "á" + "a" * 200) == "á" + "a" * 69
    # What makes it UCS-2 is left out where more fits without it.
    assert filled(lambda part: part, "a" * 150 + "á" * 30) == "a" * 150
