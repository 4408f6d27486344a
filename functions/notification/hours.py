"""When an SMS may be sent: it rings where the recipient sleeps."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from postal.senders import Country
from postal.times import ZONES

_OPENS: Final = time(9)
_CLOSES: Final = time(20)


def sms_from(now: datetime, country: Country) -> datetime:
    """The earliest time, in UTC, from which an SMS may be sent: now, or the next 09:00.

    An SMS goes out from 09:00 until 20:00 by the clock of the sender's country, on every
    day of the week; e-mail goes at once, at any hour.

    Source: Digdir, "Hvordan skal jeg bruke varsling i digital postkasse?": notices are sent in
    the daytime only; Digipost's sender API (`sms-notification`): between 09 and 20, else the
    next morning.
    """
    zone = ZONES[country]
    local = now.astimezone(zone)
    if _OPENS <= local.time() < _CLOSES:
        return now
    day = local.date() if local.time() < _OPENS else local.date() + timedelta(days=1)
    return datetime.combine(day, _OPENS, zone).astimezone(UTC)
