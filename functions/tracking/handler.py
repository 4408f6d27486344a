"""Channels say what became of letters; it is recorded, and what follows from it is set going."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.records import Records
from cloud.table import Table
from tracking.service import TrackingDesk
from tracking.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_sqs = clients.sqs()
_tracking = TrackingDesk(
    batches=Batches(Table(clients.dynamodb(), _settings.batches_table)),
    notices=Queue(_sqs, _settings.notices_queue),
    pages=Queue(_sqs, _settings.pages_queue),
)
_records = Records(_sqs)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the tracking queue."""
    return _records.handle_each(event, context, lambda body, time_left: _tracking.handle(body, clock.now(), time_left))
