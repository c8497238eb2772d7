"""Where trials are run: the agents, and what is known of every cell while `measure` lasts."""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple, Protocol

from runner.measure.calibration import Speeds
from runner.measure.failures import FINAL, Failures, Losses
from runner.measure.gate import Gate
from runner.measure.surroundings import Surroundings
from runner.model import (
    Arm,
    Block,
    Cell,
    Conditions,
    History,
    Measure,
    Record,
    Row,
    Status,
    Trial,
)

STOPPED = 0.1
"""Seconds for which the machine may stand still unnoticed: clocks are not read at one instant."""


class TrialRunner(Protocol):
    """What measuring asks of an agent."""

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        """Run the trials in order in one invocation; return one record for each, in order."""
        ...


class Seen(NamedTuple):
    """When a round began, the load before it, and what happened in its course."""

    started: str
    foreign_cpu: float | None
    conditions: Conditions


class Bench:
    """Runs trials, keeps rows, and counts failures, for all sittings of one call of `measure`."""

    def __init__(
        self,
        agents: Mapping[str, TrialRunner],
        settings: Measure,
        around: Surroundings,
        history: History,
    ) -> None:
        self.settings = settings
        self.around = around
        self.failures = Failures(history.failures)
        self.losses = Losses()
        self.speeds = Speeds()
        self.gate = Gate(settings, around)
        self.timed = 0.0
        self.reached = {
            block
            for block, rounds in history.rounds.items()
            if any(rate is not None for one in rounds for rate in one.log_rates.values())
        }
        self._agents = agents
        for cell, rate in history.rates.items():
            self.speeds.recall(cell, rate)

    def run(self, trials: Sequence[Trial]) -> list[Record] | None:
        """Return a record for each trial, consecutive trials of an interpreter in one request.

        None after a stop: before the first request, between two, or where a trial went wrong, for
        the stop may have hit it too.
        """
        records: list[Record] = []
        for python, batch in groupby(trials, key=lambda trial: trial.cell.python):
            if self.around.stopped():
                return None
            asked = list(batch)
            away = self.around.clock.away()
            answered = self._agents[python].run(asked)
            if (gone := self.around.clock.away() - away) > STOPPED:
                answered = [_spoilt(record, gone) for record in answered]
            if len(answered) != len(asked):
                message = f"agent {python} answered {len(answered)} of {len(asked)} trials"
                raise RuntimeError(message)
            records += answered
        spoilt = any(record.status is not Status.OK for record in records)
        return None if spoilt and self.around.stopped() else records

    def begin(self, foreign: float | None) -> Callable[[Sequence[Record]], Seen]:
        """Look at the machine, right before a round; return what looks again after its trials."""
        started = self.around.clock.utc()
        self.around.watch.round_begins()

        def end(records: Sequence[Record]) -> Seen:
            ours = sum(record.cpu_seconds or 0.0 for record in records)
            return Seen(started, foreign, self.around.watch.round_ends(ours))

        return end

    def keep(self, rows: Sequence[Row]) -> None:
        """Hand over the rows of a complete round."""
        self.around.sink(rows)
        self.timed += sum(row.record.seconds or 0.0 for row in rows)
        if any(row.phase == "measure" and row.record.status is Status.OK for row in rows):
            self.reached.add(rows[0].block.id)

    def judge(self, cell: Cell, record: Record) -> None:
        """Count what became of a trial, and give its cell up where it failed too often."""
        if reason := self.failures.note(cell, record):
            self.around.listener.gave_up(cell, reason)


def _spoilt(record: Record, gone: float) -> Record:
    """Return what a trial gets in whose course the machine stood still: it is run again."""
    if record.status in FINAL:
        return record
    return Record(
        Status.LOST,
        f"the machine, or this program, was stopped for {gone:.1f} s while the trials ran",
    )


class Place(NamedTuple):
    """Where a round stands in the run."""

    sitting: int
    block: Block
    phase: str
    number: int

    def rows(self, ran: Sequence[tuple[Arm, Record]], seen: Seen) -> list[Row]:
        """Return the rows of a round in which `ran` took part, in that order."""
        sitting, block, phase, number = self
        return [
            Row(sitting, block, number, len(ran), trial, phase, arm, record, *seen)
            for trial, (arm, record) in enumerate(ran, start=1)
        ]
