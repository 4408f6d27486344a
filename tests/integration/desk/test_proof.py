"""`brevdue proof` and `brevdue verify`, of letters that real functions have sent on their way."""

import csv
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from brevdue.operate.senders import put_copy
from brevdue.proofs.content import Disclosure
from postal.channels import Channel
from postal.messages import Event, Report
from postal.register import Closed, ContactChanged, Registered
from postal.senders import Settings
from postal.times import to_text
from tests.integration.desk.batches import rows, write
from tests.integration.desk.conftest import Brevdue
from tests.integration.desk.stories import (
    STORIES,
    STRANGER,
    USER,
    held_then_released,
    let_come,
    let_pass,
    pdf,
    report,
    sorted_page,
    unopened_then_came_back,
)
from tests.support.office import DANISH, NORWEGIAN, START, Office, consenting, letter, refused
from tests.support.people import DANES

LANGUAGES = ("da", "nb", "en")
GOLDEN = Path(__file__).parent
KEY_WORD = "THE-KEY-OF-THE-POST-OFFICE"


class Prover:
    """Makes proofs and checks them, in a folder of its own."""

    def __init__(self, brevdue: Brevdue, folder: Path) -> None:
        self.brevdue, self.folder = brevdue, folder
        self.key = folder / "brevdue.pem"
        self.key.write_text(brevdue("proof-key").stdout, encoding="ascii")

    def prove(self, named: str, *options: str, name: str = "letter.proof") -> Path:
        file = self.folder / name
        made = self.brevdue("proof", named, "--output", str(file), *options, "--json")
        assert (made.exit_code, made.stderr) == (0, "")
        return file

    def verify(self, file: Path, *given: Path, key: Path | None = None) -> tuple[int, str, str]:
        """The exit code, what is said, and what is complained of."""
        result = self.brevdue("verify", str(file), *map(str, given), "--key", str(key or self.key))
        return result.exit_code, result.stdout, result.stderr

    def told(self, file: Path, *given: Path) -> dict[str, Any]:
        result = self.brevdue("verify", str(file), *map(str, given), "--key", str(self.key), "--json")
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    def proven(self, named: str, *options: str) -> dict[str, Any]:
        """What a proof says."""
        found: dict[str, Any] = self.told(self.prove(named, *options))["proof"]
        return found


@pytest.fixture
def prover(brevdue: Brevdue, tmp_path: Path) -> Prover:
    return Prover(brevdue, tmp_path)


def statuses(proof: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["status"], one["code"]) for one in proof["statuses"]]


def as_golden(said: str, key: str) -> str:
    """What is said, but for the key and the versions, which change."""
    for name in ("holidays", "Brevdue"):
        said = re.sub(rf"({name}\s+){re.escape(version(name.lower()))}", r"\1VERSION", said)
    return said.replace(key, KEY_WORD)


# --- three stories ---


@pytest.mark.parametrize(("name", "happen"), STORIES.items(), ids=STORIES)
def test_a_proof_tells_a_stranger_the_way_of_a_letter_in_three_languages(
    office: Office, prover: Prover, name: str, happen: Callable[[Office], str]
) -> None:
    named = happen(office)
    key = json.loads(prover.brevdue("proof", named, "-o", str(prover.folder / "p"), "--json").stdout)["key"]

    for language in LANGUAGES:
        code, said, complained = prover.verify(prover.prove(named, "--language", language, name=f"{language}.proof"))
        assert (code, complained) == (0, "")
        golden = GOLDEN / f"proof.{name}.{language}.golden.txt"
        assert as_golden(said, key) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("happen", STORIES.values(), ids=STORIES)
