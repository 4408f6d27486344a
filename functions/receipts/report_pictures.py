"""The geometry of the report's pictures: plain numbers, which the template draws as SVG.

Each is made twice, for a wide page and for a telephone, so that its letters are as
large as those around it on both.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import accumulate
from typing import Final, NamedTuple

from receipts.report_words import OUTCOMES

#: How wide the bars of a flow are.
BAR: Final = 10


class Link(NamedTuple):
    """Letters that went through a channel to an outcome, both with their names; `tone` is a class of the style."""

    channel: str
    outcome: str
    letters: int
    channel_name: str
    outcome_name: str
    tone: str


class Node(NamedTuple):
    """A bar with its label and its number, which begin at `label_x` and stand on `label_y`."""

    x: float
    y: float
    height: float
    tone: str
    label: str
    number: str
    label_x: float
    label_y: float


class Band(NamedTuple):
    """A stream between two bars, as an SVG path."""

    path: str
    tone: str


class Flow(NamedTuple):
    """A Sankey diagram. `kind` is `wide` or `narrow`."""

    kind: str
    width: int
    height: float
    nodes: Sequence[Node]
    bands: Sequence[Band]


class _Measures(NamedTuple):
    """Of a flow: where its three columns begin, how high all letters stand, how close labels may come."""

    kind: str
    width: int
    columns: tuple[int, int, int]
    letters: int
    pitch: int


_MEASURES: Final = (
    _Measures("wide", 720, (0, 270, 540), 300, 44),
    _Measures("narrow", 328, (0, 90, 204), 220, 40),
)
#: What a label needs above a bar.
_LABEL: Final = 38
_GAP: Final = 12
#: A stream that is thinner cannot be seen.
_THINNEST: Final = 2.0


def flows(rows: str, links: Sequence[Link], number: Callable[[int], str]) -> tuple[Flow, ...]:
    """A flow from all rows through channels to outcomes.

    Args:
        rows: what the first bar is called.
        links: in the order in which they are drawn, from the top.
        number: puts a count into words.
    """
    return tuple(_flow(measures, rows, links, number) for measures in _MEASURES)


class _Column:
    """Bars above each other, each of the links that share a key."""

    def __init__(self, links: Sequence[tuple[str, Link, float]]) -> None:
        self.links: dict[str, list[Link]] = {}
        self.heights: dict[str, float] = {}
        self.tops: dict[str, float] = {}
        for key, link, height in links:
            self.links.setdefault(key, []).append(link)
            self.heights[key] = self.heights.get(key, 0.0) + height

    def stack(self, keys: Sequence[str], *, above: float, pitch: float, gap: float) -> float:
        """Give each bar its place, with room above it and at least `pitch` for it; the height of all."""
        y = 0.0
        for key in keys:
            y += above
            slot = max(self.heights[key], pitch)
            self.tops[key] = y + (slot - self.heights[key]) / 2
            y += slot + gap
        return y - gap

    def move(self, by: float) -> None:
        """Move all bars down."""
        self.tops = {key: top + by for key, top in self.tops.items()}

    def count(self, key: str) -> int:
        """The letters of a bar."""
        return sum(link.letters for link in self.links[key])


def _flow(measures: _Measures, rows: str, links: Sequence[Link], number: Callable[[int], str]) -> Flow:
    total = sum(link.letters for link in links)
    thick = [max(_THINNEST, link.letters * measures.letters / total) for link in links]
    channels = _Column([(link.channel, link, height) for link, height in zip(links, thick, strict=True)])
    outcomes = _Column([(link.outcome, link, height) for link, height in zip(links, thick, strict=True)])
    of_all = sum(thick)
    # The outcomes have their labels beside them, the others above.
    in_order = [outcome for outcome in OUTCOMES if outcome in outcomes.links]
    columns = (
        of_all + _LABEL,
        channels.stack(list(channels.links), above=_LABEL, pitch=0, gap=_GAP),
        outcomes.stack(in_order, above=0, pitch=measures.pitch, gap=2),
    )
    height = max(columns)
    channels.move((height - columns[1]) / 2)
    outcomes.move((height - columns[2]) / 2)
    top = _LABEL + (height - columns[0]) / 2
    first, middle, last = measures.columns

    nodes = [_above(first, top, of_all, rows, number(total))]
    for channel, of_channel in channels.links.items():
        name, count = of_channel[0].channel_name, number(channels.count(channel))
        nodes.append(_above(middle, channels.tops[channel], channels.heights[channel], name, count))
    for outcome in in_order:
        link, y, bar = outcomes.links[outcome][0], outcomes.tops[outcome], outcomes.heights[outcome]
        place = (_round(last + BAR + 8), _round(y + bar / 2 - 3))
        count = number(outcomes.count(outcome))
        nodes.append(Node(last, _round(y), _round(bar), link.tone, link.outcome_name, count, *place))

    bands = []
    for channel, bar in channels.heights.items():
        bands.append(Band(_band(first + BAR, middle, top, channels.tops[channel], bar), "all"))
        top += bar
    for link, bar in zip(links, thick, strict=True):
        y, to = channels.tops[link.channel], outcomes.tops[link.outcome]
        bands.append(Band(_band(middle + BAR, last, y, to, bar), link.tone))
        channels.tops[link.channel] += bar
        outcomes.tops[link.outcome] += bar
    return Flow(measures.kind, measures.width, _round(height + 2), nodes, bands)


def _above(x: float, y: float, height: float, label: str, count: str) -> Node:
    """A bar with its label above it."""
    return Node(x, _round(y), _round(height), "all", label, count, x, _round(y - 23))


def _band(x1: float, x2: float, y1: float, y2: float, height: float) -> str:
    half = (x1 + x2) / 2
    a, b, c, d = (_round(y) for y in (y1, y2, y2 + height, y1 + height))
    return f"M{x1:g} {a:g}C{half:g} {a:g} {half:g} {b:g} {x2:g} {b:g}V{c:g}C{half:g} {c:g} {half:g} {d:g} {x1:g} {d:g}Z"


class Openings(NamedTuple):
    """What a curve shows.

    Attributes:
        first, last: the days between which it is drawn.
        written: the day of the list, where the curve ends.
        opened: letters opened on each day.
        deadlines: letters that go on paper on each day if they are not opened.
        all: letters in a mailbox, the height of the picture.
    """

    first: date
    last: date
    written: date
    opened: Mapping[date, int]
    deadlines: Mapping[date, int]
    all: int


class Bar(NamedTuple):
    """A bar of letters that go on paper."""

    x: float
    y: float
    width: float
    height: float


class Curve(NamedTuple):
    """Openings over time. `line` and `area` are SVG paths; `opened_at` is where its label stands."""

    kind: str
    width: int
    height: int
    top: float
    bottom: float
    line: str
    area: str
    bars: Sequence[Bar]
    anchor: str
    opened_at: tuple[float, float]


_CURVES: Final = (("wide", 720, 280), ("narrow", 328, 230))
_TOP: Final = 30
_BOTTOM: Final = 26
#: A bar is no wider, so that one of a day alone is a bar and no field.
_WIDEST: Final = 28.0


def curves(shown: Openings) -> tuple[Curve, ...]:
    """The letters opened so far on each day, with those that go on paper."""
    return tuple(_curve(shown, *measures) for measures in _CURVES)


def _curve(shown: Openings, kind: str, width: int, height: int) -> Curve:
    days = (shown.last - shown.first).days + 1
    bottom = height - _BOTTOM

    def x_of(day: date) -> float:
        return _round((day - shown.first).days * width / days)

    def y_of(count: float) -> float:
        return _round(bottom - count * (bottom - _TOP) / shown.all)

    step = width / days
    opened = sorted(shown.opened.items())
    so_far = list(accumulate((count for _, count in opened), initial=0))
    line = f"M0 {bottom}"
    for (day, _), before, after in zip(opened, so_far, so_far[1:], strict=False):
        line += f"L{x_of(day):g} {y_of(before):g}L{_round(x_of(day) + step):g} {y_of(after):g}"
    end, level = _round(x_of(shown.written) + step), y_of(so_far[-1])
    line += f"L{end:g} {level:g}"
    bar = min(_WIDEST, max(2.0, step * 0.7))
    bars = [
        Bar(_round(x_of(day) + (step - bar) / 2), y_of(count), _round(bar), _round(bottom - y_of(count)))
        for day, count in sorted(shown.deadlines.items())
    ]
    is_late = end > width / 2
    return Curve(
        kind=kind,
        width=width,
        height=height,
        top=_TOP,
        bottom=bottom,
        line=line,
        area=f"{line}V{bottom}H0Z",
        bars=bars,
        anchor="end" if is_late else "start",
        opened_at=(end, max(_TOP + 18.0, level - 9)),
    )


def _round(value: float) -> float:
    return round(value, 1)
