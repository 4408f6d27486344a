"""What moto's SES leaves out: configuration sets, a daily quota, and events of what became of an e-mail.

Addresses of the mailbox simulator meet the fate that they name (SES Developer Guide, "Using the
mailbox simulator"); events look as SES publishes them ("Contents of event data that Amazon SES
publishes").
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from moto.core.exceptions import JsonRESTError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.utils import utcnow
from moto.ses.models import ses_backends
from moto.sesv2.responses import SESV2Response

from brevdue.stack.bus import BUS

#: The kinds of events of which the template may ask, by the name under which SES tells them.
_DETAIL_TYPES: Final = {
    "bounce": ("Bounce", "Email Bounced"),
    "complaint": ("Complaint", "Email Complaint Received"),
    "reject": ("Reject", "Email Rejected"),
    "renderingFailure": ("Rendering Failure", "Email Rendering Failed"),
    "delivery": ("Delivery", "Email Delivered"),
}
_SIMULATOR: Final = "simulator.amazonses.com"
#: SES API v2, MessageTag.
_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_DAY: Final = timedelta(days=1)
_MOST_LOCAL: Final = 64
_MOST_LABEL: Final = 63


class _NotFoundError(JsonRESTError):
    code = 404


@dataclass
class Mail:
    """The SES of this process, where it is more than moto's.

    Attributes:
        events: what each configuration set tells EventBridge of.
        most_a_day: how many e-mails may be sent in 24 hours; None for no limit.
        suppressed: addresses on the account's suppression list, to which nothing is really sent.
        malformed: addresses that SES does not take, whatever they look like.
        error: code of the error with which every e-mail is refused; empty for none.
    """

    events: dict[str, frozenset[str]] = field(default_factory=dict)
    most_a_day: int | None = None
    suppressed: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    error: str = ""
    _sent_at: list[datetime] = field(default_factory=list)

    def reset(self) -> None:
        """Forget all that was sent and set, but for the configuration sets."""
        self.most_a_day, self.error = None, ""
        self.suppressed.clear()
        self.malformed.clear()
        self._sent_at.clear()

    def send(self, send: Callable[[SESV2Response], str], response: SESV2Response) -> str:
        """Send an e-mail as moto does, where SES would, and tell what became of it."""
        params = json.loads(response.body)
        name = params.get("ConfigurationSetName")
        if self.error:
            raise JsonRESTError(self.error, "set by a test")
        if name is not None and name not in ses_backends[DEFAULT_ACCOUNT_ID][response.region].config_sets:
            raise _NotFoundError("NotFoundException", f"Configuration set <{name}> does not exist.")
        tags = params.get("EmailTags") or []
        if not all(_TAG.fullmatch(tag["Name"]) and _TAG.fullmatch(tag["Value"]) for tag in tags):
            raise JsonRESTError("BadRequestException", "Invalid value for a message tag.")
        if any(one in self.malformed or not _is_address(one) for one in params["Destination"].get("ToAddresses", ())):
            raise JsonRESTError("BadRequestException", "Illegal address")
        now = utcnow()
        self._sent_at = [at for at in self._sent_at if now - at < _DAY]
        if self.most_a_day is not None and len(self._sent_at) >= self.most_a_day:
            raise JsonRESTError("LimitExceededException", "The sending quota is used up.")
        answer = send(response)
        addresses = params["Destination"].get("ToAddresses", ())
        if not all(address.endswith(f"@{_SIMULATOR}") for address in addresses):
            self._sent_at.append(now)
        for address in addresses:
            self._tell(response.region, params, json.loads(answer)["MessageId"], address, now)
        return answer

    def _tell(self, region: str, params: Mapping[str, Any], message_id: str, address: str, now: datetime) -> None:
        fate = _fate(address, address.lower() in self.suppressed)
        name = params.get("ConfigurationSetName", "")
        if fate is None or fate[0] not in self.events.get(name, ()):
            return
        kind, facts = fate
        at = f"{now:%Y-%m-%dT%H:%M:%S.000Z}"
        event_type, detail_type = _DETAIL_TYPES[kind]
        tags = {tag["Name"]: [tag["Value"]] for tag in params.get("EmailTags") or []}
        detail = {
            "eventType": event_type,
            kind: {**facts, "timestamp": at, "feedbackId": str(uuid4())} if "reason" not in facts else facts,
            "mail": {
                "timestamp": at,
                "source": params["FromEmailAddress"],
                "sendingAccountId": DEFAULT_ACCOUNT_ID,
                "messageId": message_id,
                "destination": [address],
                "headersTruncated": False,
                "headers": [{"name": "To", "value": address}],
                "commonHeaders": {"to": [address], "messageId": message_id},
                "tags": {"ses:operation": ["SendEmail"], "ses:configuration-set": [name], **tags},
            },
        }
        arn = f"arn:aws:ses:{region}:{DEFAULT_ACCOUNT_ID}:configuration-set/{name}"
        BUS.put(region, "aws.ses", detail_type, detail, arn)


def _is_address(text: str) -> bool:
    """Whether SES takes an address: UserName@[SubDomain.]Domain.TopLevelDomain, within the limits of mail and of DNS.

    Source: SES API reference, `Destination`; RFC 5321, 4.5.3.1; RFC 1035, 2.3.1; RFC 3696, 2.
    """
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    return (
        text.isascii()
        and 1 <= len(local) <= _MOST_LOCAL
        and len(labels) > 1
        and all(1 <= len(one) <= _MOST_LABEL and one.strip("-") == one for one in labels)
        and not labels[-1].isdigit()
    )


def _fate(address: str, is_suppressed: bool) -> tuple[str, dict[str, Any]] | None:  # noqa: FBT001 - of one address
    """What becomes of an e-mail, with what SES says of it; None where nothing is said."""
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": address, "action": "failed"}]}
    local, _, domain = address.partition("@")
    if is_suppressed:
        return "bounce", {**bounced, "bounceSubType": "OnAccountSuppressionList"}
    match (domain, local.partition("+")[0]):
        case (str(there), "bounce") if there == _SIMULATOR:
            return "bounce", {**bounced, "bounceSubType": "General"}
        case (str(there), "suppressionlist") if there == _SIMULATOR:
            return "bounce", {**bounced, "bounceSubType": "Suppressed"}
        case (str(there), "ooto") if there == _SIMULATOR:
            return "bounce", {**bounced, "bounceType": "Transient", "bounceSubType": "General"}
        case (str(there), "complaint") if there == _SIMULATOR:
            return "complaint", {
                "complainedRecipients": [{"emailAddress": address}],
                "complaintSubType": None,
                "complaintFeedbackType": "abuse",
            }
        case _:
            return None


def sending(send: Callable[[SESV2Response], str]) -> Callable[[SESV2Response], str]:
    """Moto's SendEmail, as SES does it."""

    def send_email(response: SESV2Response) -> str:
        return MAIL.send(send, response)

    return send_email


MAIL: Final = Mail()
