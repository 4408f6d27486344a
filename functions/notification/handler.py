"""Letters were delivered; their recipients are told. What is heard of that later is taken too."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.recipients import Recipients
from cloud.records import Records
from cloud.table import Table
from notification.feedback import Feedback
from notification.notifier import Notifier
from notification.service import Notification
from notification.settings import Settings
from notification.telling import Teller
from notification.unreached import Unreached

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_dynamodb = clients.dynamodb()
_bucket = Bucket(clients.s3(), _settings.bucket)
_batches = Batches(Table(_dynamodb, _settings.batches_table))
_recipients = Recipients(Table(_dynamodb, _settings.recipients_table))
_unreached = Unreached(batches=_batches)
_notifier = Notifier(
    ses=clients.sesv2(),
    sms=clients.sms(),
    email_from=_settings.email_from,
    email_configuration_set=_settings.email_configuration_set,
    sms_sender_id=_settings.sms_sender_id,
    sms_configuration_set=_settings.sms_configuration_set,
    installation=_settings.installation,
)
_notification = Notification(
    bucket=_bucket,
    batches=_batches,
    teller=Teller(batches=_batches, recipients=_recipients, notifier=_notifier, unreached=_unreached),
    feedback=Feedback(bucket=_bucket, batches=_batches, recipients=_recipients, unreached=_unreached),
)
_records = Records(clients.sqs())


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the notices queue, and the events of notices."""
    return _records.handle_each(event, context, lambda body, left: _notification.handle(body, clock.now(), left))
