"""A sender learns nothing of recipients whose consent it cannot show, and a neutral one nothing that can be hidden.

Each test plays the same batch in two worlds that differ in the register, and
compares all that lies under the sender's `receipts/`: keys, bodies, metadata, the
times and the order of writing, with the number of versions of each.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from brevdue.stack.permissions import Params
from brevdue.stack.roles import Role
from postal import register
from postal.channels import Channel
from postal.register import Registered
from postal.senders import Sender
from tests.support.office import DANISH, START, TERMS, Office

INBOX = "inbox/havblik/b1"
HEADER = "reference;recipient;title;document;consent;consent_at;delivery;deliver_after;name;address_1;postal_code;city"
PAPER = "Ida Eksempel;Byvej 1;1000;Havnestad"
GOOD = f"{TERMS.id};2026-02-01"

Profile = Mapping[str, object]
#: What a world knows of people, by the bare number.
World = Mapping[str, Profile]

USER: Profile = {"mailboxes": ["eboks"]}

#: A world takes a second, and is small enough to be read as it is found.
FEW_WORLDS = settings(max_examples=5, deadline=None, phases=(Phase.explicit, Phase.generate))

#: Random in every run: version ids, tokens of due entries.
_RANDOM = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b|\b[0-9a-f]{32}\b")


@dataclass
class Seen:
    """What a play left behind.

    Attributes:
        calls: each AWS call: function, service, operation, parameters.
        written: each write under the sender's receipts: when, and what.
        objects: every version under the sender's receipts: its time, key, metadata and body.
        statuses: of the summary that stands.
    """

    calls: list[tuple[str, str, str, str]] = field(default_factory=list)
    written: list[tuple[datetime, str]] = field(default_factory=list)
    objects: list[tuple[datetime, str]] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)


class Plain(dict[str, str]):
    """Values as text, in which what is random is numbered by its first appearance."""

    def __call__(self, value: object) -> str:
        return _RANDOM.sub(lambda found: self.setdefault(found[0], f"<{len(self)}>"), repr(value))


@contextmanager
def _watched(office: Office, seen: Seen) -> Iterator[None]:
    """Note every call that a function makes, with what it asks for."""
    refusal, plain, plain_key = Role.refusal, Plain(), Plain()

    def noting(role: Role, service: str, operation: str, params: Params) -> str | None:
        asked = plain(sorted((name, value) for name, value in params.items() if value is not None))
        seen.calls.append((role.function, service, operation, asked))
        key = str(params.get("Key", ""))
        if service == "s3" and operation not in {"GetObject", "HeadObject"} and key.startswith("receipts/havblik/"):
            seen.written.append((office.now, plain_key(f"{operation} {key}")))
        return refusal(role, service, operation, params)

    with patch.object(Role, "refusal", noting):
        yield


def _play(office: Office, sender: Sender, manifest: Sequence[str], world: World, then: Callable[[], None]) -> Seen:
    """Upload a batch in a world and let everything happen; what the sender can see of it."""
    office.reset()
    office.senders.put(sender)
    for person, profile in world.items():
        office.register(_dk(person), **profile)
    seen = Seen()
    with _watched(office, seen):
        office.s3.put_object(Bucket=office.bucket_name, Key=f"{INBOX}/documents/letter.pdf", Body=b"%PDF-1.7")
        _upload(office, manifest)
        office.stack.settle()
        then()
    assert office.stack.failures == []
    assert office.stack.refusals == []
    listed = office.s3.list_object_versions(Bucket=office.bucket_name, Prefix="receipts/havblik/")["Versions"]
    plain = Plain()
    for version in reversed(listed):
        which = {"Bucket": office.bucket_name, "Key": version["Key"], "VersionId": version["VersionId"]}
        found = office.s3.get_object(**which)
        metadata = sorted(found["Metadata"].items())
        told = plain((version["Key"], found["ContentType"], found["ETag"], metadata, found["Body"].read()))
        seen.objects.append((version["LastModified"], told))
    seen.statuses = json.loads(office.bucket.read("receipts/havblik/b1/summary.json"))["statuses"]
    return seen


def _upload(office: Office, manifest: Sequence[str]) -> None:
    """Upload the manifest; a sender that does it again is told so."""
    body = "\r\n".join([HEADER, *manifest]).encode()
    office.s3.put_object(Bucket=office.bucket_name, Key=f"{INBOX}/manifest.csv", Body=body)


def _pass(office: Office, *steps: timedelta) -> None:
    for step in steps:
        office.stack.advance(step)
        office.stack.settle()


def _report(office: Office, name: str, reports: Sequence[Mapping[str, object]]) -> None:
    """Have e-Boks report, as its connector does."""
    lines = [json.dumps({"at": _text(office.now), "attempt": 1, **report}) for report in reports]
    office.s3.put_object(
        Bucket=office.bucket_name, Key=f"tracking/eboks/{name}.jsonl", Body="\n".join(lines).encode() + b"\n"
    )
    office.stack.settle()


def _text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _dk(person: str) -> str:
    return f"dk-cpr:{person.replace('-', '')}"


# People whose consent the sender cannot show

MEMBER, STRANGER = "010157-5234", "010157-6234"
UNASKED = [f"010157-5{n}34" for n in range(3, 9)]

WITHOUT_CONSENT = [
    f"r1;{MEMBER};Et brev;letter.pdf;{GOOD};;;{PAPER}",
    f"r2;{UNASKED[0]};Et brev;letter.pdf;;;;;{PAPER}",
    f"r3;{UNASKED[1]};Et brev;letter.pdf;other-terms;2026-02-01;;;{PAPER}",
    f"r4;{UNASKED[2]};Et brev;letter.pdf;{TERMS.id};2025-02-01;;;{PAPER}",
    f"r5;{STRANGER};Et brev;letter.pdf;{GOOD};;;{PAPER}",
    f"r6;{UNASKED[3]};Et brev;letter.pdf;{TERMS.id};2027-02-01;;;{PAPER}",
    f"r7;{UNASKED[4]};Et brev;letter.pdf;;;paper;;{PAPER}",
    f"r8;{UNASKED[5]};Et brev;letter.pdf;;;digital_only;2026-12-24;{PAPER}",
    f"r9;{UNASKED[0]};;letter.pdf;{GOOD};;;{PAPER}",
    f"r10;010157-92;Et brev;letter.pdf;{GOOD};;;{PAPER}",
    f"r11;{UNASKED[0]};Et brev;letter.pdf;{TERMS.id};;;;{PAPER}",
]

any_profile = st.fixed_dictionaries(
    {
        "mailboxes": st.sampled_from(([], ["eboks"], ["digital_post", "eboks"])),
        "closed": st.booleans(),
        "opted_out": st.booleans(),
        "exempt": st.booleans(),
        "declined": st.sampled_from(([], ["havblik"])),
        "enrolled": st.sampled_from(([], ["havblik"])),
        "language": st.sampled_from(("", "en")),
        "contact": st.sampled_from(({}, {"mobile": "+4511111111", "mobile_verified_at": _text(START)})),
    }
)
any_world = st.dictionaries(st.sampled_from(UNASKED), any_profile, min_size=1)


def _play_without_consent(office: Office, sender: Sender, world: World) -> Seen:
    def then() -> None:
        _pass(office, timedelta(minutes=70))
        _report(office, "one", [{"event": "delivered", "letter": "havblik/b1/1"}])
        _upload(office, WITHOUT_CONSENT)
        _pass(office, timedelta(minutes=70))

    return _play(office, sender, WITHOUT_CONSENT, {MEMBER: USER, **world}, then)


def test_who_has_not_consented_is_not_looked_up_and_nothing_tells_them_apart(office: Office) -> None:
    senders = {
        disclosure: structs.replace(DANISH, settings=structs.replace(DANISH.settings, disclosure=disclosure))
        for disclosure in ("coded", "neutral")
    }
    unknown = {name: _play_without_consent(office, sender, {}) for name, sender in senders.items()}
    assert unknown["coded"].statuses == {"delivered": 1, "held": 1, "rejected": 9}
    assert unknown["neutral"].statuses == {"in_transit": 2, "rejected": 9}

    @FEW_WORLDS
    @given(world=any_world, disclosure=st.sampled_from(sorted(senders)))
    def differ_in_nothing(world: World, disclosure: str) -> None:
        known = _play_without_consent(office, senders[disclosure], world)
        expected = unknown[disclosure]
        assert known.objects == expected.objects
        assert known.written == expected.written
        assert known.calls == expected.calls

    differ_in_nothing()
    for person in UNASKED:
        assert list(office.recipients_table.query(_dk(person), beginning="held#")) == []
        assert not any(_dk(person) in asked for *_, asked in unknown["coded"].calls if "Recipients" in asked)


# People with consent, and a sender whose list is neutral

PEOPLE = [f"010150-{n}234" for n in range(1, 6)]
NEUTRAL = structs.replace(DANISH, settings=structs.replace(DANISH.settings, disclosure="neutral"))

WITH_CONSENT = [
    *(f"p{n};{person};Et brev;letter.pdf;{GOOD};;;{PAPER}" for n, person in enumerate(PEOPLE, start=1)),
    f"p6;{PEOPLE[0]};Et brev til;letter.pdf;{GOOD};digital_only;;{PAPER}",
    f"p7;{PEOPLE[1]};Et brev;letter.pdf;;;;;{PAPER}",
    f"p8;{PEOPLE[2]};;letter.pdf;{GOOD};;;{PAPER}",
    f"p9;{PEOPLE[3]};Et tredje brev;letter.pdf;{GOOD};;;{PAPER}",
]
ROWS = {PEOPLE[0]: (1, 6), PEOPLE[1]: (2,), PEOPLE[2]: (3,), PEOPLE[3]: (4, 9), PEOPLE[4]: (5,)}

#: What each fate has the register know at the start, and e-Boks report, hour by hour.
FATES: Mapping[str, tuple[Profile | None, tuple[str, ...]]] = {
    "unknown": (None, ()),
    "other mailbox": ({"mailboxes": ["digital_post"]}, ()),
    "closed": ({"mailboxes": ["eboks"], "closed": True}, ()),
    "never answered": (USER, ()),
    "delivered": (USER, ("", "delivered")),
    "opened": (USER, ("delivered", "opened")),
    "opened before it is delivered": (USER, ("opened", "delivered")),
    "nobody told": ({**USER, "contact": {}}, ("delivered", "notice_failed", "opened")),
    "refused": (USER, ("", "refused")),
    "signs up": (None, ("sign up", "delivered", "opened")),
}
any_fates = st.fixed_dictionaries({person: st.sampled_from(sorted(FATES)) for person in PEOPLE})


def _play_fates(office: Office, fates: Mapping[str, str]) -> Seen:
    def then() -> None:
        _pass(office, timedelta(minutes=70))
        for hour in range(3):
            reports: list[Mapping[str, object]] = []
            for person, fate in fates.items():
                event = (*FATES[fate][1], "", "", "")[hour]
                if event == "sign up":
                    _sign_up(office, person)
                elif event:
                    reports += [{"event": event, "letter": f"havblik/b1/{row}", **_why(event)} for row in ROWS[person]]
            if reports:
                _report(office, f"hour-{hour}", reports)
            _pass(office, timedelta(minutes=35), timedelta(minutes=35))
        _upload(office, WITH_CONSENT)
        _pass(office, timedelta(days=1))

    world = {person: profile for person, fate in fates.items() if (profile := FATES[fate][0]) is not None}
    return _play(office, NEUTRAL, WITH_CONSENT, world, then)


def _why(event: str) -> dict[str, Any]:
    return {"code": "unknown"} if event == "refused" else {}


def _sign_up(office: Office, person: str) -> None:
    event = Registered(recipient=_dk(person), mailbox=Channel.EBOKS, occurred_at=office.now)
    office.stack.client("sqs").send_message(
        QueueUrl=office.stack.names["RegisterQueue"],
        MessageBody=register.encode(event),
        MessageGroupId="test",
    )
    office.stack.settle()


def test_a_neutral_list_is_the_same_whoever_is_a_member(office: Office) -> None:
    unknown = _play_fates(office, dict.fromkeys(PEOPLE, "unknown"))
    assert unknown.statuses == {"in_transit": 7, "rejected": 2}
    names = [written.rpartition("/")[2].strip("'") for _, written in unknown.written]
    assert names[:-1] == [
        "summary.json",
        "receipts.jsonl",
        "receipts.csv",
        "changes-0001.csv",
        "to_correct.csv",
        "report.html",
        "summary.json",
    ]
    assert names[-1].startswith("repeated-")

    @FEW_WORLDS
    @given(fates=any_fates)
    @example(fates=dict.fromkeys(PEOPLE, "opened"))
    @example(fates=dict(zip(PEOPLE, list(FATES)[:5], strict=True)))
    @example(fates=dict(zip(PEOPLE, list(FATES)[5:], strict=True)))
    def differ_in_nothing(fates: Mapping[str, str]) -> None:
        known = _play_fates(office, fates)
        assert known.objects == unknown.objects
        assert known.written == unknown.written

    differ_in_nothing()
