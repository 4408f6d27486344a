"""Pages come in; each letter's way is decided and written down."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.outages import Outages
from cloud.queues import Queue
from cloud.recipients import Recipients
from cloud.records import Records
from cloud.table import Table
from postal.channels import Channel
from routing.after_steps import AfterSteps
from routing.orders import Orders
from routing.service import Routing
from routing.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_dynamodb, _sqs = clients.dynamodb(), clients.sqs()
_table = Table(_dynamodb, _settings.batches_table)
_batches = Batches(_table)
_recipients = Recipients(Table(_dynamodb, _settings.recipients_table))
_after_steps = AfterSteps(
    batches=_batches,
    recipients=_recipients,
    mailboxes={
        Channel.ALTINN: Queue(_sqs, _settings.altinn_queue),
        Channel.DIGIPOST: Queue(_sqs, _settings.digipost_queue),
        Channel.EBOKS: Queue(_sqs, _settings.eboks_queue),
        Channel.DIGITAL_POST: Queue(_sqs, _settings.digital_post_queue),
    },
    register=Queue(_sqs, _settings.register_queue),
)
_routing = Routing(
    bucket=Bucket(clients.s3(), _settings.bucket),
    batches=_batches,
    recipients=_recipients,
    after_steps=_after_steps,
    orders=Orders(batches=_batches, recipients=_recipients),
    outages=Outages(_table),
    receipts=Queue(_sqs, _settings.receipts_queue),
)
_records = Records(_sqs)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the pages queue."""
    return _records.handle_each(event, context, lambda body, time_left: _routing.handle(body, clock.now(), time_left))
