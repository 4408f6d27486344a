"""What is wrong with a file of senders is said sender by sender, and names the field."""

import pytest

from brevdue.sample.senders import DANISH_MUNICIPALITY, INSURER, MUNICIPALITY
from brevdue.sender_yaml import SenderFileError, as_yaml, parse
from postal.senders import Sender

SHA = "ab" * 32


@pytest.mark.parametrize("sender", [MUNICIPALITY, INSURER, DANISH_MUNICIPALITY], ids=lambda sender: sender.id)
def test_what_is_written_is_read(sender: Sender) -> None:
    assert parse(as_yaml(sender)) == [sender]


def test_words_and_times_are_what_people_mean() -> None:
    (sender,) = parse("{id: x-1, name: 'yes', regime: no_public, settings: {print_cut_off: 17:30, printer: no}}")

    assert (sender.name, sender.settings.print_cut_off, sender.settings.printer) == ("yes", "17:30", "no")


def test_what_is_left_empty_is_none() -> None:
    (sender,) = parse("id: nordby\nname: Nordby\nregime: no_public\ndisabled: true\nsettings:\n  reminder_days:\n")

    assert (sender.disabled, sender.settings.reminder_days) == (True, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "sender 1: expected fields and values, got `null`"),
        ("[]", "there is no sender in it"),
        ("- nordby", "sender 1: expected fields and values, got `str`"),
        ("id: [", "line 1: expected the node content, but found '<stream end>'"),
        ("id: \x00", "is no YAML"),
        ("id: nordby\nid: sundby", "line 2: id is there twice"),
        ("senders: []", "sender 1: object missing required field `id`"),
        ("id: Nordby\nname: N\nregime: no_public", "Nordby: id: expected `str` matching regex '^[a-z0-9-]{2,40}$'"),
        ("id: 17\nname: N\nregime: no_public", "17: id: expected `str`, got `int`"),
        ("id: nordby\nname: N\nregime: dk", "nordby: regime: 'dk' is none of no_public, dk_private, dk_public"),
        ("id: !!python/name:os.system", "line 1: could not determine a constructor"),
    ],
)
def test_what_is_no_sender_is_told(text: str, problem: str) -> None:
    with pytest.raises(SenderFileError) as caught:
        parse(text)

    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("languages: [nb, no]", "languages[1]: 'no' is none of da, en, nb, nn"),
        ("settings: {hold_days: 1000}", "settings.hold_days: expected `int` <= 390"),
        ("settings: {reminder_days: [0, 99]}", "settings.reminder_days[1]: expected `int` <= 25"),
        (
            "settings: {reminder_days: [0, 3, 7, 14, 21]}",
            "settings.reminder_days: 5 days, and 4 may be: leave some out",
        ),
        (
            "settings: {reminder_days: [7, 0]}",
            "settings.reminder_days: the days do not ascend: write each once, in order, as in [0, 7, 14]",
        ),
        (
            "settings: {reminder_days: [0, 7, 7]}",
            "settings.reminder_days: the days do not ascend: write each once, in order, as in [0, 7, 14]",
        ),
        ("settings: {disclosure: none}", "settings.disclosure: 'none' is none of coded, neutral"),
        ("settings: {hold_day: 10}", "settings.hold_day: there is no such field; did you mean hold_days?"),
        ("colour: blue", "colour: there is no such field"),
        (
            f"terms: [{{id: a, document_sha256: {SHA}, valid_from: 2026-01-01}}]",
            "terms[0].valid_from: invalid RFC3339 encoded datetime: write a time as in 2026-01-01T00:00:00Z",
        ),
        (
            f"terms: [{{id: a, document_sha256: {SHA}, valid_from: 2026-01-01T00:00:00Z, until: x}}]",
            "terms[0].until: there is no such field",
        ),
    ],
)
def test_a_wrong_field_is_named(field: str, problem: str) -> None:
    with pytest.raises(SenderFileError) as caught:
        parse(f"id: nordby\nname: Nordby\nregime: no_public\n{field}")

    assert caught.value.problems == [f"nordby: {problem}"]


def test_every_mistake_of_every_sender_is_told_at_once() -> None:
    one = "{id: nordby, name: N, regime: no_public"

    with pytest.raises(SenderFileError) as caught:
        parse(f"- {one}, colour: blue}}\n- {one}}}\n- {{id: sundby, name: S, regime: x}}")

    assert [problem.partition(": ")[0] for problem in caught.value.problems] == ["nordby", "nordby", "sundby"]
    assert "the file has this sender twice" in caught.value.problems[1]
