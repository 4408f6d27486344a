import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest
from msgspec import structs

from ingest.errors import Code
from postal.batches import Batch, BatchState
from postal.reasons import NextStep, Reason
from postal.senders import Language, Regime, Sender, Settings
from postal.status import Status
from postal.times import local_time
from receipts import lines, report, report_words
from receipts.lines import ReceiptLine
from receipts.lists import Listed
from receipts.report import Tally
from receipts.words import Words
from tests.support import reports
from tests.unit.receipts import samples

LISTED = Listed(number=2, version="v2", previous="v1", written_at="2026-11-26T08:30:00Z")
LANGUAGES = get_args(Language)
VOID = {"meta", "br"}
CODES = [*Reason.__members__, *report_words.OF_CODE]


class Page(HTMLParser):
    """A page taken apart; it fails where tags do not close as they opened.

    Attributes:
        headings: the levels, in order.
        tables: the rows of each table, as cells.
        sections: what each section holds: how many pictures, how many tables.
        texts: all text outside of the style.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.tables: list[list[list[str]]] = []
        self.sections: list[Counter[str]] = []
        self.pictures: list[dict[str, str | None]] = []
        self.labelled_by: list[str] = []
        self.texts: list[str] = []
        self.lang: str | None = None
        self.tags: Counter[str] = Counter()
        self.feed(data.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags[tag] += 1
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.labelled_by += [value for name, value in attrs if name == "aria-labelledby" and value]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        match tag:
            case "html":
                self.lang = found["lang"]
            case "section":
                self.sections.append(Counter())
            case "svg":
                self.pictures.append(found)
                self.sections[-1]["svg"] += 1
            case "table":
                self.tables.append([])
                self.sections[-1]["table"] += 1
            case "tr":
                self.tables[-1].append([])
            case "th" | "td":
                self.tables[-1][-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - theirs
        assert tag in {"path", "rect"}, tag

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)
        if "table" in self.open and {"th", "td"} & set(self.open):
            self.tables[-1][-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


def by(language: Language = "en", regime: Regime = Regime.NO_PUBLIC, **settings: object) -> Sender:
    return samples.sender(regime, language, structs.replace(Settings(), **settings))


def line(  # noqa: PLR0917 - the columns of a line
    status: Status,
    code: str,
    channel: str = "",
    time: str = "2026-11-23T10:00:00+01:00",
    next_step: NextStep = NextStep.NONE,
    until: str = "",
    text: str = "",
) -> ReceiptLine:
    return ReceiptLine(
        reference="the-reference",
        row=1,
        status=status,
        code=code,
        channel=channel,
        time=time,
        controller="sender",
        text=text,
        next_step=next_step,
        until=until,
    )


def page_of(batch: Batch, receipts: Iterable[ReceiptLine]) -> bytes:
    tally = Tally(batch)
    for receipt in receipts:
        tally.add(receipt)
    return report.page(tally, batch, LISTED)


def read(batch: Batch, receipts: Iterable[ReceiptLine]) -> Page:
    return Page(page_of(batch, receipts))


def everything() -> list[ReceiptLine]:
    """Lines of every status with every code, through every channel."""
    return [
        line(status, code, channel, next_step=next_step, until="2027-01-02T10:00:00+01:00")
        for n, status in enumerate(Status)
        for m, code in enumerate(CODES)
        for channel in list(report_words.CHANNELS)[(n + m) % 6 :: 3]
        for next_step in list(NextStep)[(n + m) % 5 :: 3]
    ]


@pytest.mark.parametrize("name", sorted(reports.pages()))
def test_pages_are_well_formed_and_can_be_read_without_seeing_them(name: str) -> None:
    page = Page(reports.pages()[name])
    assert page.tags["header"] == page.tags["main"] == page.tags["footer"] == page.tags["h1"] == 1
    assert page.headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(page.headings))
    assert len(set(page.ids)) == len(page.ids)
    assert set(page.labelled_by) <= set(page.ids)
    assert len(page.labelled_by) == len(page.sections)
    assert all(picture["role"] == "img" and picture["aria-label"] for picture in page.pictures)
    assert all(section["table"] for section in page.sections if section["svg"])
    assert any(section["svg"] for section in page.sections)


@pytest.mark.parametrize("name", sorted(reports.pages()))
def test_pages_load_nothing_and_run_nothing(name: str) -> None:
    data = reports.pages()[name].decode()
    assert not re.search(r"https?:|\bsrc=|\bhref=|url\(|@import|<script|\bon[a-z]+=", data)
    assert "default-src 'none'" in data


def test_a_page_is_the_same_whenever_it_is_made_and_however_rows_come() -> None:
    receipts = everything()
    assert page_of(samples.batch(9), receipts) == page_of(samples.batch(9), reversed(receipts))


def test_the_flow_has_the_numbers_of_the_lines() -> None:
    receipts = [
        *[line(Status.OPENED, "ALTINN_BY_DEFAULT", "altinn")] * 1_200,
        *[line(Status.OPENED, "CHOSE_DIGIPOST", "digipost")] * 30,
        *[line(Status.PRINTED, "OPTED_OUT", "print")] * 20,
        *[line(Status.STOPPED, "RECIPIENT_CLOSED")] * 3,
    ]
    page = read(samples.batch(1_253, sender_=by()), receipts)
    assert page.tables[0][1:] == [
        ["Altinn", "Opened", "1,200", "95.8%"],
        ["Digipost", "Opened", "30", "2.4%"],
        ["Paper", "Sent on paper", "20", "1.6%"],
        ["No channel", "Stopped", "3", "0.2%"],
    ]
    # The picture names the same: all rows, each channel, each outcome.
    assert page.text.count("Rows 1,253") == 3
    assert page.text.count("Altinn 1,200") == page.text.count("Digipost 30") == page.text.count("No channel 3") == 2
    assert "1,253 rows through channels to statuses: Opened 1,230, Sent on paper 20, Stopped 3." in (
        page.pictures[0]["aria-label"] or ""
    )
    assert "Arrived 1,250 99.8%" in page.text
    assert "Not arrived 3 0.2%" in page.text


def test_openings_are_counted_by_the_day_against_the_paper_deadline() -> None:
    then_paper = "The letter lies unopened in the recipient's mailbox. "
    then_paper += "If it is still unopened after 40 hours on working days, it goes on paper."
    delivered = line(Status.DELIVERED, "ALTINN_BY_DEFAULT", "altinn", "2026-11-20T14:30:00+01:00", NextStep.WAIT)
    receipts = [
        *[line(Status.OPENED, "ALTINN_BY_DEFAULT", "altinn", "2026-11-19T23:59:59+01:00")] * 2,
        line(Status.OPENED, "ALTINN_BY_DEFAULT", "altinn", "2026-11-21T00:00:00+01:00"),
        *[structs.replace(delivered, text=f"A reason. {then_paper}")] * 3,
        structs.replace(delivered, text=f"{then_paper} And more.", next_step=NextStep.FOLLOW_UP),
        line(Status.DELIVERED, "CHOSE_EBOKS", "eboks"),
    ]
    page = read(samples.batch(8, sender_=by()), receipts)
    assert page.tables[1] == [
        ["Day", "Opened", "Opened in all", "Paper deadline"],
        ["19\u00a0November 2026", "2", "2", "0"],
        ["21\u00a0November 2026", "1", "3", "0"],
        ["24\u00a0November 2026", "0", "3", "4"],
    ]
    assert "Opened: 3 of 8 letters that lie in a mailbox (37.5%)." in page.text
    assert "after 40 hours on working days: 24 November 2026 at the earliest." in page.text


def test_many_days_are_told_by_the_week() -> None:
    first = date(2026, 1, 1)
    receipts = [
        line(Status.OPENED, "CHOSE_EBOKS", "eboks", f"{first + timedelta(days=day)}T10:00:00+01:00")
        for day in range(60)
    ]
    page = read(samples.batch(60, sender_=by()), receipts)
    heads, *weeks = page.tables[1]
    assert heads[0] == "Week from"
    assert weeks[0][:3] == ["29\u00a0December 2025", "4", "4"]
    assert weeks[1][:3] == ["5\u00a0January 2026", "7", "11"]
    assert weeks[-1][2] == "60"


def test_what_came_to_nothing_is_told_by_code_with_a_sentence() -> None:
    receipts = [
        *[line(Status.REJECTED, "DOCUMENT_MISSING", text="“ida-hansen.pdf” is not there.")] * 2,
        *[line(Status.REJECTED, "CONSENT_NOT_EVIDENCED")] * 5,
        line(Status.REJECTED, "A_CODE_OF_ANOTHER_RELEASE"),
    ]
    page = read(samples.batch(8, 3, by()), receipts)
    assert page.tables[1][1:] == [
        ["RefusedThe row does not evidence the recipient's valid consent.CONSENT_NOT_EVIDENCED", "5"],
        ["RefusedA document is not in the batch's documents/ folder.DOCUMENT_MISSING", "2"],
        ["RefusedThe row has errors and was not sent.A_CODE_OF_ANOTHER_RELEASE", "1"],
    ]


def test_what_waits_is_told_with_the_days_until_which_it_does() -> None:
    receipts = [
        line(Status.HELD, "HELD_FOR_SENDER", until="2026-12-18T09:05:00+01:00"),
        line(Status.HELD, "HELD_FOR_SENDER", until="2027-02-01T09:05:00+01:00"),
        line(Status.IN_TRANSIT, "REGISTERED_IN_EBOKS", "eboks"),
    ]
    page = read(samples.batch(3, sender_=by()), receipts)
    _, held, in_transit = page.tables[-1]
    assert held[1:] == ["18\u00a0December 2026 – 1\u00a0February 2027", "2"]  # noqa: RUF001 - a span
    assert in_transit[1:] == ["not fixed", "1"]


def test_the_sender_is_told_what_to_do_and_about_how_many() -> None:
    fixes = NextStep.SENDER_FIXES
    receipts = [
        line(Status.REJECTED, "DOCUMENT_MISSING", next_step=fixes),
        *[line(Status.REJECTED, "NO_DIGITAL_WAY", next_step=fixes)] * 2,
        *[line(Status.RETURNED, "OPTED_OUT", "print", next_step=fixes)] * 3,
        *[line(Status.HELD, "HELD_FOR_SENDER", next_step=NextStep.FOLLOW_UP)] * 4,
    ]
    text = read(samples.batch(10, 1, by()), receipts).text
    for said in (
        "1 Correct the rows in to_correct.csv",
        "2 See receipts.csv (status rejected)",
        "3 Returned mail: check the addresses",
        "4 The day for a response has passed: follow up on the letters in no_reaction.csv",
        "4 No hurry: the letters in held.csv",
    ):
        assert said in text
    assert "approve.csv" not in text


def test_a_sender_with_nothing_to_do_is_told_so() -> None:
    page = read(samples.batch(1, sender_=by()), [line(Status.OPENED, "CHOSE_EBOKS", "eboks")])
    assert "There is nothing for you to do now." in page.text


def test_a_batch_that_awaits_approval_says_how_to_approve_or_cancel_it() -> None:
    waiting = [line(Status.WAITING, lines.AWAITS_APPROVAL, next_step=NextStep.SENDER_FIXES)]
    batch = samples.batch(10, 2, by())
    text = read(batch, waiting).text
    assert "2 of 10 rows have errors (20%)" in text
    assert "cancel the batch" in text
    # It hangs on the lines of the list, not on what has become of the batch since.
    assert page_of(structs.replace(batch, state=BatchState.CANCELLED), waiting) == page_of(batch, waiting)


def test_nothing_of_a_letter_is_on_the_page_but_what_is_counted() -> None:
    data = reports.large().decode()
    row, _ = reports._told(7, Status.OPENED, Reason.CHOSE_EBOKS, samples.DELIVERED_AT)
    assert row.reference == "ref-7"
    for secret in ("ref-7", "0101010000", "Faktura", "Ida Eksempel", "letter.pdf", "a.pdf", "Byvej"):
        assert secret not in data


def test_what_a_sender_wrote_is_escaped() -> None:
    evil = "<img src=x onerror=alert(1)>"
    batch = samples.batch(1, 1, structs.replace(by(), name=evil))
    batch = structs.replace(batch, unknown_columns=((evil, ""),))
    data = page_of(batch, [line(Status.REJECTED, evil, next_step=NextStep.SENDER_FIXES)]).decode()
    assert "<img" not in data
    assert data.count("&lt;img src=x onerror=alert(1)&gt;") == 4


def test_many_unknown_columns_are_left_to_the_summary() -> None:
    columns = tuple((f"column-{n:02d}", "") for n in range(12))
    text = read(structs.replace(samples.batch(1, sender_=by()), unknown_columns=columns), [line(Status.HELD, "X")]).text
    assert "column-09" in text
    assert "column-10" not in text
    assert "summary.json names the rest." in text


def test_a_neutral_page_says_no_more_than_its_lines() -> None:
    """Whatever has become of letters that read alike, their page is the same."""
    batch = samples.batch(3, sender_=by(disclosure="neutral", regime=Regime.DK_PRIVATE))
    seen = set()
    for status, reason in (
        (Status.HELD, Reason.HELD_FOR_SENDER),
        (Status.OPENED, Reason.REGISTERED_IN_EBOKS),
        (Status.STOPPED, Reason.RECIPIENT_CLOSED),
        (Status.TO_PRINT, Reason.DECLINED_TO_PAPER),
    ):
        letters = [samples.letter(row, deliver_after="2026-12-24T11:00:00Z") for row in (1, 2, 3)]
        state = samples.state(status, reason)
        seen.add(page_of(batch, [lines.line(letter, state, batch, samples.NOW) for letter in letters]))
    (data,) = seen
    page = Page(data)
    assert page.tables == [
        [["Channel", "Status", "Rows", "Share"], ["No channel", "Taken in", "3", "100%"]],
    ]
    assert not re.search("opened|held|mailbox|delivered|waits", page.text, re.IGNORECASE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_can_be_said_in_every_language(language: Language) -> None:
    page = read(samples.batch(9, 2, by(language)), everything())
    assert page.lang == {"nn": "nb"}.get(language, language)
    assert not re.search(r"[{}]", page.text)


@pytest.mark.parametrize("table", [report_words.TEXTS, report_words.TO_DO, report_words.OUTCOMES, report_words.OF_CODE])
def test_words_name_the_same_facts_in_every_language(table: dict[str, Words]) -> None:
    for name, said in table.items():
        assert all(said), name
        assert len({frozenset(re.findall(r"{(\w+)}", text)) for text in said}) == 1, name


def test_every_status_and_every_code_of_a_row_has_words() -> None:
    assert {*Status, report_words.TAKEN_IN} == report_words.OUTCOMES.keys()
    codes = list(Code)
    of_rows = codes[codes.index(Code.EMPTY_ROW) : codes.index(Code.REFERENCE_UNKNOWN)]
    assert set(of_rows) <= report_words.OF_CODE.keys()
    assert not report_words.OF_CODE.keys() & Reason.__members__.keys()


@pytest.mark.parametrize(
    ("language", "number", "share"),
    [("da", "100.000", "12,3\u00a0%"), ("nb", "100\u00a0000", "12,3\u00a0%"), ("en", "100,000", "12.3%")],
)
def test_numbers_are_written_as_the_language_does(language: Language, number: str, share: str) -> None:
    assert report_words.number(100_000, language) == number
    assert report_words.share(123, 1_000, language) == share


def test_a_share_reads_as_none_or_all_only_where_it_is() -> None:
    assert [report_words.share(part, 100_000, "en") for part in (0, 1, 99_999, 100_000)] == [
        "0%",
        "0.1%",
        "99.9%",
        "100%",
    ]


def test_a_hundred_thousand_letters_are_a_small_page_and_a_small_tally() -> None:
    batch = samples.batch(100_000, 1_000, by("nb"))
    tally = Tally(batch)
    then_paper = tally._then_paper
    cases = everything()
    start = datetime(2026, 1, 1, 9, tzinfo=UTC)
    for n in range(100_000):
        at = local_time(start + timedelta(minutes=5 * n), "no")
        tally.add(structs.replace(cases[n % len(cases)], time=at, until=at, text=then_paper))
    data = report.page(tally, batch, LISTED)
    assert len(data) < 500_000
    assert tally.cases.total() == 100_000
    assert len(tally.cases) < 5_000
    assert len(tally.opened) <= 366
    Page(data)


def test_the_template_engine_is_imported_with_the_first_page() -> None:
    program = "import sys, receipts.files; sys.exit('jinja2' in sys.modules)"
    path = Path(report.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program], cwd=path, check=True)  # noqa: S603 - a fixed command of our own


def test_tones_can_be_read_in_light_and_in_dark() -> None:
    css = Path(report.__file__).with_name("report.css").read_text(encoding="utf-8")
    schemes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", block)) for block in re.findall(r":root {(.*?)}", css, re.DOTALL)
    ]
    assert len(schemes) == 3
    for colours in schemes:
        for ink in ("ink", "soft", "accent"):
            for ground in ("paper", "wash"):
                assert _contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)
        # Labels of channels stand on streams.
        for stream in ("all", "there", "way"):
            assert _contrast(colours["ink"], colours[stream]) >= 4.5, stream


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours, by WCAG 2.2."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
