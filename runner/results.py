"""What analysis hands to the report: frozen rows, nothing rounded, and what each field means.

Ratios are speeds: 1.28 means that `a` moves 1.28 times the messages of `b` in the same time; they
are formed inside a round. A figure that is not known is None. The fields of a row are the columns
of its table (docs/tables.md, which is generated from here).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import exp, hypot, inf, log
from typing import Any, Literal, NamedTuple, Self

from runner.model import AXES, FREE, Catalogue
from runner.statistics import OPPOSITE

MODES = ("same", "partly mixed", "mixed")
"""In how many rounds two arms ran on different numbers of cores: none, some, more than 10 %."""


def of(meaning: str, unit: str = "", **given: Any) -> Any:
    """Return a field that is a column, with its meaning and unit."""
    return field(metadata={"meaning": meaning, "unit": unit}, **given)


def worst_modes(found: Iterable[str]) -> str:
    """Return the word for comparisons taken together: `mixed` where any of them is."""
    return max(found, key=MODES.index, default=MODES[0])


class Context(NamedTuple):
    """Every axis but `python` and `transport`, and the machine."""

    machine: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str


class Span(NamedTuple):
    """A figure with its interval; None where it is not known."""

    middle: float | None
    low: float | None
    high: float | None

    @property
    def bounded(self) -> bool:
        """Whether the interval is known: with fewer than six rounds there is none."""
        return bool(self.low and self.high)

    def flipped(self) -> "Span":
        """Return the span of the reciprocal."""
        return Span(_inverse(self.middle), _inverse(self.high), _inverse(self.low))


class _WithRatio:
    """A row with a ratio and its interval."""

    __slots__ = ()
    ratio: float | None
    low: float | None
    high: float | None

    @property
    def span(self) -> Span:
        """The ratio with its interval."""
        return Span(self.ratio, self.low, self.high)


class _InContext:
    """A row that stands in a context."""

    __slots__ = ()

    @property
    def context(self) -> Context:
        """Every axis but `python` and `transport`, and the machine; a compared axis is empty."""
        return Context._make(getattr(self, name) for name in Context._fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(_InContext, _WithRatio):
    """Arm `a` of a block against arm `b`; the axis that is compared is empty, workers 0."""

    machine: str = of("where it was measured")
    compared_axis: str = of("the axis in which a and b differ")
    block: str = of("the block's id")
    python: str = of("interpreter; empty where it is compared, as on every axis")
    transport: str = of("how the messages travel")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    workers: int = of("worker processes; 0 where they are compared")
    start_method: str = of("start method")
    placement: str = of("free, together or apart")
    messages: str = of("auto, or the fixed number")
    a: str = of("value of the first arm on the compared axis")
    b: str = of("value of the second arm")
    to_baseline: bool = of("b is the block's baseline")
    control: bool = of("a is the baseline's second entry (A/A)")
    clock: str = of("end_to_end, send, join or cpu")
    ratio: float | None = of("pseudo-median of the within-round ratios a/b; sessions are pooled")
    low: float = of("95 % interval; 0 if there are too few rounds")
    high: float = of("its other end; inf if there are too few rounds")
    rounds: int = of("rounds with both arms ok that count: see disturbed_rounds; all sessions")
    spread: float | None = of("robust sd of the within-round log-ratios: 1.4826 · MAD")
    win: float | None = of("share of rounds in which a was faster")
    p: float = of("two-sided test by signed ranks", default=1.0)
    q: float = of("p after Benjamini-Hochberg over the clock's comparisons; a control's own p")
    verdict: str = of("faster, slower, equal, open, or invalid: the A/A control differs")
    equal_within: float | None = of("the two surely differ by no more: 90 % interval, a fraction")
    rounds_needed: float | None = of("estimate for a verdict where one session leaves it open")
    sessions: int = of("sessions with a round")
    i2: float | None = of("share of variance between sessions; empty with one")
    tau: float | None = of("between-session sd of the log-ratio; empty with one")
    next_low: float | None = of("prediction for the next session; empty with fewer than three")
    next_high: float | None = of("its other end")
    fcr_low: float | None = of("interval corrected for the choice of the claimed", default=None)
    fcr_high: float | None = of("its other end; empty where nothing is claimed", default=None)
    disturbed_rounds: int = of("rounds left out since others used the machine; 0 below six")
    disturbed_ratio: float | None = of("ratio in those rounds", default=None)
    disturbed_low: float | None = of("its 95 % interval", default=None)
    disturbed_high: float | None = of("its other end", default=None)
    memory: float | None = of("peak memory of all processes, a over b, in rounds", default=None)
    memory_low: float | None = of("its 95 % interval, the widest of sessions", default=None)
    memory_high: float | None = of("its other end; only by end-to-end time", default=None)
    load_calm: float | None = of("ratio in the calmest third of the rounds, where load-dependent")
    load_between: float | None = of("ratio between, where load-dependent")
    load_busy: float | None = of("ratio in the busiest third, where load-dependent")
    modes: str = of("a and b in different modes: same in no round, mixed in > 10 %, partly mixed")
    flags: tuple[str, ...] = of("signs that the ratio may not be what it seems (method.md §10)")
    through: str = ""
    """The arm through which a and b are compared, if they never met: see `over`. Not a column."""

    @property
    def bound(self) -> bool:
        """Whether the processes of both are bound to cores; with a free one it counts as free."""
        return FREE not in ((self.placement,) if self.placement else (self.a, self.b))

    @property
    def of_report(self) -> bool:
        """Whether a report prints its verdict: by end-to-end time, and no control."""
        return self.clock == "end_to_end" and not self.control

    def cell(self, arm: str) -> tuple[object, ...]:
        """Return the place of an arm's cell: see CellSummary.place."""
        value = int(arm) if self.compared_axis == "workers" else arm
        return (
            self.machine,
            *(value if axis == self.compared_axis else getattr(self, axis) for axis in AXES),
        )

    def flipped(self) -> Self:
        """Return the same comparison seen from the other arm."""
        return replace(
            self,
            a=self.b,
            b=self.a,
            to_baseline=False,
            ratio=_inverse(self.ratio),
            low=_inverse(self.high) or 0.0,
            high=_inverse(self.low) or inf,
            win=None if self.win is None else 1 - self.win,
            verdict=OPPOSITE.get(self.verdict, self.verdict),
            next_low=_inverse(self.next_high),
            next_high=_inverse(self.next_low),
            fcr_low=_inverse(self.fcr_high),
            fcr_high=_inverse(self.fcr_low),
            disturbed_ratio=_inverse(self.disturbed_ratio),
            disturbed_low=_inverse(self.disturbed_high),
            disturbed_high=_inverse(self.disturbed_low),
            load_calm=_inverse(self.load_calm),
            load_between=_inverse(self.load_between),
            load_busy=_inverse(self.load_busy),
        )

    def over(self, other: Self) -> Self:
        """Return a over other's a, which never met but were both compared with the same b.

        The variances of the two log-ratios add; an end that is not known leaves the result's open.
        Without a test of its own such a comparison is `faster` or `slower` where its interval lies
        clear of 1, never `equal`, and `invalid` where one of the two is.
        """
        ratio = None if self.ratio is None or not other.ratio else self.ratio / other.ratio
        low, high = _quotient(ratio, self, other)
        adjusted = self.fcr_low is not None and other.fcr_low is not None
        verdict = "faster" if low > 1 else "slower" if high < 1 else "open"
        return replace(
            self,
            block=f"{self.block};{other.block}",
            b=other.a,
            to_baseline=False,
            ratio=ratio,
            low=low,
            high=high,
            rounds=min(self.rounds, other.rounds),
            spread=None,
            win=None,
            equal_within=None,
            disturbed_rounds=0,
            disturbed_ratio=None,
            disturbed_low=None,
            disturbed_high=None,
            verdict="invalid" if "invalid" in (self.verdict, other.verdict) else verdict,
            rounds_needed=None,
            tau=max((one for one in (self.tau, other.tau) if one is not None), default=None),
            next_low=None,
            next_high=None,
            fcr_low=low if adjusted else None,
            fcr_high=high if adjusted else None,
            through=self.b,
            modes=worst_modes((self.modes, other.modes)),
        )