def test_a_proof_tells_every_line_that_the_receipt_lists_told(
    office: Office, prover: Prover, happen: Callable[[Office], str]
) -> None:
    """What was written hour by hour, and what is derived in the end, are the same way."""
    named = happen(office)
    let_come(office, office.now + timedelta(hours=2))
    prefix = f"receipts/{named.partition('/')[0]}/b1/"
    changes = [key for key in office.bucket.list_keys(prefix) if "changes-" in key]
    told = [
        line
        for key in changes
        for line in csv.DictReader(StringIO(office.bucket.read(key).decode("utf-8-sig")), delimiter=";")
    ]

    proven = prover.proven(named)["statuses"]

    in_order = iter(proven)
    for line in told:
        assert any(
            (line["time"], line["status"], line["code"], line["channel"], line["controller"], line["text"])
            == (one["at"], one["status"], one["code"], one["channel"], one["controller"], one["text"])
            for one in in_order
        )
    assert len(told) >= 2


# --- what is changed ---


def test_every_changed_byte_of_a_proof_is_told(office: Office, prover: Prover) -> None:
    from brevdue.proofs import keys, verifying  # noqa: PLC0415 - the command for each byte would take minutes

    file = prover.prove(held_then_released(office))
    data, key = file.read_bytes(), keys.from_pem(prover.key.read_bytes())
    flaws = []
    for place in range(len(data.rstrip())):
        changed = bytearray(data)
        changed[place] = ord("A") if data[place] != ord("A") else ord("B")
        with pytest.raises(verifying.NotProvenError) as found:
            verifying.read(bytes(changed), key)
        flaws.append(found.value.flaw)

    assert {verifying.Flaw.CHANGED, verifying.Flaw.NO_PROOF} <= set(flaws)
    middle = len(data) // 2
    file.write_bytes(data[:middle] + (b"B" if data[middle : middle + 1] == b"A" else b"A") + data[middle + 1 :])
    code, said, complained = prover.verify(file)
    assert (code, said) == (1, "")
    assert "The content and the signature do not match" in complained


def test_every_changed_byte_of_a_key_is_told(office: Office, prover: Prover) -> None:
    from brevdue.proofs import keys  # noqa: PLC0415 - see above

    file = prover.prove(held_then_released(office))
    data = prover.key.read_bytes()
    own = keys.from_pem(data).id
    for place, byte in enumerate(data):
        changed = bytearray(data)
        changed[place] = ord("A") if byte != ord("A") else ord("B")
        try:
            assert keys.from_pem(bytes(changed)).id != own
        except keys.NoKeyError:
            continue

    prover.key.write_bytes(data.replace(b"A", b"B", 1))
    code, said, complained = prover.verify(file)
    assert (code, said) == (1, "")
    assert "does not hold exactly one public key" in " ".join(complained.split())


def test_a_key_that_another_program_has_written_is_the_same(prover: Prover) -> None:
    from brevdue.proofs import keys  # noqa: PLC0415 - see above

    data = prover.key.read_bytes()

    assert keys.from_pem(data.replace(b"\n", b"\r\n") + b"\n").id == keys.from_pem(data).id
    with pytest.raises(keys.NoKeyError):
        keys.from_pem(data + data)


def test_a_key_is_written_to_a_file_of_its_own(prover: Prover) -> None:
    file = prover.folder / "key.pem"

    written = prover.brevdue("proof-key", "--output", str(file))

    assert (written.exit_code, file.read_bytes()) == (0, prover.key.read_bytes())
    assert prover.brevdue("proof-key", "--output", str(file)).exit_code == 1


def test_another_post_offices_key_is_told_with_both_names(office: Office, prover: Prover) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - see above

    from brevdue.proofs import keys  # noqa: PLC0415

    file = prover.prove(held_then_released(office))
    own, other = (
        keys.from_pem(prover.key.read_bytes()),
        keys.PublicKey(ec.generate_private_key(ec.SECP256R1()).public_key()),
    )
    prover.key.write_text(other.pem, encoding="ascii")

    code, said, complained = prover.verify(file)

    assert (code, said) == (1, "")
    assert "The key does not match" in complained
    assert own.id in complained
    assert other.id in complained


