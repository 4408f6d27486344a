"""`make month SEED=n`: a month of letters, events, orders, outages and deaths, held against a plain model.

`make months SEEDS=n` plays so many, each shorter, of seeds that nobody chose.
The last line counts; it exits with 0 only where every letter is where the model has it.
"""

import argparse
import secrets
import sys
import warnings
from collections.abc import Callable, Sequence

from tests.simulation.drawing import draw
from tests.simulation.evidence import Evidence
from tests.simulation.plan import SENDERS, Plan
from tests.simulation.verdict import Verdict, judge
from tests.simulation.world import World
from tests.support.office import START, Office

_SEED = 1
#: From which seeds are drawn that nobody chose.
_SEEDS = 10**6
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
    say(f"seed {seed}: {days} days")
    return play_plan(office, draw(seed, START, days, letters), say)


def play_plan(office: Office, plan: Plan, say: Callable[[str], object]) -> Verdict:
    """Play what is planned and judge it.

    Args:
        office: without data.
        plan: of what happens.
        say: hears what is worth knowing on the way.
    """
    world = World(office, plan)
    batches = sorted({letter.batch for letter in world.log.letters.values()})
    world.play()
    at_month_end = Evidence(office, batches).letters
    world.play_out(_DAYS_AFTER)
    verdict = judge(world.log, at_month_end, Evidence(office, batches))
    ticks = sum(1 for _ in world.log.ticks())
    say(
        f"{len(batches)} batches of {len(SENDERS)} senders, "
        f"{len(world.log.happenings) - ticks} happenings, {ticks} ticks, "
        f"{world.deaths} deaths, {world.watch.interruptions} interruptions; "
        f"of {verdict.either} letters either of two ends is right"
    )
    return verdict


def main() -> int:
    """Play the month of the command line, or one of each of many seeds that nobody chose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=_SEED)
    parser.add_argument("--seeds", type=int, default=0, help="so many seeds drawn at random, in place of one")
    parser.add_argument("--letters", type=int, default=_LETTERS)
    parser.add_argument("--days", type=int, default=_DAYS)
    asked = parser.parse_args()
    # A function that dies has counted nothing.
    warnings.filterwarnings("ignore", "No application metrics to publish")
    seeds = [secrets.randbelow(_SEEDS) for _ in range(asked.seeds)] or [asked.seed]
    office = Office()
    verdicts: list[tuple[int, Verdict]] = []
    try:
        for seed in seeds:
            office.reset()
            verdict = play(office, seed, days=asked.days, letters=asked.letters, say=_say)
            verdicts.append((seed, verdict))
            for line in (*verdict.report, *verdict.oddities, verdict.line):
                _say(line)
    finally:
        office.close()
    if asked.seeds:
        _say(_line(verdicts))
    return 0 if all(verdict.is_good for _, verdict in verdicts) else 1


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _line(verdicts: Sequence[tuple[int, Verdict]]) -> str:
    """What was found in all months together."""
    failing = [str(seed) for seed, verdict in verdicts if not verdict.is_good]
    return (
        f"seeds {len(verdicts)}, letters {sum(verdict.letters for _, verdict in verdicts)}, "
        f"lost {sum(len(verdict.lost) for _, verdict in verdicts)}, "
        f"doubled {sum(len(verdict.doubled) for _, verdict in verdicts)}, "
        f"printed after opened {sum(len(verdict.after_opening) for _, verdict in verdicts)}, "
        f"failing seeds: {' '.join(failing) or 'none'}"
    )


if __name__ == "__main__":
    sys.exit(main())
