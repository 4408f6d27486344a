"""Checking a row: from what the sender wrote to a letter, or to everything that is wrong with it.

The shape of the values is checked by one pydantic schema of core constraints; what
no pattern can say follows in plain functions. A row that fails the schema is looked
at again to say why.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Final, NamedTuple, Required, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from pydantic import StringConstraints, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from ingest import choices
from ingest.columns import ADDRESS_REQUIRED
from ingest.errors import Code, Problem
from ingest.raw import RawRow
from ingest.values import is_identifier, moment, recipient_id
from postal.letters import Address, Delivery, Letter
from postal.senders import COUNTRY, Regime, Sender
from postal.times import ZONES

T = TypeVar("T")

MOST_CHARACTERS: Final = 100
MOST_DOCUMENTS: Final = 20
#: The longest name of a document, or of a folder above it.
MOST_NAME: Final = 96
#: With the batch's prefix this stays below the 1,024 bytes of an S3 key.
MOST_PATH_BYTES: Final = 700
_MOST_DOCUMENT_TEXT: Final = MOST_DOCUMENTS * (MOST_PATH_BYTES + 1)

#: Control characters, line and paragraph separators, and what turns the direction of text.
_UNSEEN: Final = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_HAS_UNSEEN: Final = re.compile(f"[{_UNSEEN}]")
#: Where a spreadsheet begins a formula (OWASP, "CSV Injection"); tab and CR are unseen anyhow.
_FORMULA_STARTS: Final = ("=", "+", "-", "@")

_Text: TypeAlias = Annotated[str, StringConstraints(max_length=MOST_CHARACTERS, pattern=rf"^[^{_UNSEEN}]*$")]
_Reference: TypeAlias = Annotated[
    str, StringConstraints(max_length=MOST_CHARACTERS, pattern=rf"^[^=+\-@{_UNSEEN}][^{_UNSEEN}]*$")
]
_Paths: TypeAlias = Annotated[str, StringConstraints(max_length=_MOST_DOCUMENT_TEXT, pattern=rf"^[^\\{_UNSEEN}]*$")]


class _Values(TypedDict, total=False):
    """What a row may hold, by column; empty values are left out before."""

    reference: Required[_Reference]
    title: Required[_Text]
    document: Required[_Paths]
    recipient: _Text
    consent: _Text
    consent_at: _Text
    delivery: _Text
    deliver_after: _Text
    respond_by: _Text
    name: _Text
    address_1: _Text
    address_2: _Text
    address_3: _Text
    postal_code: _Text
    city: _Text
    country: _Text
    colour: _Text
    duplex: _Text
    language: _Text


# The validator itself: the adapter's method around it costs a microsecond a row.
_validate: Final = TypeAdapter(_Values).validator.validate_python

_MARKUP: Final = re.compile(r"<[/!?a-zA-Z]")
#: Searched first, because it is quickly done with titles that have no such number.
_TEN_DIGITS: Final = re.compile(r"[0-9]{6}[ -]?[0-9]{4}")
_PERSONAL_NUMBER: Final = re.compile(r"(?<!\d)(?:(\d{6} ?\d{5})|(\d{6}-\d{4}))(?!\d)")
_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:|[A-Za-z][A-Za-z0-9+]*://")
_GOOD_PATH: Final = re.compile(
    rf"(?!{_ABSOLUTE.pattern})(?:(?!\.\.?/)[^/\\{_UNSEEN}]{{1,{MOST_NAME}}}/)*"
    rf"[^/\\{_UNSEEN}]{{1,{MOST_NAME - 4}}}\.[pP][dD][fF]"
)
#: A path of so many characters is short enough in any encoding of its letters.
_SURELY_SHORT: Final = MOST_PATH_BYTES // 4

_ADDRESS: Final = frozenset(ADDRESS_REQUIRED)
_FOUR_DIGITS: Final = re.compile(r"[0-9]{4}")
_POSTAL_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{1,11}")
_FOUR_DIGIT_COUNTRIES: Final = frozenset({"NO", "DK"})

_CHOICES: Final = {
    "delivery": "digital_or_paper, digital_only, paper",
    "colour": "yes, no, ja, nej, nei",
    "duplex": "yes, no, ja, nej, nei",
    "language": "da, nb, nn, en",
}
#: What cells show whose formula failed, in English, Danish and Norwegian (Microsoft, "How to correct a formula error").
_SPREADSHEET_ERRORS: Final = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"}
    | {"#I/T", "#REFERENCE!", "#VÆRDI!", "#DIVISION/0!", "#NAVN?", "#NUL!", "#VERDI!", "#TALL?"}
)
#: What a swapped column explains.
_OF_RECIPIENT: Final = frozenset({Code.RECIPIENT_UNREADABLE, Code.RECIPIENT_LENGTH, Code.RECIPIENT_MISSING})


class Ground(NamedTuple):
    """What rows are checked against.

    Attributes:
        country: the sender's, `no` or `dk`.
        zone: the sender's.
        paper_may_follow: whether a letter `digital_or_paper` may end on paper.
    """

    country: str
    zone: ZoneInfo
    paper_may_follow: bool


def ground_of(sender: Sender) -> Ground:
    """The ground of a sender's rows.

    Paper may follow under both public regimes, and under the private one where the
    sender's fallback is print.
    """
    country = COUNTRY[sender.regime]
    return Ground(country, ZONES[country], sender.regime != Regime.DK_PRIVATE or sender.settings.fallback == "print")


def may_go_on_paper(delivery: Delivery, ground: Ground) -> bool:
    """Whether a letter may end on paper, as far as its row and its sender decide it."""
    return delivery == "paper" or (delivery == "digital_or_paper" and ground.paper_may_follow)


class Checked(NamedTuple):
    """A row after its check.

    Attributes:
        letter: without its documents; None where there are problems.
        paths: of the letter's documents.
    """

    raw: RawRow
    letter: Letter | None
    paths: tuple[str, ...]
    problems: tuple[Problem, ...]


def check(raw: RawRow, ground: Ground) -> Checked:
    """Everything that can be said of a row without looking at other rows or at documents."""
    if raw.problems:
        return Checked(raw, None, (), raw.problems)
    usable = raw.values
    # Looked at one by one only where there may be one: this is done for every row.
    problems = list(_spreadsheet_errors(usable)) if "#" in "".join(usable.values()) else []
    try:
        _validate(usable)
    except ValidationError as error:
        problems += _shape_problems(error, raw.values)
    if problems:
        unusable = {problem.column for problem in problems}
        usable = {column: value for column, value in raw.values.items() if column not in unusable}
    paths: tuple[str, ...] = ()
    if "document" in usable:
        paths = tuple([path.strip() for path in usable["document"].split("|")])
        problems += _paths_problems(paths)
    letter = _letter(raw, usable, ground, problems)
    if problems:
        return Checked(raw, None, (), tuple(_with_swaps(raw.values, problems, ground)))
    return Checked(raw, letter, paths, ())


def _spreadsheet_errors(values: Mapping[str, str]) -> Iterator[Problem]:
    for column, value in values.items():
        if value.upper() in _SPREADSHEET_ERRORS:
            yield Problem(Code.SPREADSHEET_ERROR, column, {"found": value})


def _letter(raw: RawRow, usable: Mapping[str, str], ground: Ground, problems: list[Problem]) -> Letter:
    """The letter that the usable values make; what is wrong with them is added to `problems`."""
    get = usable.get
    recipient = get("recipient", "")
    if recipient:
        found = recipient_id(recipient, ground.country)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            recipient = found
    title = get("title", "")
    problems += _title_problems(title)
    delivery = _choice(usable, "delivery", choices.DELIVERY, "digital_or_paper", problems)
    is_for_paper = may_go_on_paper(delivery, ground)
    return Letter(
        row=raw.row,
        reference=get("reference", ""),
        recipient=recipient,
        title=title,
        documents=(),
        delivery=delivery,
        consent=get("consent", ""),
        consent_at=time_of(usable, "consent_at", ground.zone, problems),
        deliver_after=time_of(usable, "deliver_after", ground.zone, problems),
        respond_by=time_of(usable, "respond_by", ground.zone, problems),
        address=_address(raw.values, usable, ground, problems, is_for_paper=is_for_paper),
        colour=_choice(usable, "colour", choices.YES_NO, False, problems),  # noqa: FBT003 - the default
        duplex=_choice(usable, "duplex", choices.YES_NO, True, problems),  # noqa: FBT003 - the default
        language=_choice(usable, "language", choices.LANGUAGE, "", problems),
    )


def _choice(usable: Mapping[str, str], column: str, known: Mapping[str, T], default: T, problems: list[Problem]) -> T:
    """What a word of a column means, or the default where the column is empty."""
    if column not in usable:
        return default
    written = usable[column]
    if written in known:
        return known[written]
    written = choices.word(written)
    if written not in known:
        problems.append(Problem(Code.CHOICE_UNKNOWN, column, {"choices": _CHOICES[column]}))
        return default
    return known[written]


def time_of(usable: Mapping[str, str], column: str, zone: ZoneInfo, problems: list[Problem]) -> str:
    """A time column as `postal.times` writes it, or empty; what is wrong with it is added to `problems`."""
    if column not in usable:
        return ""
    found = moment(usable[column], zone)
    if isinstance(found, Code):
        problems.append(Problem(found, column))
        return ""
    return found


def _title_problems(title: str) -> list[Problem]:
    """Titles are shown as plain text, in notices too, so they carry neither markup nor a person's number."""
    problems = []
    if "<" in title and _MARKUP.search(title):
        problems.append(Problem(Code.TITLE_NOT_PLAIN, "title"))
    match = _PERSONAL_NUMBER.search(title) if _TEN_DIGITS.search(title) else None
    if match and is_identifier(match[0], "no" if match[1] else "dk"):
        problems.append(Problem(Code.TITLE_HAS_IDENTIFIER, "title"))
    return problems


