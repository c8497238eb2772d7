"""All sittings of a run: a plan and agents in, rows out, and what came of each block."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from runner.errors import IpcmatrixError
from runner.measure.bench import Bench, TrialRunner
from runner.measure.course import Course, Stretch, unfinished
from runner.measure.estimate import block_seconds
from runner.measure.parts import remembered, split
from runner.measure.sitting import Sitting
from runner.measure.span import Ending, Span
from runner.measure.surroundings import Surroundings
from runner.measure.trials import calibrate_all
from runner.model import Block, Cell, History, Measure, Plan


class BlockEnd(NamedTuple):
    """How far a block came: the rounds towards its last target, and the widest half-width.

    `half_width` is that of the 95 % intervals of its ratios as a fraction, infinite while unknown;
    `precise` tells whether it is as narrow as was asked for.
    """

    block: Block
    rounds: int
    half_width: float
    precise: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one call of `measure` came to. Durations in seconds.

    `blocks` are the blocks as measured (parts apart), the least precise first; `given_up` names
    the cells that failed too often, with the reason; `unreached` are the blocks of which the run
    holds no measured round though cells of theirs are left, `measured` tells whether it holds one
    of any; `timed` is the time inside timed stretches, `waited` that before the gate, `seconds` all
    but the pauses, and `away` that in which the machine or this program was stopped.
    """

    ending: Ending
    sittings: tuple[int, ...]
    blocks: tuple[BlockEnd, ...]
    given_up: Mapping[Cell, str]
    unreached: tuple[Block, ...]
    measured: bool
    timed: float
    waited: float
    seconds: float
    away: float


def measure(
    plan: Plan,
    agents: Mapping[str, TrialRunner],
    settings: Measure,
    around: Surroundings,
    history: History | None = None,
) -> Outcome:
    """Measure the blocks of `plan` until all are precise enough, or budget or a stop ends it.

    Every complete round goes to `around.sink` as it comes. With a `history`, only what is lacking
    is measured, in new sittings. It ends within the budget plus one round; a stop ends it after
    the trials under way.
    """
    return _Measuring(plan, agents, settings, around, history or History()).run()


class _Measuring:
    """The state of one call of `measure` over its sittings."""

    def __init__(
        self,
        plan: Plan,
        agents: Mapping[str, TrialRunner],
        settings: Measure,
        around: Surroundings,
        history: History,
    ) -> None:
        self._blocks = plan.blocks
        self._settings = settings
        self._around = around
        self._bench = Bench(agents, settings, around, history)
        self._past = dict(history.rounds)
        self._number = history.sitting
        self._sittings: list[int] = []
        self._parts: dict[str, list[Block]] = {}
        self._courses: dict[str, Course] = {}
        self._known: dict[str, Stretch] = {}
        self._seconds = 0.0
        self._away = around.clock.away()

    def run(self) -> Outcome:
        """Measure sitting after sitting, with pauses between."""
        endings = [Ending.DONE]
        for ordinal in range(1, self._settings.sittings + 1):
            try:
                endings.append(self._sit(ordinal))
            except KeyboardInterrupt:
                # A second Ctrl-C breaks off the trials under way; the journal has the rest.
                endings.append(Ending.INTERRUPTED)
            if endings[-1] is Ending.INTERRUPTED:
                break
        return self._outcome(max(endings, key=list(Ending).index))

    def _sit(self, ordinal: int) -> Ending:
        lacking = [block for block in self._blocks if self._lacks(block, ordinal)]
        if not lacking:
            return Ending.DONE
        if self._sittings and not self._paused():
            return Ending.INTERRUPTED
        self._number += 1
        self._sittings.append(self._number)
        begin = self._around.clock.now()
        later = self._settings.sittings - ordinal
        try:
            self._around.watch.sitting_begins(self._number, self._around.pause)
            ending = self._measure(
                lacking, ordinal, Span(self._number, begin + self._share(later), later)
            )
        except BaseException:
            with suppress(IpcmatrixError):  # what ended the sitting is what to tell
                self._around.watch.sitting_ends(self._number)
            raise
        finally:
            self._seconds += self._around.clock.now() - begin
        self._around.watch.sitting_ends(self._number)
        return ending

    def _paused(self) -> bool:
        self._around.listener.waiting("pause between sittings", self._settings.pause)
        self._around.pause(self._settings.pause)
        return not self._around.stopped()

    def _share(self, later: int) -> float:
        """Return the seconds of this sitting: what is left of the budget goes to all alike."""
        if self._settings.budget is None:
            return math.inf
        return max(0.0, self._settings.budget - self._seconds) / (later + 1)

    def _measure(self, lacking: Sequence[Block], ordinal: int, span: Span) -> Ending:
        self._bench.speeds.new_sitting()
        if ending := calibrate_all(self._bench, span, lacking):
            return ending
        for block in lacking:
            self._parts.setdefault(block.id, self._split(block))
        courses = {
            part.id: Course(part, self._settings, self._progress(part).open_rounds)
            for block in lacking
            for part in self._parts[block.id]
            if self._progress(part).ends < ordinal
        }
        try:
            return Sitting(self._bench, span, list(courses.values())).run()
        finally:
            self._courses.update(courses)
            # The next sitting stands alone; what this one left open was for want of time.
            self._known.update(dict.fromkeys(courses, Stretch(ordinal, ())))

    def _lacks(self, block: Block, ordinal: int) -> bool:
        parts = self._parts.get(block.id) or remembered(block, self._past)
        covered = {arm for part in parts for arm in part.arms}
        left = [arm for arm in block.arms if arm.cell not in self._bench.failures.given_up]
        if not covered.issuperset(left):
            return True
        return bool(left) and any(self._progress(part).ends < ordinal for part in parts)

    def _progress(self, part: Block) -> Stretch:
        if part.id not in self._known:
            past = self._past.get(part.id, ())
            self._known[part.id] = unfinished(part, self._settings, past)
        return self._known[part.id]

    def _split(self, block: Block) -> list[Block]:
        given_up = self._bench.failures.given_up
        arms = [arm for arm in block.arms if arm.cell not in given_up]
        seconds = block_seconds(arms, self._settings, self._bench.speeds.of)
        return split(block, seconds, self._past)

    def _outcome(self, ending: Ending) -> Outcome:
        parts = [
            part
            for block in self._blocks
            for part in self._parts.get(block.id) or remembered(block, self._past) or [block]
        ]
        given_up, reached = self._bench.failures.given_up, self._bench.reached
        ends = [_end(self._courses.get(part.id) or self._as_before(part)) for part in parts]
        return Outcome(
            ending,
            tuple(self._sittings),
            tuple(sorted(ends, key=lambda end: -end.half_width)),
            dict(given_up),
            tuple(
                part
                for part in parts
                if part.id not in reached and any(arm.cell not in given_up for arm in part.arms)
            ),
            bool(reached),
            self._bench.timed,
            self._bench.gate.waited,
            self._seconds,
            self._around.clock.away() - self._away,
        )

    def _as_before(self, part: Block) -> Course:
        course = Course(part, self._settings, self._past.get(part.id, ()))
        course.drop(self._bench.failures.given_up.keys())
        return course


def _end(course: Course) -> BlockEnd:
    course.look()
    half_width = math.expm1(course.half_width)
    return BlockEnd(course.block, len(course.rounds), half_width, course.precise)
