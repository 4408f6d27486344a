"""Handling the messages of an SQS event one by one, each failing alone, and coming again when its error lets it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import BotoCoreError, ClientError

from cloud.errors import PassingError, wait_after
from cloud.observability import logger, metrics
from cloud.time_left import TimeLeft

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from mypy_boto3_sqs import SQSClient

#: SQS hides a message for twelve hours from when it was received, and no longer.
_LONGEST_WAIT: Final = timedelta(hours=11)

# A batch of one that fails is a failed message, not a failed function.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


class Records:
    """The messages that Lambda hands to a function."""

    def __init__(self, client: "SQSClient") -> None:
        self._client = client

    def handle_each(
        self, event: Mapping[str, Any], context: LambdaContext, handle: Callable[[str, TimeLeft], None]
    ) -> "PartialItemFailureResponse":
        """Call `handle` with the body of each message and the time left, and report those that raised.

        A message that raised comes again as soon as `cloud.errors` says, and in the end lies in the
        dead-letter queue. One for which no time is left comes again at once.
        """
        time_left = TimeLeft(context.get_remaining_time_in_millis)

        def handle_record(record: SQSRecord) -> None:
            try:
                time_left.check()
                handle(record.body, time_left)
            except Exception as error:
                tries = int(record.attributes.approximate_receive_count or "1")
                wait = min(wait_after(error, tries), _LONGEST_WAIT)
                tell = logger.warning if isinstance(error, PassingError) else logger.error
                # The type alone: an error's text may quote what a sender wrote.
                tell(
                    "message failed",
                    extra={
                        "message_id": record.message_id,
                        "receive_count": tries,
                        "error": type(error).__name__,
                        "again_in_seconds": int(wait.total_seconds()),
                    },
                )
                self._come_again(record, wait)
                raise

        answer = process_partial_response(
            event=dict(event), record_handler=handle_record, processor=_processor, context=context
        )
        # The invocation succeeds whatever its messages did, so these two say how they fared.
        failed = len(answer["batchItemFailures"])
        metrics.add_metric(name="MessagesHandled", unit=MetricUnit.Count, value=len(event["Records"]) - failed)
        metrics.add_metric(name="MessagesFailed", unit=MetricUnit.Count, value=failed)
        return answer

    def _come_again(self, record: SQSRecord, wait: timedelta) -> None:
        """Have a message that failed come again after a wait; where that fails too, after its queue's time-out."""
        try:
            self._client.change_message_visibility(
                QueueUrl=_queue_url(record.event_source_arn),
                ReceiptHandle=record.receipt_handle,
                VisibilityTimeout=int(wait.total_seconds()),
            )
        except (ClientError, BotoCoreError) as error:
            logger.warning("a failed message waits for its queue's time-out", extra={"error": type(error).__name__})


def _queue_url(arn: str) -> str:
    """The URL of the queue with this ARN (Amazon SQS Developer Guide, "Queue and message identifiers")."""
    _, _, _, region, account, name = arn.split(":")
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"
