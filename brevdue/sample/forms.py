"""The kinds of letters that the senders write."""

from dataclasses import replace
from typing import Final, NamedTuple

from brevdue.sample.pdf import Form


class Kind(NamedTuple):
    """A kind of letter.

    Attributes:
        slug: of the file that all recipients share, in a mass mailing.
        language: what it is written in, as the manifest says it; empty for the sender's own.
        responds: whether the recipient is to answer by a date.
        attachments: paths of documents that go with it.
    """

    slug: str
    form: Form
    language: str = ""
    responds: bool = False
    attachments: tuple[str, ...] = ()


_NO: Final = Form(
    sender=("Nordvik kommune", "Rådhusplassen 1", "9993 NORDVIK", "post@nordvik-kommune.example"),
    colour=(18, 84, 122),
    title="",
    reference="Vår referanse",
    text=(),
    footer="Eksempelbrev laget av Brevdue. Kommunen og mottakeren finnes ikke.",
)
_DK: Final = Form(
    sender=("Havblik Forsikring A/S", "Havnevej 1", "0301 Havblik", "post@havblik-forsikring.example"),
    colour=(138, 42, 58),
    title="",
    reference="Vores reference",
    text=(),
    footer="Eksempelbrev lavet af Brevdue. Selskabet og modtageren findes ikke.",
)

_DK_PUBLIC: Final = Form(
    sender=("Havneby Kommune", "Rådhustorvet 1", "0311 Havneby", "post@havneby-kommune.example"),
    colour=(22, 96, 76),
    title="",
    reference="Sagsnummer",
    text=(),
    footer="Eksempelbrev lavet af Brevdue. Kommunen og modtageren findes ikke.",
)


def _no(title: str, *text: str) -> Form:
    return replace(_NO, title=title, text=(*text, "Med vennlig hilsen", "Nordvik kommune"))


def _dk(title: str, *text: str) -> Form:
    return replace(_DK, title=title, text=(*text, "Med venlig hilsen", "Havblik Forsikring"))


def _dk_public(title: str, *text: str) -> Form:
    return replace(_DK_PUBLIC, title=title, text=(*text, "Med venlig hilsen", "Havneby Kommune"))


APPEAL: Final = "vedlegg/klagerett.pdf"
CONDITIONS: Final = "bilag/betingelser-2027.pdf"
COMPLAINT: Final = "bilag/klagevejledning.pdf"

NORWEGIAN: Final = (
    (
        Kind(
            "barnehage",
            _no(
                "Faktura for barnehage, desember 2026",
                "Vedlagt følger månedens faktura for plass i barnehage. Beløpet omfatter opphold og kost.",
                "Fakturaen forfaller 15. desember 2026. Søskenmoderasjon er trukket fra. Har du spørsmål, kan du ringe "
                "servicekontoret på Rådhusplassen mellom klokka 9 og 15.",
            ),
        ),
        40,
    ),
    (
        Kind(
            "byggesak",
            _no(
                "Vedtak om byggesak",
                "Kommunen har behandlet søknaden om tillatelse til tiltak på eiendommen og gir tillatelse på de vilkår "
                "som står nedenfor.",
                "Tiltaket må være satt i gang innen tre år. Naboer er varslet, og det er ikke kommet merknader. Du kan "
                "klage på vedtaket innen tre uker; se vedlegget om klagerett.",
            ),
            attachments=(APPEAL,),
        ),
        12,
    ),
    (
        Kind(
            "eiendomsskatt",
            _no(
                "Eiendomsskatt 2027: grunnlag og satser",
                "Her er grunnlaget for eiendomsskatten på boligen din for 2027. Taksten følger formuesgrunnlaget, og "
                "bunnfradraget er uendret.",
                "Skatten betales i fire terminer. Er det feil i opplysningene, må du si fra innen seks uker.",
            ),
            responds=True,
            attachments=(APPEAL,),
        ),
        20,
    ),
    (
        Kind(
            "feiing",
            _no(
                "Varsel om feiing og tilsyn",
                "Feieren kommer til eiendommen din i uke 49. Stigen må være sikret, og adkomsten ryddet for snø og is.",
                "Passer ikke tidspunktet, kan du velge et annet på kommunens nettsider.",
            ),
            responds=True,
        ),
        12,
    ),
    (
        Kind(
            "vassavgift",
            _no(
                "Årsgebyr for vatn og avløp",
                "Kommunestyret har vedteke nye gebyr for vatn og avløp frå 1. januar 2027.",
                "Du treng ikkje gjere noko. Gebyret kjem på den neste fakturaen din.",
            ),
            language="nynorsk",
        ),
        16,
    ),
)

