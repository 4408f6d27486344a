"""Sending one notice: e-mail through SES v2, SMS through SNS."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from notification.texts import Notice

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

#: The service has had enough for now (SES v2 and SNS API references, common errors).
_THROTTLED: Final = frozenset(
    {"TooManyRequestsException", "LimitExceededException", "Throttled", "ThrottledException", "Throttling",
     "ThrottlingException"}
)  # fmt: skip
#: This recipient cannot be reached that way, however often one tries. MessageRejected is not among
#: them: SES says it of a sending address that is not verified, which is the operator's to mend.
_UNREACHABLE: Final = frozenset(
    {"BadRequestException", "InvalidParameter", "InvalidParameterException", "InvalidParameterValue",
     "OptedOut", "OptedOutException", "ValidationException"}
)  # fmt: skip


class Outcome(Enum):
    """What became of a notice."""

    SENT = auto()
    UNREACHABLE = auto()
    THROTTLED = auto()


@dataclass(frozen=True, kw_only=True)
class Notifier:
    """Sends notices."""

    ses: "SESV2Client"
    sns: "SNSClient"
    email_from: str
    sms_sender_id: str

    def send(self, notice: Notice, *, email: str, mobile: str) -> Outcome:
        """Send a notice by e-mail and by SMS, each where there is an address.

        Returns:
            SENT where one of them was accepted; THROTTLED where none was and one may be later;
            UNREACHABLE where there is no address that works.

        Raises:
            ClientError: the service refuses for a reason that lies with the installation.
        """
        outcomes = []
        if email:
            outcomes.append(self._send_email(notice, email))
        if mobile:
            outcomes.append(self._send_sms(notice, mobile))
        for outcome in (Outcome.SENT, Outcome.THROTTLED):
            if outcome in outcomes:
                return outcome
        return Outcome.UNREACHABLE

    def _send_email(self, notice: Notice, email: str) -> Outcome:
        try:
            self.ses.send_email(
                FromEmailAddress=self.email_from,
                Destination={"ToAddresses": [email]},
                Content={
                    "Simple": {
                        "Subject": {"Data": notice.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": notice.body, "Charset": "UTF-8"}},
                    }
                },
            )
        except ClientError as error:
            return _outcome_of(error)
        return Outcome.SENT

    def _send_sms(self, notice: Notice, mobile: str) -> Outcome:
        try:
            self.sns.publish(
                PhoneNumber=mobile,
                Message=notice.sms,
                MessageAttributes={
                    "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": self.sms_sender_id},
                    "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Transactional"},
                },
            )
        except ClientError as error:
            return _outcome_of(error)
        return Outcome.SENT


def _outcome_of(error: ClientError) -> Outcome:
    code = error.response["Error"]["Code"]
    if code in _THROTTLED:
        return Outcome.THROTTLED
    if code in _UNREACHABLE:
        return Outcome.UNREACHABLE
    raise error
