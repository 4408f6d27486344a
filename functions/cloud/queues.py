"""Sending to SQS."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from cloud.chunks import chunks
from cloud.errors import BusyError
from postal import messages
from postal.messages import Message

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_MOST_MESSAGES: Final = 10
_MOST_TRIES: Final = 4


class SendError(BusyError):
    """SQS refused messages to the last try. Sending all again is safe."""


class Queue:
    """A standard queue, shared fairly between senders by their message group."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Message, *, group: str) -> None:
        """Send one message, of which the group is the sender's id."""
        self.send_all([message], group=group)

    def send_all(self, to_send: Iterable[Message], *, group: str) -> None:
        """Send messages, ten a request.

        Raises:
            SendError: SQS refused some of them to the last try.
        """
        for chunk in chunks(to_send, _MOST_MESSAGES):
            entries: list[SendMessageBatchRequestEntryTypeDef] = [
                {"Id": str(n), "MessageBody": messages.encode(message), "MessageGroupId": group}
                for n, message in enumerate(chunk)
            ]
            self._send(entries)

    def _send(self, entries: "list[SendMessageBatchRequestEntryTypeDef]") -> None:
        for _ in range(_MOST_TRIES):
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            failed = {failure["Id"]: failure["Code"] for failure in answer.get("Failed", ())}
            if not failed:
                return
            entries = [entry for entry in entries if entry["Id"] in failed]
        raise SendError(f"{len(entries)} messages refused: {', '.join(sorted(set(failed.values())))}")
