"""On its schedule: what is due is sent on. From the due queue: a page is looked after."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.records import handle_each
from cloud.table import Table
from fallback.service import Fallback
from fallback.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_sqs = clients.sqs()
_fallback = Fallback(
    batches=Batches(Table(clients.dynamodb(), _settings.batches_table)),
    due=Queue(_sqs, _settings.due_queue),
    pages=Queue(_sqs, _settings.pages_queue),
    receipts=Queue(_sqs, _settings.receipts_queue),
    notices=Queue(_sqs, _settings.notices_queue),
)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse | None":
    """Handle the schedule's tick, or the messages of the due queue."""
    if "Records" in event:
        return handle_each(event, context, lambda body: _fallback.handle(body, clock.now()))
    _fallback.send_due(clock.now())
    return None