@pytest.mark.parametrize("text", ["", "hello", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "eyJhbGciOiJub25lIn0.e30.eA"])
def test_what_is_no_proof_is_told(prover: Prover, text: str) -> None:
    file = prover.folder / "letter.proof"
    file.write_text(text, encoding="ascii")

    code, said, complained = prover.verify(file)

    assert (code, said) == (1, "")
    assert "The file is not a Brevdue proof" in complained


def test_what_is_no_key_is_told_in_the_language_that_was_asked_for(office: Office, prover: Prover) -> None:
    file = prover.prove(held_then_released(office))

    result = prover.brevdue("verify", str(file), "--key", str(file), "--language", "nb")

    assert result.exit_code == 1
    assert "inneholder ikke nøyaktig én offentlig nøkkel" in " ".join(result.stderr.split())
    assert json.loads(prover.brevdue("verify", str(file), "--key", str(file), "--json").stdout) == {
        "is_genuine": False,
        "flaw": "no_key",
    }


def test_a_signature_that_somebody_has_turned_into_another_right_one_is_told(office: Office, prover: Prover) -> None:
    """Of an ECDSA signature anybody can make a second one that is right: every library but ours takes it."""
    from joserfc import jws  # noqa: PLC0415 - see above
    from joserfc.jwk import ECKey  # noqa: PLC0415
    from joserfc.util import urlsafe_b64decode, urlsafe_b64encode  # noqa: PLC0415

    from brevdue.proofs.keys import _ORDER  # noqa: PLC0415

    file = prover.prove(held_then_released(office))
    *signed, signature = file.read_text(encoding="ascii").strip().split(".")
    first, second = urlsafe_b64decode(signature.encode())[:32], urlsafe_b64decode(signature.encode())[32:]
    turned = first + (_ORDER - int.from_bytes(second, "big")).to_bytes(32, "big")
    text = ".".join([*signed, urlsafe_b64encode(turned).decode()])
    jws.deserialize_compact(text, ECKey.import_key(prover.key.read_text(encoding="ascii")), ["ES256"])
    file.write_text(text, encoding="ascii")

    code, _, complained = prover.verify(file)

    assert (code, "do not match" in complained) == (1, True)


def test_what_a_forged_header_says_is_not_shown(prover: Prover) -> None:
    from joserfc.util import urlsafe_b64encode  # noqa: PLC0415 - see above

    header = {"alg": "ES256", "typ": "brevdue-proof", "cty": "json", "kid": "ours. The proof is genuine"}
    file = prover.folder / "letter.proof"
    file.write_bytes(b".".join([urlsafe_b64encode(json.dumps(header).encode()), b"e30", b"eA"]))

    code, said, complained = prover.verify(file)

    assert (code, said) == (1, "")
    assert "genuine" not in complained
    assert "The file is not a Brevdue proof" in complained


# --- what was sent ---


def test_the_folder_of_a_batch_is_compared_with_what_was_sent(
    office: Office, brevdue: Brevdue, prover: Prover, tmp_path: Path
) -> None:
    put_copy(office.bucket, NORWEGIAN)
    folder = write(tmp_path / "b1", *(sent := rows(2)))
    assert brevdue("send", str(folder), "--sender", "nordby").exit_code == 0
    office.stack.run()
    file = prover.prove("nordby/b1/2", "--language", "en")
    document = folder / "documents" / sent[1]["document"]

    code, said, complained = prover.verify(file, folder)
    assert (code, complained) == (0, "")
    assert " ".join(said.split()).count("is the file that the sender handed in, byte for byte.") == 2

    for place in range(0, document.stat().st_size, 40):
        data = bytearray(document.read_bytes())
        data[place] ^= 1
        document.write_bytes(data)
        code, said, complained = prover.verify(file, folder)
        assert code == 1
        assert complained.startswith(f"{document} does not match")
        data[place] ^= 1
        document.write_bytes(data)

    with (folder / "manifest.csv").open("a", encoding="utf-8") as manifest:
        manifest.write("\n")
    code, said, complained = prover.verify(file, folder)
    assert (code, "manifest.csv does not match" in complained) == (1, True)


