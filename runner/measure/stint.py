"""A block's way through one sitting: its counts, its warm-up, how long its rounds take."""

from collections import Counter

from runner.measure.bench import Bench, Place
from runner.measure.counts import block_counts, yardstick
from runner.measure.course import Course
from runner.measure.estimate import round_seconds
from runner.measure.span import Span
from runner.measure.trials import run_round

NEWEST = 0.2
"""Weight of the newest round in the running mean of how long a round takes."""


class Stint:
    """Runs the rounds of a course in one sitting, the first few as warm-up."""

    def __init__(self, bench: Bench, course: Course) -> None:
        self.course = course
        self._bench = bench
        cells = list(dict.fromkeys(arm.cell for arm in course.arms))
        rates = {yardstick(cell): bench.speeds.of(cell).rate for cell in cells}
        self._counts = block_counts(cells, rates, bench.settings)
        self._round_seconds = round_seconds(course.arms, bench.settings, bench.speeds.of)
        self._ran: Counter[str] = Counter()

    @property
    def seconds_left(self) -> float:
        """Return the expected seconds until the course is done."""
        if self.course.done:
            return 0.0
        return self.seconds_for(max(1, self.course.needed - len(self.course.rounds)))

    def seconds_for(self, rounds: int) -> float:
        """Return the expected seconds of so many rounds, with the warm-up that is still to come."""
        return (rounds + self._warm_ups_left) * self._round_seconds

    @property
    def _warm_ups_left(self) -> int:
        return self._bench.settings.warmup_rounds - self._ran["warmup"]

    def round(self, span: Span) -> bool:
        """Run the next round and take it in; False where a stop came before its end.

        A round with a lost trial is not taken in.
        """
        phase = "warmup" if self._warm_ups_left > 0 else "measure"
        place = Place(span.sitting, self.course.block, phase, self._ran[phase] + 1)
        begin = self._bench.around.clock.now()
        ran = run_round(self._bench, place, self.course.arms, self._counts, span.deadline)
        if ran is None:
            return False
        self._ran[phase] += 1
        if self._bench.losses.in_a_row:
            # Its rows stay, but it is measured again; it took as long as the engine was away.
            return True
        seconds = self._bench.around.clock.now() - begin
        self._round_seconds += NEWEST * (seconds - self._round_seconds)
        if phase == "measure":
            self.course.add(ran)
        return True
