"""Uploads come in; each manifest is checked, committed and cut into pages, each other file read and sent on."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud import clients, clock, environment
from cloud.batches import Batches
from cloud.bucket import Bucket
from cloud.observability import logger, metrics
from cloud.queues import Queue
from cloud.records import Records
from cloud.senders import Senders
from cloud.table import Table
from ingest.enrolment_files import EnrolmentFiles
from ingest.manifests import Manifests
from ingest.order_files import OrderFiles
from ingest.register_files import RegisterFiles
from ingest.service import Ingest
from ingest.settings import Settings
from ingest.tracking_files import TrackingFiles

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

_settings = environment.read(Settings)
_dynamodb, _sqs, _bucket = clients.dynamodb(), clients.sqs(), Bucket(clients.s3(), _settings.bucket)
_senders = Senders(Table(_dynamodb, _settings.senders_table))
_batches = Batches(Table(_dynamodb, _settings.batches_table))
_pages, _register = Queue(_sqs, _settings.pages_queue), Queue(_sqs, _settings.register_queue)
_manifests = Manifests(
    bucket=_bucket,
    senders=_senders,
    batches=_batches,
    pages=_pages,
)
_ingest = Ingest(
    bucket=_bucket,
    batches=_batches,
    manifests=_manifests,
    order_files=OrderFiles(bucket=_bucket, senders=_senders, batches=_batches, manifests=_manifests, pages=_pages),
    tracking_files=TrackingFiles(_bucket, Queue(_sqs, _settings.tracking_queue)),
    register_files=RegisterFiles(_bucket, _register),
    enrolment_files=EnrolmentFiles(bucket=_bucket, senders=_senders, register=_register),
)
_records = Records(_sqs)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def lambda_handler(event: Mapping[str, Any], context: LambdaContext) -> "PartialItemFailureResponse":
    """Handle the messages of the uploads queue."""
    return _records.handle_each(event, context, lambda body, time_left: _ingest.handle(body, clock.now(), time_left))
