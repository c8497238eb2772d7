"""What the user sees while a run measures: on stderr, drawn between rounds, never inside one."""

import math
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from runner import measure, output
from runner.model import Cell, Measure, Plan
from runner.pipeline.places import Prepared
from runner.process import AWAKE
from runner.report import figures

DRAW_EVERY = 0.5
"""Seconds between two drawings on a terminal; without one a plain line comes every SAY_EVERY."""
SAY_EVERY = 15.0


@contextmanager
def listener(prepared: Prepared, quiet: bool) -> Iterator[measure.Listener]:
    """Give a listener that shows the progress of a run: a bar on a terminal, else plain lines."""
    if quiet:
        yield measure.Listener()
        return
    cost = expected(prepared.plan, prepared.matrix.measure)
    say(f"measuring {figures.count(len(prepared.plan.blocks), 'block')}: {cost}")
    console = output.console(stderr=True)
    if console.is_terminal:
        with _bar(console) as bar:
            yield Drawn(bar, prepared)
    else:
        yield PlainLines(prepared)


def _bar(console: Console) -> Progress:
    # No thread of its own repaints it: it would use the machine that is being measured.
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[state]}", markup=False),
        console=console,
        auto_refresh=False,
        transient=True,
    )


class _State:
    """How far measuring is, in words."""

    def __init__(self, prepared: Prepared) -> None:
        self.started = AWAKE.now()
        self.left = measure.estimate(prepared.plan, prepared.matrix.measure)
        self._refined = False

    def line(self, progress: measure.Progress) -> str:
        """Take in a round and return its line."""
        self.left = progress.remaining
        half = progress.half_width
        width = f"±{half:.1%}" if math.isfinite(half) else "±?"
        return (
            f"{progress.precise} of {figures.count(progress.comparisons, 'comparison')} done, "
            f"{progress.block.id} round {progress.rounds} {width}, {duration(self.left)} left"
        )

    def refined(self, seconds: float, unbounded: float) -> str:
        """Return the line of the first estimate after calibration, "" for the later ones."""
        if self._refined:
            return ""
        self._refined = True
        more = "" if unbounded <= seconds else f"; without the budget about {duration(unbounded)}"
        return f"after calibration: about {duration(seconds)} left{more}"

    @property
    def share(self) -> float:
        """Return the elapsed share of the time."""
        gone = AWAKE.now() - self.started
        return gone / (gone + self.left) if gone + self.left > 0 else 1.0


class Drawn(measure.Listener):
    """A bar with the blocks done, the round and the time left."""

    def __init__(self, bar: Progress, prepared: Prepared) -> None:
        self._bar = bar
        self._state = _State(prepared)
        self._task = bar.add_task("measuring", total=1.0, state="")
        self._drawn = 0.0

    def _draw(self, title: str, state: str, now: bool = False) -> None:
        if not now and time.monotonic() - self._drawn < DRAW_EVERY:
            return
        self._drawn = time.monotonic()
        share = self._state.share
        self._bar.update(
            self._task, description=title, completed=share, state=output.visible(state)
        )
        self._bar.refresh()

    def _print(self, line: str) -> None:
        self._bar.console.print(output.short(output.visible(f"ipcmatrix: {line}")))

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """Show the cell that is calibrated."""
        self._draw("calibrating", f"{number}/{of} {cell.transport} on {cell.python}")

    def estimated(self, seconds: float, unbounded: float) -> None:
        """Take in the time that is left, and show it once it rests on measured speeds."""
        self._state.left = seconds
        if line := self._state.refined(seconds, unbounded):
            self._print(line)

    def round_done(self, progress: measure.Progress) -> None:
        """Show how far the run is."""
        self._draw("measuring", self._state.line(progress))

    def gave_up(self, cell: Cell, reason: str) -> None:
        """Say which cell is left out from now on."""
        self._print(gave_up(cell, reason))

    def waiting(self, reason: str, seconds: float) -> None:
        """Say why the run waits."""
        self._draw("waiting", f"{reason}, up to {duration(seconds)}", now=True)


