"""Rows about cells, sessions and probes, and the answers chosen from them."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.results.comparisons import Comparison
from runner.results.rows import InContext, OfCell, WithRatio, of


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSummary(OfCell):
    """Every planned cell: its status and its own figures.

    Figures are medians over the ok trials of complete rounds. They depend on the load of the
    machine: compare cells by their ratios, which are formed inside rounds.
    """

    status: str = of("its status")
    reason: str = of("first detail of a failure, or why it was not measured")
    trials: int = of("measured trials, ok or not")
    ok: int = of("ok trials")
    rate: float | None = of("median by end-to-end time", "messages/s", default=None)
    rate_low: float | None = of("lower end of its 95 % interval", "messages/s", default=None)
    rate_high: float | None = of("its upper end", "messages/s", default=None)
    rate_p5: float | None = of("5th percentile", "messages/s", default=None)
    rate_p95: float | None = of("95th percentile", "messages/s", default=None)
    send_rate: float | None = of("median by send time", "messages/s", default=None)
    join_rate: float | None = of("median by join time", "messages/s", default=None)
    cpu_per_message: float | None = of("CPU time of all processes per message", "s", default=None)
    cores: float | None = of("CPU over wall: on how many cores it really ran", default=None)
    mode: str = of("one core, two cores, or mixed: both, each in ≥ 15 % of the trials", default="")
    slow_rate: float | None = of("of a bimodal cell: its slow mode's", "messages/s", default=None)
    slow_share: float | None = of("the slow mode's share of the trials", default=None)
    slow_cores: float | None = of("the slow mode's CPU over wall", default=None)
    slow_switches: float | None = of("its voluntary switches a message", default=None)
    fast_rate: float | None = of("its fast mode's", "messages/s", default=None)
    fast_cores: float | None = of("the fast mode's CPU over wall", default=None)
    fast_switches: float | None = of("its voluntary switches a message", default=None)
    switches_per_message: float | None = of("voluntary context switches per message", default=None)
    peak_rss_kib: float | None = of("largest resident set of a process", "KiB", default=None)
    peak_rss_sum_kib: float | None = of("sum of the peaks of all processes", "KiB", default=None)
    messages_median: float | None = of("messages of a trial", default=None)
    share_low: float | None = of("smallest worker's share of the messages", default=None)
    share_high: float | None = of("largest worker's share; empty for one worker", default=None)
    latency_p50: float | None = of("round trip; empty where none are timed", "s", default=None)
    latency_p90: float | None = of("90th percentile of the round trips", "s", default=None)
    latency_p99: float | None = of("99th percentile", "s", default=None)
    latency_p999: float | None = of("99.9th percentile", "s", default=None)
    latency_max: float | None = of("longest", "s", default=None)
    flags: tuple[str, ...] = of("reasons to distrust the figures (method.md §10)", default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class SampledTrial(OfCell):
    """One measured trial from the sample of its cell."""

    compared_axis: str = of("the axis that its block compares")
    session: int = of("number of the session")
    round: int = of("round of the block, from 1 in each session")
    control: bool = of("the baseline's second entry (A/A)")
    status: str = of("its status")
    rate: float | None = of("by end-to-end time", "messages/s")
    send_rate: float | None = of("by send time", "messages/s")
    join_rate: float | None = of("by join time", "messages/s")
    cores: float | None = of("CPU over wall: on how many cores it ran")
    foreign_cpu: float | None = of("cores that others used just before the round", "cores")


@dataclass(frozen=True, slots=True, kw_only=True)
class Winner(InContext):
    """The transports to choose in one context: the fastest, and those equal to it.

    Upper bounds (os_pipe, thread_queue) never win.
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
    best_rate: float | None = of("rate of the fastest", "messages/s")
    runner_up: str = of("the fastest that is not a winner")
    runner_up_ratio: float | None = of("winner over runner-up")
    runner_up_low: float | None = of("lower end of its 95 % interval")
    runner_up_high: float | None = of("its upper end")
    decided: bool = of("False where comparisons without a verdict leave the winners open")
    compared: int = of("transports that took part")
    modes: str = of("modes of the comparisons with the equals and the runner-up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossover(InContext, WithRatio):
    """One channel per worker against a shared one, at one worker count."""

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
    low: float = of("lower end of the 95 % interval")
    high: float = of("its upper end")
    verdict: str = of("verdict on the ratio")
    modes: str = of("modes of the comparison")
    pipe_rate: float | None = of("rate of the pipes", "messages/s")
    queue_rate: float | None = of("rate of the queue", "messages/s")
    pipe_share_low: float | None = of("smallest worker's share, by the pipes")
    queue_share_low: float | None = of("smallest worker's share, by the queue")
    queue_share_high: float | None = of("largest worker's share, by the queue")
    crossover: int | None = of("worker count at which the winner changes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling(OfCell, WithRatio):
    """How close a transport comes to a bound that moves bytes only, measured in the same rounds.

    A bound is a pipe without pickling, or a copy in memory; without one there are no rows.
    """

    bound: str = of("the transport that moves bytes only")
    highest: bool = of("the bound is the fastest of its context: the ceiling of reports")
    ratio: float | None = of("transport over bound, from ratios inside rounds: the share")
    low: float = of("lower end of the 95 % interval; 0 if there are too few rounds")
    high: float = of("its upper end; inf if there are too few rounds")
    rate: float | None = of("rate of the transport", "messages/s")
    bound_rate: float | None = of("rate of the bound", "messages/s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure(OfCell):
    """One kind of failure of a cell, over all phases."""

    status: str = of("what went wrong")
    count: int = of("trials")
    detail: str = of("of the first: traceback, signal or reason")
    round: int = of("of the first")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionNoise:
    """The noise floor of one session."""

    machine: str = of("where it was measured")
    session: int = of("number of the session")
    rounds: int = of("complete rounds")
    trials: int = of("trials of complete rounds")
    controls: int = of("A/A comparisons")
    controls_apart: int = of("those whose interval excludes 1")
    control_widest: float | None = of("the largest |ratio - 1| among them")
    spread: float | None = of("median spread of the comparisons")
    pace: float | None = of(
        "rates of a slow round over those of a fast one, all bound cells of a round alike: the "
        "10th percentile of rounds over the 90th; 1: even"
    )
    contaminated: float | None = of("share of rounds disturbed by other programs")
    contaminated_by: str = of("each sign of it with its share: CPU of others=0.12;steal=0.03")
    without_data: tuple[str, ...] = of("signs for which no round of the session has data")
    drifting: float | None = of("share of comparisons with the flag drift")
    foreign_cpu: float | None = of("median over rounds", "cores")


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInterval:
    """What the counters of the machine say of the time from before a session to after it."""

    machine: str = of("where it was measured")
    run: str = of("the run's id")
    sessions: str = of("as the run numbers them; several where an older run kept them together")
    minutes: float | None = of("from before to after", "min")
    load: str = of("one-minute load average: before → after")
    busy: float | None = of("share of all CPU time that was used")
    pressure: float | None = of("share of the time in which some task waited for a core")
    processes: str = of("number of processes: before → after")
    temperature: str = of("of the hottest zone, before → after", "°C")
    steal: float | None = of("share of all CPU time that the hypervisor kept")
    throttled: int | None = of("how often cores were slowed for heat")
    cgroup_throttled: int | None = of("periods in which the quota of CPU was used up")
    swapped_in: int | None = of("memory read back from swap", "pages")
    swapped_out: int | None = of("memory written to swap", "pages")
    flags: tuple[str, ...] = of("stolen, throttled, swapped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """How high the rates were at one time of a session, relative to their cells' medians."""

    machine: str = of("where it was measured")
    session: int = of("number of the session")
    minute: float = of("since the session began", "min")
    level: float = of("median over the trials of that time of rate / its cell's median rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeResult:
    """What a probe answered on one interpreter."""

    machine: str = of("where it was asked")
    python: str = of("interpreter")
    probe: str = of("the probe's name")
    answer: str = of("yes, no, hang, unsupported, error; mixed: runs contradict each other")
    detail: str = of("what the probe saw")
    figures: Mapping[str, object] = of("its figures by name, as JSON")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPoint(OfCell):
    """One cell in one of several runs."""

    time: str = of("when the run began to measure", "RFC 3339, UTC")
    run: str = of("the run's id")
    rate: float | None = of("median by end-to-end time", "messages/s")
    ratio: float | None = of("to the baseline of its block; empty for the baseline itself")
    baseline: str = of("the baseline")
    cpu_per_message: float | None = of("CPU time of all processes per message", "s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A situation as a user describes it; empty fields are left open.

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
    """What to use in a situation, as measured in the combination asked for or in the nearest one.

    `comparison` is the answer over the baseline, in that combination. `use` is the transport to
    use, "" where the two are equal or undecided; `advice`, `figures` and `sure` put it in words.
    `differs` says how the combination differs from the one asked for: `1 worker instead of 4`.
    `options` are all candidates over the baseline, the fastest first.
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
