"""What a run reports is counted from its files, and says what should not be."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from brevdue import outcome as outcomes
from brevdue import screen, terminal
from brevdue.outcome import Effect, Outcome, SenderOutcome
from brevdue.sample.batches import SampleBatch
from brevdue.sample.letters import Fault
from brevdue.sample.sample import Sample
from brevdue.up import Address

BATCH = Sample(90, 1, datetime(2026, 11, 18, 9, tzinfo=UTC)).batches[0]


def _came_back(folder: Path, batch: SampleBatch, *, text: str = "Tittel er tom.") -> list[dict[str, object]]:
    """Write a batch, and give back a receipt for each row of it."""
    batch.write(folder)
    return [
        {
            "row": row.number,
            "reference": row.reference,
            "status": "rejected" if row.fault else "delivered",
            "code": row.fault or "ALTINN_BY_DEFAULT",
            "channel": "" if row.fault else "altinn",
            "text": text,
        }
        for row in batch.letters()
    ]


def _read(folder: Path, receipts: list[dict[str, object]]) -> SenderOutcome:
    file = folder / "receipts" / BATCH.sender.id / BATCH.id / "receipts.jsonl"
    file.parent.mkdir(parents=True)
    file.write_text("".join(json.dumps(receipt) + "\n" for receipt in receipts))
    return outcomes.read(folder, BATCH)


def _outcome(sender: SenderOutcome, **facts: object) -> Outcome:
    plain: dict[str, object] = {
        "senders": [sender],
        "effects": [],
        "print_jobs": {},
        "dead_letters": {},
        "failures": {"routing failed: ValueError()": 2},
        "refused_calls": [],
        "complaints": [],
        "ingest_peak_mb": 71.26,
        "seconds": 12.34,
        "laps": {"upload": 1.0},
        "handled": {"ingest": 2},
        "folder": Path("demo"),
        **facts,
    }
    return Outcome(**plain)  # type: ignore[arg-type]


def test_a_good_run_has_no_problems(tmp_path: Path) -> None:
    found = _outcome(_read(tmp_path, _came_back(tmp_path, BATCH)))

    assert found.problems() == []
    assert found.as_json() == {
        "senders": {
            "nordvik-kommune": {
                "rows": 30,
                "receipts": 30,
                "statuses": {"delivered": 29, "rejected": 1},
                "channels": {"altinn": 29},
            }
        },
        "dead_letters": 0,
        "seconds": 12.3,
        "folder": "demo",
        "print_jobs": {},
        "ingest_peak_mb": 71.3,
    }


def test_a_row_without_receipt_is_a_problem(tmp_path: Path) -> None:
    sender = _read(tmp_path, _came_back(tmp_path, BATCH)[:-1])

    assert list(sender.problems()) == ["nordvik-kommune: 30 rows and 29 receipts, 0 of them twice"]


def test_a_row_with_two_receipts_is_a_problem(tmp_path: Path) -> None:
    receipts = _came_back(tmp_path, BATCH)
    sender = _read(tmp_path, [*receipts[:-1], receipts[0]])

    assert list(sender.problems()) == ["nordvik-kommune: 30 rows and 30 receipts, 1 of them twice"]


def test_a_missing_list_is_a_problem(tmp_path: Path) -> None:
    BATCH.write(tmp_path)

    problems = list(outcomes.read(tmp_path, BATCH).problems())
    assert problems[0] == "nordvik-kommune: 30 rows and 0 receipts, 0 of them twice"


def test_a_refused_row_that_does_not_say_why_is_a_problem(tmp_path: Path) -> None:
    sender = _read(tmp_path, _came_back(tmp_path, BATCH, text=""))

    assert list(sender.problems()) == ["nordvik-kommune: 1 refused rows do not say why"]


def test_a_mistake_that_was_not_found_is_a_problem(tmp_path: Path) -> None:
    receipts = _came_back(tmp_path, BATCH)
    for receipt in receipts:
        receipt["status"] = "delivered"
    sender = _read(tmp_path, receipts)

    assert BATCH.faults() == Counter([Fault.TITLE_MISSING])
    assert list(sender.problems()) == ["nordvik-kommune: 1 rows should be refused with VALUE_MISSING, but 0 were"]


def test_what_went_wrong_on_the_way_is_a_problem(tmp_path: Path) -> None:
    sender = _read(tmp_path, _came_back(tmp_path, BATCH))
    found = _outcome(
        sender, dead_letters={"PagesDeadLetters": 2}, refused_calls=["s3:GetObject", "s3:GetObject"], complaints=["k"]
    )

    assert found.problems() == [
        "2 dead letters in PagesDeadLetters",
        "routing failed: ValueError() (2 times)",
        "a call was not allowed: s3:GetObject",
        "the post office did not understand a report: k",
    ]
    assert found.as_json()["dead_letters"] == 2


def test_the_page_fits_its_width_and_names_what_matters(tmp_path: Path) -> None:
    found = _outcome(_read(tmp_path, _came_back(tmp_path, BATCH)), dead_letters={"PagesDeadLetters": 2})
    console = terminal.console()
    with console.capture() as captured:
        console.print(screen.outcome(found))

    lines = captured.get().splitlines()
    assert max(len(line) for line in lines) <= 100
    text = "\n".join(lines)
    for expected in (
        "Nordvik kommune",
        "30 letters in, 30 receipts back",
        "VALUE_MISSING",
        "12.3 s",
        "This should not be",
    ):
        assert expected in text


def test_what_changed_in_the_register_is_told_with_what_came_of_it(tmp_path: Path) -> None:
    sender = _read(tmp_path, _came_back(tmp_path, BATCH))
    effects = [
        Effect(
            what="31 Danes signed up for e-Boks",
            before=Counter({("held", ""): 32}),
            after=Counter({("delivered", "eboks"): 20, ("opened", "eboks"): 11, ("held", ""): 1}),
            is_next=False,
        ),
        Effect(
            what="A Norwegian opted out of digital post",
            before=Counter({("opened", "digipost"): 1}),
            after=Counter({("to_print", "print"): 1}),
            is_next=True,
        ),
    ]
    console = terminal.console()
    with console.capture() as captured:
        console.print(screen.outcome(_outcome(sender, effects=effects)))

    lines = [" ".join(line.split()) for line in captured.get().splitlines()]
    assert "31 Danes signed up for e-Boks 32 held 31 in e-Boks, 1 held" in lines
    assert "A Norwegian opted out of digital post 1 in Digipost next: 1 on paper" in lines


def test_a_letter_that_got_lost_after_a_change_is_a_problem(tmp_path: Path) -> None:
    sender = _read(tmp_path, _came_back(tmp_path, BATCH))
    effect = Effect(what="A Dane signed up", before=Counter({("held", ""): 2}), after=Counter(), is_next=False)

    assert _outcome(sender, effects=[effect]).problems() == ["A Dane signed up: 2 letters before, and 0 after"]


def test_lines_to_copy_are_never_wrapped(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show_address(
        Address(
            endpoint="http://127.0.0.1:4566",
            region="eu-north-1",
            bucket="brevdue-dev-123456789012",
            access_key_id="any",
            secret_access_key="any",  # noqa: S106 - nobody checks it
            batches=["demo/inbox/nordvik-kommune/november-2026", "demo/inbox/havblik-forsikring/fornyelse-2027"],
        )
    )

    lines = capsys.readouterr().out.splitlines()
    assert (
        "aws s3 cp --recursive demo/inbox/nordvik-kommune/november-2026/documents"
        " s3://brevdue-dev-123456789012/inbox/nordvik-kommune/november-2026/documents"
    ) in lines
    assert "for file in sorted(pathlib.Path('demo/inbox/nordvik-kommune/november-2026').rglob('*.*')):" in lines
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:4566 AWS_DEFAULT_REGION=eu-north-1" in lines
