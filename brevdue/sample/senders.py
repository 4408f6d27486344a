"""The senders of the sample, one of each regime."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from postal.senders import Regime, Sender, Settings, Terms

TERMS_VALID_FROM: Final = datetime(2025, 1, 1, tzinfo=UTC)

#: So many a minute that also a large sample does not have to wait.
_NOTICE_RATE: Final = 100_000

MUNICIPALITY: Final = Sender(
    id="nordvik-kommune",
    name="Nordvik kommune",
    regime=Regime.NO_PUBLIC,
    contact="post@nordvik-kommune.example",
    languages=("nb", "nn"),
    settings=Settings(
        notice_rate=_NOTICE_RATE,
        printer="nordvik-trykk",
        return_address=("Nordvik kommune", "Rådhusplassen 1", "9993 NORDVIK"),
    ),
)

INSURER: Final = Sender(
    id="havblik-forsikring",
    name="Havblik Forsikring",
    regime=Regime.DK_PRIVATE,
    contact="post@havblik-forsikring.example",
    languages=("da",),
    settings=Settings(
        notice_rate=_NOTICE_RATE,
        fallback="print",
        hold_days=30,
        printer="havblik-print",
        return_address=("Havblik Forsikring A/S", "Havnevej 1", "0301 Havblik"),
    ),
    terms=(
        Terms(
            id="vilkaar-2025",
            document_sha256=sha256("Havblik Forsikring: Vilkår for digital post, 2025".encode()).hexdigest(),
            valid_from=TERMS_VALID_FROM,
        ),
    ),
)

DANISH_MUNICIPALITY: Final = Sender(
    id="havneby-kommune",
    name="Havneby Kommune",
    regime=Regime.DK_PUBLIC,
    contact="post@havneby-kommune.example",
    languages=("da",),
    settings=Settings(
        printer="havneby-print",
        return_address=("Havneby Kommune", "Rådhustorvet 1", "0311 Havneby"),
    ),
)
