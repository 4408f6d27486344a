"""A batch comes in by name; its receipt lists go out."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.records import Records
from cloud.table import Table
from receipts.service import Receipts
from receipts.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_receipts = Receipts(
    bucket=Bucket(clients.s3(), _settings.bucket),
    batches=Batches(Table(clients.dynamodb(), _settings.batches_table)),
)
_records = Records(clients.sqs())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the receipts queue."""
    return _records.handle_each(event, context, lambda body, time_left: _receipts.handle(body, clock.now(), time_left))
