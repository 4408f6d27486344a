"""Handling the messages of an SQS event one by one, each failing alone."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from cloud.observability import logger, metrics

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

# A batch of one that fails is a failed message, not a failed function.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


def handle_each(
    event: Mapping[str, Any], context: LambdaContext, handle: Callable[[str], None]
) -> "PartialItemFailureResponse":
    """Call `handle` with the body of each message, and report those that raised.

    A message that raised is retried, and in the end lies in the dead-letter queue.
    """

    def handle_record(record: SQSRecord) -> None:
        try:
            handle(record.body)
        except Exception as error:
            # The type alone: an error's text may quote what a sender wrote.
            logger.error(
                "message failed",
                extra={
                    "message_id": record.message_id,
                    "receive_count": record.attributes.approximate_receive_count,
                    "error": type(error).__name__,
                },
            )
            raise

    answer = process_partial_response(
        event=dict(event), record_handler=handle_record, processor=_processor, context=context
    )
    # The invocation succeeds whatever its messages did, so these two say how they fared.
    failed = len(answer["batchItemFailures"])
    metrics.add_metric(name="MessagesHandled", unit=MetricUnit.Count, value=len(event["Records"]) - failed)
    metrics.add_metric(name="MessagesFailed", unit=MetricUnit.Count, value=failed)
    return answer
