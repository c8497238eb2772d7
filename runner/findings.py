"""What analysis hands to the report: frames whose columns are told here, and nothing rounded.

A *head-to-head* compares arm `a` with arm `b` of one block. Ratios are speeds: 1.28 means that
`a` moves 1.28 times the messages of `b` in the same time; ratios are formed inside a round.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

HEAD_TO_HEAD = (
    "machine",  # where it was measured
    "family",  # the axis in which a and b differ
    "block",  # the block's id
    # … then every axis of AXES, but the compared one, whose values stand in a and b
    "a",  # value of arm a on the family's axis
    "b",  # value of arm b; the reference, where `to_reference`
    "to_reference",  # True: b is the block's reference
    "twin",  # True: a is the reference's twin (A/A)
    "clock",  # fair, producer, joined or cpu
    "ratio",  # exp(median of within-round ln(rate a / rate b)), or the pooled θ
    "low",  # 95 % interval
    "high",
    "rounds",  # complete rounds with both arms ok, all sittings
    "spread",  # s_r: 1.4826·MAD of the within-round log-ratios
    "win",  # share of rounds in which a was faster
    "p",  # two-sided sign test
    "q",  # Benjamini–Hochberg over all comparisons of the clock; p itself for twins
    "verdict",  # faster, slightly faster, same, slightly slower, slower, inconclusive, invalid
    "rounds_needed",  # estimate for a verdict where one sitting is inconclusive, else NA
    "sittings",
    "i2",  # share of variance between sittings, NA with one
    "tau",  # between-sitting sd of the log-ratio, NA with one
    "next_low",  # prediction interval for the next sitting, NA with fewer than three
    "next_high",
    "fcr_low",  # interval corrected for the choice of the claimed (FCR), NA where none is
    "fcr_high",
    "load_calm",  # ratio by tercile of foreign CPU where load-dependent, else NA: calmest third
    "load_between",
    "load_busy",
    "modes",  # a and b in different modes: same in no round, mixed in > 10 %, else partly mixed
    "flags",  # names of docs/method.md §10, separated by ;
)

CELLS = (
    "machine",
    # … then every axis of AXES
    "status",
    "reason",  # first detail of what was not ok, or why it is not measured
    "trials",  # measured trials, ok or not
    "ok",  # ok trials
    "rate",  # messages/s, median over ok trials of the fair clock
    "rate_low",  # its order-statistic 95 % interval
    "rate_high",
    "rate_p5",
    "rate_p95",
    "producer_rate",  # median by the producer clock
    "joined_rate",  # median by the joined clock
    "cpu_per_message",  # s
    "cores",  # median CPU over wall: on how many cores the cell really ran
    "mode",  # one core, two cores, or mixed: both, each in ≥ 15 % of the trials
    "slow_rate",  # of a cell with the flag bimodal: its slow mode's rate, messages/s; else NA
    "slow_share",  # the slow mode's share of the trials
    "slow_cores",  # the slow mode's CPU over wall
    "slow_switches",  # its voluntary switches a message
    "fast_rate",
    "fast_cores",
    "fast_switches",
    "switches_per_message",  # voluntary
    "peak_rss_kib",
    "messages_median",  # messages of a trial
    "share_low",  # median over trials of the smallest worker's share of messages; NA for 1 worker
    "share_high",
    "latency_p50",  # s, medians over trials; NA where the topology times no round trips
    "latency_p90",
    "latency_p99",
    "latency_p999",
    "latency_max",
    "flags",
)

TRIALS = (
    "machine",
    # … then every axis of AXES
    "family",  # the block's: which axis it compares
    "sitting",
    "round",  # of the block, from 1 in each sitting
    "twin",  # True: the reference's second entry (A/A)
    "status",
    "rate",  # messages/s by the fair clock; NA where not ok, as all figures of the trial itself
    "producer_rate",
    "joined_rate",
    "cores",  # CPU over wall
    "foreign_cpu",  # cores that others used just before the round
)

WINNERS = (
    # machine, and every axis of AXES but transport; os_pipe and thread_queue are bounds of what is
    # possible and never win
    "winners",  # tuple of transports, fastest first: the fastest and those `same` as it
    "best_rate",  # messages/s of the fastest
    "runner_up",  # fastest that is not a winner, or ""
    "runner_up_ratio",  # winner over runner-up, with its interval
    "runner_up_low",
    "runner_up_high",
    "decided",  # False: comparisons without a verdict leave the set open
    "compared",  # number of transports that took part
    "modes",  # those of the comparisons with the equals and with the runner-up, as a pair's
)

CROSSOVERS = (
    # machine, python, payload, topology, start_method, placement, messages
    "pipe",  # the transport with one channel a worker
    "queue",  # the shared one
    "workers",
    "ratio",  # pipe over queue
    "low",
    "high",
    "verdict",
    "modes",
    "pipe_rate",
    "queue_rate",
    "pipe_share_low",
    "queue_share_low",
    "queue_share_high",
    "crossover",  # worker count at which the winner changes, or NA
)

FAILURES = (
    "machine",
    # … then every axis of AXES
    "status",
    "count",  # trials
    "detail",  # of the first: traceback, signal or reason
    "round",  # of the first
)

NOISE = (
    "machine",
    "sitting",
    "rounds",
    "trials",
    "twins",  # A/A comparisons
    "twins_apart",  # those whose interval excludes 1
    "twin_widest",  # the largest |ratio − 1| among them
    "spread",  # median over the head-to-heads
    "contaminated",  # share of rounds
    "contaminated_by",  # the signs with their shares: foreign CPU=0.12;steal=0.03
    "untold",  # signs of which no round of the sitting knows anything, separated by ;
    "drifting",  # share of head-to-heads
    "foreign_cpu",  # cores, median over rounds
)

STRETCHES = (
    "machine",
    "run",  # its id
    "sittings",  # as the run numbers them; several where an older run kept them together: 1, 2
    "minutes",
    "load",  # of one minute: before → after
    "busy",  # share of all CPU time
    "pressure",  # share of the time in which some task waited for a core, ours included
    "processes",  # before → after
    "temperature",  # degrees Celsius of the hottest zone, before → after
    "steal",  # share of all CPU time that the hypervisor kept, NA where it is not told
    "throttled",  # how often more cores were slowed for heat
    "cgroup_throttled",  # periods in which the quota of CPU was used up
    "swapped_in",  # pages
    "swapped_out",
    "flags",  # stolen, throttled, swapped; separated by ;
)

DRIFT = (
    "machine",
    "sitting",
    "minute",  # since the sitting began, float
    "level",  # median over the trials of that time of rate / its cell's median rate
)

CLAIMS = (
    "number",
    "seed",  # where it stands
    "claim",  # a short paraphrase
    "python",
    "verdict",  # holds, refuted, depends, not decided; – where it speaks of another Python
    "basis",  # the figures and intervals it rests on, or what is missing
    "cells",  # tuple of what it rests on: ids of blocks, and probe:NAME
    "anchor",  # the id of this verdict, for links
)

HISTORY = (
    "machine",
    # … then every axis of AXES
    "time",  # when the run began to measure, RFC 3339, UTC
    "run",  # its id
    "rate",
    "ratio",  # to the reference of its block, NA for the reference itself
    "reference",
    "cpu_per_message",
)

CONTRADICTIONS = (
    "about",
    "one",  # a statement, with where it stands
    "other",  # another that cannot be true beside it
    "claims",  # numbers of the claims that decide between them
    "verdicts",  # what was found of those
)

PROBES = (
    "machine",
    "python",
    "probe",
    "answer",  # yes, no, hang, unsupported, error; mixed: runs contradict each other
    "detail",
    "figures",  # mapping of the numbers that it told, by name
)


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a report can say of one or more runs."""

    run: Mapping[str, object]
    """run.json of the (first) run, parsed."""
    runs: Sequence[Mapping[str, object]]
    cells: pd.DataFrame
    head_to_heads: pd.DataFrame
    winners: pd.DataFrame
    crossovers: pd.DataFrame
    failures: pd.DataFrame
    """One row for every kind of failure of a cell."""
    noise: pd.DataFrame
    """One row for each sitting of each machine."""
    statuses: Mapping[str, int]
    """Cells by status; the values' sum is `planned`."""
    planned: int
    margin: float
    torn: Sequence[str] = ()
    notes: Sequence[str] = ()
    """Sentences on runs that are pooled though they differ, and on whose settings are used."""
    stretches: pd.DataFrame = field(default_factory=pd.DataFrame)
    """What the machine did from before each sitting to after it."""
    drift: pd.DataFrame = field(default_factory=pd.DataFrame)
    """How the level moved in the course of each sitting."""
    claims: pd.DataFrame = field(default_factory=pd.DataFrame)
    probes: pd.DataFrame = field(default_factory=pd.DataFrame)
    contradictions: pd.DataFrame = field(default_factory=pd.DataFrame)
    history: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Each cell over the runs, where there are several."""
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)
    """A sample of each cell's measured trials; empty where there are too many cells for one."""
