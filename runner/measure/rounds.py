"""Runs one calibration of a cell or one round of a block on the agents, and makes the rows."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from random import Random
from typing import NamedTuple, Protocol

from runner.measure.calibration import (
    Doubling,
    Speeds,
    block_counts,
    speed_of,
    trial,
    yardstick,
)
from runner.measure.environment import Environment
from runner.measure.estimate import most_rounds, round_seconds, warm_up_seconds
from runner.measure.failures import FINAL, Failures, Losses
from runner.measure.stopping import StoppingState
from runner.model import (
    AUTO,
    Arm,
    Block,
    Cell,
    History,
    Measure,
    PastRound,
    Record,
    Row,
    Status,
    Trial,
)
from runner.statistics.disturbance import is_disturbed

LEAST_JITTER, MOST_JITTER = 0.9, 1.1
"""Bounds of the factor on the message counts of a round, the same for all its cells.

It keeps rounds from locking to 4 ms and 100 ms scheduler periods.
"""

STOPPED = 0.1
"""Seconds for which the machine may stop unnoticed: clocks are not read at one instant."""

GATE_LOOK = 1.0
"""Seconds between two looks at the load while waiting (docs/method.md §10)."""

GATE_SHARE = 0.05
"""Of the time spent, how much may go into waiting on a machine that never grows quiet."""

NEWEST = 0.2
"""Weight of the newest round in the running mean of how long a round takes."""


class TrialRunner(Protocol):
    """What measuring asks of an agent."""

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        """Run the trials in order in one invocation; return one record for each, in order."""
        ...


class RoundPlace(NamedTuple):
    """A round's place in the run, which seeds everything drawn for it, so that it can be replayed.

    A place of its own for each round, so that what failed or was skipped before it changes nothing.
    """

    session: int
    block: Block
    phase: str
    number: int

    def drawn(self, seed: int, what: str) -> Random:
        """Return the source of a draw for this round, from the recorded seed."""
        return Random(f"{seed}/{self.session}/{self.phase}/{self.block.id}/{self.number}/{what}")

    def order(self, seed: int, arms: Sequence[Arm]) -> list[Arm]:
        """Return `arms` in the order of this round."""
        ordered = list(arms)
        self.drawn(seed, "order").shuffle(ordered)
        return ordered

    def jitter(self, seed: int) -> float:
        """Return the factor on the message counts of this round."""
        return self.drawn(seed, "jitter").uniform(LEAST_JITTER, MOST_JITTER)


class LoadGate:
    """Holds rounds back while others use the machine: decided before a round, for all of it.

    Each wait lasts `gate_wait` at most. All waits together may take a share of the time that has
    passed, beyond a first one: where the load is always there, waiting does not make it go away,
    and the rounds are marked by their foreign_cpu. What was measured has no say in it, so no
    ratio is biased.
    """

    def __init__(self, settings: Measure, environment: Environment) -> None:
        first = settings.gate_wait
        if settings.budget is not None:
            first = min(first, GATE_SHARE * settings.budget)
        self.waited = 0.0
        self._first = first
        self._settings = settings
        self._environment = environment
        self._began = environment.clock.now()

    def pass_through(self, deadline: float) -> float | None:
        """Wait while the machine is busy, not past `deadline`; return the load last seen."""
        environment, now = self._environment, self._environment.clock.now
        foreign = environment.meter()
        if not self._busy(foreign):
            return foreign
        begin = now()
        purse = self._first + GATE_SHARE * (begin - self._began) - self.waited
        end = min(begin + max(0.0, min(self._settings.gate_wait, purse)), deadline)
        if end > begin:
            environment.listener.waiting("others use the machine", end - begin)
        while self._busy(foreign) and now() < end:
            environment.pause(GATE_LOOK, end)
            if environment.stopped():
                break
            foreign = environment.meter()
        self.waited += now() - begin
        return foreign

    def _busy(self, foreign: float | None) -> bool:
        return foreign is not None and foreign > self._settings.gate_load


class Bench:
    """Runs trials and keeps rows; remembers what it learns about every cell."""

    def __init__(
        self,
        agents: Mapping[str, TrialRunner],
        settings: Measure,
        environment: Environment,
        history: History,
    ) -> None:
        self.settings = settings
        self.environment = environment
        self.speeds = Speeds(history.rates, corrected=settings.warmup_rounds > 0)
        self.failures = Failures(history.failures)
        self.given_up = self.failures.given_up
        self.losses = Losses()
        self.gate = LoadGate(settings, environment)
        self.timed = 0.0
        self.reached = {
            block
            for block, rounds in history.rounds.items()
            if any(rate is not None for one in rounds for rate in one.log_rates.values())
        }
        self._agents = agents

    def ask(self, trials: Sequence[Trial]) -> list[Record] | None:
        """Return a record for each trial, consecutive trials of an interpreter in one request.

        None after a wish to stop: before the first request, between two, or where a trial went
        wrong, for the signal may have hit it too. All are lost where the machine stopped
        meanwhile: they would be compared over the time between.
        """
        stopped, away = self.environment.stopped, self.environment.clock.away
        before = away()
        records: list[Record] = []
        for python, batch in groupby(trials, key=lambda trial: trial.cell.python):
            if stopped():
                return None
            asked = list(batch)
            answered = self._agents[python].run(asked)
            if len(answered) != len(asked):
                message = f"agent {python} answered {len(answered)} of {len(asked)} trials"
                raise RuntimeError(message)
            records += answered
        if (gone := away() - before) > STOPPED:
            why = f"the machine, or this program, was stopped for {gone:.1f} s in its round"
            records = [one if one.status in FINAL else Record(Status.LOST, why) for one in records]
        spoilt = any(record.status is not Status.OK for record in records)
        return None if spoilt and stopped() else records

    def calibrate(self, place: RoundPlace, cell: Cell) -> None:
        """Learn the speed of `cell`, or give it up; its trials are one round in the journal."""
        settings = self.settings
        start = self.speeds.start(cell, settings.target)
        doubling = Doubling(start, settings.target, enough=1 if settings.warmup_rounds else 2)
        foreign = self.environment.meter()
        started = self.environment.clock.utc()
        self.environment.watch.round_begins()
        ran: list[tuple[Arm, Record]] = []
        while not (doubling.done or cell in self.given_up or self.losses.too_many):
            records = self.ask([trial(cell, doubling.count, math.inf, settings)])
            if records is None:
                break
            (record,) = records
            ran.append((Arm(cell), record))
            self.losses.note(records)
            self._judge(cell, record)
            if record.status is Status.TIMEOUT:
                doubling.restart()
            elif record.status is Status.OK:
                doubling.note(record.seconds or 0.0)
                if doubling.done:
                    self._learn(cell, record)
        if ran:
            self.keep(place, ran, started, foreign)
        self.losses.check()

    def _learn(self, cell: Cell, record: Record) -> None:
        speed = speed_of(record)
        if speed is None:
            message = f"the agent reports a trial of {cell} as ok, but without its duration"
            raise RuntimeError(message)
        self.speeds.learn(cell, speed)

    def _judge(self, cell: Cell, record: Record) -> None:
        """Count a trial's status, and give its cell up if it failed too often."""
        if reason := self.failures.note(cell, record):
            self.environment.listener.gave_up(cell, reason)

    def keep(
        self,
        place: RoundPlace,
        ran: Sequence[tuple[Arm, Record]],
        started: str,
        foreign: float | None,
    ) -> bool | None:
        """Hand over the rows of a round in which `ran` took part, in that order.

        Return whether other programs disturbed it, None if no counter says.
        """
        ours = sum(record.cpu_seconds or 0.0 for _, record in ran)
        conditions = self.environment.watch.round_ends(ours)
        session, block, phase, number = place
        self.environment.sink(
            [
                Row(
                    session, block, number, len(ran), trial, phase, arm, record,
                    started, foreign, conditions,
                )
                for trial, (arm, record) in enumerate(ran, start=1)
            ]
        )  # fmt: skip
        self.timed += sum(record.seconds or 0.0 for _, record in ran)
        if phase == "measure" and any(record.status is Status.OK for _, record in ran):
            self.reached.add(block.id)
        timed_out = any(record.status is Status.TIMEOUT for _, record in ran)
        return is_disturbed(foreign, conditions, timed_out, self.settings.gate_load)

    def settle(self, ran: Sequence[tuple[Arm, Record]]) -> None:
        """Judge the cells of a round; EnvironmentLacksError where too many were lost in a row."""
        for arm, record in ran:
            self._judge(arm.cell, record)
        self.losses.note([record for _, record in ran])
        self.losses.check()


