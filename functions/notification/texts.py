"""The words of a notice: that there is a letter, from whom and where; never what it is about."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from notification.segments import filled
from postal.channels import Channel

_MAILBOX: Final[Mapping[Channel, str]] = {
    Channel.ALTINN: "Altinn",
    Channel.DIGIPOST: "Digipost",
    Channel.EBOKS: "e-Boks",
    Channel.DIGITAL_POST: "Digital Post",
}


class _Words(Struct, frozen=True):
    subject: str
    body: str
    sms: str


_WORDS: Final[Mapping[str, _Words]] = {
    "da": _Words(
        "Nyt brev fra {sender}",
        "Hej\n\nDer er et nyt brev til dig fra {sender}. Du kan læse det i {mailbox}.\n\n"
        "Log ind, som du plejer. Vi sender aldrig links i disse beskeder.\n",
        "Nyt brev fra {sender} i {mailbox}.",
    ),
    "nb": _Words(
        "Nytt brev fra {sender}",
        "Hei\n\nDu har fått et brev fra {sender}. Du kan lese det i {mailbox}.\n\n"
        "Logg inn slik du pleier. Vi sender aldri lenker i disse meldingene.\n",
        "Nytt brev fra {sender} i {mailbox}.",
    ),
    "nn": _Words(
        "Nytt brev frå {sender}",
        "Hei\n\nDu har fått eit brev frå {sender}. Du kan lese det i {mailbox}.\n\n"
        "Logg inn slik du plar. Vi sender aldri lenkjer i desse meldingane.\n",
        "Nytt brev frå {sender} i {mailbox}.",
    ),
    "en": _Words(
        "New letter from {sender}",
        "Hello\n\nThere is a new letter for you from {sender}. You can read it in {mailbox}.\n\n"
        "Log in as you usually do. We never send links in these messages.\n",
        "New letter from {sender} in {mailbox}.",
    ),
}


_REMINDERS: Final[Mapping[str, _Words]] = {
    "da": _Words(
        "Påmindelse: ulæst brev fra {sender}",
        "Hej\n\nDu har et brev fra {sender}, som du ikke har åbnet endnu. Du kan læse det i {mailbox}.\n\n"
        "Log ind, som du plejer. Vi sender aldrig links i disse beskeder.\n",
        "Husk dit ulæste brev fra {sender} i {mailbox}.",
    ),
    "nb": _Words(
        "Påminnelse: ulest brev fra {sender}",
        "Hei\n\nDu har et brev fra {sender} som du ikke har åpnet ennå. Du kan lese det i {mailbox}.\n\n"
        "Logg inn slik du pleier. Vi sender aldri lenker i disse meldingene.\n",
        "Husk ditt uleste brev fra {sender} i {mailbox}.",
    ),
    "nn": _Words(
        "Påminning: ulese brev frå {sender}",
        "Hei\n\nDu har eit brev frå {sender} som du ikkje har opna enno. Du kan lese det i {mailbox}.\n\n"
        "Logg inn slik du plar. Vi sender aldri lenkjer i desse meldingane.\n",
        "Hugs det ulesne brevet frå {sender} i {mailbox}.",
    ),
    "en": _Words(
        "Reminder: unread letter from {sender}",
        "Hello\n\nYou have a letter from {sender} that you have not opened yet. You can read it in {mailbox}.\n\n"
        "Log in as you usually do. We never send links in these messages.\n",
        "Remember your unread letter from {sender} in {mailbox}.",
    ),
}


class Notice(Struct, frozen=True, kw_only=True):
    """What a recipient is told, as an e-mail and as an SMS of one segment."""

    subject: str
    body: str
    sms: str


def notice(sender_name: str, mailbox: Channel, language: str, *, is_reminder: bool = False) -> Notice:
    """The notice of a letter, or the reminder of an unopened one, in a language of `da`, `nb`, `nn`, `en`."""
    words = (_REMINDERS if is_reminder else _WORDS)[language]
    place = _MAILBOX[mailbox]
    return Notice(
        subject=words.subject.format(sender=sender_name),
        body=words.body.format(sender=sender_name, mailbox=place),
        sms=filled(lambda name: words.sms.format(sender=name, mailbox=place), sender_name),
    )


def language_of(letter: str, recipient: str, sender: str) -> str:
    """The language of a notice: the letter's, else the recipient's, else the sender's."""
    return next(language for language in (letter, recipient, sender) if language in _WORDS)
