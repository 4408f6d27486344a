"""The two senders of the sample."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from postal.senders import Regime, Sender, Settings, Terms

TERMS_VALID_FROM: Final = datetime(2025, 1, 1, tzinfo=UTC)

MUNICIPALITY: Final = Sender(
    id="nordvik-kommune",
    name="Nordvik kommune",
    regime=Regime.NO_PUBLIC,
    contact="post@nordvik-kommune.example",
    languages=("nb", "nn"),
    settings=Settings(
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
