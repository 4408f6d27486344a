"""Words that a sender may write where a column offers a choice, in three languages."""

from collections.abc import Mapping
from typing import Final

from postal.letters import Delivery
from postal.orders import Order

DELIVERY: Final[Mapping[str, Delivery]] = {
    "digital_or_paper": "digital_or_paper",
    "digital_eller_papir": "digital_or_paper",
    "digitalt_eller_papir": "digital_or_paper",
    "digital_only": "digital_only",
    "kun_digital": "digital_only",
    "kun_digitalt": "digital_only",
    "bare_digitalt": "digital_only",
    "paper": "paper",
    "papir": "paper",
    "print": "paper",
}

YES_NO: Final[Mapping[str, bool]] = {
    **dict.fromkeys(("yes", "ja", "true", "sand", "sann", "1", "x"), True),
    **dict.fromkeys(("no", "nej", "nei", "false", "falsk", "usann", "0"), False),
}

LANGUAGE: Final[Mapping[str, str]] = {
    **dict.fromkeys(("da", "dk", "dansk", "danish"), "da"),
    **dict.fromkeys(("nb", "no", "bokmål", "norsk", "norsk_bokmål", "norwegian"), "nb"),
    **dict.fromkeys(("nn", "nynorsk", "norsk_nynorsk"), "nn"),
    **dict.fromkeys(("en", "engelsk", "english"), "en"),
}

ORDER: Final[Mapping[str, Order]] = {
    **dict.fromkeys(("recall", "tilbagekald", "træk_tilbage", "tilbakekall", "trekk_tilbake"), Order.RECALL),
    **dict.fromkeys(("extend", "forlæng", "forleng"), Order.EXTEND),
    **dict.fromkeys(("print", "udskriv", "skriv_ut"), Order.PRINT),
    **dict.fromkeys(("return", "retur", "returner", "returnér", "send_tilbage", "send_tilbake"), Order.RETURN),
    **dict.fromkeys(("responded", "besvaret", "besvart", "svaret", "svart"), Order.RESPONDED),
    **dict.fromkeys(("approve", "godkend", "godkjenn"), Order.APPROVE),
    **dict.fromkeys(("cancel", "annuller", "annullér", "kanseller", "avlys"), Order.CANCEL),
}

#: Names of countries that stand in Nordic address lists instead of their ISO 3166-1 codes.
_COUNTRY_NAMES: Final = {
    **dict.fromkeys(("norge", "noreg", "norway"), "NO"),
    **dict.fromkeys(("danmark", "denmark"), "DK"),
    **dict.fromkeys(("sverige", "sweden"), "SE"),
    **dict.fromkeys(("finland", "suomi"), "FI"),
    **dict.fromkeys(("island", "iceland"), "IS"),
    **dict.fromkeys(("færøerne", "færøyene", "faroe_islands"), "FO"),
    **dict.fromkeys(("grønland", "greenland"), "GL"),
    **dict.fromkeys(("tyskland", "germany"), "DE"),
    **dict.fromkeys(("storbritannien", "storbritannia", "united_kingdom", "uk"), "GB"),
}

#: ISO 3166-1 alpha-2, as of 2024.
_CODES: Final = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_COUNTRY_CODES: Final = frozenset(_CODES.split())


def word(text: str) -> str:
    """A written word in the form in which the tables here list it."""
    return text.strip().casefold().replace(" ", "_").replace("-", "_")


def country_code(text: str) -> str | None:
    """The ISO 3166-1 alpha-2 code of a code or a common name; None where it is neither."""
    code = text.upper()
    return code if code in _COUNTRY_CODES else _COUNTRY_NAMES.get(word(text))
