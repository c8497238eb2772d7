"""Waiting for a quiet machine: decided before a round, for the whole round."""

import math

from runner.measure.surroundings import Surroundings
from runner.model import Measure

LOOK = 1.0
"""Seconds between two looks at the load while waiting (docs/method.md §10)."""

SHARE = 0.05
"""Of the time spent, how much may go into waiting on a machine that never grows quiet."""


class Gate:
    """Holds rounds back while others use the machine.

    Each wait lasts `gate_wait` at most. All waits together may take a share of the time that has
    passed, beyond a first one: where the load is always there, waiting does not make it go away,
    and the rounds are marked by their foreign_cpu. What was measured has no say in it, so no
    ratio is biased.
    """

    def __init__(self, settings: Measure, around: Surroundings) -> None:
        first = settings.gate_wait
        if settings.budget is not None:
            first = min(first, SHARE * settings.budget)
        self.waited = 0.0
        self._first = first
        self._settings = settings
        self._around = around
        self._began = around.clock.now()

    def load(self) -> float | None:
        """Return the cores that others used since the last look."""
        return self._around.meter()

    def pass_through(self, deadline: float = math.inf) -> float | None:
        """Wait while the machine is busy, not past `deadline`; return the load last seen."""
        foreign = self.load()
        if not self._busy(foreign):
            return foreign
        begin = self._around.clock.now()
        end = min(begin + self._patience(begin), deadline)
        if end > begin:
            self._around.listener.waiting("others use the machine", end - begin)
        while self._busy(foreign) and self._around.clock.now() < end:
            self._around.pause(LOOK, end)
            if self._around.stopped():
                break
            foreign = self.load()
        self.waited += self._around.clock.now() - begin
        return foreign

    def _busy(self, foreign: float | None) -> bool:
        return foreign is not None and foreign > self._settings.gate_load

    def _patience(self, now: float) -> float:
        purse = self._first + SHARE * (now - self._began) - self.waited
        return max(0.0, min(self._settings.gate_wait, purse))
