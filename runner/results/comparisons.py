"""Comparisons: within blocks of one machine, and pooled over machines of one kind."""

from dataclasses import dataclass, replace
from math import exp, hypot, inf, log
from typing import Self

from runner.model import AXES, FREE
from runner.results.rows import Context, InContext, WithRatio, inverse, of, worst_modes
from runner.statistics import OPPOSITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison(InContext, WithRatio):
    """Arm `a` of a block over arm `b`; the compared axis is empty, or 0 if it is workers."""

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
    low: float = of("lower end of the 95 % interval; 0 if there are too few rounds")
    high: float = of("its upper end; inf if there are too few rounds")
    rounds: int = of("rounds with both arms ok that count: see disturbed_rounds; all sessions")
    spread: float | None = of("robust sd of the within-round log-ratios: 1.4826 · MAD")
    win: float | None = of("share of rounds in which a was faster")
    p: float = of("p of the two-sided signed-rank test", default=1.0)
    q: float = of("p after Benjamini-Hochberg over the clock's comparisons; a control's own p")
    verdict: str = of("faster, slower, equal, open, or invalid: the A/A control differs")
    equal_within: float | None = of("largest difference that the 90 % interval allows: a fraction")
    rounds_needed: float | None = of("rounds for a verdict, where one session leaves it open")
    sessions: int = of("sessions with a round")
    i2: float | None = of("share of variance between sessions; empty with one")
    tau: float | None = of("between-session sd of the log-ratio; empty with one")
    next_low: float | None = of("prediction for the next session; empty with fewer than three")
    next_high: float | None = of("its upper end")
    fcr_low: float | None = of("lower end of the interval corrected for selection", default=None)
    fcr_high: float | None = of("its upper end; empty where nothing is claimed", default=None)
    disturbed_rounds: int = of("rounds left out as others used the machine; 0 below six")
    disturbed_ratio: float | None = of("ratio in those rounds", default=None)
    disturbed_low: float | None = of("lower end of its 95 % interval", default=None)
    disturbed_high: float | None = of("its upper end", default=None)
    memory: float | None = of("peak memory of all processes, a over b, in rounds", default=None)
    memory_low: float | None = of("lower end of its 95 % interval over all sessions", default=None)
    memory_high: float | None = of("its upper end; only by end-to-end time", default=None)
    load_calm: float | None = of("ratio in the calmest third of the rounds, where load-dependent")
    load_between: float | None = of("ratio between, where load-dependent")
    load_busy: float | None = of("ratio in the busiest third, where load-dependent")
    modes: str = of("a and b in different modes: same (no round), partly mixed, mixed (> 10 %)")
    flags: tuple[str, ...] = of("reasons to distrust the ratio (method.md §10)")
    through: str = ""
    """The arm through which a and b were compared, if not directly: see `over`. Not a column."""

    @property
    def bound(self) -> bool:
        """Whether the processes of both arms are bound to cores."""
        return FREE not in ((self.placement,) if self.placement else (self.a, self.b))

    @property
    def of_report(self) -> bool:
        """Whether a report prints its verdict: it is by end-to-end time, and not a control."""
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
            ratio=inverse(self.ratio),
            low=inverse(self.high) or 0.0,
            high=inverse(self.low) or inf,
            win=None if self.win is None else 1 - self.win,
            verdict=OPPOSITE.get(self.verdict, self.verdict),
            next_low=inverse(self.next_high),
            next_high=inverse(self.next_low),
            fcr_low=inverse(self.fcr_high),
            fcr_high=inverse(self.fcr_low),
            disturbed_ratio=inverse(self.disturbed_ratio),
            disturbed_low=inverse(self.disturbed_high),
            disturbed_high=inverse(self.disturbed_low),
            load_calm=inverse(self.load_calm),
            load_between=inverse(self.load_between),
            load_busy=inverse(self.load_busy),
        )

    def over(self, other: Self) -> Self:
        """Return a over other's a, which were not compared with each other but with the same b.

        The variances of the two log-ratios add; an unknown end of one makes that of the result
        unknown. There is no test, so the verdict is `faster` or `slower` where the interval
        excludes 1, never `equal`, and `invalid` where one of the two is.
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
class ModeRatio(InContext, WithRatio):
    """Arm `a` over arm `b` in one mode of the kernel, where one of the two has two modes.

    If the other has one mode, all its trials count. The compared axis is empty.
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
    low: float = of("lower end of the 95 % interval")
    high: float = of("its upper end")
    trials_a: int = of("trials of a that it rests on")
    trials_b: int = of("trials of b")
    cores_a: float | None = of("median CPU over wall of a in this mode; empty where it has one")
    share_a: float | None = of("share of a's trials in this mode")
    share_a_low: float | None = of("lower end of its 95 % interval")
    share_a_high: float | None = of("its upper end")
    cores_b: float | None = of("median CPU over wall of b in this mode; empty where it has one")
    share_b: float | None = of("share of b's trials in this mode")
    share_b_low: float | None = of("lower end of its 95 % interval")
    share_b_high: float | None = of("its upper end")

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
            ratio=inverse(self.ratio),
            low=inverse(self.high) or 0.0,
            high=inverse(self.low) or inf,
            **sides,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossMachines(WithRatio):
    """Arm `a` over arm `b`, pooled over machines of one kind; the compared axis is empty, or 0."""

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
    low: float = of("lower end of the 95 % interval; 0 if there is none")
    high: float = of("its upper end")
    q: float = of("p after Benjamini-Hochberg over all rows")
    verdict: str = of("as a comparison's; invalid where it is on one of the machines")
    agree: int = of("machines whose own verdict is the same")
    tau: float | None = of("sd of the log-ratio between machines")
    next_low: float | None = of("where the next machine's ratio is expected; from three on")
    next_high: float | None = of("its upper end")

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
            ratio=inverse(self.ratio),
            low=inverse(self.high) or 0.0,
            high=inverse(self.low) or inf,
            verdict=OPPOSITE.get(self.verdict, self.verdict),
            next_low=inverse(self.next_high),
            next_high=inverse(self.next_low),
        )