def _address(
    written: Mapping[str, str],
    usable: Mapping[str, str],
    ground: Ground,
    problems: list[Problem],
    *,
    is_for_paper: bool,
) -> Address | None:
    """The row's address, where it has a complete one; whatever may go on paper needs it.

    A row without a recipient is fine with an address, if the letter may go on paper at all.
    """
    has_recipient = "recipient" in written
    missing = [] if written.keys() >= _ADDRESS else [column for column in ADDRESS_REQUIRED if column not in written]
    is_digital_only = not is_for_paper and has_recipient
    if missing or (not is_for_paper and not has_recipient):
        if not has_recipient and (len(missing) == len(ADDRESS_REQUIRED) or not missing):
            problems.append(Problem(Code.RECIPIENT_MISSING, "recipient"))
        elif not is_digital_only:
            facts = {"missing": ", ".join(missing)}
            problems.append(Problem(Code.ADDRESS_INCOMPLETE, missing[0], facts))
        return None
    country = choices.country_code(usable["country"]) if "country" in usable else ground.country.upper()
    if usable is not written and not usable.keys() >= _ADDRESS:
        return None
    code = usable["postal_code"]
    if country is None:
        flaw = Problem(Code.COUNTRY_UNKNOWN, "country")
    elif not (_FOUR_DIGITS if country in _FOUR_DIGIT_COUNTRIES else _POSTAL_CODE).fullmatch(code):
        flaw = Problem(Code.POSTAL_CODE_INVALID, "postal_code", {"country": country})
    else:
        lines = tuple([usable[line] for line in ("address_1", "address_2", "address_3") if line in usable])
        return Address(name=usable["name"], lines=lines, postal_code=code, city=usable["city"], country=country)
    if not is_digital_only:
        problems.append(flaw)
    return None