class PlainLines(measure.Listener):
    """Plain lines, a few per minute, for the log of a scheduled job."""

    def __init__(self, prepared: Prepared) -> None:
        self._state = _State(prepared)
        self._said = time.monotonic()

    def _now_and_then(self, line: str) -> None:
        if time.monotonic() - self._said >= SAY_EVERY:
            self._said = time.monotonic()
            say(line)

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        """Say which cell is calibrated."""
        self._now_and_then(f"calibrating {number}/{of}: {cell.transport} on {cell.python}")

    def estimated(self, seconds: float, unbounded: float) -> None:
        """Take in the time that is left, and show it once it rests on measured speeds."""
        self._state.left = seconds
        if line := self._state.refined(seconds, unbounded):
            say(line)

    def round_done(self, progress: measure.Progress) -> None:
        """Say how far the run is."""
        self._now_and_then(self._state.line(progress))

    def gave_up(self, cell: Cell, reason: str) -> None:
        """Say which cell is left out from now on."""
        say(gave_up(cell, reason))

    def waiting(self, reason: str, seconds: float) -> None:
        """Say why the run waits."""
        self._now_and_then(f"waiting: {reason}, up to {duration(seconds)}")


def expected(plan: Plan, settings: Measure) -> str:
    """Return the expected cost of the requested precision, and what budget and rounds allow."""
    found = measure.expectation(plan, settings)
    rounds = figures.count(found.rounds, "round")
    wish = (
        f"±{settings.precision * 100:.3g} % takes about {rounds} per block and session, "
        f"{duration(found.wished)} on a quiet machine"
    )
    if found.within:
        return wish
    bounds = f"at most {figures.count(settings.rounds, 'round')}"
    if settings.budget is not None:
        bounds = f"a budget of {duration(settings.budget)} and {bounds}"
    allow = "allows" if settings.budget is None and settings.rounds == 1 else "allow"
    return f"{wish}; {bounds} {allow} {duration(found.allowed)}"


def lacks(outcome: measure.Outcome, plan: Plan, settings: Measure) -> Iterator[str]:
    """Yield sentences about cells and times that were not measured or did not count."""
    if outcome.away >= 1:
        yield (
            f"the machine or this program was suspended for {duration(outcome.away)} in all: that "
            "time does not count, and the interrupted trials were run again"
        )
    if not plan.blocks:
        statuses = Counter(cell.status.value for cell in plan.cells)
        counts = ", ".join(f"{count} {status}" for status, count in statuses.items())
        yield f"nothing was measured: no cell can be measured here ({counts}); `plan` says why"
    elif outcome.ending is measure.Ending.BUDGET and outcome.unreached:
        reached = len(outcome.blocks) - len(outcome.unreached)
        lack = f"only {reached} of {figures.count(len(outcome.blocks), 'block')} had a round"
        yield (
            f"{lack if outcome.measured else 'nothing was measured'}: the budget of "
            f"{duration(settings.budget or 0.0)} is used up; {_sufficient(plan, settings)}"
        )
    elif not outcome.measured and outcome.ending is not measure.Ending.INTERRUPTED:
        yield "nothing was measured: no trial was ok; the report's failures say why"


def _sufficient(plan: Plan, settings: Measure) -> str:
    """Return the budgets that suffice: for a round of each block, and for the precision."""
    pauses = (settings.sessions - 1) * settings.pause
    one = replace(settings, budget=None, rounds=1, min_rounds=1)
    # Double: speeds are unknown, and the machine is busy at times. The given budget was not
    # enough, whatever the estimate says.
    least = 2 * (measure.estimate(plan, one) - pauses) + 3 * settings.sessions
    least = max(least, 2 * (settings.budget or 0.0))
    wished = max(least, measure.expectation(plan, settings).wished - pauses)
    return (
        f"--budget {math.ceil(least)}s should suffice for a round of each, --budget "
        f"{math.ceil(wished)}s for ±{settings.precision * 100:.3g} % on a quiet machine"
    )


def say(line: str) -> None:
    """Say a line on stderr."""
    output.say(line)


def gave_up(cell: Cell, reason: str) -> str:
    """Return the sentence that a cell is left out."""
    where = f"{cell.transport} {cell.payload} {cell.topology} on {cell.python}"
    return f"{where} is left out from here on: {reason.strip().splitlines()[-1]}"


def duration(seconds: float) -> str:
    """Return a duration for people: 48 s, 3 min, 1.5 h."""
    if not math.isfinite(seconds):
        return "unknown"
    if 0 < seconds < 0.95:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
