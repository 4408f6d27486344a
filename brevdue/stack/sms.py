"""A double of AWS End User Messaging SMS, which moto does not have: SendTextMessage, and what became of each.

Numbers of AWS's simulator meet the fate that they stand for (AWS End User Messaging SMS User
Guide, "Simulator phone numbers"). A request is checked as the service checks it; events look as
EventBridge brings them ("Monitoring with EventBridge").
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import botocore.session
from botocore.exceptions import ReadTimeoutError
from botocore.validate import ParamValidator
from moto.core.utils import utcnow

from brevdue.stack.bus import BUS

#: How the operations of this service begin in the header that names them.
SMS_TARGET: Final = "PinpointSMSVoiceV2."
_TARGET_HEADER: Final = "X-Amz-Target"
_SERVICE: Final = "pinpoint-sms-voice-v2"
_HOST: Final = re.compile(r"https://sms-voice\.([a-z0-9-]+)\.amazonaws\.com/")
_SIMULATED_FAILURES: Final = frozenset({"+4525919215", "+3584573979111"})
_SUCCEEDED: Final = "TEXT_SUCCESSFUL"

#: Status, headers and body, as moto answers.
Answer = tuple[int, dict[str, str], str]


class SmsError(Exception):
    """The service refuses a request."""

    def __init__(self, code: str, message: str, status: int = HTTPStatus.BAD_REQUEST, **facts: object) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps({"__type": code, "Message": message, **facts})


@dataclass(frozen=True, slots=True)
class Text:
    """An SMS that was sent."""

    number: str
    words: str


@dataclass
class Sms:
    """The service of this process.

    Attributes:
        configuration_sets: their names.
        sent: every SMS, the oldest first.
        most: how many the month's spend limit is enough for; None for no limit.
        opted_out: numbers whose owners want none.
        fates: what is said in the end of an SMS to a number; by default that it was delivered.
        errors: with which SMS to a number are refused; under the empty number, all.
        lost: numbers at which the SMS is sent, and the answer is lost.
    """

    configuration_sets: set[str] = field(default_factory=set)
    sent: list[Text] = field(default_factory=list)
    most: int | None = None
    opted_out: set[str] = field(default_factory=set)
    fates: dict[str, str] = field(default_factory=dict)
    errors: dict[str, SmsError] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)

    def reset(self) -> None:
        """Forget all that was sent and set, but for the configuration sets."""
        self.most = None
        for one in (self.sent, self.opted_out, self.fates, self.errors, self.lost):
            one.clear()

    def answer(self, region: str, target: str, body: str) -> Answer:
        """Answer a request, by the operation that its header names."""
        try:
            if target != f"{SMS_TARGET}SendTextMessage":
                raise NotImplementedError(f"{target} is not in brevdue/stack/sms.py")
            return HTTPStatus.OK, {}, json.dumps({"MessageId": self._send(region, json.loads(body))})
        except SmsError as error:
            return error.status, {}, error.body

    def _send(self, region: str, request: Mapping[str, Any]) -> str:
        _check(request)
        number, name = request["DestinationPhoneNumber"], request.get("ConfigurationSetName")
        for error in (self.errors.get(number), self.errors.get("")):
            if error is not None:
                raise error
        if name is not None and name not in self.configuration_sets:
            raise SmsError(
                "ResourceNotFoundException", "no such set", ResourceType="configuration-set", ResourceId=name
            )
        if number in self.opted_out:
            raise SmsError("ConflictException", "opted out", Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT")
        if self.most is not None and len(self.sent) >= self.most:
            reason = "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
            raise SmsError("ServiceQuotaExceededException", "the month's limit is reached", Reason=reason)
        self.sent.append(Text(number, request["MessageBody"]))
        message_id = str(uuid4())
        self._tell(region, request, message_id)
        if number in self.lost:
            raise ReadTimeoutError(endpoint_url=f"https://sms-voice.{region}.amazonaws.com/")
        return message_id

    def _tell(self, region: str, request: Mapping[str, Any], message_id: str) -> None:
        number = request["DestinationPhoneNumber"]
        event_type = self.fates.get(number, "TEXT_UNREACHABLE" if number in _SIMULATED_FAILURES else _SUCCEEDED)
        at_ms = int(utcnow().timestamp() * 1000)
        detail = {
            "eventType": event_type,
            "eventVersion": "1.0",
            "eventTimestamp": at_ms,
            "isFinal": True,
            "originationPhoneNumber": request["OriginationIdentity"],
            "isoCountryCode": "DK" if number.startswith("+45") else "NO",
            "isInternationalSend": False,
            "messageId": message_id,
            "messageRequestTimestamp": at_ms,
            "messageEncoding": "GSM",
            "messageType": request["MessageType"],
            "messageStatus": event_type.removeprefix("TEXT_"),
            "context": dict(request.get("Context", {})),
            "totalMessageParts": 1,
            "totalMessagePrice": 0.05,
            "totalCarrierFee": 0.0,
        }
        BUS.put(region, "aws.sms-voice", "Text Message Delivery Status Updated", detail)


def answering(process: Callable[..., Any]) -> Callable[..., Any]:
    """Moto's answer to a call, and this double's where it is for this service."""

    def answer(request: Any) -> Any:  # noqa: ANN401 - moto's own types
        called = _HOST.match(request.url)
        if called is None:
            return process(request)
        target, body = request.headers[_TARGET_HEADER], request.body
        return SMS.answer(
            called[1],
            target.decode() if isinstance(target, bytes) else target,
            body.decode() if isinstance(body, bytes) else body,
        )

    return answer


def _check(request: Mapping[str, Any]) -> None:
    """Refuse what the service's own description does not allow: types, lengths, patterns, words.

    Raises:
        SmsError: it does not.
    """
    shape = _request_shape()
    if report := ParamValidator().validate(dict(request), shape).generate_report():
        raise SmsError("ValidationException", report, Reason="FIELD_VALIDATION_FAILED")
    for name, value in request.items():
        if not _is_as_described(value, shape.members[name]):
            fields = [{"Name": name, "Message": "does not fit the pattern"}]
            raise SmsError("ValidationException", f"{name} is invalid", Reason="FIELD_VALIDATION_FAILED", Fields=fields)


def _is_as_described(value: object, shape: Any) -> bool:  # noqa: ANN401 - botocore has a class a type
    if isinstance(value, Mapping):
        return len(value) <= shape.metadata["max"] and all(
            _is_as_described(one, shape.key) and _is_as_described(other, shape.value) for one, other in value.items()
        )
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max", float("inf"))
    if not isinstance(value, str):
        return isinstance(value, bool) or (isinstance(value, int) and low <= value <= high)
    pattern, words = shape.metadata.get("pattern"), shape.metadata.get("enum")
    return (
        low <= len(value) <= high
        and (pattern is None or re.fullmatch(pattern, value) is not None)
        and (words is None or value in words)
    )


@cache
def _request_shape() -> Any:  # noqa: ANN401 - see above
    service = botocore.session.Session().get_service_model(_SERVICE)
    return service.operation_model("SendTextMessage").input_shape


SMS: Final = Sms()