DANISH: Final = (
    (
        Kind(
            "policefornyelse",
            _dk(
                "Policefornyelse 2027",
                "Din forsikring fornys den 1. januar 2027. Du behøver ikke gøre noget, hvis du vil fortsætte.",
                "Dækningen er uændret. Prisen er reguleret efter lønindekset for den private sektor, som det står i "
                "betingelserne. Se bilaget for, hvad der er ændret siden sidste år.",
            ),
            attachments=(CONDITIONS,),
        ),
        38,
    ),
    (
        Kind(
            "opkraevning",
            _dk(
                "Opkrævning: indboforsikring, 1. kvartal 2027",
                "Her er opkrævningen for din indboforsikring. Er forsikringen tilmeldt automatisk betaling, trækkes "
                "beløbet på forfaldsdagen.",
                "Beløbet forfalder den 4. januar 2027.",
            ),
        ),
        26,
    ),
    (
        Kind(
            "skade",
            _dk(
                "Afgørelse i din skadesag",
                "Vi har behandlet din anmeldelse og anerkender skaden. Erstatningen er opgjort efter nyværdi med "
                "fradrag af selvrisikoen.",
                "Beløbet udbetales til din NemKonto inden for fem bankdage. Er du uenig, kan du bede om, at sagen ses "
                "efter en gang til.",
            ),
        ),
        10,
    ),
    (
        Kind(
            "oplysninger",
            _dk(
                "Vi mangler oplysninger om din bolig",
                "For at kunne beregne din husforsikring rigtigt har vi brug for at kende tagets alder og boligens "
                "areal.",
                "Svar venligst inden for tre uger; ellers regner vi med de oplysninger, vi har.",
            ),
            responds=True,
        ),
        14,
    ),
    (
        Kind(
            "aarsopgoerelse",
            _dk(
                "Årsopgørelse for din pensionsforsikring",
                "Her er årets opgørelse af indbetalinger, afkast og omkostninger i kroner og procent.",
                "Tallene er indberettet til skattemyndighederne. Du behøver ikke gøre noget.",
            ),
        ),
        12,
    ),
)

DANISH_PUBLIC: Final = (
    (
        Kind(
            "affald",
            _dk_public(
                "Affaldsgebyr 2027",
                "Byrådet har vedtaget gebyrerne for affald for 2027. Gebyret opkræves sammen med vandafgiften.",
                "Du behøver ikke gøre noget. Ordningen og tømmedagene er de samme som i år.",
            ),
        ),
        38,
    ),
    (
        Kind(
            "vandafgift",
            _dk_public(
                "Opkrævning: vand og spildevand, 4. kvartal 2026",
                "Her er opkrævningen for vand og spildevand. Er den tilmeldt automatisk betaling, trækkes beløbet på "
                "forfaldsdagen.",
                "Beløbet forfalder den 15. december 2026.",
            ),
        ),
        26,
    ),
    (
        Kind(
            "nabohoering",
            _dk_public(
                "Nabohøring om en lokalplan",
                "Kommunen foreslår en ny lokalplan for området ved havnen. Som nabo kan du komme med bemærkninger.",
                "Forslaget ligger på kommunens hjemmeside. Skriv til os inden fristen, hvis du har noget at indvende.",
            ),
            responds=True,
        ),
        20,
    ),
    (
        Kind(
            "byggetilladelse",
            _dk_public(
                "Byggetilladelse",
                "Kommunen giver tilladelse til det ansøgte byggeri på ejendommen på de vilkår, der følger af "
                "bygningsreglementet.",
                "Tilladelsen bortfalder, hvis arbejdet ikke er begyndt inden et år. Se bilaget om klage.",
            ),
            attachments=(COMPLAINT,),
        ),
        16,
    ),
)

#: Documents that go along with letters, and all recipients share.
SHARED: Final = {
    APPEAL: _no(
        "Orientering om klagerett",
        "Du kan klage på vedtaket. Klagen sendes til kommunen innen tre uker etter at du fikk vedtaket, og skal være "
        "skriftlig. Kommunen vurderer den først selv og sender den ellers videre til statsforvalteren.",
    ),
    CONDITIONS: _dk(
        "Betingelser for husforsikring, gældende fra 1. januar 2027",
        "Forsikringen dækker bygninger på adressen, herunder fundamenter, faste installationer og hegn.",
        "Anmeld en skade, så snart du kan, og gem det beskadigede, til vi har set det.",
    ),
    COMPLAINT: _dk_public(
        "Klagevejledning",
        "Du kan klage over afgørelsen inden fire uger. Klagen sendes gennem kommunen, som først ser på sagen igen.",
    ),
}