def test_files_are_compared_by_their_names_and_by_what_is_in_them(
    office: Office, prover: Prover, tmp_path: Path
) -> None:
    file = prover.prove(held_then_released(office))
    (document,) = prover.told(file)["proof"]["documents"]
    sent = tmp_path / "1.pdf"
    sent.write_bytes(office.bucket.read("inbox/havblik/b1/documents/1.pdf", document["version"]))
    renamed = tmp_path / "police.pdf"
    renamed.write_bytes(sent.read_bytes())
    other = tmp_path / "other.pdf"
    other.write_bytes(b"%PDF-1.7")

    def outcomes(*given: Path) -> list[tuple[str, str]]:
        return [(one["name"], one["outcome"]) for one in prover.told(file, *given)["files"]]

    assert outcomes() == [("1.pdf", "not_given"), ("manifest.csv", "not_given")]
    assert outcomes(sent, renamed) == [("1.pdf", "same"), ("1.pdf", "same"), ("manifest.csv", "not_given")]
    assert outcomes(other) == [("1.pdf", "not_given"), ("manifest.csv", "not_given"), ("other.pdf", "unknown")]
    code, _, complained = prover.verify(file, other)
    assert (code, "beviset nævner ingen sådan fil" in " ".join(complained.split())) == (1, True)
    empty = tmp_path / "empty"
    empty.mkdir()
    assert outcomes(empty) == [("1.pdf", "missing"), ("manifest.csv", "not_given")]
    code, _, complained = prover.verify(file, empty)
    assert (code, complained) == (1, "1.pdf: Filen er ikke i mappen, så den er ikke sammenlignet.\n")


def test_a_document_that_is_gone_is_said_so(office: Office, brevdue: Brevdue, prover: Prover) -> None:
    sorted_page(office, NORWEGIAN, letter(1, USER))
    file = prover.folder / "letter.proof"

    made = brevdue("proof", "nordby/b1/1", "-o", str(file))

    assert made.exit_code == 0
    assert made.stderr == "warning: 1.pdf is not stored any more, so the proof has no hash of it\n"
    code, said, _ = prover.verify(file)
    assert (code, "Filen var ikke lagret lenger" in said) == (0, True)


