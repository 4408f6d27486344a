"""The canary of a day: a batch of one letter, the same whenever it is made."""

from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from postal.senders import Regime, Sender
from postal.times import ZONES, to_text

MANIFEST_NAME: Final = "manifest.jsonl"
DOCUMENT_NAME: Final = "canary.pdf"

#: Local time from which on it is sent: late is what is not there when people come to work.
_SENT_FROM: Final = timedelta(hours=6)
_TITLE: Final = "Test letter of the post office"
_TEXT: Final = b"BT /F1 14 Tf 72 720 Td (A test letter of the post office. There is nothing to do.) Tj ET"


class SetUpError(Exception):
    """No canary can be sent with the sender as it is; says what to change, and names nobody."""


def day_of(now: datetime, sender: Sender) -> date:
    """The day whose canary is to be on its way, by the sender's clock."""
    return (now.astimezone(ZONES[sender.country]) - _SENT_FROM).date()


def batch_id(day: date) -> str:
    """The batch that is a day's canary."""
    return f"canary-{day.isoformat()}"


def manifest(sender: Sender, recipient: str, day: date, now: datetime) -> bytes:
    """The manifest of a day's canary, as its sender's regime asks for it.

    It may only go digitally, so that it needs no address and never costs paper. Under the private regime it names
    the newest terms in force, accepted when they took effect: whoever sets the recipient says so.

    Raises:
        SetUpError: with these settings nothing could be seen of it, or it would be rejected.
    """
    if sender.is_neutral:
        raise SetUpError("the sender's receipts are neutral and never say `delivered`: set `disclosure: coded`")
    row = {
        "reference": batch_id(day),
        "recipient": recipient,
        "title": _TITLE,
        "document": DOCUMENT_NAME,
        "delivery": "digital_only",
        **(_consent(sender, now) if sender.regime is Regime.DK_PRIVATE else {}),
    }
    return msgspec.json.encode(row) + b"\n"


def _consent(sender: Sender, now: datetime) -> dict[str, str]:
    in_force = [terms for terms in sender.terms if terms.valid_from <= now]
    if not in_force:
        raise SetUpError("the sender has no terms in force, and without consent its letters are rejected: add `terms`")
    newest = max(in_force, key=lambda terms: terms.valid_from)
    return {"consent": newest.id, "consent_at": to_text(newest.valid_from)}


def _pdf() -> bytes:
    """One A4 page (595 x 842 points) with a line of text: the smallest file that ISO 32000-1, 7.5, asks for."""
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(_TEXT), _TEXT),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    file, places = b"%PDF-1.4\n", [b"0000000000 65535 f \n"]
    for number, body in enumerate(bodies, 1):
        places.append(b"%010d 00000 n \n" % len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(places), len(file))
    return file + b"xref\n0 %d\n" % len(places) + b"".join(places) + end


DOCUMENT: Final = _pdf()
