"""The sample is the same for the same seed, and as believable as it says."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from brevdue.sample.letters import Fault
from brevdue.sample.sample import Sample
from ingest.errors import Code
from postal import register
from postal.keys import UploadKind, parse_upload
from postal.recipients import FRESH_FOR, Recipient

NOW = datetime(2026, 11, 18, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample(2_100, 1, NOW)


def _files(sample: Sample) -> dict[str, bytes]:
    return {f"{batch.prefix}{path}": data for batch in sample.batches for path, data in batch.files()}


def _recipients(sample: Sample) -> list[Recipient]:
    return [recipient for recipient, _ in sample.profiles()]


def test_the_same_seed_makes_the_same(sample: Sample) -> None:
    again, other = Sample(2_100, 1, NOW), Sample(2_100, 2, NOW)

    assert _files(again) == _files(sample)
    assert list(again.profiles()) == list(sample.profiles())
    assert _files(other).keys() == _files(sample).keys()
    assert other.batches[0].manifest() != sample.batches[0].manifest()


def test_a_larger_sample_begins_like_a_smaller_one(sample: Sample) -> None:
    for smaller, larger in zip(Sample(1_050, 1, NOW).batches, sample.batches, strict=True):
        lines = smaller.manifest().splitlines()
        assert larger.manifest().splitlines()[: len(lines)] == lines


@pytest.mark.parametrize("rows", [3, 4, 61, 1_000])
def test_a_sample_has_the_rows_that_were_asked_for(rows: int) -> None:
    csv, jsonl, other_csv = Sample(rows, 1, NOW).batches

    assert len(csv.manifest().splitlines()) - 1 == csv.count
    assert len(jsonl.manifest().splitlines()) == jsonl.count
    assert len(other_csv.manifest().splitlines()) - 1 == other_csv.count
    assert csv.count + jsonl.count + other_csv.count == rows
    assert min(csv.count, jsonl.count, other_csv.count) >= 1


def test_less_than_a_letter_each_is_none() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        Sample(2, 1, NOW)


def test_manifests_are_in_the_dialects_of_their_senders(sample: Sample) -> None:
    norwegian, danish, danish_public = sample.batches
    csv = norwegian.manifest()

    assert "Målform".encode("cp1252") in csv.splitlines()[0]
    assert {line.count(b";") for line in csv.splitlines()} == {10}
    assert csv.count(b"\r\n") == csv.count(b"\n")
    with pytest.raises(UnicodeDecodeError):
        csv.decode()
    other = danish_public.manifest()
    assert other.startswith(b"\xef\xbb\xbfReference;Modtager;")
    assert "Forsendelsesmåde" in other.decode().splitlines()[0]
    assert {line.count(";") for line in other.decode().splitlines()} == {9}
    for batch in sample.batches:
        upload = parse_upload(f"{batch.prefix}{batch.manifest_name}")
        assert upload is not None
        assert upload.kind is UploadKind.MANIFEST
    assert all(isinstance(json.loads(line)["dokument"], list) for line in danish.manifest().splitlines())


def test_every_mistake_of_a_sender_is_in_a_batch_of_seven_hundred(sample: Sample) -> None:
    found = [batch.faults() for batch in sample.batches]

    assert found[0].keys() | found[1].keys() | found[2].keys() == set(Fault)
    for batch, faults in zip(sample.batches, found, strict=True):
        assert 0.01 < faults.total() / batch.count < 0.02


def test_mistakes_are_codes_of_check_in() -> None:
    assert {fault.value for fault in Fault} <= {code.value for code in Code}


def test_documents_are_there_but_for_the_forgotten_ones(sample: Sample) -> None:
    for batch in sample.batches:
        paths = [path for path, _ in batch.files()]
        forgotten = {row.documents[0] for row in batch.letters() if row.fault is Fault.DOCUMENT_FORGOTTEN}
        named = {path for row in batch.letters() for path in row.documents}

        assert len(paths) == len(set(paths)) == batch.file_count()
        assert paths[-1] == batch.manifest_name
        assert {f"documents/{path}" for path in named - forgotten} == set(paths[:-1])
        assert forgotten


def test_letters_of_a_mass_mailing_share_documents() -> None:
    sample = Sample(600, 1, NOW, own_documents=10)

    assert all(batch.file_count() < 30 for batch in sample.batches)


def test_documents_are_valid_pdfs_of_a4_with_the_letters_own_text(sample: Sample) -> None:
    batch = sample.batches[0]
    row = next(batch.letters())
    files = dict(batch.files())
    pdf = files[f"documents/{row.documents[0]}"]

    assert row.title.encode("latin-1") in pdf
    assert row.who.name.encode("latin-1") in pdf
    for path, data in files.items():
        if path.endswith(".pdf"):
            _check_pdf(data)


def _check_pdf(data: bytes) -> None:
    """What a strict reader looks at: the header, the offsets of all objects, the length of streams, the end."""
    assert data.startswith(b"%PDF-1.")
    assert data.endswith(b"%%EOF\n")
    assert b"/MediaBox [0 0 595.28 841.89]" in data
    assert b"@@" not in data
    table = int(data[data.rindex(b"startxref") :].split()[1])
    assert data[table:].startswith(b"xref\n")
    offsets = [int(line[:10]) for line in data[table:].splitlines() if line.endswith(b" n ")]
    assert len(offsets) >= 7
    for number, offset in enumerate(offsets, 1):
        assert data[offset:].startswith(b"%d 0 obj" % number)
    for match in re.finditer(rb"/Length (\d+)\n>>\nstream\n", data):
        assert data[match.end() + int(match[1]) :].startswith(b"\nendstream")


def test_documents_have_ids_of_their_own(sample: Sample) -> None:
    ids = [
        re.findall(rb"/ID \[<(\w{32})><\1>\]", data)
        for path, data in sample.batches[0].files()
        if path.endswith(".pdf")
    ]

    assert all(len(found) == 1 for found in ids)
    assert len({found[0] for found in ids}) == len(ids)


def test_the_register_is_a_believable_mix(sample: Sample) -> None:
    recipients = _recipients(sample)
    persons = [one for one in recipients if one.id.startswith("no-fnr")]
    ids = [{row.who.id for row in batch.letters()} for batch in sample.batches]
    danes = [one for one in recipients if one.id in ids[1]]
    residents = [one for one in recipients if one.id in ids[2]]
    chosen = Counter(one.chosen for one in persons)

    assert len({one.id for one in recipients}) == len(recipients)
    assert not ids[1] & ids[2]
    assert 0.28 < chosen["digipost"] / len(persons) < 0.44  # type: ignore[index] # a StrEnum is its value
    assert 0.10 < chosen["eboks"] / len(persons) < 0.22  # type: ignore[index] # a StrEnum is its value
    assert 0.02 < sum(one.opted_out for one in persons) / len(persons) < 0.09
    assert 0 < sum(one.closed for one in persons) < 20
    # The register does not know them all.
    assert 0.6 < sum("eboks" in one.mailboxes for one in danes) / sample.batches[1].count < 0.82
    assert any(one.declined for one in danes)
    assert 0.75 < sum("digital_post" in one.mailboxes for one in residents) / len(residents) < 0.95
    assert 0.03 < sum(one.exempt for one in residents) / len(residents) < 0.13
    assert 0 < sum(one.closed for one in residents) < 30
    companies = [one for one in residents if one.id.startswith("dk-cvr")]
    assert 0.05 < len(companies) / len(residents) < 0.12
    assert not any(one.exempt for one in companies)
    assert not any(one.opted_out or one.chosen for one in recipients if one.id.startswith("no-orgnr"))


def test_what_the_register_hears_later_adds_to_what_it_knows(sample: Sample) -> None:
    for recipient, facts in sample.profiles():
        news = register.ContactChanged(recipient=recipient.id, occurred_at=NOW, language="en")
        after = register.profile(recipient.id, register.apply(facts, news))

        assert msgspec.structs.replace(after, language=recipient.language) == recipient
        assert all(fact.at < NOW for fact in facts.values())


def test_some_contact_data_are_stale_and_some_absent(sample: Sample) -> None:
    contacts = [one.contact for one in _recipients(sample)]
    mobiles = [contact.mobile_verified_at for contact in contacts if contact.mobile_verified_at]

    assert any(not contact.mobile and not contact.email for contact in contacts)
    assert 0.03 < sum(NOW - at > FRESH_FOR for at in mobiles) / len(mobiles) < 0.14
    assert all(timedelta() <= NOW - at for at in mobiles)


def test_some_recipients_get_two_letters_and_most_one(sample: Sample) -> None:
    for batch in sample.batches:
        letters = Counter(row.who.id for row in batch.letters())
        assert set(letters.values()) == {1, 2}
        assert all(
            first.who.id != second.who.id or second.number % 33 == 0 for first, second in pairwise(batch.letters())
        )


def test_a_batch_lies_on_disk_as_in_the_bucket(tmp_path: Path) -> None:
    batch = Sample(40, 1, NOW).batches[1]
    files = 0

    def done() -> None:
        nonlocal files
        files += 1

    root = batch.write(tmp_path, done)

    assert files == batch.file_count()
    assert root == tmp_path / "inbox" / "havblik-forsikring" / "fornyelse-2027"
    assert (root / "manifest.jsonl").read_bytes() == batch.manifest()
    assert len(list(root.glob("documents/**/*.pdf"))) == files - 1