def test_every_folder_is_compared_and_what_cannot_be_read_is_said(
    office: Office, prover: Prover, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = prover.prove(held_then_released(office))
    (document,) = prover.told(file)["proof"]["documents"]
    data = office.bucket.read("inbox/havblik/b1/documents/1.pdf", document["version"])
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder, content in ((good, data), (bad, b"%PDF-1.7")):
        folder.mkdir()
        (folder / "1.pdf").write_bytes(content)

    assert prover.verify(file, good)[0] == 0
    code, _, complained = prover.verify(file, good, bad)
    assert (code, str(bad / "1.pdf") in complained, str(good) in complained) == (1, True, False)

    def forbidden(*_: object, **__: object) -> None:
        raise PermissionError

    monkeypatch.setattr("brevdue.proofs.verifying.file_digest", forbidden)
    code, _, complained = prover.verify(file, good)
    assert (code, complained) == (1, f"{good / '1.pdf'} kan ikke læses, så den er ikke sammenlignet.\n")


# --- who may know what ---


def test_a_neutral_proof_tells_nothing_more_than_the_receipts(office: Office, prover: Prover) -> None:
    """Of who is held, a user, dead, and told by nobody, the same is proven but for the row and the person."""
    neutral = Settings(disclosure="neutral", receipt_cadence_minutes=1)
    user, dead = DANES[2], DANES[3]
    office.tell(
        Registered(recipient=user, occurred_at=START, mailbox=Channel.EBOKS),
        ContactChanged(recipient=user, occurred_at=START, email="ida@example.com"),
        Closed(recipient=dead, occurred_at=START),
    )
    people = (STRANGER, user, dead)
    documents = pdf(office, DANISH)
    page = sorted_page(
        office,
        DANISH,
        *(replace(consenting(n, who), documents=documents) for n, who in enumerate(people, start=1)),
        settings=neutral,
    )
    office.report(page, Channel.EBOKS, report(office, Event.DELIVERED, n=1))
    let_come(office, START + timedelta(hours=2))

    proofs = [
        prover.told(prover.prove(f"havblik/b1/{n}", name=f"{n}.proof"))["proof"] for n in range(1, len(people) + 1)
    ]

    for proof in proofs:
        assert statuses(proof) == [("in_transit", "ACCEPTED")]
        assert (proof["confirmed"], proof["calendar"], proof["disclosure"]) == ([], None, "neutral")
        for own in ("letter", "reference", "recipient", "manifest"):
            proof.pop(own)
    assert proofs[0] == proofs[1] == proofs[2]
    _, said, _ = prover.verify(prover.folder / "1.proof")
    assert "Om og hvornår brevet er kommet frem digitalt, fortæller afsenders kvitteringer ikke." in " ".join(
        said.split()
    )

    full = prover.told(prover.prove("havblik/b1/2", "--full", name="full.proof"))["proof"]
    assert statuses(full)[-1] == ("delivered", "REGISTERED_IN_EBOKS")
    assert (full["disclosure"], full["sender"]["disclosure"]) == ("coded", "neutral")
    assert [one["channel"] for one in full["confirmed"]] == ["eboks"]
    _, said, _ = prover.verify(prover.folder / "full.proof")
    assert "også det, som afsenders kvitteringer ikke fortæller" in " ".join(said.split())


def test_a_neutral_proof_waits_for_its_list(office: Office, prover: Prover) -> None:
    settings = Settings(disclosure="neutral")
    page = sorted_page(
        office,
        NORWEGIAN,
        letter(1, USER, delivery="paper", documents=pdf(office, NORWEGIAN)),
        settings=settings,
    )
    let_come(office, START + timedelta(hours=8))
    office.report(page, Channel.PRINT, report(office, Event.PRINTED, n=1))

    before = prover.proven("nordby/b1/1")
    (prover.folder / "letter.proof").unlink()
    let_come(office, office.now + timedelta(hours=2))
    after = prover.proven("nordby/b1/1")

    assert [code for _, code in statuses(before)] != [code for _, code in statuses(after)]
    assert statuses(after)[-1][0] == "printed"
    assert after["address"]
    assert not before["address"]


def test_a_neutral_proof_tells_the_post_before_it_came_back(office: Office, prover: Prover) -> None:
    settings = Settings(disclosure="neutral", receipt_cadence_minutes=1)
    sent = letter(1, USER, delivery="paper", documents=pdf(office, NORWEGIAN))
    page = sorted_page(office, NORWEGIAN, sent, settings=settings)
    let_come(office, START + timedelta(hours=8))
    office.report(page, Channel.PRINT, report(office, Event.PRINTED, n=1))
    let_come(office, office.now + timedelta(days=5))
    office.report(page, Channel.PRINT, report(office, Event.RETURNED, n=0, rows="1"))
    let_come(office, office.now + timedelta(hours=2))

    proof = prover.proven("nordby/b1/1")

    assert [status for status, _ in statuses(proof)] == ["in_transit", "printed", "returned"]
    assert [one["status"] for one in proof["confirmed"]] == ["printed", "returned"]
    _, said, _ = prover.verify(prover.folder / "letter.proof")
    assert "Om og når brevet er kommet fram digitalt, forteller avsenders kvitteringer ikke." in " ".join(said.split())


@pytest.mark.parametrize("order", ["approve", "cancel"])
@pytest.mark.parametrize("disclosure", ["coded", "neutral"])
def test_a_batch_that_awaited_approval_is_told_from_there(
    office: Office, prover: Prover, tmp_path: Path, order: str, disclosure: Disclosure
) -> None:
    sender = replace(NORWEGIAN, settings=Settings(bad_rows="await_approval", bad_rows_percent=0, disclosure=disclosure))
    office.senders.put(sender)
    put_copy(office.bucket, sender)
    folder = write(tmp_path / "b1", *rows(2), {**rows(3)[2], "title": ""})
    assert prover.brevdue("send", str(folder), "--sender", "nordby", "--with-errors").exit_code == 0
    let_come(office, START + timedelta(hours=3))
    assert [code for _, code in statuses(prover.proven("nordby/b1/1"))] == ["AWAITING_APPROVAL"]
    assert prover.brevdue("order", "b1", order, "--sender", "nordby").exit_code == 0
    let_come(office, office.now + timedelta(hours=3))
    (prover.folder / "letter.proof").unlink()

    proof = prover.proven("nordby/b1/1")

    first, *_, last = statuses(proof)
    assert first == ("waiting", "AWAITING_APPROVAL")
    expected = {"approve": {"ACCEPTED", "ALTINN_BY_DEFAULT"}, "cancel": {"RECALLED_BY_SENDER"}}
    assert last[1] in expected[order]


# --- what became known late ---


def test_an_opening_that_is_told_late_is_told_when_it_was_known(office: Office, prover: Prover) -> None:
    """Altinn says after the post what was opened before: the letter went on paper, and the opening is confirmed."""
    office.register(USER)
    page = sorted_page(office, NORWEGIAN, letter(1, USER, documents=pdf(office, NORWEGIAN)))
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))
    opened_at = START + timedelta(hours=30)
    let_come(office, datetime(2026, 11, 20, 16, 50, tzinfo=UTC))
    office.report(page, Channel.PRINT, report(office, Event.PRINTED, n=1))
    let_pass(office, minutes=60)
    late = Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=to_text(opened_at))
    office.report(page, Channel.ALTINN, late)

    proof = prover.proven("nordby/b1/1")

    assert [status for status, _ in statuses(proof)][-3:] == ["delivered", "to_print", "printed"]
    assert [one["status"] for one in proof["confirmed"]] == ["delivered", "opened", "printed"]


