"""What a status means, in the languages of receipts: plain sentences for whoever keeps the sender's books."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from postal.orders import Answer
from postal.senders import Language
from postal.status import Status


class Words(NamedTuple):
    """The same sentences in each language."""

    da: str
    nb: str
    en: str

    def read_in(self, language: Language) -> str:
        """The sentences in a language; nynorsk reads bokmål."""
        match language:
            case "da":
                return self.da
            case "nb" | "nn":
                return self.nb
            case "en":
                return self.en


#: Of a letter that no rule has looked at yet.
TO_BE_SORTED: Final = Words(
    "Brevet er modtaget og venter på at blive sorteret.",
    "Brevet er mottatt og venter på å bli sortert.",
    "The letter has been received and waits to be sorted.",
)

#: Of a letter of a batch that its sender has to approve first.
AWAITS_APPROVAL: Final = Words(
    "Batchen har flere rækker med fejl, end afsender lader gå igennem, og venter på afsenders godkendelse. "
    "Upload orders/approve.csv ved siden af manifestet med linjerne »order;reference« og »approve;«, så sendes brevet.",
    "Batchen har flere rader med feil enn avsender lar gå gjennom, og venter på avsenders godkjenning. "
    "Last opp orders/approve.csv ved siden av manifestet med linjene «order;reference» og «approve;», så "
    "sendes brevet.",
    "The batch has more rows with errors than the sender lets pass, and waits for the sender's approval. "
    "Upload orders/approve.csv beside the manifest, with the lines “order;reference” and “approve;”, and "
    "the letter is sent.",
)

#: Of a whole batch that its sender has to approve first. The shares are per cent.
BATCH_AWAITS_APPROVAL: Final = Words(
    "{refused} af {rows} rækker har fejl ({share} %). Afsender lader højst {limit} % gå igennem, "
    "så intet er sendt endnu. Se fejlene i to_correct.csv. "
    "Upload orders/approve.csv ved siden af manifestet: linjerne »order;reference« og »approve;« sender "
    "brevene uden fejl, »order;reference« og »cancel;« annullerer batchen.",
    "{refused} av {rows} rader har feil ({share} %). Avsender lar høyst {limit} % gå gjennom, "
    "så ingenting er sendt ennå. Se feilene i to_correct.csv. "
    "Last opp orders/approve.csv ved siden av manifestet: linjene «order;reference» og «approve;» sender "
    "brevene uten feil, «order;reference» og «cancel;» avlyser batchen.",
    "{refused} of {rows} rows have errors ({share}%). The sender lets {limit}% pass at the most, "
    "so nothing is sent yet. See the errors in to_correct.csv. "
    "Upload orders/approve.csv beside the manifest: the lines “order;reference” and “approve;” send the "
    "letters without errors, “order;reference” and “cancel;” cancel the batch.",
)

#: Of an opened letter that was for paper by then.
OPENED_INSTEAD_OF_PAPER: Final = Words(
    "Brevet blev alligevel ikke sendt på papir, for modtageren åbnede det forinden.",
    "Brevet ble likevel ikke sendt på papir, for mottakeren åpnet det før den tid.",
    "The letter did not go on paper after all, because the recipient opened it first.",
)

#: Of a waiting letter whose mailbox is known.
READY_TO_LEAVE: Final = Words(
    "Brevet er klar til at blive afleveret til postkassen.",
    "Brevet er klart til å bli overlevert til postkassen.",
    "The letter is ready to be handed over to the mailbox.",
)

#: Of a held letter that goes on paper when the hold ends.
HELD_THEN_PAPER: Final = Words(
    "Brevet leveres, så snart modtageren får en postkasse. "
    "Sker det ikke, inden opbevaringen udløber, sendes det på papir.",
    "Brevet leveres så snart mottakeren får en postkasse. "
    "Skjer det ikke før oppbevaringen utløper, sendes det på papir.",
    "The letter is delivered as soon as the recipient gets a mailbox. "
    "If that has not happened before the hold ends, it goes on paper.",
)

#: Of a delivered letter that goes on paper too if it stays unopened. `{hours}` is the sender's choice.
DELIVERED_THEN_PAPER: Final = Words(
    "Brevet ligger uåbnet i modtagerens postkasse. "
    "Er det stadig uåbnet efter {hours} timer på arbejdsdage, sendes det på papir.",
    "Brevet ligger uåpnet i mottakerens postkasse. "
    "Er det fortsatt uåpnet etter {hours} timer på arbeidsdager, sendes det på papir.",
    "The letter lies unopened in the recipient's mailbox. "
    "If it is still unopened after {hours} hours on working days, it goes on paper.",
)

#: Of a delivered letter that goes on paper because nobody could be told of it.
NOTICE_FAILED_THEN_PAPER: Final = Words(
    "Brevet ligger i modtagerens postkasse, men ingen besked om det nåede frem. Derfor sendes det på papir.",
    "Brevet ligger i mottakerens postkasse, men varselet om det kom ikke fram. Derfor sendes det på papir.",
    "The letter lies in the recipient's mailbox, but no notice of it got through. Therefore it goes on paper.",
)

#: Of a letter that a print job has.
IN_A_PRINT_RUN: Final = Words(
    "Brevet er med i en udskrivning, som trykkeriet ikke har bekræftet endnu.",
    "Brevet er med i en utskrift som trykkeriet ikke har bekreftet ennå.",
    "The letter is part of a print run that the printer has not confirmed yet.",
)

#: Of a letter whose hold its sender ended.
RETURNED_BY_ORDER: Final = Words(
    "Det sendes ikke herfra.",
    "Det sendes ikke herfra.",
    "It will not be sent from here.",
)

#: Of a letter that cannot be printed for what its document is.
CORRECT_DOCUMENT: Final = Words(
    "Brevet er ikke sendt. Ret dokumentet, og send brevet igen i en ny batch.",
    "Brevet er ikke sendt. Rett dokumentet, og send brevet igjen i en ny batch.",
    "The letter was not sent. Correct the document and send the letter again in a new batch.",
)

#: Added to a letter that asked for a response which its sender has not reported.
NO_REACTION: Final = Words(
    "Svarfristen er udløbet, og afsender har ikke meldt nogen reaktion.",
    "Svarfristen er ute, og avsender har ikke meldt om noen reaksjon.",
    "The day for a response has passed, and the sender has reported none.",
)

#: Of a letter of a neutral list, whatever has become of it but for paper and not being sent.
ACCEPTED: Final = Words(
    "Brevet er taget imod. Listen viser ikke, om modtageren har en postkasse, om brevet er afleveret eller åbnet, "
    "om det opbevares eller er stoppet, eller hvad afsenders ordrer førte til. "
    "Den viser det, når brevet er sendt på papir, eller når det ikke bliver sendt.",
    "Brevet er tatt imot. Listen viser ikke om mottakeren har en postkasse, om brevet er levert eller åpnet, "
    "om det oppbevares eller er stoppet, eller hva avsenders ordrer førte til. "
    "Den viser det når brevet er sendt på papir, eller når det ikke blir sendt.",
    "The letter is taken in. This list does not tell whether the recipient has a mailbox, whether the letter is "
    "delivered or opened, whether it is stored or stopped, or what came of the sender's orders. "
    "It tells when the letter has gone on paper, or when it comes back unsent.",
)

#: What each status means where nothing above is more exact.
OF_STATUS: Final[Mapping[Status, Words]] = {
    Status.REJECTED: Words(
        "Brevet er ikke sendt. Ret rækken, og send den igen i en ny batch.",
        "Brevet er ikke sendt. Rett raden, og send den igjen i en ny batch.",
        "The letter was not sent. Correct the row and send it again in a new batch.",
    ),
    Status.WAITING: Words(
        "Derefter sendes det af sig selv.",
        "Deretter sendes det av seg selv.",
        "After that it is sent by itself.",
    ),
    Status.IN_TRANSIT: Words(
        "Brevet er afleveret til postkassen, som ikke har bekræftet det endnu.",
        "Brevet er overlevert til postkassen, som ikke har bekreftet det ennå.",
        "The letter has been handed over to the mailbox, which has not confirmed it yet.",
    ),
    Status.HELD: Words(
        "Brevet leveres, så snart modtageren får en postkasse. "
        "Sker det ikke, inden opbevaringen udløber, sendes det ikke, og afsender må finde en anden vej.",
        "Brevet leveres så snart mottakeren får en postkasse. "
        "Skjer det ikke før oppbevaringen utløper, sendes det ikke, og avsender må finne en annen vei.",
        "The letter is delivered as soon as the recipient gets a mailbox. "
        "If that has not happened before the hold ends, it is not sent, and the sender has to find another way.",
    ),
    Status.DELIVERED: Words(
        "Brevet ligger i modtagerens postkasse.",
        "Brevet ligger i mottakerens postkasse.",
        "The letter lies in the recipient's mailbox.",
    ),
    Status.OPENED: Words(
        "Modtageren har åbnet brevet.",
        "Mottakeren har åpnet brevet.",
        "The recipient has opened the letter.",
    ),
    Status.NOTICE_FAILED: Words(
        "Brevet ligger i modtagerens postkasse, men ingen besked om det nåede frem.",
        "Brevet ligger i mottakerens postkasse, men varselet om det kom ikke fram.",
        "The letter lies in the recipient's mailbox, but no notice of it got through.",
    ),
    Status.TO_PRINT: Words(
        "Brevet venter på næste udskrivning.",
        "Brevet venter på neste utskrift.",
        "The letter waits for the next print run.",
    ),
    Status.PRINTED: Words(
        "Brevet er udskrevet og sendt med posten.",
        "Brevet er skrevet ut og sendt med posten.",
        "The letter was printed and posted.",
    ),
    Status.RETURNED: Words(
        "Papirbrevet kom retur. Kontrollér adressen, og send brevet igen i en ny batch.",
        "Papirbrevet kom i retur. Kontroller adressen, og send brevet igjen i en ny batch.",
        "The paper letter came back. Check the address and send the letter again in a new batch.",
    ),
    Status.EXPIRED: Words(
        "Brevet sendes ikke herfra. Send det ad anden vej, hvis det stadig skal frem.",
        "Brevet sendes ikke herfra. Send det på en annen måte hvis det fortsatt skal fram.",
        "The letter will not be sent from here. Send it another way if it still has to arrive.",
    ),
    Status.RECALLED: Words(
        "Det sendes ikke, heller ikke på papir.",
        "Det sendes ikke, heller ikke på papir.",
        "It will not be sent, not even on paper.",
    ),
    Status.STOPPED: Words(
        "Brevet er stoppet og sendes ikke, heller ikke på papir.",
        "Brevet er stoppet og sendes ikke, heller ikke på papir.",
        "The letter was stopped and will not be sent, not even on paper.",
    ),
    Status.FAILED: Words(
        "Brevet er ikke leveret. Send det ad anden vej.",
        "Brevet er ikke levert. Send det på en annen måte.",
        "The letter was not delivered. Send it another way.",
    ),
}

#: What a status means for a letter that lies in a mailbox all the same.
OF_STATUS_IN_A_MAILBOX: Final[Mapping[Status, Words]] = {
    Status.TO_PRINT: Words(
        "Det udskrives ved næste udskrivning, hvis modtageren ikke åbner det forinden.",
        "Det skrives ut ved neste utskrift hvis mottakeren ikke åpner det før den tid.",
        "It is printed with the next print run, unless the recipient opens it before.",
    ),
    Status.PRINTED: Words(
        "Det er udskrevet og sendt med posten, og det ligger også i modtagerens postkasse.",
        "Det er skrevet ut og sendt med posten, og det ligger også i mottakerens postkasse.",
        "It was printed and posted, and it lies in the recipient's mailbox too.",
    ),
    Status.RETURNED: Words(
        "Papirbrevet kom retur; brevet ligger stadig i modtagerens postkasse. "
        "Kontrollér adressen, hvis det skal sendes på papir igen.",
        "Papirbrevet kom i retur; brevet ligger fortsatt i mottakerens postkasse. "
        "Kontroller adressen hvis det skal sendes på papir igjen.",
        "The paper letter came back; the letter still lies in the recipient's mailbox. "
        "Check the address if it is to go on paper again.",
    ),
    Status.STOPPED: Words(
        "Brevet ligger i modtagerens postkasse og sendes ikke på papir.",
        "Brevet ligger i mottakerens postkasse og sendes ikke på papir.",
        "The letter lies in the recipient's mailbox and will not be sent on paper.",
    ),
    Status.FAILED: Words(
        "Brevet ligger stadig i modtagerens postkasse. Send det ad anden vej, hvis det også skal frem på papir.",
        "Brevet ligger fortsatt i mottakerens postkasse. Send det på en annen måte hvis det også skal fram på papir.",
        "The letter still lies in the recipient's mailbox. Send it another way if it has to go on paper too.",
    ),
}

#: What became of an order; a refused one says itself why.
OF_ANSWER: Final[Mapping[Answer, Words]] = {
    Answer.WAITING: Words(
        "Ordren er modtaget og ikke udført endnu.",
        "Ordren er mottatt og ikke utført ennå.",
        "The order was received and is not carried out yet.",
    ),
    Answer.DONE: Words(
        "Ordren er udført.",
        "Ordren er utført.",
        "The order was carried out.",
    ),
    Answer.TOO_LATE: Words(
        "Ordren kom for sent til at ændre noget.",
        "Ordren kom for sent til å endre noe.",
        "The order came too late to change anything.",
    ),
    Answer.NOT_HELD: Words(
        "Ordren gælder kun breve, der opbevares, og det gør dette ikke.",
        "Ordren gjelder bare brev som oppbevares, og det gjør ikke dette.",
        "The order is for held letters only, and this one is not held.",
    ),
    Answer.ACCEPTED: Words(
        "Ordren er modtaget. Listen viser ikke, hvad den førte til.",
        "Ordren er mottatt. Listen viser ikke hva den førte til.",
        "The order was received. This list does not tell what came of it.",
    ),
}

#: Of a column that ingest did not know, and of one that is spelt almost like a known one.
UNKNOWN_COLUMN: Final = Words(
    "Kolonnen »{column}« er ukendt og er ikke brugt.",
    "Kolonnen «{column}» er ukjent og er ikke brukt.",
    "The column “{column}” is not known and was not used.",
)
PERHAPS_MEANT: Final = Words(
    "Kolonnen »{column}« er ukendt og er ikke brugt. Mente du »{nearest}«?",
    "Kolonnen «{column}» er ukjent og er ikke brukt. Mente du «{nearest}»?",
    "The column “{column}” is not known and was not used. Did you mean “{nearest}”?",
)
