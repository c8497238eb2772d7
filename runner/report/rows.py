"""Rows of the findings' frames as typed values."""

from collections.abc import Mapping
from typing import NamedTuple

from runner.report.figures import Span


class CellRow(NamedTuple):
    """What is known of one cell; None where a figure was not measured."""

    machine: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    status: str
    reason: str
    trials: int
    ok: int
    rate: float | None
    rate_low: float | None
    rate_high: float | None
    rate_p5: float | None
    rate_p95: float | None
    producer_rate: float | None
    joined_rate: float | None
    cpu_per_message: float | None
    cores: float | None
    mode: str
    switches_per_message: float | None
    peak_rss_kib: float | None
    messages_median: float | None
    share_low: float | None
    share_high: float | None
    latency_p50: float | None
    latency_p90: float | None
    latency_p99: float | None
    latency_p999: float | None
    latency_max: float | None
    flags: str


class Pair(NamedTuple):
    """A head-to-head of arm `a` with arm `b`; an axis that is compared is empty here."""

    machine: str
    family: str
    block: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    a: str
    b: str
    to_reference: bool
    clock: str
    ratio: float | None
    low: float | None
    high: float | None
    rounds: int
    spread: float | None
    win: float | None
    q: float | None
    verdict: str
    rounds_needed: float | None
    sittings: int
    i2: float | None
    tau: float | None
    next_low: float | None
    next_high: float | None
    load_calm: float | None
    load_between: float | None
    load_busy: float | None
    modes: str
    flags: str

    @property
    def span(self) -> Span:
        """The ratio with its interval."""
        return Span(self.ratio, self.low, self.high)

    def flipped(self) -> "Pair":
        """Return the same comparison seen from the other arm."""
        ratio, low, high = self.span.flipped()
        _, next_low, next_high = Span(1.0, self.next_low, self.next_high).flipped()
        return self._replace(
            a=self.b,
            b=self.a,
            to_reference=False,
            ratio=ratio,
            low=low,
            high=high,
            win=None if self.win is None else 1.0 - self.win,
            verdict=OPPOSITE.get(self.verdict, self.verdict),
            next_low=next_low,
            next_high=next_high,
            load_calm=_reciprocal(self.load_calm),
            load_between=_reciprocal(self.load_between),
            load_busy=_reciprocal(self.load_busy),
        )


def _reciprocal(number: float | None) -> float | None:
    return 1.0 / number if number else None


OPPOSITE: Mapping[str, str] = {
    "faster": "slower",
    "slightly faster": "slightly slower",
    "slightly slower": "slightly faster",
    "slower": "faster",
}


class WinnersRow(NamedTuple):
    """The transports to choose for one Python and context, fastest first."""

    machine: str
    python: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    winners: tuple[str, ...]
    best_rate: float | None
    runner_up: str
    runner_up_ratio: float | None
    runner_up_low: float | None
    runner_up_high: float | None
    decided: bool
    compared: int
    modes: str


class CrossoverRow(NamedTuple):
    """One channel a worker against one shared queue, at one worker count."""

    machine: str
    python: str
    payload: str
    topology: str
    start_method: str
    placement: str
    messages: str
    pipe: str
    queue: str
    workers: int
    ratio: float | None
    low: float | None
    high: float | None
    verdict: str
    modes: str
    pipe_rate: float | None
    queue_rate: float | None
    pipe_share_low: float | None
    queue_share_low: float | None
    queue_share_high: float | None
    crossover: float | None


class FailureRow(NamedTuple):
    """One kind of failure of a cell, with the first detail."""

    machine: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    status: str
    trials: int
    detail: str


class TrialRow(NamedTuple):
    """One measured trial of a cell; rates in messages/s."""

    machine: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    family: str
    sitting: int
    round: int
    twin: bool
    status: str
    rate: float | None
    producer_rate: float | None
    joined_rate: float | None
    cores: float | None
    foreign_cpu: float | None


class NoiseRow(NamedTuple):
    """The noise floor of one sitting."""

    machine: str
    sitting: int
    rounds: int
    trials: int
    twins: int
    twins_apart: int
    twin_widest: float | None
    spread: float | None
    contaminated: float | None
    contaminated_by: str
    untold: str
    drifting: float | None
    foreign_cpu: float | None


class TwinRow(NamedTuple):
    """The reference against its twin in one block."""

    ratio: float | None
    low: float | None
    high: float | None


class DriftRow(NamedTuple):
    """The level of the rates at one time of a sitting, relative to the sitting's median."""

    machine: str
    sitting: int
    minute: float | None
    level: float | None


class HistoryRow(NamedTuple):
    """One cell in one of several runs."""

    machine: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    time: str
    run: str
    rate: float | None
    ratio: float | None


class ClaimRow(NamedTuple):
    """The verdict on one claim for one Python."""

    number: str
    seed: str
    claim: str
    python: str
    verdict: str
    basis: str
    cells: tuple[str, ...]
    anchor: str


class ContradictionRow(NamedTuple):
    """Two statements that cannot both be true, and what was found of them."""

    about: str
    one: str
    other: str
    claims: str
    verdicts: str


class ProbeRow(NamedTuple):
    """A probe's answer under one Python."""

    machine: str
    python: str
    probe: str
    answer: str
    detail: str
