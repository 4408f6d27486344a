"""Letters were delivered; their recipients are told."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.recipients import Recipients
from cloud.records import Records
from cloud.table import Table
from notification.notifier import Notifier
from notification.service import Notification
from notification.settings import Settings

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_dynamodb, _sqs = clients.dynamodb(), clients.sqs()
_notification = Notification(
    bucket=Bucket(clients.s3(), _settings.bucket),
    batches=Batches(Table(_dynamodb, _settings.batches_table)),
    recipients=Recipients(Table(_dynamodb, _settings.recipients_table)),
    notices=Queue(_sqs, _settings.notices_queue),
    notifier=Notifier(
        ses=clients.sesv2(),
        sns=clients.sns(),
        email_from=_settings.email_from,
        sms_sender_id=_settings.sms_sender_id,
    ),
)
_records = Records(_sqs)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the notices queue."""
    return _records.handle_each(event, context, lambda body, _time_left: _notification.handle(body, clock.now()))
