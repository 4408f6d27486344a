"""`make month SEED=n`: a month of letters, events, orders, outages and deaths, held against a plain model.

The last line counts; it exits with 0 only where every letter is where the model has it.
"""

import argparse
import sys
import warnings
from collections.abc import Callable

from tests.simulation.drawing import draw
from tests.simulation.evidence import Evidence
from tests.simulation.plan import SENDERS
from tests.simulation.verdict import Verdict, judge
from tests.simulation.world import World
from tests.support.office import START, Office

_SEED = 1
_LETTERS = 420
_DAYS = 30
#: After it, nothing more happens: holds, dates and late reports end within weeks.
_DAYS_AFTER = 60


def play(office: Office, seed: int, *, days: int, letters: int, say: Callable[[str], object]) -> Verdict:
    """Play a month and judge it.

    Args:
        office: without data.
        seed: of all chance.
        days: how long the month is.
        letters: about how many.
        say: hears what is worth knowing on the way.
    """
    world = World(office, draw(seed, START, days, letters))
    batches = sorted({letter.batch for letter in world.log.letters.values()})
    world.play()
    at_month_end = Evidence(office, batches).letters
    world.play_out(_DAYS_AFTER)
    verdict = judge(world.log, at_month_end, Evidence(office, batches))
    ticks = sum(1 for _ in world.log.ticks())
    say(
        f"seed {seed}: {days} days, {len(batches)} batches of {len(SENDERS)} senders, "
        f"{len(world.log.happenings) - ticks} happenings, {ticks} ticks, "
        f"{world.deaths} deaths, {world.watch.interruptions} interruptions; "
        f"of {verdict.either} letters either of two ends is right"
    )
    return verdict


def main() -> int:
    """Play the month of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--letters", type=int, default=_LETTERS)
    parser.add_argument("--days", type=int, default=_DAYS)
    asked = parser.parse_args()
    # A function that dies has counted nothing.
    warnings.filterwarnings("ignore", "No application metrics to publish")
    office = Office()
    office.reset()

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")

    try:
        verdict = play(office, asked.seed, days=asked.days, letters=asked.letters, say=say)
    finally:
        office.close()
    for line in (*verdict.report, *verdict.oddities):
        say(line)
    say(verdict.line)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())
