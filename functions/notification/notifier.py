"""Sending one notice: e-mail through SES v2, SMS through AWS End User Messaging."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from cloud.observability import logger
from notification.texts import Notice
from postal import notices
from postal.notices import NoticePointer

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

#: An SMS that a carrier could not deliver for so long is not tried any more; it speaks of a letter, not of the hour.
_TIME_TO_LIVE: Final = timedelta(hours=24)


class Outcome(Enum):
    """What became of a notice.

    UNREACHABLE: the recipient cannot be reached so, however often one tries. The others are no
    fault of the recipient, so that the notice waits. THROTTLED: the service has had enough for the
    moment, or does not answer. WITHHELD: it sends nothing more for this account until a day or a
    month is over, or somebody at AWS lets it. REFUSED: the installation is at fault.
    """

    SENT = auto()
    UNREACHABLE = auto()
    THROTTLED = auto()
    WITHHELD = auto()
    REFUSED = auto()


#: How long a notice waits until it is tried again.
WAITS: Final[Mapping[Outcome, timedelta]] = {
    Outcome.THROTTLED: timedelta(minutes=1),
    Outcome.WITHHELD: timedelta(hours=1),
    Outcome.REFUSED: timedelta(hours=1),
}

#: Of error codes, or of a code and its reason where it has one. What is not listed here is REFUSED,
#: or THROTTLED where the service says that it is its own fault (5xx).
_OUTCOMES: Final[Mapping[str, Outcome]] = {
    # Common errors (SES API v2 and AWS End User Messaging SMS API references).
    "Throttling": Outcome.THROTTLED,
    "ThrottlingException": Outcome.THROTTLED,
    "ThrottledException": Outcome.THROTTLED,
    "RequestLimitExceeded": Outcome.THROTTLED,
    "ServiceUnavailable": Outcome.THROTTLED,
    "RequestTimeout": Outcome.THROTTLED,
    # SES API v2, SendEmail.
    "TooManyRequestsException": Outcome.THROTTLED,
    "LimitExceededException": Outcome.WITHHELD,
    "SendingPausedException": Outcome.WITHHELD,
    "AccountSuspendedException": Outcome.WITHHELD,
    # AWS End User Messaging SMS API v2, SendTextMessage.
    "InternalServerException": Outcome.THROTTLED,
    "ServiceQuotaExceededException": Outcome.WITHHELD,
    "AccessDeniedException INSUFFICIENT_ACCOUNT_REPUTATION": Outcome.WITHHELD,
    "AccessDeniedException ACCOUNT_DISABLED": Outcome.WITHHELD,
    "ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT": Outcome.UNREACHABLE,
    "ConflictException DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE": Outcome.UNREACHABLE,
    # A number of a country that the operator does not serve.
    "ConflictException DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION": Outcome.UNREACHABLE,
    "ValidationException DESTINATION_COUNTRY_BLOCKED": Outcome.UNREACHABLE,
}
#: Under this code SES also says that the day's quota is used up, in words alone
#: (SES Developer Guide, "Amazon SES email sending errors": "Daily message quota exceeded").
_DAILY_QUOTA: Final = "daily message quota"
#: What SES says of an address that it does not take, and of whatever else in a request it does not.
_BAD_REQUEST: Final = "BadRequestException"
#: Takes any e-mail, in the sandbox too, and counts for no quota (SES Developer Guide, "Using the mailbox simulator").
_GOOD_ADDRESS: Final = "success@simulator.amazonses.com"
#: Of a ValidationException with one of these reasons, whose fields name this one, the number is at
#: fault. Beside the field there may be a reason of the sender's, too.
_OF_A_FIELD: Final = frozenset({"FIELD_VALIDATION_FAILED", "INVALID_PARAMETER", "CANNOT_PARSE"})
_DESTINATION: Final = "DestinationPhoneNumber"

_SERVER_FAULT: Final = 500


class SmsClient(Protocol):
    """What is used of the client of `pinpoint-sms-voice-v2`, for which there are no stubs."""

    def send_text_message(self, **request: object) -> Mapping[str, Any]:
        """See the AWS End User Messaging SMS API v2."""


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """Sends notices.

    Attributes:
        email_configuration_set, sms_configuration_set: by which events of them come back.
        installation: by which events of this installation's SMS are told from another's.
    """

    ses: "SESV2Client"
    sms: SmsClient
    email_from: str
    email_configuration_set: str
    sms_sender_id: str
    sms_configuration_set: str
    installation: str

    def send_email(self, notice: Notice, address: str, pointer: NoticePointer) -> Outcome:
        """Send a notice by e-mail. What a lost answer leaves open is sent again: at least once.

        A bad request may be one for its address or for what this installation sends with it. The
        same to an address that is good tells: where SES takes that, the recipient's is at fault.
        """
        try:
            self._send_email(notice, address, pointer)
        except ClientError as error:
            is_doubtful = error.response["Error"].get("Code") == _BAD_REQUEST and address != _GOOD_ADDRESS
            if not is_doubtful:
                return _outcome_of(error)
            of_good = self.send_email(notice, _GOOD_ADDRESS, pointer)
            return Outcome.UNREACHABLE if of_good is Outcome.SENT else of_good
        except BotoCoreError as error:
            logger.warning("SES did not answer", extra={"error": type(error).__name__})
            return Outcome.THROTTLED
        return Outcome.SENT

    def _send_email(self, notice: Notice, address: str, pointer: NoticePointer) -> None:
        self.ses.send_email(
            FromEmailAddress=self.email_from,
            Destination={"ToAddresses": [address]},
            Content={
                "Simple": {
                    "Subject": {"Data": notice.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": notice.body, "Charset": "UTF-8"}},
                }
            },
            ConfigurationSetName=self.email_configuration_set,
            EmailTags=[{"Name": "letter", "Value": notices.encode(pointer)}],
        )

    def send_sms(self, notice: Notice, mobile: str, pointer: NoticePointer) -> Outcome:
        """Send a notice by SMS.

        There is no key by which AWS would know a repeat. So where no answer came, though the
        request may have gone out, it counts as sent; an answer that is an error says that it was not.
        """
        try:
            self.sms.send_text_message(
                DestinationPhoneNumber=mobile,
                OriginationIdentity=self.sms_sender_id,
                MessageBody=notice.sms,
                MessageType="TRANSACTIONAL",
                ConfigurationSetName=self.sms_configuration_set,
                Context={"letter": notices.encode(pointer), "installation": self.installation},
                TimeToLive=int(_TIME_TO_LIVE.total_seconds()),
            )
        except ClientError as error:
            return _outcome_of(error)
        except HTTPClientError as error:
            logger.warning("an SMS may or may not have been sent", extra={"error": type(error).__name__})
        except BotoCoreError as error:
            # There was no connection, or nothing to send with.
            logger.warning("an SMS was not sent", extra={"error": type(error).__name__})
            return Outcome.THROTTLED
        return Outcome.SENT


def _outcome_of(error: ClientError) -> Outcome:
    response: Mapping[str, Any] = error.response
    code, message = response["Error"].get("Code", ""), response["Error"].get("Message", "")
    reason = response.get("Reason", "")
    if _DAILY_QUOTA in message.lower():
        return Outcome.WITHHELD
    names = {one.get("Name") for one in response.get("Fields") or ()}
    if code == "ValidationException" and reason in _OF_A_FIELD and _DESTINATION in names:
        return Outcome.UNREACHABLE
    found = _OUTCOMES.get(f"{code} {reason}") or _OUTCOMES.get(code)
    if found is not None:
        return found
    if response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVER_FAULT:
        return Outcome.THROTTLED
    logger.error("a notice was refused for a reason of the installation", extra={"code": code, "reason": reason})
    return Outcome.REFUSED
