"""Names of things: object keys of the bucket, and keys of the Batches and Recipients tables.

No key holds personal data, but for the recipients' own partition.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from zlib import crc32

from postal.channels import Channel

SENDER_ID: Final = re.compile(r"[a-z0-9-]{2,40}")
BATCH_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}")

_CHANNELS: Final = frozenset(channel.value for channel in Channel)

#: What a sender reads first.
SUMMARY_NAME: Final = "summary.json"
#: The whole receipt list, a line a letter, for programs.
LIST_NAME: Final = "receipts.jsonl"

MANIFEST_NAMES: Final = ("manifest.csv", "manifest.jsonl", "manifest.csv.gz", "manifest.jsonl.gz")


class UploadKind(StrEnum):
    """What an uploaded object is, by its key."""

    MANIFEST = "manifest"
    TRACKING = "tracking"
    REGISTER = "register"
    ENROLMENTS = "enrolments"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded object that ingest acts on.

    Attributes:
        owner: the sender of a manifest, an order file or an enrolment file, the channel of a
            tracking file; empty for a register file.
        batch: of a manifest or an order file; empty for the others.
        name: the last part of the key.
    """

    kind: UploadKind
    owner: str
    batch: str
    name: str


def parse_upload(key: str) -> Upload | None:
    """What a decoded object key is, if it has exactly the shape of something to act on.

    `inbox/{sender}/{batch}/manifest.csv` is a manifest;
    `inbox/{sender}/{batch}/documents/manifest.csv` is a document, so None.
    """
    match key.split("/"):
        case ["inbox", sender, batch, name] if (
            name in MANIFEST_NAMES and SENDER_ID.fullmatch(sender) and BATCH_ID.fullmatch(batch)
        ):
            return Upload(UploadKind.MANIFEST, sender, batch, name)
        case ["inbox", sender, batch, "orders", name] if (
            name.endswith(".csv")
            and SENDER_ID.fullmatch(sender)
            and BATCH_ID.fullmatch(batch)
            and _FILE_NAME.fullmatch(name)
        ):
            return Upload(UploadKind.ORDERS, sender, batch, name)
        case ["tracking", channel, name] if (
            channel in _CHANNELS and name.endswith(".jsonl") and _FILE_NAME.fullmatch(name)
        ):
            return Upload(UploadKind.TRACKING, channel, "", name)
        case ["register", name] if name.endswith((".csv", ".jsonl")) and _FILE_NAME.fullmatch(name):
            return Upload(UploadKind.REGISTER, "", "", name)
        case ["enrolments", sender, name] if (
            name.endswith(".csv") and SENDER_ID.fullmatch(sender) and _FILE_NAME.fullmatch(name)
        ):
            return Upload(UploadKind.ENROLMENTS, sender, "", name)
    return None


def inbox_prefix(sender: str, batch: str) -> str:
    """Where a sender uploads a batch."""
    return f"inbox/{sender}/{batch}/"


def documents_prefix(sender: str, batch: str) -> str:
    """Under which a batch's documents lie."""
    return f"{inbox_prefix(sender, batch)}documents/"


def row_file(sender: str, batch: str, manifest_version: str) -> str:
    """The canonical form of one version of a manifest."""
    return f"rows/{sender}/{batch}/{manifest_version}.jsonl"


def order_file(sender: str, batch: str, file: str) -> str:
    """The canonical form of one version of an order file, `file` as `order_file_id` names it."""
    return f"rows/{sender}/{batch}/orders/{file}.jsonl"


def order_file_id(name: str, version: str) -> str:
    """One version of an order file: a sender may upload another under the same name."""
    return f"{name}@{version}"


def receipts_prefix(sender: str, batch: str) -> str:
    """Under which everything lies that a sender gets back for a batch."""
    return f"receipts/{sender}/{batch}/"


def summary_file(sender: str, batch: str) -> str:
    """Where the state of a batch is told."""
    return f"{receipts_prefix(sender, batch)}{SUMMARY_NAME}"


def receipt_list(sender: str, batch: str) -> str:
    """Where a batch's receipt list lies."""
    return f"{receipts_prefix(sender, batch)}{LIST_NAME}"


def sender_copy(sender: str) -> str:
    """Where a sender finds its own settings; no batch has that name."""
    return f"receipts/{sender}/_sender.json"


def dispatch_name(sender: str, batch: str, page: int, n: int) -> str:
    """The name by which a provider reports on a whole consignment."""
    return f"{sender}/{batch}/{page:05d}-{n}"


def letter_dispatch_name(sender: str, batch: str, row: int, attempt: int) -> str:
    """The name of a letter that leaves alone."""
    return f"{sender}/{batch}/letter-{row:07d}-{attempt}"


def dispatch_file(channel: Channel, name: str) -> str:
    """Where a provider's connector collects a dispatch."""
    return f"outbox/{channel}/{name}.jsonl"


def tracking_errors(channel: Channel, name: str) -> str:
    """Where a connector reads which lines of its tracking file were refused."""
    return f"outbox/{channel}/_tracking/{name}.errors.jsonl"


def enrolment_receipt(sender: str, name: str) -> str:
    """Where a sender reads what became of its enrolment file."""
    return f"receipts/{sender}/_enrolments/{name}"