def test_an_opening_that_is_told_late_is_told_with_when_it_was_noted(office: Office, prover: Prover) -> None:
    office.register(USER)
    page = sorted_page(office, NORWEGIAN, letter(1, USER, documents=pdf(office, NORWEGIAN)))
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))
    let_come(office, datetime(2026, 11, 20, 9, tzinfo=UTC))
    late = Report(event=Event.OPENED, n=0, rows="1", attempt=1, at=to_text(START + timedelta(hours=30)))
    office.report(page, Channel.ALTINN, late)

    *_, to_print, opened = prover.proven("nordby/b1/1")["statuses"]

    assert (to_print["status"], to_print["at"]) == ("to_print", "2026-11-20T02:00:00+01:00")
    assert (opened["status"], opened["at"]) == ("opened", "2026-11-19T16:00:00+01:00")
    assert opened["noted_at"] == "2026-11-20T10:00:00+01:00"
    _, said, _ = prover.verify(prover.folder / "letter.proof")
    assert "Posthuset noterte det fredag 20. november 2026 kl. 10.00." in " ".join(said.split())


def test_a_response_that_came_is_not_told_as_missing(office: Office, prover: Prover) -> None:
    office.register(USER)
    sent = letter(1, USER, documents=pdf(office, NORWEGIAN), respond_by=to_text(START + timedelta(hours=3)))
    page = sorted_page(office, NORWEGIAN, sent)
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))
    let_come(office, START + timedelta(hours=6))

    texts = " ".join(one["text"] for one in prover.proven("nordby/b1/1")["statuses"])

    assert "Svarfristen" not in texts


