"""Requests to a harness, its answers, and the rows that a journal keeps of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal, NamedTuple

from annotated_types import Ge, Le
from pydantic import ConfigDict

from runner.model.cells import Arm, Block, Cell, Status

AS_SENT = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
"""The types of messages from a harness; nothing else is accepted."""
Count = Annotated[int, Ge(0), Le(2**63 - 1)]
Seconds = Annotated[float, Ge(0)]


@dataclass(frozen=True, slots=True)
class Trial:
    """A request for one timed transfer. `fault` is for tests: `role:kind` (see the harness).

    With `leftovers`, seconds, its facts have `left`: what it leaves behind as long, a line each.
    """

    cell: Cell
    messages: int
    warmup: int
    verify: int
    timeout: float
    fault: str = ""
    leftovers: float = 0.0


@dataclass(frozen=True, slots=True)
class Record:
    """A harness's answer for one trial. Durations in seconds, None if not measured.

    `detail` is the traceback, the signal or the reason of a status that is not ok.
    `latency` maps p50, p90, p99, p999 and max to seconds for topologies that time round trips.
    `quarter_seconds` are those from the first send until a quarter, half, three quarters and all of
    the messages had come; empty but for an interpreter that compiles at run time.
    `bound_to` lists the cores of the producers, workers and helpers, as `0;1/2/3`; "" where free.
    `facts` are those that do not change from trial to trial (protocol, capacity, affinity …).
    """

    __pydantic_config__: ClassVar[ConfigDict] = AS_SENT

    status: Status
    detail: str = ""
    messages: Count = 0
    seconds: Seconds | None = None
    send_seconds: Seconds | None = None
    join_seconds: Seconds | None = None
    cpu_user_seconds: Seconds | None = None
    cpu_system_seconds: Seconds | None = None
    voluntary_switches: Count | None = None
    involuntary_switches: Count | None = None
    peak_rss_kib: Count | None = None
    peak_rss_sum_kib: Count | None = None
    wall_seconds: Seconds | None = None
    per_worker: tuple[Count, ...] = ()
    latency: Mapping[str, Seconds] = field(default_factory=dict)
    quarter_seconds: tuple[Seconds, ...] = ()
    bound_to: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float | None:
        """CPU time of all processes of the trial, in user and in system mode together."""
        if self.cpu_user_seconds is None or self.cpu_system_seconds is None:
            return None
        return self.cpu_user_seconds + self.cpu_system_seconds


class ProbeAnswer(NamedTuple):
    """A probe's answer: `yes`, `no`, `hang`, `unsupported` or `error`, with its detail."""

    answer: Literal["yes", "no", "hang", "unsupported", "error"]
    detail: str
    figures: Mapping[str, float]


class Conditions(NamedTuple):
    """The machine's counters over a round, None if unknown.

    `foreign_cpu` in cores; `steal` as a share of all CPU ticks; `pressure` as a share of the time
    between the last rounds, `pressure_idle` of that before the session, in which some task waited
    for a core; `throttled` in periods of a CPU quota, `swapped_in` in pages.
    """

    foreign_cpu: float | None = None
    steal: float | None = None
    pressure: float | None = None
    pressure_idle: float | None = None
    throttled: int | None = None
    slowed_for_heat: int | None = None
    swapped_in: int | None = None


class Row(NamedTuple):
    """A trial as the journal keeps it: its place in the run, and its record."""

    session: int
    block: Block
    round: int
    round_size: int
    trial: int
    phase: str
    arm: Arm
    record: Record
    started: str
    foreign_cpu: float | None
    conditions: Conditions = Conditions()


class PastRound(NamedTuple):
    """A complete measured round, as a journal gives it back.

    `log_rates` holds ln(messages per second) of every arm that took part, None where not ok;
    `disturbed` says whether other programs disturbed it, None if no counter says.
    """

    session: int
    log_rates: Mapping[Arm, float | None]
    disturbed: bool | None = None


@dataclass(frozen=True, slots=True)
class History:
    """This machine's trials in the journal of a run that continues.

    `session` is the last session's number, `rounds` the measured rounds of each block's id in
    order, `rates` the messages per second of each calibrated cell, `failures` the statuses of
    each cell's trials since its last that was ok.
    """

    session: int = 0
    rounds: Mapping[str, Sequence[PastRound]] = field(default_factory=dict)
    rates: Mapping[Cell, float] = field(default_factory=dict)
    failures: Mapping[Cell, Sequence[Status]] = field(default_factory=dict)