class BlockRun:
    """Measures one block in one session, the first few rounds as warm-up.

    How many messages its cells move is corrected by what a warm-up round says, never later.
    """

    def __init__(self, bench: Bench, session: int, state: StoppingState) -> None:
        self.state = state
        self._bench = bench
        self._session = session
        self._warm_ups = bench.settings.warmup_rounds
        self._ran: Counter[str] = Counter()
        self._plan()

    def _plan(self) -> None:
        """Set how many messages each cell moves, and how long a round takes.

        A warm-up round moves no more than others do, whatever number is fixed.
        """
        speed, settings, arms = self._bench.speeds.of, self._bench.settings, self.state.arms
        self._counts = block_counts((arm.cell for arm in arms), speed, settings)
        self._warm_up_counts = block_counts((yardstick(arm.cell) for arm in arms), speed, settings)
        self._warm_up_seconds = warm_up_seconds(arms, settings, speed)
        self._round_seconds = round_seconds(arms, settings, speed)
        self._most = most_rounds(arms, settings, speed)

    def seconds_for(self, rounds: int) -> float:
        """Return the expected seconds of so many rounds, with warm-up still to come."""
        warm_ups = self._warm_ups - self._ran["warmup"]
        return rounds * self._round_seconds + warm_ups * self._warm_up_seconds

    @property
    def seconds_left(self) -> float:
        """Return the expected seconds until the block is done."""
        state = self.state
        rounds = min(state.needed, self._most) - len(state.rounds)
        return 0.0 if state.done else self.seconds_for(max(1, rounds))

    def _take(self, finished: PastRound) -> None:
        """Take a round in; the next one is shorter where comparisons leave."""
        state, speed, settings = self.state, self._bench.speeds.of, self._bench.settings
        before, arms = list(state.arms), len(state.arms)
        state.add(finished)
        if state.arms and len(state.arms) < arms:
            here, there = (round_seconds(some, settings, speed) for some in (state.arms, before))
            self._round_seconds *= here / there

    def round(self, deadline: float) -> bool:
        """Run the next round: every arm once, and hand over the rows; False where a stop came.

        A round with a lost trial is not taken in. Raises EnvironmentLacksError where trials of too
        many rounds in a row were lost.
        """
        bench, settings, environment = self._bench, self._bench.settings, self._bench.environment
        begin = environment.clock.now()
        phase = "warmup" if self._ran["warmup"] < self._warm_ups else "measure"
        place = RoundPlace(self._session, self.state.block, phase, self._ran[phase] + 1)
        measured = phase == "measure"
        foreign = bench.gate.pass_through(deadline) if measured else environment.meter()
        order, factor = place.order(settings.seed, self.state.arms), place.jitter(settings.seed)
        trials = []
        for cell in (arm.cell for arm in order):
            count = self._counts[cell]
            if not measured:
                count = min(count, self._warm_up_counts[yardstick(cell)])
            if cell.messages == AUTO:
                count = max(1, round(count * factor))
            trials.append(trial(cell, count, bench.speeds.of(cell).rate, settings))
        started = environment.clock.utc()
        environment.watch.round_begins()
        records = bench.ask(trials)
        if records is None:
            return False
        ran = list(zip(order, records, strict=True))
        disturbed = bench.keep(place, ran, started, foreign)
        bench.settle(ran)
        self._ran[phase] += 1
        if not bench.losses.in_a_row:  # else it measures how long the agents were away
            speeds = {arm: speed_of(record) for arm, record in ran}
            if not measured:
                for arm, speed in speeds.items():
                    if speed is not None:
                        bench.speeds.learn(arm.cell, speed)
                self._plan()
            if measured:
                seconds = environment.clock.now() - begin
                self._round_seconds += NEWEST * (seconds - self._round_seconds)
                rates = {
                    arm: math.log(speed.rate) if speed else None for arm, speed in speeds.items()
                }
                self._take(PastRound(self._session, rates, disturbed))
        return True
