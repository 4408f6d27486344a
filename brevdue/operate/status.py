"""How a post office is doing: queues, dead letters, stuck letters, what is due next, open print jobs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError
from msgspec import Struct

from brevdue.remote import QueuePair, Remote
from cloud.due_entries import DueEntry
from cloud.print_jobs import JobState, PrintJobs
from cloud.stuck import StuckPage, StuckPages
from cloud.table import from_attributes, to_attributes
from postal import keys
from postal.batches import BatchState
from postal.status import Status

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeNameType

_FEW_DUE: Final = 5
_THREADS: Final = 8
#: The summaries of a sender that are read, those written last, and the open batches among them that are shown.
_MOST_SUMMARIES: Final = 30
_MOST_BATCHES: Final = 10
_ENDED: Final = frozenset({BatchState.SETTLED, BatchState.CANCELLED, BatchState.REFUSED})

_COUNTS: Final[tuple["QueueAttributeNameType", ...]] = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
)
#: CloudWatch hears of a queue once a minute, and a little late.
_METRIC_PERIOD_S: Final = 60
_METRIC_LOOK_BACK: Final = timedelta(minutes=10)


class QueueState(Struct, frozen=True, kw_only=True):
    """A queue, in messages.

    Attributes:
        delayed: those that are not to be received yet.
        in_flight: those that a function has received, and not finished.
        oldest_seconds: how long the oldest has waited; None where CloudWatch does not tell.
        dead: those that failed too often.
    """

    queue: str
    waiting: int
    delayed: int
    in_flight: int
    oldest_seconds: int | None
    dead: int


class StuckLetters(Struct, frozen=True, kw_only=True):
    """Letters of a batch that have stood in one status for longer than they ever should, for one reason.

    Attributes:
        status, letters: None and 0 where nobody could look at the pages.
    """

    sender: str
    batch: str
    status: Status | None
    letters: int
    pages: int
    since: datetime
    why: str


class NextDue(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that falls due.

    Attributes:
        kind: `page`, `notices`, `receipts`, `print job`, or `manifest` for one that waits for its documents.
    """

    at: datetime
    kind: str
    sender: str = ""
    batch: str = ""
    page: int | None = None
    printer: str = ""


class OpenJob(Struct, frozen=True, kw_only=True):
    """A print job that is not the printer's yet.

    Attributes:
        in_hand: consignments that have joined it and whose parts are not written yet.
    """

    printer: str
    cut_off: datetime
    state: JobState
    in_hand: int


class OpenBatch(Struct, frozen=True, kw_only=True):
    """As much of a batch's `summary.json` as an operator asks for."""

    batch: str
    state: BatchState
    rows: int = 0
    refused_rows: int = 0
    accepted_at: str = ""
    statuses: Mapping[str, int] = {}


class Report(Struct, frozen=True, kw_only=True):
    """How a post office is doing.

    Attributes:
        at: when it was asked.
        alarms_go_to: the address that is told of alarms; empty where nobody is.
        due: the first few.
        batches: of the sender that was asked for; None where none was.
    """

    stack: str
    region: str
    at: datetime
    alarms_go_to: str
    queues: list[QueueState]
    stuck: list[StuckLetters]
    due: list[NextDue]
    print_jobs: list[OpenJob]
    batches: list[OpenBatch] | None = None

    @property
    def dead(self) -> int:
        """Messages that failed too often, of all queues."""
        return sum(queue.dead for queue in self.queues)

    @property
    def is_well(self) -> bool:
        """Whether nobody has to do anything."""
        return not self.dead and not self.stuck


def read(office: Remote, now: datetime, sender: str = "") -> Report:
    """Ask a post office how it is doing; the open batches only of a sender."""
    return Report(
        stack=office.stack,
        region=office.region,
        at=now,
        alarms_go_to=office.alarms_go_to,
        queues=_queues(office, now),
        stuck=stuck_letters(StuckPages(office.batches).all()),
        due=list(_due(office)),
        print_jobs=list(_print_jobs(office)),
        batches=list(_open_batches(office, sender)) if sender else None,
    )


def stuck_letters(found: Iterator[StuckPage]) -> list[StuckLetters]:
    """Stuck letters, batch by batch: of a batch that is stuck as a whole, one line and not one a page."""
    groups: dict[tuple[str, str, Status | None, str], list[tuple[int, datetime]]] = defaultdict(list)
    for page in found:
        for stuck in page.stuck:
            groups[page.sender, page.batch, stuck.status, stuck.why].append((stuck.letters, stuck.since))
    return [
        StuckLetters(
            sender=sender,
            batch=batch,
            status=status,
            letters=sum(letters for letters, _ in pages),
            pages=len(pages),
            since=min(since for _, since in pages),
            why=why,
        )
        for (sender, batch, status, why), pages in groups.items()
    ]


