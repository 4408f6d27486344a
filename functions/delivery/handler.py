"""Consignments come in; each is handed to its mailbox."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.records import Records
from cloud.table import Table
from delivery.channels.spool import Spool
from delivery.service import Delivery
from delivery.settings import Settings
from postal.channels import MAILBOXES

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_bucket = Bucket(clients.s3(), _settings.bucket)
_delivery = Delivery(
    bucket=_bucket,
    batches=Batches(Table(clients.dynamodb(), _settings.batches_table)),
    channels=dict.fromkeys(MAILBOXES, Spool(_bucket)),
)
_records = Records(clients.sqs())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the mailboxes' queues."""
    return _records.handle_each(event, context, lambda body, _time_left: _delivery.handle(body, clock.now()))
