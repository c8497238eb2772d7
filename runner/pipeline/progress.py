"""What the user sees while a run measures: on stderr, drawn between rounds, never inside one."""

import math
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from runner import measure, output
from runner.model import Block, Catalogue, Cell, Measure, Plan
from runner.pipeline.places import Prepared
from runner.process import AWAKE
from runner.report import figures
from runner.report.contexts import block_words, cell_words
from runner.statistics.estimating import FEWEST_ROUNDS

DRAW_EVERY = 0.5
"""Seconds between two drawings on a terminal."""
SAY_EVERY = 15.0
"""Seconds between two plain lines, where there is no terminal."""
LONG = 1.0
"""Seconds of a wait that are worth a word."""
ROOMY = 100
"""Columns of a terminal from which on there is room for the name of what is being measured."""
BAR = 12
STATE = 66
"""Columns for the bar and for how far the run is; the name has the rest."""
TWO = "two sessions have wider intervals than one: measure one, or three and more"
"""Student's t of the pooled interval has one degree of freedom (docs/method.md, section 9)."""


@contextmanager
def listener(prepared: Prepared, quiet: bool, session: int = 0) -> Iterator[measure.Listener]:
    """Yield a listener that shows the progress of a run: a bar on a terminal, else plain lines.

    `session` is the number of the session that a resumed run continues with, else 0. What that
    still takes depends on what the run has: it is said after calibration.
    """
    if quiet:
        yield measure.Listener()
        return
    if session:
        output.say(f"continuing with {_what(prepared.plan)}, as session {session}")
        if session == 2:
            output.say(TWO)
    else:
        for line in expected(prepared.plan, prepared.matrix.measure):
            output.say(line)
    console = output.console(stderr=True)
    if console.is_terminal:
        with _bar(console) as bar:
            yield Drawn(bar, prepared)
    else:
        yield PlainLines(prepared)


def _bar(console: Console) -> Progress:
    room = console.width - BAR - STATE if console.width >= ROOMY else 0
    # No thread of its own repaints it: it would use the machine that is being measured.
    return Progress(
        *(
            [
                TextColumn(
                    "{task.description}",
                    markup=False,
                    table_column=Column(no_wrap=True, overflow="ellipsis", max_width=room),
                )
            ]
            if room
            else []
        ),
        BarColumn(bar_width=BAR),
        TextColumn("{task.fields[state]}", markup=False),
        console=console,
        auto_refresh=False,
        transient=True,
    )


class _Shown(measure.Listener):
    """Puts what happens into words; subclasses show them."""

    def __init__(self, prepared: Prepared) -> None:
        self._catalogue = catalogue(prepared)
        self._began = AWAKE.now()
        self._left = measure.estimate(prepared.plan, prepared.matrix.measure)
        self._estimated = False

    def _show(self, name: str, state: str, now: bool = False) -> None:
        """Show what is being measured and how far the run is, at once or at the next occasion."""
        raise NotImplementedError

    def _print(self, line: str) -> None:
        """Show a line that stays."""
        raise NotImplementedError

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """Show how many cells are calibrated, and which is next."""
        self._show(cell_words(cell, self._catalogue), f"calibrating {number} of {of}")

    def estimated(self, seconds: float, unbounded: float) -> None:
        """Take in the time that is left, and show the first estimate after calibration."""
        self._left = seconds
        if not self._estimated:
            self._estimated = True
            whole = figures.duration(unbounded)
            more = "" if unbounded <= seconds else f" (without the budget {whole})"
            self._print(f"calibrated; about {figures.duration(seconds)} left{more}")

    def round_done(self, progress: measure.Progress) -> None:
        """Show how far the run is."""
        self._left = progress.remaining
        self._show(block_words(progress.block, self._catalogue), how_far(progress))

    def gave_up(self, cell: Cell, reason: str) -> None:
        """Say which cell is left out from now on."""
        self._print(gave_up(cell, reason, self._catalogue))

    def waiting(self, reason: str, seconds: float) -> None:
        """Say why the run waits, if it is for long."""
        if seconds >= LONG:
            self._show("", f"waiting: {reason}, up to {figures.duration(seconds)}", now=True)


class Drawn(_Shown):
    """A bar with the share of the time that has passed, and how far the run is."""

    def __init__(self, bar: Progress, prepared: Prepared) -> None:
        super().__init__(prepared)
        self._bar = bar
        self._task = bar.add_task("", total=1.0, state="")
        self._drawn = 0.0

    def _show(self, name: str, state: str, now: bool = False) -> None:
        if not now and time.monotonic() - self._drawn < DRAW_EVERY:
            return
        self._drawn = time.monotonic()
        gone = AWAKE.now() - self._began
        self._bar.update(
            self._task,
            description=output.visible(name),
            completed=gone / (gone + self._left) if gone + self._left > 0 else 1.0,
            state=output.visible(state),
        )
        self._bar.refresh()

    def _print(self, line: str) -> None:
        self._bar.console.print(output.short(output.visible(f"ipcmatrix: {line}")))


