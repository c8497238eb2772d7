"""One sitting: passes over the unfinished blocks until all are precise enough."""

import math
from collections.abc import Sequence
from itertools import count

from runner.measure.bench import Bench
from runner.measure.course import FIRST_ESTIMATE, Course
from runner.measure.order import pass_order
from runner.measure.span import Ending, Span
from runner.measure.stint import Stint
from runner.measure.surroundings import Progress


class Sitting:
    """Takes calibrated courses through passes until they are done, or the sitting must end."""

    def __init__(self, bench: Bench, span: Span, courses: Sequence[Course]) -> None:
        self._bench = bench
        self._span = span
        self._courses = courses
        self._dropped = 0
        self._drop()
        self._stints = {one.block.id: Stint(bench, one) for one in courses if not one.done}
        self._estimates = 0
        self._whole = sum(stint.seconds_left for stint in self._stints.values())

    def run(self) -> Ending:
        """Measure until the end; every round is handed over as it comes."""
        for number in count(1):
            if not (stints := self._open()):
                break
            self._estimate()
            # Blocks that a broken-off sitting left behind catch up first: at any moment all
            # unfinished blocks are within one pass of each other.
            level = min(len(stint.course.rounds) for stint in stints)
            if ending := self._pass(number, level + self._pass_rounds(stints)):
                return ending
        return Ending.DONE

    def _pass_rounds(self, stints: Sequence[Stint]) -> int:
        """Return the rounds of a pass; fewer where the budget would end within it.

        So the blocks that it leaves behind lack one round at the end, not `pass_rounds`.
        """
        left = self._span.deadline - self._bench.around.clock.now()
        most = self._bench.settings.pass_rounds
        fitting = (
            rounds
            for rounds in range(most, 1, -1)
            if sum(stint.seconds_for(rounds) for stint in stints) <= left
        )
        return next(fitting, 1)

    def _open(self) -> list[Stint]:
        return [stint for stint in self._stints.values() if not stint.course.done]

    def _pass(self, number: int, level: int) -> Ending | None:
        blocks = [stint.course.block for stint in self._open()]
        for block in pass_order(self._bench.settings.seed, self._span.sitting, number, blocks):
            if ending := self._visit(self._stints[block.id], level):
                return ending
        return None

    def _visit(self, stint: Stint, level: int) -> Ending | None:
        while not stint.course.done and len(stint.course.rounds) < level:
            if ending := self._span.ending(self._bench.around):
                return ending
            if not stint.round(self._span):
                return Ending.INTERRUPTED
            self._drop()
            self._report(stint.course)
        return None

    def _drop(self) -> None:
        given_up = self._bench.failures.given_up
        if len(given_up) > self._dropped:
            self._dropped = len(given_up)
            for course in self._courses:
                course.drop(given_up.keys())

    def _report(self, course: Course) -> None:
        progress = Progress(
            self._span.sitting,
            course.block,
            len(course.rounds),
            math.expm1(course.half_width),
            sum(one.done for one in self._courses),
            len(self._courses),
            self._remaining(),
        )
        self._bench.around.listener.round_done(progress)

    def _estimate(self) -> None:
        """Tell how long it will take: after calibration, and once the spreads are known."""
        known = all(len(stint.course.rounds) >= FIRST_ESTIMATE for stint in self._open())
        if self._estimates < 1 + known:
            self._estimates = 1 + known
            self._bench.around.listener.estimated(self._remaining(), self._unbounded())

    def _unbounded(self) -> float:
        """Return the seconds that would be left without a budget."""
        here = sum(stint.seconds_left for stint in self._stints.values())
        return here + self._span.later * (self._bench.settings.pause + self._whole)

    def _remaining(self) -> float:
        settings = self._bench.settings
        here = sum(stint.seconds_left for stint in self._stints.values())
        here = max(0.0, min(here, self._span.deadline - self._bench.around.clock.now()))
        share = math.inf if settings.budget is None else settings.budget / settings.sittings
        return here + self._span.later * (settings.pause + min(self._whole, share))