def _inverse(number: float | None) -> float | None:
    return 1 / number if number else None


def _quotient(ratio: float | None, one: Comparison, other: Comparison) -> tuple[float, float]:
    """Return the ends of the ratio of two independent ratios: half-widths add squared, as logs."""
    if ratio is None or one.ratio is None or other.ratio is None:
        return 0.0, inf
    down = hypot(_gap(one.ratio, one.low), _gap(other.high, other.ratio))
    up = hypot(_gap(one.high, one.ratio), _gap(other.ratio, other.low))
    return ratio * exp(-down), ratio * exp(up)


def _gap(upper: float, lower: float) -> float:
    return log(upper / lower) if lower > 0 and upper < inf else inf


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRatio(_InContext, _WithRatio):
    """Arm `a` against arm `b` in one mode of the kernel's, where one of the two has two modes.

    Of the other, if it has one mode, all trials count. The axis that is compared is empty.
    """

    machine: str = of("where it was measured")
    compared_axis: str = of("the axis in which a and b differ")
    python: str = of("interpreter; empty where it is compared, as on every axis")
    transport: str = of("how the messages travel")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    workers: int = of("worker processes; 0 where they are compared")
    start_method: str = of("start method")
    placement: str = of("free, or empty where placements are compared")
    messages: str = of("auto, or the fixed number")
    a: str = of("value of the first arm on the compared axis")
    b: str = of("value of the second arm")
    mode: str = of("crowded: the processes shared cores; spread: they had more of them")
    ratio: float | None = of("median of all ratios of a trial of a and one of b in this mode")
    low: float = of("95 % interval")
    high: float = of("its other end")
    trials_a: int = of("trials of a that it rests on")
    trials_b: int = of("trials of b")
    cores_a: float | None = of("median CPU over wall of a in this mode; empty where it has one")
    share_a: float | None = of("share of a's trials in this mode")
    share_a_low: float | None = of("its 95 % interval")
    share_a_high: float | None = of("its other end")
    cores_b: float | None = of("median CPU over wall of b in this mode; empty where it has one")
    share_b: float | None = of("share of b's trials in this mode")
    share_b_low: float | None = of("its 95 % interval")
    share_b_high: float | None = of("its other end")

    def flipped(self) -> Self:
        """Return the same seen from the other arm."""
        sides = {
            f"{name}_{here}{end}": getattr(self, f"{name}_{there}{end}")
            for here, there in (("a", "b"), ("b", "a"))
            for name, end in (
                ("trials", ""),
                ("cores", ""),
                ("share", ""),
                ("share", "_low"),
                ("share", "_high"),
            )
        }
        return replace(
            self,
            a=self.b,
            b=self.a,
            ratio=_inverse(self.ratio),
            low=_inverse(self.high) or 0.0,
            high=_inverse(self.low) or inf,
            **sides,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossMachines(_WithRatio):
    """Arm `a` against arm `b` over machines of one kind; the compared axis is empty, workers 0."""

    kind: str = of("hash of processor, memory, kernel, limits, executor and interpreters")
    machines: tuple[str, ...] = of("the machines, separated by ;")
    compared_axis: str = of("the axis in which a and b differ")
    python: str = of("interpreter; empty where it is compared, as on every axis")
    transport: str = of("how the messages travel")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    workers: int = of("worker processes; 0 where they are compared")
    start_method: str = of("start method")
    placement: str = of("free, together or apart")
    messages: str = of("auto, or the fixed number")
    a: str = of("value of the first arm on the compared axis")
    b: str = of("value of the second arm")
    ratio: float | None = of("the machines' ratios a/b, pooled")
    low: float = of("95 % interval; 0 if there is none")
    high: float = of("its other end")
    q: float = of("p after Benjamini-Hochberg over all rows")
    verdict: str = of("as a comparison's; invalid where it is on one of the machines")
    agree: int = of("machines whose own verdict is the same")
    tau: float | None = of("sd of the log-ratio between machines")
    next_low: float | None = of("where the next machine's ratio is expected; from three on")
    next_high: float | None = of("its other end")

    @property
    def context(self) -> Context:
        """Every axis but `python` and `transport`; the machine is empty."""
        return Context("", *(getattr(self, name) for name in Context._fields[1:]))

    def flipped(self) -> Self:
        """Return the same seen from the other arm."""
        return replace(
            self,
            a=self.b,
            b=self.a,
            ratio=_inverse(self.ratio),
            low=_inverse(self.high) or 0.0,
            high=_inverse(self.low) or inf,
            verdict=OPPOSITE.get(self.verdict, self.verdict),
            next_low=_inverse(self.next_high),
            next_high=_inverse(self.next_low),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfCell(_InContext):
    """A row of one cell on one machine."""

    machine: str = of("where it was measured")
    python: str = of("interpreter, as in the matrix")
    transport: str = of("how the messages travel")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    workers: int = of("worker processes")
    start_method: str = of("start method, as in the matrix")
    placement: str = of("free, together or apart")
    messages: str = of("auto, or the fixed number, as in the matrix")

    @property
    def place(self) -> tuple[object, ...]:
        """The machine and the axes."""
        return (self.machine, *(getattr(self, axis) for axis in AXES))


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary(_OfCell):
    """Every planned cell: its status and its own figures.

    Figures are medians over the ok trials of complete rounds. They depend on the machine's load:
    cells are compared by the ratios, which are formed inside rounds.
    """

    status: str = of("its status")
    reason: str = of("first detail of a failure, or why it was not measured")
    trials: int = of("measured trials, ok or not")
    ok: int = of("ok trials")
    rate: float | None = of("median by end-to-end time", "messages/s", default=None)
    rate_low: float | None = of("its 95 % interval", "messages/s", default=None)
    rate_high: float | None = of("its other end", "messages/s", default=None)
    rate_p5: float | None = of("5th percentile", "messages/s", default=None)
    rate_p95: float | None = of("95th percentile", "messages/s", default=None)
    send_rate: float | None = of("median by send time", "messages/s", default=None)
    join_rate: float | None = of("median by join time", "messages/s", default=None)
    cpu_per_message: float | None = of("CPU of all processes", "s", default=None)
    cores: float | None = of("CPU over wall: on how many cores it really ran", default=None)
    mode: str = of("one core, two cores, or mixed: both, each in ≥ 15 % of the trials", default="")
    slow_rate: float | None = of("of a bimodal cell: its slow mode's", "messages/s", default=None)
    slow_share: float | None = of("the slow mode's share of the trials", default=None)
    slow_cores: float | None = of("the slow mode's CPU over wall", default=None)
    slow_switches: float | None = of("its voluntary switches a message", default=None)
    fast_rate: float | None = of("its fast mode's", "messages/s", default=None)
    fast_cores: float | None = of("the fast mode's CPU over wall", default=None)
    fast_switches: float | None = of("its voluntary switches a message", default=None)
    switches_per_message: float | None = of("voluntary context switches", default=None)
    peak_rss_kib: float | None = of("largest resident set of a process", "KiB", default=None)
    peak_rss_sum_kib: float | None = of("of all processes together", "KiB", default=None)
    messages_median: float | None = of("messages of a trial", default=None)
    share_low: float | None = of("smallest worker's share of the messages", default=None)
    share_high: float | None = of("largest worker's share; empty for one worker", default=None)
    latency_p50: float | None = of("round trip; empty where none are timed", "s", default=None)
    latency_p90: float | None = of("90th percentile of the round trips", "s", default=None)
    latency_p99: float | None = of("99th percentile", "s", default=None)
    latency_p999: float | None = of("99.9th percentile", "s", default=None)
    latency_max: float | None = of("longest", "s", default=None)
    flags: tuple[str, ...] = of("signs that the figures may mislead (method.md §10)", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledTrial(_OfCell):
    """One measured trial, of a sample of each cell's."""

    compared_axis: str = of("the axis that its block compares")
    session: int = of("session")
    round: int = of("round of the block, from 1 in each session")
    control: bool = of("the baseline's second entry (A/A)")
    status: str = of("its status")
    rate: float | None = of("by end-to-end time", "messages/s")
    send_rate: float | None = of("by send time", "messages/s")
    join_rate: float | None = of("by join time", "messages/s")
    cores: float | None = of("CPU over wall")
    foreign_cpu: float | None = of("cores that others used just before the round", "cores")


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner(_InContext):
    """The transports to choose in one context: the fastest, and those `same` as it.

    Bounds of what is possible (os_pipe, thread_queue) never win.
    """

    machine: str = of("where it was measured")
    python: str = of("interpreter")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    workers: int = of("worker processes")
    start_method: str = of("start method")
    placement: str = of("free, together or apart")
    messages: str = of("auto, or the fixed number")
    winners: tuple[str, ...] = of("transports, the fastest first")
    best_rate: float | None = of("of the fastest", "messages/s")
    runner_up: str = of("the fastest that is not a winner")
    runner_up_ratio: float | None = of("winner over runner-up")
    runner_up_low: float | None = of("its 95 % interval")
    runner_up_high: float | None = of("its other end")
    decided: bool = of("False: comparisons without a verdict leave the set open")
    compared: int = of("transports that took part")
    modes: str = of("of the comparisons with the equals and the runner-up, as a comparison's")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover(_InContext, _WithRatio):
    """A channel for each worker against one shared by all, at one worker count."""

    machine: str = of("where it was measured")
    python: str = of("interpreter")
    payload: str = of("the messages' content")
    topology: str = of("who sends to whom")
    start_method: str = of("start method")
    placement: str = of("free, together or apart")
    messages: str = of("auto, or the fixed number")
    pipe: str = of("the transport with a channel for each worker")
    queue: str = of("the shared one")
    workers: int = of("worker processes")
    ratio: float | None = of("pipe over queue")
    low: float = of("95 % interval")
    high: float = of("its other end")
    verdict: str = of("of the ratio")
    modes: str = of("of the comparison")
    pipe_rate: float | None = of("of the pipes", "messages/s")
    queue_rate: float | None = of("of the queue", "messages/s")
    pipe_share_low: float | None = of("smallest worker's share, by the pipes")
    queue_share_low: float | None = of("smallest worker's share, by the queue")
    queue_share_high: float | None = of("largest worker's share, by the queue")
    crossover: int | None = of("worker count at which the winner changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling(_OfCell, _WithRatio):
    """A transport against a bound that moves bytes only, measured beside it: the share it reaches.

    There are rows only where such a bound was measured: a pipe without pickling, a copy in memory.
    """

    bound: str = of("the transport that moves bytes only")
    highest: bool = of("the bound is the fastest of its context: the ceiling of reports")
    ratio: float | None = of("transport over bound, from ratios inside rounds: the share")
    low: float = of("95 % interval; 0 if there are too few rounds")
    high: float = of("its other end; inf if there are too few rounds")
    rate: float | None = of("of the transport", "messages/s")
    bound_rate: float | None = of("of the bound", "messages/s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(_OfCell):
    """One kind of failure of a cell; trials of every phase count."""

    status: str = of("what went wrong")
    count: int = of("trials")
    detail: str = of("of the first: traceback, signal or reason")
    round: int = of("of the first")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNoise:
    """The noise floor of one session."""

    machine: str = of("where it was measured")
    session: int = of("session")
    rounds: int = of("complete rounds")
    trials: int = of("trials of complete rounds")
    controls: int = of("A/A comparisons")
    controls_apart: int = of("those whose interval excludes 1")
    control_widest: float | None = of("the largest |ratio - 1| among them")
    spread: float | None = of("median over the comparisons")
    contaminated: float | None = of("share of rounds disturbed by other programs")
    contaminated_by: str = of("the signs with their shares: foreign CPU=0.12;steal=0.03")
    untold: tuple[str, ...] = of("signs for which no round of the session has data")
    drifting: float | None = of("share of comparisons with the flag drift")
    foreign_cpu: float | None = of("median over rounds", "cores")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterval:
    """What the machine did from before a session to after it, by its counters."""

    machine: str = of("where it was measured")
    run: str = of("the run's id")
    sessions: str = of("as the run numbers them; several where an older run kept them together")
    minutes: float | None = of("from before to after", "min")
    load: str = of("of one minute: before → after")
    busy: float | None = of("share of all CPU time")
    pressure: float | None = of("share of the time in which some task waited for a core")
    processes: str = of("before → after")
    temperature: str = of("of the hottest zone, before → after", "°C")
    steal: float | None = of("share of all CPU time that the hypervisor kept")
    throttled: int | None = of("how often more cores were slowed for heat")
    cgroup_throttled: int | None = of("periods in which the quota of CPU was used up")
    swapped_in: int | None = of("memory read back from swap", "pages")
    swapped_out: int | None = of("memory written to swap", "pages")
    flags: tuple[str, ...] = of("stolen, throttled, swapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The level of the rates at one time of a session."""

    machine: str = of("where it was measured")
    session: int = of("session")
    minute: float = of("since the session began", "min")
    level: float = of("median over the trials of that time of rate / its cell's median rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """A probe's answer on one interpreter."""

    machine: str = of("machine that was asked")
    python: str = of("interpreter")
    probe: str = of("the probe's name")
    answer: str = of("yes, no, hang, unsupported, error; mixed: runs contradict each other")
    detail: str = of("its observation")
    figures: Mapping[str, object] = of("its numbers, by name, as JSON")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint(_OfCell):
    """One cell in one of several runs."""

    time: str = of("when the run began to measure", "RFC 3339, UTC")
    run: str = of("the run's id")
    rate: float | None = of("median by end-to-end time", "messages/s")
    ratio: float | None = of("to the baseline of its block; empty for the baseline itself")
    baseline: str = of("the baseline")
    cpu_per_message: float | None = of("CPU of all processes", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(_OfCell, _WithRatio):
    """How one cell changed between two runs, or two values of an axis, against its baseline."""

    compared_axis: str = of("the axis on which the baseline differs from the cell")
    baseline: str = of("the baseline, the same in both")
    ratio: float | None = of("new over old: 1.10 is 10 % faster than before")
    low: float | None = of("95 % interval")
    high: float | None = of("its other end")
    p: float | None = of("two-sided")
    q: float | None = of("p after Benjamini-Hochberg over the cells")
    verdict: str = of("faster, slower or equal: the new one; open; invalid: see marks")
    ratio_old: float | None = of("the cell over the baseline, old")
    ratio_new: float | None = of("the cell over the baseline, new")
    rate_old: float | None = of("depends on the load, not compared", "messages/s")
    rate_new: float | None = of("depends on the load, not compared", "messages/s")
    rounds_old: int = of("complete rounds, old")
    rounds_new: int = of("complete rounds, new")
    sessions_old: int = of("sessions, old")
    sessions_new: int = of("sessions, new")
    marks: str = of("what must be said beside it, separated by ;")


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupChange(_WithRatio):
    """How the cells of one value of an axis changed together."""

    by: str
    value: str
    cells: int
    ratio: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    verdict: str
    marks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ungrouped:
    """How many `of` the compared cells of a value its group does not hold, and why."""

    by: str
    value: str
    cells: int
    of: int
    reasons: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(_OfCell):
    """A measured cell that is not compared; `lost` if only the old run had a result."""

    reason: str
    lost: bool


Outcome = Literal["no gate", "passed", "failed", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed from `old` to `new`: names of two runs, or two values of `axis`.

    `tau` is the scatter between sessions that was reckoned with. `gate` is the text given
    (`slower:5%`), `failed` and `undecided` the cells that it forbids and those that it cannot
    decide; what is lost it cannot decide either. `notes` say what differs in the facts.
    """

    old: str
    new: str
    cells: Sequence[Change]
    groups: Sequence[GroupChange] = ()
    left_out: Sequence[LeftOut] = ()
    ungrouped: Sequence[Ungrouped] = ()
    margin: float
    catalogue: Catalogue = field(default_factory=Catalogue)
    axis: str = ""
    tau: float = 0.0
    notes: Sequence[str] = ()
    gate: str = ""
    failed: Sequence[Change] = ()
    undecided: Sequence[Change] = ()

    @property
    def lost(self) -> list[LeftOut]:
        """The cells that are left out since the new side has no ratio, or no rate, of them."""
        return [one for one in self.left_out if one.lost]

    @property
    def outcome(self) -> Outcome:
        """What became of the gate: a change that is not decided never passes as none."""
        if not self.gate:
            return "no gate"
        if self.failed:
            return "failed"
        return "undecided" if self.undecided or self.lost else "passed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All that a report can say of one or more runs."""

    run: Mapping[str, object]
    """run.json of the (first) run, parsed."""
    runs: Sequence[Mapping[str, object]]
    catalogue: Catalogue = field(default_factory=Catalogue)
    """What the runs' harness says of transports, payloads, topologies and probes."""
    cells: Sequence[CellSummary] = ()
    comparisons: Sequence[Comparison] = ()
    across: Sequence[AcrossMachines] = ()
    """Comparisons pooled over machines of one kind, where several made them."""
    shared_kernels: Sequence[tuple[str, ...]] = ()
    """Machines that are on one kernel, and share its processor."""
    modes: Sequence[ModeRatio] = ()
    """Comparisons of free cells by mode, where a cell has two: crowded and spread, in turn."""
    winners: Sequence[Winner] = ()
    crossovers: Sequence[Crossover] = ()
    ceilings: Sequence[Ceiling] = ()
    failures: Sequence[Failure] = ()
    noise: Sequence[SessionNoise] = ()
    statuses: Mapping[str, int]
    """Cells by status; the values' sum is `planned`."""
    planned: int
    margin: float
    truncated: Sequence[str] = ()
    notes: Sequence[str] = ()
    """Sentences on runs that are pooled though they differ, and on whose settings are used."""
    intervals: Sequence[SessionInterval] = ()
    drift: Sequence[Drift] = ()
    history: Sequence[HistoryPoint] = ()
    """Each cell over the runs, where there are several."""
    trials: Sequence[SampledTrial] = ()
    """A sample of each cell's measured trials; empty where there are too many cells for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A situation as somebody names it; what is empty is left open.

    `payload` is a payload's name, with or without its parameter; `octets` a message's size in
    bytes. `placement` is one of the matrix's, or `bound` for any that binds processes to cores.
    `transports` are those to choose from.
    """

    python: str = ""
    payload: str = ""
    octets: int = 0
    topology: str = ""
    workers: int = 0
    placement: str = ""
    start_method: str = ""
    transports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What to use in a situation: in the combination asked for, or in the nearest measured one.

    `comparison` is that of the answer with the baseline; its axes are the combination's. `use` is
    the transport to use, "" where the two are equal or it is not decided. `advice`, `figures` and
    `sure` say the same in words. `differs` says in what the combination is another than asked:
    `1 worker instead of 4`. `options` are all candidates over the baseline, the fastest first.
    """

    asked: Asked
    comparison: Comparison
    use: str
    advice: str
    figures: str
    sure: str
    differs: tuple[str, ...] = ()
    options: tuple[Comparison, ...] = ()

    @property
    def measured(self) -> bool:
        """Whether the combination asked for was measured."""
        return not self.differs


ROWS: Mapping[str, type] = {
    "cells": CellSummary,
    "comparisons": Comparison,
    "across": AcrossMachines,
    "modes": ModeRatio,
    "winners": Winner,
    "crossovers": Crossover,
    "ceilings": Ceiling,
    "failures": Failure,
    "noise": SessionNoise,
    "drift": Drift,
    "history": HistoryPoint,
}
"""The tables that a report writes, and what a row of each is."""