def test_of_an_hour_that_comes_twice_it_is_said_which(office: Office, prover: Prover) -> None:
    office.stack.clock.move_to(datetime(2027, 10, 31, 0, 20, tzinfo=UTC))
    office.register(USER)
    page = sorted_page(office, NORWEGIAN, letter(1, USER, documents=pdf(office, NORWEGIAN)))
    let_pass(office, minutes=60)
    office.report(page, Channel.ALTINN, report(office, Event.DELIVERED, n=1))

    _, said, _ = prover.verify(prover.prove("nordby/b1/1"))

    assert "kl. 02.20 (UTC+02:00): underveis" in said
    assert "kl. 02.20 (UTC+01:00): levert" in said


def test_the_address_is_told_where_the_letter_went_there(office: Office, prover: Prover) -> None:
    assert prover.proven(unopened_then_came_back(office))["address"] == [
        "Kari Eksempel",
        "Storgata 1",
        "0001 Nordby",
        "NO",
    ]


# --- other letters ---


def test_a_refused_row_is_proven_with_its_error(office: Office, prover: Prover) -> None:
    sorted_page(office, NORWEGIAN, letter(1, USER), refused(2))

    proof = prover.proven("nordby/b1/2")

    assert statuses(proof) == [("rejected", "TITLE_MISSING")]
    assert (proof["title"], proof["documents"], proof["confirmed"]) == ("", [], [])


def test_a_recall_from_an_unsorted_page_has_no_time(office: Office, prover: Prover) -> None:
    (page,) = office.commit(NORWEGIAN, [letter(1, USER, documents=pdf(office, NORWEGIAN))])
    assert office.batches.recall_unsorted(page, [1])
    office.sort([page])

    proof = prover.proven("nordby/b1/1")

    assert statuses(proof)[-1] == ("recalled", "RECALLED_BY_SENDER")
    assert proof["statuses"][-1]["at"] == ""
    _, said, _ = prover.verify(prover.folder / "letter.proof")
    assert "(tidspunktet er ikke lagret): trukket tilbake" in said


def test_no_file_is_written_over(office: Office, brevdue: Brevdue, prover: Prover) -> None:
    file = prover.prove(held_then_released(office))
    data = file.read_bytes()

    again = brevdue("proof", "havblik/b1/1", "--output", str(file))

    assert (again.exit_code, file.read_bytes()) == (1, data)
    assert file.stat().st_mode & 0o077 == 0
    assert "is there already" in again.stderr
    nowhere = brevdue("proof", "havblik/b1/1", "--output", str(prover.folder / "none" / "p"))
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (1, True)


def test_by_its_own_name_a_proof_lies_here(
    office: Office, brevdue: Brevdue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = held_then_released(office)
    monkeypatch.chdir(tmp_path)

    made = brevdue("proof", *named.split("/")[:2], "ref-1")

    assert made.exit_code == 0
    assert (tmp_path / "havblik-b1-1.proof").is_file()
    assert "next: brevdue proof-key > brevdue.pem; brevdue verify havblik-b1-1.proof --key brevdue.pem" in made.stdout


def test_a_proof_is_a_jws_that_any_library_reads(office: Office, prover: Prover) -> None:
    from joserfc import jws  # noqa: PLC0415 - see above
    from joserfc.jwk import ECKey  # noqa: PLC0415

    file = prover.prove(held_then_released(office))

    signed = jws.deserialize_compact(file.read_text().strip(), ECKey.import_key(prover.key.read_text()), ["ES256"])

    assert signed.headers()["typ"] == "brevdue-proof"
    assert json.loads(signed.payload or b"")["letter"] == "havblik/b1/1"


def test_nothing_but_the_key_is_needed_to_check(office: Office, prover: Prover) -> None:
    file = prover.prove(held_then_released(office))
    office.stack.on_call = _nobody_is_called
    try:
        assert prover.verify(file)[0] == 0
    finally:
        office.stack.on_call = None


def _nobody_is_called(*_: object) -> None:
    raise AssertionError("a check needs nobody")