def _queues(office: Remote, now: datetime) -> list[QueueState]:
    pairs = office.queues
    urls = [url for pair in pairs for url in (pair.url, pair.dead_letters)]
    sqs = office.sqs
    with ThreadPoolExecutor(_THREADS) as threads:
        counts = dict(zip(urls, threads.map(lambda url: counts_of(sqs, url), urls), strict=True))
    oldest = _oldest(office, [pair for pair in pairs if counts[pair.url][0]], now)
    states = []
    for pair in pairs:
        waiting, delayed, in_flight = counts[pair.url]
        states.append(
            QueueState(
                queue=pair.name,
                waiting=waiting,
                delayed=delayed,
                in_flight=in_flight,
                oldest_seconds=oldest.get(pair.name),
                dead=sum(counts[pair.dead_letters]),
            )
        )
    return states


def counts_of(sqs: "SQSClient", url: str) -> tuple[int, int, int]:
    """A queue's messages: waiting, delayed, in flight."""
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS)["Attributes"]
    waiting, delayed, in_flight = (int(attributes[name]) for name in _COUNTS)
    return waiting, delayed, in_flight


def _oldest(office: Remote, pairs: list[QueuePair], now: datetime) -> dict[str, int]:
    """How long the oldest message of each queue has waited, in seconds, where CloudWatch tells: SQS does not."""
    if not pairs:
        return {}
    try:
        answer: dict[str, Any] = office.client("cloudwatch").get_metric_data(
            MetricDataQueries=[_oldest_query(f"q{n}", pair) for n, pair in enumerate(pairs)],
            StartTime=now - _METRIC_LOOK_BACK,
            EndTime=now + timedelta(seconds=1),
            ScanBy="TimestampDescending",
        )
    except (BotoCoreError, ClientError):
        # It is the only thing here that asks CloudWatch; who may not is told everything else.
        return {}
    newest = {result["Id"]: result["Values"][0] for result in answer["MetricDataResults"] if result["Values"]}
    return {pair.name: int(newest[f"q{n}"]) for n, pair in enumerate(pairs) if f"q{n}" in newest}


def _oldest_query(id_: str, pair: QueuePair) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SQS",
                "MetricName": "ApproximateAgeOfOldestMessage",
                "Dimensions": [{"Name": "QueueName", "Value": pair.url.rpartition("/")[2]}],
            },
            "Period": _METRIC_PERIOD_S,
            "Stat": "Maximum",
        },
    }


def _due(office: Remote) -> Iterator[NextDue]:
    """What falls due next: a Query a shard, of a few entries and no more."""
    first: list[DueEntry] = []
    for pk in keys.DUE_PKS:
        answer = office.dynamodb.query(
            TableName=office.batches_table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues=to_attributes({":pk": pk}),
            Limit=_FEW_DUE,
        )
        first += (msgspec.convert(from_attributes(attributes), DueEntry) for attributes in answer["Items"])
    first.sort(key=attrgetter("sk"))
    yield from map(_next_due, first[:_FEW_DUE])


def _next_due(entry: DueEntry) -> NextDue:
    at = entry.at
    if entry.page is not None:
        page = entry.page
        return NextDue(at=at, kind="page", sender=page.sender, batch=page.batch, page=page.number)
    if entry.cut_off is not None:
        return NextDue(at=at, kind="print job", printer=entry.printer)
    kind = "notices" if entry.notices is not None else "manifest" if entry.manifest is not None else "receipts"
    return NextDue(at=at, kind=kind, sender=entry.sender, batch=entry.batch)


def _print_jobs(office: Remote) -> Iterator[OpenJob]:
    for job in PrintJobs(office.batches).all():
        if job.state is not JobState.CLOSED:
            yield OpenJob(printer=job.printer, cut_off=job.cut_off, state=job.state, in_hand=len(job.in_hand))


def _open_batches(office: Remote, sender: str) -> Iterator[OpenBatch]:
    """The open batches of a sender, those first whose summary was written last.

    The bucket knows them: no table lists batches, and none is scanned.
    """
    written: list[tuple[datetime, str, str]] = []
    prefix = keys.receipts_prefix(sender, "").removesuffix("/")
    for answer in office.s3.get_paginator("list_objects_v2").paginate(Bucket=office.bucket, Prefix=prefix):
        for found in answer.get("Contents", ()):
            batch, _, name = found["Key"].removeprefix(prefix).partition("/")
            if name == keys.SUMMARY_NAME and keys.BATCH_ID.fullmatch(batch):
                written.append((found["LastModified"], batch, found["Key"]))
    shown = 0
    for _, batch, key in sorted(written, reverse=True)[:_MOST_SUMMARIES]:
        data = office.s3.get_object(Bucket=office.bucket, Key=key)["Body"].read()
        summary = msgspec.json.decode(data, type=OpenBatch)
        if summary.state not in _ENDED:
            yield msgspec.structs.replace(summary, batch=batch)
            shown += 1
        if shown == _MOST_BATCHES:
            return
