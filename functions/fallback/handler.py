"""On its schedule: what is due is sent on. From the due queue: a page is looked after."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.outages import Outages
from cloud.print_jobs import PrintJobs
from cloud.queues import Queue
from cloud.recipients import Recipients
from cloud.records import Records
from cloud.stuck import StuckPages
from cloud.table import Table
from cloud.time_left import TimeLeft
from fallback.closing import Closing
from fallback.printing import Printing
from fallback.service import Fallback
from fallback.settings import Settings
from fallback.sweeps import Sweeps

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_dynamodb, _sqs, _bucket = clients.dynamodb(), clients.sqs(), Bucket(clients.s3(), _settings.bucket)
_table = Table(_dynamodb, _settings.batches_table)
_batches, _jobs, _stuck, _records = Batches(_table), PrintJobs(_table), StuckPages(_table), Records(_sqs)
_pages, _notices = Queue(_sqs, _settings.pages_queue), Queue(_sqs, _settings.notices_queue)
_recipients = Recipients(Table(_dynamodb, _settings.recipients_table))
_printing = Printing(bucket=_bucket, batches=_batches, recipients=_recipients, jobs=_jobs, pages=_pages)
_sweeps = Sweeps(
    bucket=_bucket,
    batches=_batches,
    outages=Outages(_table),
    stuck=_stuck,
    printing=_printing,
    pages=_pages,
    notices=_notices,
)
_fallback = Fallback(
    batches=_batches,
    sweeps=_sweeps,
    closing=Closing(bucket=_bucket, batches=_batches, jobs=_jobs),
    stuck=_stuck,
    due=Queue(_sqs, _settings.due_queue),
    receipts=Queue(_sqs, _settings.receipts_queue),
    notices=_notices,
    uploads=Queue(_sqs, _settings.uploads_queue),
)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse | None":
    """Handle the schedule's tick, or the messages of the due queue."""
    if "Records" in event:
        return _records.handle_each(event, context, lambda body, left: _fallback.handle(body, clock.now(), left))
    _fallback.tick(clock.now(), TimeLeft(context.get_remaining_time_in_millis))
    return None
