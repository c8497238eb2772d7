"""A machine without time: agents whose trials move a clock, and fail as they are told."""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from runner.measure import Environment, Listener, Progress
from runner.model import Arm, Block, Cell, Plan, PlannedCell, Record, Row, Status, Trial

RATE = 250_000.0
OVERHEAD = 0.02


class Killed(BaseException):
    """What SIGKILL does to the orchestrator: nothing after it runs."""


def cells(
    *transports: str, python: str = "3.11", payload: str = "int", placement: str = "free"
) -> list[Cell]:
    return [Cell(python, one, payload, placement=placement) for one in transports]


def block(block_id: str, members: Sequence[Cell], compared_axis: str = "transport") -> Block:
    baseline, *others = members
    arms = (Arm(baseline), Arm(baseline, control=True), *map(Arm, others))
    return Block(block_id, compared_axis, arms)


def plan(*blocks: Block) -> Plan:
    known = dict.fromkeys(arm.cell for one in blocks for arm in one.arms)
    return Plan([PlannedCell(cell, Status.PLANNED) for cell in known], blocks)


@dataclass
class Machine(Listener):
    """Everything around `measure`, simulated: clock, agents, meter, sink and listener."""

    rates: dict[Cell, float] = field(default_factory=dict)
    noise: float = 0.05
    noises: dict[Cell, float] = field(default_factory=dict)
    seed: int = 1
    failing: dict[Cell, Status] = field(default_factory=dict)
    fail: Callable[[Trial], Status | None] = lambda _: None
    load: Callable[[float], float | None] = lambda _: 0.0
    killed_at: int | None = None
    stopped_at: int | None = None
    time: float = 0.0
    gone: float = 0.0
    rows: list[Row] = field(default_factory=list)
    rounds: list[Sequence[Row]] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    requests: list[tuple[str, int]] = field(default_factory=list)
    heard: list[tuple[str, object]] = field(default_factory=list)
    slept: float = 0.0
    in_trial: bool = False

    def __post_init__(self) -> None:
        self._random = Random(self.seed)

    def environment(self) -> Environment:
        return Environment(self.keep, self, self, self.meter, self.stopped)

    def agents(self, *pythons: str) -> dict[str, "Agent"]:
        return {python: Agent(python, self) for python in pythons or ("3.11",)}

    # the clock

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.time += seconds
        self.slept += seconds

    def away(self) -> float:
        return self.gone

    def utc(self) -> str:
        return f"{datetime.fromtimestamp(self.time, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"

    # what else measure asks

    def meter(self) -> float | None:
        assert not self.in_trial
        return self.load(self.time)

    def stopped(self) -> bool:
        return self.stopped_at is not None and len(self.trials) >= self.stopped_at

    def keep(self, rows: Sequence[Row]) -> None:
        self.rows += rows
        self.rounds.append(rows)

    # the listener

    def calibrating(self, cell: Cell, number: int, of: int) -> None:
        self._hear("calibrating", (cell, number, of))

    def estimated(self, seconds: float, unbounded: float) -> None:
        assert unbounded >= seconds
        self._hear("estimated", seconds)

    def round_done(self, progress: Progress) -> None:
        self._hear("round_done", progress)

    def gave_up(self, cell: Cell, reason: str) -> None:
        self._hear("gave_up", (cell, reason))

    def waiting(self, reason: str, seconds: float) -> None:
        self._hear("waiting", (reason, seconds))

    def _hear(self, what: str, told: object) -> None:
        assert not self.in_trial
        self.heard.append((what, told))

    # the trials

    def run_trial(self, trial: Trial) -> Record:
        if self.killed_at is not None and len(self.trials) >= self.killed_at:
            raise Killed
        self.trials.append(trial)
        status = self.failing.get(trial.cell) or self.fail(trial)
        yardstick = trial.cell._replace(messages="auto")
        rate = self.rates.get(yardstick, RATE) * math.exp(
            self._random.gauss(0, self.noises.get(yardstick, self.noise))
        )
        whole = (trial.messages + trial.warmup + trial.verify) / rate + OVERHEAD
        if status is None and whole > trial.timeout:
            status = Status.TIMEOUT
        if status is not None:
            self.time += trial.timeout if status is Status.TIMEOUT else OVERHEAD
            return Record(status, f"it is {status.value}\nand more")
        self.time += whole
        seconds = trial.messages / rate
        return Record(Status.OK, messages=trial.messages, seconds=seconds, wall_seconds=whole)

    # what the tests look at

    def phase(self, name: str) -> list[Row]:
        return [row for row in self.rows if row.phase == name]

    def counts(self) -> Counter[str]:
        """Measured rounds by block id."""
        return Counter(rows[0].block.id for rows in self.rounds if rows[0].phase == "measure")


@dataclass
class Agent:
    python: str
    machine: Machine

    def run(self, trials: Sequence[Trial]) -> list[Record]:
        assert all(trial.cell.python == self.python for trial in trials)
        self.machine.requests.append((self.python, len(trials)))
        self.machine.in_trial = True
        try:
            return [self.machine.run_trial(trial) for trial in trials]
        finally:
            self.machine.in_trial = False