def _paths_problems(paths: tuple[str, ...]) -> list[Problem]:
    """What is wrong with the paths of a letter's documents, one problem a path."""
    problems = [_path_problem(path) for path in paths if not _is_good(path)]
    if len(paths) > MOST_DOCUMENTS:
        problems.append(Problem(Code.TOO_MANY_DOCUMENTS, "document", {"limit": MOST_DOCUMENTS}))
    return problems


def _is_good(path: str) -> bool:
    is_short = len(path) <= _SURELY_SHORT or len(path.encode()) <= MOST_PATH_BYTES
    return is_short and _GOOD_PATH.fullmatch(path) is not None


def _path_problem(path: str) -> Problem:
    """Why a path is none: folders are parted by `/`, below the batch's documents, each name short."""
    parts = path.split("/")
    shown = {"path": _HAS_UNSEEN.sub("?", path[:MOST_NAME])}
    if "\\" in path:
        code = Code.DOCUMENT_PATH_BACKSLASH
    elif _ABSOLUTE.match(path):
        code = Code.DOCUMENT_PATH_ABSOLUTE
    elif {".", ".."}.intersection(parts):
        code = Code.DOCUMENT_PATH_UPWARDS
    elif "" in parts or parts[-1].lower() == ".pdf":
        code = Code.DOCUMENT_PATH_EMPTY_PART
    elif not path.lower().endswith(".pdf"):
        code = Code.DOCUMENT_NOT_PDF
    elif any(len(part) > MOST_NAME for part in parts):
        return Problem(Code.DOCUMENT_NAME_TOO_LONG, "document", {**shown, "limit": MOST_NAME})
    else:
        return Problem(Code.DOCUMENT_NAME_TOO_LONG, "document", {**shown, "limit": MOST_PATH_BYTES})
    return Problem(code, "document", shown)


def _shape_problems(error: ValidationError, values: Mapping[str, str]) -> Iterator[Problem]:
    """Why values failed the schema, each looked at for everything that is wrong with it."""
    for detail in error.errors(include_url=False, include_input=False, include_context=False):
        column = str(detail["loc"][0])
        if column not in values:
            yield Problem(Code.VALUE_MISSING, column)
        else:
            yield from _value_problems(column, values[column])


def _value_problems(column: str, value: str) -> Iterator[Problem]:
    limit = _MOST_DOCUMENT_TEXT if column == "document" else MOST_CHARACTERS
    if len(value) > limit:
        yield Problem(Code.VALUE_TOO_LONG, column, {"limit": limit})
    if _HAS_UNSEEN.search(value):
        yield Problem(Code.CONTROL_CHARACTER, column)
    if column == "reference" and value.startswith(_FORMULA_STARTS):
        yield Problem(Code.REFERENCE_IS_FORMULA, column, {"start": value[0]})
    if column == "document" and "\\" in value:
        yield from _paths_problems(tuple(value.split("|")))


def _with_swaps(values: Mapping[str, str], problems: list[Problem], ground: Ground) -> Iterator[Problem]:
    """The problems, a fault of the recipient told as a swap where its number stands in another column."""
    swapped = next(
        (column for column in ("reference", "title") if is_identifier(values.get(column, ""), ground.country)), ""
    )
    for problem in problems:
        if swapped and problem.code in _OF_RECIPIENT:
            yield Problem(Code.COLUMNS_SWAPPED, swapped)
        elif not (swapped and problem.code is Code.TITLE_HAS_IDENTIFIER):
            yield problem