class PlainLines(_Shown):
    """Plain lines, a few per minute, for the log of a scheduled job."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__(prepared)
        self._said = time.monotonic()

    def _show(self, name: str, state: str, now: bool = False) -> None:
        del name, now  # the state says enough, and a log needs it now and then only
        if time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            output.say(state)

    def _print(self, line: str) -> None:
        output.say(line)


def how_far(progress: measure.Progress) -> str:
    """Return how many comparisons are decided so far, the widest interval, and the time left."""
    left = f"{figures.duration(progress.remaining)} left"
    if not progress.comparisons:
        return left
    if not progress.known:
        return f"{figures.percent(progress.begun)} of the way to first results, {left}"
    half = progress.half_width
    of = figures.count(progress.comparisons, "comparison")
    widest = figures.percent(half, 0 if half >= 0.1 else 1)
    return f"{progress.decided} of {of} decided, widest ±{widest}, {left}"


def expected(plan: Plan, settings: Measure) -> Iterator[str]:
    """Yield how much is measured and how long it takes, and what the wished precision would."""
    if not plan.blocks:
        return
    found = measure.expectation(plan, settings)
    pauses = (settings.sessions - 1) * settings.pause
    what = f"measuring {_what(plan)}"
    wish = f"intervals within ±{settings.precision * 100:.3g} %"
    free = any(not arm.cell.bound for block in plan.blocks for arm in block.arms)
    if free and settings.free_rounds:
        wish += f" (placement free: {figures.count(settings.free_rounds, 'round')})"
    if found.within:
        yield f"{what}: about {figures.duration(found.allowed)} for {wish}"
    elif settings.budget is not None and found.allowed - pauses >= settings.budget:
        more = f" and {figures.duration(pauses)} of pauses" if pauses else ""
        yield f"{what}; budget {figures.duration(settings.budget)}{more}"
    else:
        rounds = figures.count(settings.rounds, "round")
        yield f"{what}: about {figures.duration(found.allowed)} for at most {rounds}"
    if settings.sessions == 2:
        yield TWO
    if found.within:
        return
    flags = [f"--rounds {found.rounds}"] if settings.rounds < found.rounds else []
    if settings.budget is not None and found.wished - pauses > settings.budget:
        flags.insert(0, flag(found.wished - pauses))
    yield f"{wish} need about {figures.duration(found.wished)}: {' '.join(flags)}"
    fewest = replace(settings, budget=None, rounds=FEWEST_ROUNDS, min_rounds=FEWEST_ROUNDS)
    least = measure.estimate(plan, fewest) - pauses
    if settings.budget is not None and settings.budget < least:
        each = " in every session" if settings.sessions > 1 else ""
        yield (
            f"without {FEWEST_ROUNDS} rounds of each block{each} there is no interval: they need "
            f"about {figures.duration(least)}: {flag(least)}"
        )


def _what(plan: Plan) -> str:
    cells = len({arm.cell for block in plan.blocks for arm in block.arms})
    return f"{figures.count(cells, 'combination')} in {_comparisons(plan.blocks)}"


def _comparisons(blocks: Iterable[Block]) -> str:
    pairs = sum(not arm.control for block in blocks for arm in block.arms[1:])
    return figures.count(pairs, "comparison")


def lacks(outcome: measure.Outcome, plan: Plan, settings: Measure) -> Iterator[str]:
    """Yield sentences about cells and times that were not measured or did not count."""
    if outcome.away >= 1:
        away = figures.duration(outcome.away)
        yield (
            f"the machine or this program was suspended for {away} in all: that time does not "
            "count, and the interrupted trials were run again"
        )
    if not plan.blocks:
        statuses = Counter(cell.status.value for cell in plan.cells)
        counts = ", ".join(f"{count} {status}" for status, count in statuses.items())
        yield f"nothing was measured: no cell can be measured here ({counts}); `plan` says why"
    elif outcome.ending is measure.Ending.BUDGET and outcome.unreached:
        budget = figures.duration(settings.budget or 0.0)
        missing = f"{_comparisons(outcome.unreached)} had no round within the budget of {budget}"
        nothing = f"nothing was measured within the budget of {budget}"
        enough = _sufficient(plan, settings, outcome.rates)
        yield f"{missing if outcome.measured else nothing}: {enough}"
    elif not outcome.measured and outcome.ending is not measure.Ending.INTERRUPTED:
        yield "nothing was measured: no trial was ok; the report's failures say why"


def _sufficient(plan: Plan, settings: Measure, rates: Mapping[Cell, float]) -> str:
    """Return the budgets that suffice: for a round of each block, and for the precision."""
    pauses = (settings.sessions - 1) * settings.pause
    one = replace(settings, budget=None, rounds=1, min_rounds=1)
    # Double: speeds are unknown, and the machine is busy at times. The given budget was not
    # enough, whatever the estimate says.
    least = 2 * (measure.estimate(plan, one, rates) - pauses) + 8 * settings.sessions
    least = max(least, 2 * (settings.budget or 0.0))
    wished = max(least, measure.expectation(plan, settings, rates).wished - pauses)
    return (
        f"{flag(least)} should suffice for a round of each, {flag(wished)} for "
        f"±{settings.precision * 100:.3g} % on a quiet machine"
    )


def flag(seconds: float) -> str:
    """Return the flag for a budget of so many seconds, or a little more: --budget 5m."""
    long = seconds > 90
    return f"--budget {math.ceil(seconds / 60 if long else seconds)}{'m' if long else 's'}"


def catalogue(prepared: Prepared) -> Catalogue:
    """Return what the interpreters of a place say of transports, payloads and topologies."""
    return Catalogue.united(agent.describe().registry for agent in prepared.agents.values())


def gave_up(cell: Cell, reason: str, known: Catalogue) -> str:
    """Return the sentence that a cell is left out."""
    last = reason.strip().splitlines()[-1]
    return f"{cell_words(cell, known)}: left out from here on: {last}"
