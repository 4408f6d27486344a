"""`brevdue redrive`, through the real command line."""

import json
from datetime import timedelta
from typing import Any

import pytest

from postal import messages
from postal.channels import Channel
from postal.messages import Event, Report, SortPage, Tracking
from postal.status import Status
from tests.integration.desk.conftest import Brevdue
from tests.support.office import NORWEGIAN, Office, letter
from tests.support.people import NORWEGIANS


def _bury(office: Office, queue: str, body: str, group: str = "") -> None:
    """Put a message among a queue's dead letters."""
    extras: dict[str, Any] = {"MessageGroupId": group} if group else {}
    office.stack.client("sqs").send_message(
        QueueUrl=office.stack.names[f"{queue}DeadLetters"], MessageBody=body, **extras
    )


def _waiting(office: Office, queue: str) -> list[dict[str, Any]]:
    answer = office.stack.client("sqs").receive_message(
        QueueUrl=office.stack.names[queue], MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
    )
    return list(answer.get("Messages", []))


def test_dead_letters_are_shown_and_moved_back_when_the_operator_says_so(office: Office, brevdue: Brevdue) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, NORWEGIANS[0])])
    _bury(office, "Pages", messages.encode(SortPage(page=page)), group="nordby")
    office.stack.clock.advance(timedelta(hours=3))

    result = brevdue("redrive", "pages", answer="y\n")

    assert result.exit_code == 0
    assert "pages: 1 dead" in result.stdout
    (line,) = (line for line in result.stdout.splitlines() if "SortPage" in line)
    assert line.split() == ["1", "SortPage", "nordby", "b1", "2026-11-18T09:00:00Z"]
    assert "1 moved back into pages" in result.stdout
    assert office.stack.dead_letters() == {}
    office.stack.run()
    assert office.statuses(page, 1) == [Status.IN_TRANSIT]


def test_the_message_group_stays(office: Office, brevdue: Brevdue) -> None:
    _bury(office, "Receipts", "first", group="nordby")
    _bury(office, "Receipts", "second")

    assert brevdue("redrive", "receipts", "--yes").exit_code == 0

    moved = {
        message["Body"]: message["Attributes"].get("MessageGroupId") for message in _waiting(office, "ReceiptsQueue")
    }
    assert moved == {"first": "nordby", "second": None}


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_without_a_yes_nothing_is_moved_and_nothing_is_hidden(office: Office, brevdue: Brevdue, answer: str) -> None:
    _bury(office, "Due", "a message")

    result = brevdue("redrive", "due", answer=answer)

    assert result.exit_code == (0 if answer else 1)
    assert _waiting(office, "DueQueue") == []
    assert len(_waiting(office, "DueDeadLetters")) == 1


def test_as_json_nothing_is_asked(office: Office, brevdue: Brevdue) -> None:
    _bury(office, "Due", "a message")

    looked = brevdue("redrive", "due", "--json")
    moved = brevdue("redrive", "due", "--json", "--yes")

    found = [{"kind": {"type": "unknown", "sender": "", "batch": ""}, "messages": 1, "oldest": "2026-11-18T09:00:00Z"}]
    assert json.loads(looked.stdout) == {"queue": "due", "count": 1, "found": found, "moved": 0}
    assert json.loads(moved.stdout) == {"queue": "due", "count": 1, "found": found, "moved": 1}
    assert len(_waiting(office, "DueQueue")) == 1


def test_many_are_moved(office: Office, brevdue: Brevdue) -> None:
    for n in range(25):
        _bury(office, "Notices", f"message {n}")

    result = brevdue("redrive", "notices", "--yes", "--json")

    assert json.loads(result.stdout)["moved"] == 25
    assert office.stack.dead_letters() == {}


def test_where_none_died_nothing_is_asked(brevdue: Brevdue) -> None:
    result = brevdue("redrive", "digital-post")

    assert (result.exit_code, result.stdout) == (0, "digital-post has no dead letters\n")


def test_nobody_is_named(office: Office, brevdue: Brevdue) -> None:
    person = NORWEGIANS[0].partition(":")[2]
    report = Report(event=Event.REFUSED, n=0, rows="1", attempt=1, at="2026-11-18T09:00:00Z", code=person)
    tracking = Tracking(sender="nordby", batch="b1", page=0, channel=Channel.ALTINN, reports=(report,))
    _bury(office, "Tracking", messages.encode(tracking))
    _bury(office, "Tracking", f"somebody wrote {person} here")

    for arguments in ((), ("--json",)):
        result = brevdue("redrive", "tracking", *arguments, answer="n\n")
        assert "Tracking" in result.output
        assert person not in result.output


def test_an_unknown_queue_ends_with_2_and_says_which_there_are(brevdue: Brevdue) -> None:
    result = brevdue("redrive", "letters")

    assert result.exit_code == 2
    assert "letters is none of uploads, pages, altinn" in " ".join(result.stderr.replace("│", " ").split())