def register_errors(name: str) -> str:
    """Where the operator reads which lines of a register file were refused."""
    return f"register-errors/{name}.errors.jsonl"


def batch_pk(sender: str, batch: str) -> str:
    """The partition of a batch's own items."""
    return f"{sender}#{batch}"


def page_pk(sender: str, batch: str, page: int) -> str:
    """The partition of a page's items: its sorting, consignments and letters."""
    return f"{sender}#{batch}#{page}"


BATCH_SK: Final = "batch"
PAGE_SK: Final = "page"
PROFILE_SK: Final = "profile"
#: The shards of due entries: a partition takes a thousand writes a second, and is read in one order.
DUE_PKS: Final = tuple(f"due#{n}" for n in range(8))
JOBS_PK: Final = "jobs"
OUTAGES_PK: Final = "outages"
STUCK_PK: Final = "stuck"

#: The shards of a print job: an item holds 400 kB, some 3,000 names of consignments.
JOB_SHARDS: Final = 16

#: How the key of a page's due entry ends.
PAGE_DUE: Final = "#page"


def sorted_sk(set_number: int) -> str:
    """A set of sorted pages."""
    return f"sorted#{set_number}"


def consignment_sk(channel: Channel, n: int) -> str:
    """Letters of a page that leave together."""
    return f"consignment#{channel}#{n}"


def letter_sk(row: int) -> str:
    """A letter to which something happened alone."""
    return f"letter#{row:07d}"


def texts_pk(sender: str, batch: str, page: int) -> str:
    """The partition of the SMS that were sent of a page's letters; apart, so that reading a page stays cheap."""
    return f"{page_pk(sender, batch, page)}#texts"


def text_sk(row: int, of: str) -> str:
    """An SMS of a letter: that of a delivery, of an attempt or of a reminder."""
    return f"{row:07d}#{of}"


def orders_sk(file: str) -> str:
    """What became of the orders of a file: for a page, or in the batch's own partition for the batch."""
    return f"orders#{file}"


def held_sk(accepted_at: str, letter_id: str, attempt: int) -> str:
    """A held letter, under its recipient: in the order in which batches were accepted."""
    return f"held#{accepted_at}#{letter_id}#{attempt}"


def enrolment_sk(sender: str) -> str:
    """The evidence on which a sender enrolled a recipient, under the recipient."""
    return f"enrolment#{sender}"


def disclosed_sk(at: str, sender: str, letter_id: str) -> str:
    """What a sender learnt of a recipient by a letter, under the recipient."""
    return f"disclosed#{at}#{sender}#{letter_id}"


def due_pk(sk: str) -> str:
    """The shard of a due entry: by what it is about and not by when, so that putting it again meets it."""
    _, _, about = sk.partition("#")
    return DUE_PKS[_hash(about) % len(DUE_PKS)]


def page_due_sk(at: str, sender: str, batch: str, page: int) -> str:
    """A due entry of a page."""
    return f"{at}#{sender}#{batch}#{page}{PAGE_DUE}"


def notices_due_sk(at: str, sender: str, batch: str, page: int, of: str) -> str:
    """A due entry of notices that wait for their hours: those of a delivery of a consignment, or of a letter."""
    return f"{at}#{sender}#{batch}#{page}#notices-{of}"


def receipts_due_sk(at: str, sender: str, batch: str) -> str:
    """A due entry of a batch: a receipt run."""
    return f"{at}#{sender}#{batch}#receipts"


def manifest_due_sk(at: str, sender: str, batch: str, version: str) -> str:
    """A due entry of a manifest that waits for its documents."""
    return f"{at}#{sender}#{batch}#manifest-{version}"


def job_due_sk(at: str, printer: str, cut_off: str) -> str:
    """A due entry that closes a print job."""
    return f"{at}#{printer}#{cut_off}#job"


def job_sk(printer: str, cut_off: str) -> str:
    """A print job: what leaves with one printer at one cut-off."""
    return f"{printer}#{cut_off}"


def job_shard_sk(printer: str, cut_off: str, n: int) -> str:
    """A shard of a print job, counted from 0."""
    return f"{job_sk(printer, cut_off)}#{n:02d}"


def job_shard(consignment: str) -> int:
    """The number of the shard of a print job that a consignment joins."""
    return _hash(consignment) % JOB_SHARDS


def outage_sk(channel: Channel, begin: str) -> str:
    """A time in which a channel was down."""
    return f"{channel}#{begin}"


def stuck_sk(sender: str, batch: str, page: int) -> str:
    """Letters of a page that have stood longer than they ever should."""
    return f"{sender}#{batch}#{page}"


def print_folder(printer: str, cut_off: datetime) -> str:
    """Where a printer finds the print job of a cut-off, which is named in UTC."""
    return f"print/{printer}/{cut_off.astimezone(UTC):%Y%m%dT%H%M%SZ}/"


def print_part(printer: str, cut_off: datetime, consignment: str) -> str:
    """A part of a print job: the letters of one consignment, by the name on which the printer reports."""
    return f"{print_folder(printer, cut_off)}parts/{consignment}.jsonl"


def _hash(text: str) -> int:
    """The same on every machine and in every process."""
    return crc32(text.encode())
