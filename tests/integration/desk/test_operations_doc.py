"""docs/operations.md, followed to the letter, and what it says of a restore."""

import json
import re
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from brevdue.connectors import TrackingLine, tracking_file
from brevdue.operate.senders import put_copy
from brevdue.stack.permissions import Place
from brevdue.stack.policies import Policies
from brevdue.stack.roles import Calls, Role, RoleSession
from brevdue.stack.stack import Call, Crash
from postal import messages, status
from postal.channels import Channel
from postal.messages import Event, SortPage
from postal.rows import Row
from postal.status import Status
from postal.times import to_text
from tests.integration.desk import batches
from tests.integration.desk.conftest import Brevdue
from tests.support.office import NORWEGIAN, START, Office, letter
from tests.support.people import NORWEGIANS
from tests.support.template import ROOT

TEXT: Final = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ANYTHING: Final = "…"
REPORTS: Final = "tracking/altinn/a.jsonl"
EMAIL_FROM: Final = "post@brevdue.example"
#: When paper leaves on the day of `START`: 17:30 in Oslo.
CUT_OFF: Final = START.replace(hour=16, minute=30)
#: How an answer that is typed stands in the page.
_ASKED: Final = re.compile(r"\[y/N\]: (\w+)$", re.MULTILINE)
_BLOCK: Final = re.compile(
    r"(?P<aws>^<!-- needs AWS -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block; `heading` is the last one before it."""

    heading: str
    language: str
    text: str
    needs_aws: bool

    def commands(self) -> list[tuple[str, str]]:
        """What is typed at each prompt, with what is expected after it."""
        _, *parts = re.split(r"^\$ ", self.text, flags=re.MULTILINE)
        return [(command, said) for command, _, said in (part.partition("\n") for part in parts)]


BLOCKS: Final = [
    Block(
        heading=re.findall(r"^##+ (.+)$", TEXT[: found.start()], re.MULTILINE)[-1],
        language=found["language"],
        text=found["text"],
        needs_aws=bool(found["aws"]),
    )
    for found in _BLOCK.finditer(TEXT)
]


class Desk:
    """An operator's terminal in a folder of its own.

    Attributes:
        code: with which the last command of `brevdue` has ended, until somebody asks.
    """

    def __init__(self, brevdue: Brevdue, office: Office) -> None:
        self._brevdue = brevdue
        self._office = office
        self.code = 0

    def type(self, command: str, shown: str) -> str:
        """What a command says, to one who answers as the page shows; the post office has time to act on it."""
        words = shlex.split(command.replace("$BUCKET", self._office.bucket_name))
        if words == ["echo", "$?"]:
            code, self.code = self.code, 0
            return f"{code}\n"
        assert self.code == 0, f"the page does not tell that it ends with {self.code}: the command before {command}"
        words, (arrow, file) = (words[:-2], words[-2:]) if words[-2] in {">", ">>"} else (words, ("", ""))
        said = self._say(words, shown, to_file=bool(arrow))
        self._office.stack.run()
        if not arrow:
            return said
        with Path(file).open("a" if arrow == ">>" else "w", encoding="utf-8") as written:
            written.write(said)
        return ""

    def _say(self, words: list[str], shown: str, *, to_file: bool) -> str:
        match words:
            case ["brevdue", *words]:
                result = self._brevdue(*words, answer="".join(f"{answer}\n" for answer in _ASKED.findall(shown)))
                self.code = result.exit_code
                return result.stdout if to_file else result.output
            case ["echo", text]:
                return f"{text}\n"
            case ["mkdir", folder]:
                Path(folder).mkdir()
                return ""
            case ["cp", file, to]:
                shutil.copyfile(file, to)
                return ""
            case ["aws", "s3", "cp", file, place]:
                self._office.s3.upload_file(file, *_bucket_and_key(place))
                return f"upload: ./{file} to {place}\n"
            case ["aws", "s3", "ls", "--recursive", place]:
                bucket, prefix = _bucket_and_key(place)
                listed = self._office.s3.list_objects_v2(Bucket=bucket, Prefix=prefix)["Contents"]
                return "".join(f"{one['LastModified']:%F %T} {one['Size']:10} {one['Key']}\n" for one in listed)
        raise AssertionError(f"the page types what the test does not know: {words}")


def _bucket_and_key(place: str) -> tuple[str, str]:
    bucket, _, key = place.removeprefix("s3://").partition("/")
    return bucket, key


def _a_page_dies(office: Office) -> None:
    """A page of a sender's batch is among the dead letters."""
    sender = office.senders.sender("nordvik-kommune")
    assert sender is not None
    (page,) = office.commit(sender, _letters(), batch="november")
    office.stack.client("sqs").send_message(
        QueueUrl=office.stack.names["PagesDeadLetters"], MessageBody=messages.encode(SortPage(page=page))
    )


def _letters() -> list[Row]:
    return [letter(n, NORWEGIANS[n]) for n in range(1, 4)]


def _a_connector_stands_still(office: Office) -> None:
    """What was moved back is done, and no mailbox answers for more than a day."""
    office.stack.run()
    assert office.stack.dead_letters() == {}
    for _ in range(3):
        office.stack.advance(timedelta(hours=13))


def _somebody_has_a_pdf(_office: Office) -> None:
    Path("letter.pdf").write_bytes(batches.PDF)


def _the_cut_off_passes(office: Office) -> None:
    """It is 17:30 in Oslo, and a few minutes later."""
    office.stack.advance(CUT_OFF - office.now)
    office.let_pass(timedelta(minutes=5))


def _two_minutes_pass(office: Office) -> None:
    office.let_pass(timedelta(minutes=2))


#: What has happened before somebody reads on.
HAPPENS: Final[Mapping[str, Callable[[Office], None]]] = {
    "4. A letter to yourself": _somebody_has_a_pdf,
    "5. The letter on paper": _the_cut_off_passes,
    "6. The receipts": _two_minutes_pass,
    "Dead letters": _a_page_dies,
    "Stuck letters": _a_connector_stands_still,
}
_AFTER_THE_FIRST_HOUR: Final = next(n for n, block in enumerate(BLOCKS) if block.heading == "Deploy")


@pytest.fixture
def desk(office: Office, brevdue: Brevdue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Before a post office without anything."""
    office.stack.reset_data(START)
    monkeypatch.chdir(tmp_path)
    return Desk(brevdue, office)


def _follow(blocks: Sequence[Block], desk: Desk, office: Office) -> None:
    """Type what these blocks type, and compare what is said."""
    happened = set()
    for block in blocks:
        if block.heading not in happened and (happens := HAPPENS.get(block.heading)):
            happens(office)
            happened.add(block.heading)
        if block.language == "yaml":
            name = block.text.partition("\n")[0].removeprefix("# ")
            Path(name).write_text(block.text, encoding="utf-8")
        elif block.language == "console" and not block.needs_aws:
            for command, shown in block.commands():
                said = desk.type(command, shown)
                assert agrees(shown, said), f"under {block.heading}: {command}\n{said}"
    assert desk.code == 0


def test_the_first_hour_ends_with_a_notice_and_with_paper(desk: Desk, office: Office) -> None:
    _follow(BLOCKS[:_AFTER_THE_FIRST_HOUR], desk, office)

    states = status.states(office.batches.page_items("trial", "first", 0), range(1, 3))
    assert office.emails() == ["post@example.com"]
    assert [state.status for state in states] == [Status.DELIVERED, Status.PRINTED]
    assert office.stack.dead_letters() == {}


def test_who_follows_the_page_sees_what_it_shows(desk: Desk, office: Office) -> None:
    _follow(BLOCKS[_AFTER_THE_FIRST_HOUR:], desk, office)


def test_every_block_is_run_or_needs_aws() -> None:
    assert {block.heading for block in BLOCKS} >= set(HAPPENS)
    assert len(BLOCKS) == TEXT.count("\n```") / 2
    assert {block.language for block in BLOCKS} == {"console", "json", "yaml"}
    for block in BLOCKS:
        tools = {command.split()[0] for command, _ in block.commands()}
        if block.needs_aws:
            assert block.language == "console"
            assert tools <= {"make", ".sam-venv/bin/sam", "aws", "export", "source"}
        else:
            assert block.language != "console" or tools


def test_every_command_of_an_operator_is_run() -> None:
    typed = "\n".join(command for block in BLOCKS if not block.needs_aws for command, _ in block.commands())
    names = ["status", "redrive", *(f"outage {one}" for one in ("add", "list", "remove"))]
    names += [f"senders {one}" for one in ("put", "list", "show")]

    assert [name for name in names if f"brevdue {name}" not in typed] == []


@pytest.mark.parametrize(
    ("shown", "said", "is_right"),
    [
        ("a\nb\n", "a\n\nb  \n", True),
        ("a\n", "a\nb\n", False),
        ("a\n…\n", "a\nb\nc\n", True),
        ("a … c\n", "a b c\n", True),
        ("a … c\n", "a b\n", False),
        ("", "a\n", False),
    ],
)
def test_what_is_shown_is_compared(shown: str, said: str, is_right: bool) -> None:  # noqa: FBT001 - a parameter
    assert agrees(shown, said) is is_right


def agrees(shown: str, said: str) -> bool:
    """Whether a command has said what the page shows, but for blank lines, and for what it leaves out with `…`."""
    pattern = ""
    for line in filter(None, map(str.rstrip, shown.splitlines())):
        pattern += r"(?:.*\n)*?" if line == ANYTHING else ".*".join(map(re.escape, line.split(ANYTHING))) + r"\n"
    lines = filter(None, map(str.rstrip, said.splitlines()))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


# --- A sender's policy ---


def test_the_policy_of_a_sender_is_enough_for_every_command(
    office: Office, brevdue: Brevdue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (policy,) = (block.text for block in BLOCKS if (block.heading, block.language) == ("A sender", "json"))
    policy = policy.replace("BUCKET", office.bucket_name).replace("SENDER", NORWEGIAN.id)
    arn = "arn:aws:iam::123456789012:role/brevdue/dev/sender"
    place, guards = Place("123456789012", "eu-north-1"), office.stack.guards
    role = Role("sender", Policies.read([json.loads(policy)]), place, arn, guards)
    calls = Calls()
    s3 = RoleSession(role, calls).boto3.client("s3")
    monkeypatch.setattr("brevdue.remote.s3_of", lambda _where, _config: s3)
    monkeypatch.setenv("BREVDUE_BUCKET", office.bucket_name)
    monkeypatch.setenv("BREVDUE_SENDER", NORWEGIAN.id)
    put_copy(office.bucket, NORWEGIAN)
    folder = str(batches.write(tmp_path / "b1", *batches.rows(3)))

    def run(*arguments: str) -> str:
        result = brevdue(*arguments)
        assert result.exit_code in {0, 1}, result.output
        office.stack.run()
        return result.stdout

    assert "sent" in run("send", folder)
    assert "already sent" in run("send", folder)
    assert "open, 3 rows" in run("watch", "b1", "--timeout", "0")
    run("order", "b1", "recall", "--all")
    run("receipts", "b1", "--into", str(tmp_path / "r"))

    assert (tmp_path / "r" / "receipts.csv").is_file()
    assert calls.refusals == []


# --- Dead letters ---


def _deliver(office: Office) -> None:
    """A mailbox delivers what it has."""
    ((name, _),) = office.dispatched(Channel.ALTINN).items()
    report = TrackingLine(event=Event.DELIVERED, at=to_text(office.now), dispatch=name)
    office.bucket.put(REPORTS, tracking_file([report]))


def _copy_onto_itself(office: Office, key: str) -> None:
    source = {"Bucket": office.bucket_name, "Key": key}
    office.s3.copy_object(**source, CopySource=source, MetadataDirective="REPLACE")


def test_notices_that_ses_refuses_wait_until_it_is_mended(office: Office) -> None:
    ses, told = office.stack.client("sesv2"), f"{NORWEGIANS[1][-4:]}@example.com"
    office.register(NORWEGIANS[1])
    office.sort(office.commit(NORWEGIAN, _letters()[:1]))
    ses.delete_email_identity(EmailIdentity=EMAIL_FROM)
    try:
        _deliver(office)
        office.let_pass(timedelta(hours=2))
        assert office.emails() == []
    finally:
        ses.create_email_identity(EmailIdentity=EMAIL_FROM)
    office.let_pass(timedelta(minutes=61))

    assert office.emails() == [told]
    assert office.stack.dead_letters() == {}


def test_notices_that_were_purged_come_back_with_the_report(office: Office) -> None:
    told = f"{NORWEGIANS[1][-4:]}@example.com"
    office.register(NORWEGIANS[1])
    office.sort(office.commit(NORWEGIAN, _letters()[:1]))

    def die(call: Call) -> None:
        if call.function == "notification":
            raise Crash("as long as this lasts")

    office.stack.on_call = die
    _deliver(office)
    office.stack.run()
    office.stack.client("sqs").purge_queue(QueueUrl=office.stack.names["NoticesQueue"])
    office.stack.on_call = None
    office.stack.settle()
    assert office.emails() == []

    for _ in range(2):
        _copy_onto_itself(office, REPORTS)
        office.stack.settle()
        # Who was told is not told again.
        assert office.emails() == [told]


# --- Restore ---


def _all_of(office: Office, table: str) -> list[dict[str, Any]]:
    answer = office.stack.client("dynamodb").scan(TableName=office.stack.names[table])
    assert "LastEvaluatedKey" not in answer
    items: list[dict[str, Any]] = answer["Items"]
    return items


def _set_back(office: Office, table: str, items: list[dict[str, Any]]) -> None:
    """Delete what is there, and write these over it, as the page says."""
    dynamodb, name = office.stack.client("dynamodb"), office.stack.names[table]
    for item in _all_of(office, table):
        dynamodb.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in items:
        dynamodb.put_item(TableName=name, Item=item)


def _versions(office: Office, prefix: str) -> list[tuple[str, str]]:
    listed = office.s3.list_object_versions(Bucket=office.bucket_name, Prefix=prefix)
    return [(one["Key"], one["VersionId"]) for one in listed.get("Versions", [])]


def test_tables_that_were_set_back_catch_up(office: Office) -> None:
    for person in NORWEGIANS[1:3]:
        office.register(person)
    office.register(NORWEGIANS[3], opted_out=True)
    (page,) = office.commit(NORWEGIAN, _letters())
    then = {table: _all_of(office, table) for table in ("BatchesTable", "RecipientsTable")}
    office.sort([page])
    ((name, lines),) = office.dispatched(Channel.ALTINN).items()
    at = to_text(office.now)
    report = [TrackingLine(event=Event.DELIVERED, at=at, dispatch=name)]
    report.append(TrackingLine(event=Event.OPENED, at=at, letter="nordby/b1/1", attempt=1))
    office.bucket.put(REPORTS, tracking_file(report))
    office.stack.run()
    before, dispatched = office.statuses(page, 3), _versions(office, "outbox/altinn/nordby/")
    assert len(lines) == 2
    assert before == [Status.OPENED, Status.DELIVERED, Status.TO_PRINT]

    for table, items in then.items():
        _set_back(office, table, items)
    assert office.batches.page_items("nordby", "b1", 0).sorting is None
    office.stack.advance(timedelta(minutes=20))
    office.stack.settle()
    assert office.statuses(page, 3) == [Status.IN_TRANSIT, Status.IN_TRANSIT, Status.TO_PRINT]
    _copy_onto_itself(office, REPORTS)
    office.stack.run()

    assert office.statuses(page, 3) == before
    assert _versions(office, "outbox/altinn/nordby/") == dispatched
    assert office.stack.dead_letters() == {}
