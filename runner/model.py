"""The frozen values that cross from one stage to the next."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

AXES = (
    "python",
    "transport",
    "payload",
    "topology",
    "workers",
    "start_method",
    "placement",
    "messages",
)
"""The named dimensions of a matrix, in the order in which they are printed."""

AUTO = "auto"
"""The value of the axis `messages` that means: calibrated to the target duration."""


def python_order(name: str) -> tuple[int, int, int, int, int, str]:
    """Return the sort key of an interpreter's name: 2.7 < 3.9 < 3.10 < 3.14 < 3.14t < pypy2.7.

    A name that is no version comes last, in the order of the alphabet.
    """
    found = re.fullmatch(r"(pypy)?(\d+)\.(\d+)(?:\.(\d+))?((?:a|b|rc)\d+)?(t)?", name)
    if not found:
        return (2, 0, 0, 0, 0, name)
    pypy, major, minor, micro, _, threaded = found.groups()
    return (int(bool(pypy)), int(major), int(minor), int(bool(threaded)), int(micro or -1), name)


class Status(StrEnum):
    """What became of a cell. `planned` is a cell that no trial has reached yet."""

    PLANNED = "planned"
    OK = "ok"
    UNSUPPORTED = "unsupported"
    EXCLUDED = "excluded"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"
    CRASHED = "crashed"
    TIMEOUT = "timeout"
    OOM = "oom"
    CORRUPT = "corrupt"
    LOST = "lost"


class Cell(NamedTuple):
    """One point of the matrix: one value on every axis, in the order of AXES.

    `messages` is a decimal number or AUTO; `payload` and `topology` may carry a parameter
    after a colon (`str:100`).
    """

    python: str
    transport: str
    payload: str = "int"
    topology: str = "one_to_one"
    workers: int = 1
    start_method: str = "default"
    placement: str = "free"
    messages: str = AUTO


class PlannedCell(NamedTuple):
    """A cell with what is known of it before or after measuring; `reason` says why not ok."""

    cell: Cell
    status: Status
    reason: str = ""


class Arm(NamedTuple):
    """A cell's place in a block. The twin is the reference entered a second time (A/A)."""

    cell: Cell
    twin: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Cells compared head-to-head: they differ in the axis `family` alone.

    `arms` holds the reference first, then its twin, then the others. `id` is stable: it is made
    from the family and the shared axis values.
    """

    id: str
    family: str
    arms: tuple[Arm, ...]

    @property
    def reference(self) -> Cell:
        """The cell to which the others' ratios are formed."""
        return self.arms[0].cell


@dataclass(frozen=True, slots=True)
class Plan:
    """Every cell of a matrix with its status, and the blocks in which the planned are measured.

    `notes` says what is not as the matrix has it: a reference that another cell stands in for.
    """

    cells: Sequence[PlannedCell]
    blocks: Sequence[Block]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """How to measure. Durations in seconds; `precision` and `margin` as fractions (0.05 = 5 %)."""

    target: float = 0.08
    rounds: int = 200
    min_rounds: int = 20
    warmup_rounds: int = 2
    precision: float = 0.05
    budget: float | None = None
    timeout: float | None = None
    seed: int = 0
    pass_rounds: int = 5
    slowest: float = 10.0
    gate_load: float = 0.25
    gate_wait: float = 10.0
    invocation: str = "forked"
    sittings: int = 1
    pause: float = 600.0


@dataclass(frozen=True, slots=True)
class Compare:
    """What is compared: families (axis → filter of cells, empty = all), reference, margin δ."""

    families: Mapping[str, Mapping[str, tuple[str, ...]]]
    reference: Mapping[str, str]
    margin: float = 0.03


@dataclass(frozen=True, slots=True)
class Limits:
    """What a container may use; None leaves it to the engine. Sizes in bytes."""

    cpuset: str | None = None
    memory: int | None = 2 * 1024**3
    shm_size: int = 256 * 1024**2
    pids: int = 512


@dataclass(frozen=True, slots=True)
class Images:
    """Where images come from, and the optional packages of each interpreter."""

    source: str = "auto"
    packages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A checked matrix of one profile.

    `axes` holds the values as written (`python` may hold `found`); `text` is the file's text and
    `source` its name, for messages and for the run's folder. `only` and `skip` are the command
    line's choice of cells: on each axis that they name, the values kept and the values left out.
    """

    axes: Mapping[str, tuple[str, ...]]
    exclude: tuple[Mapping[str, str], ...]
    include: tuple[Mapping[str, str], ...]
    compare: Compare
    measure: Measure
    executor: str
    limits: Limits
    images: Images
    profile: str
    text: str
    source: str
    exclude_places: tuple[str, ...] = ()
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Rule(NamedTuple):
    """A combination that a harness cannot run: all `names` match ⇒ unsupported for `reason`.

    `names` maps an axis to the names (before the colon) that the rule covers; `workers` is the
    span (least, most) that it covers, or None for any.
    """

    names: Mapping[str, tuple[str, ...]]
    workers: tuple[int, int] | None
    reason: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What one interpreter's harness says of itself (`describe`).

    Each mapping goes from a known name to "" where it is supported, or to the reason why not.
    `parameters` maps each payload and topology that takes a parameter to what it means
    (`characters`); None where the harness does not say. `summaries` maps `transport`, `payload`,
    `topology` and `probe` to a sentence for each name; `shared` tells of each transport whether
    one channel serves all workers (a queue), or each has its own (a pipe).
    """

    version: str
    implementation: str
    transports: Mapping[str, str]
    payloads: Mapping[str, str]
    topologies: Mapping[str, str]
    start_methods: Mapping[str, str]
    placements: Mapping[str, str]
    probes: Mapping[str, str]
    default_start_method: str
    rules: tuple[Rule, ...]
    facts: Mapping[str, str]
    parameters: Mapping[str, str] | None = None
    summaries: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    shared: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A request for one timed transfer. `fault` is for tests: `role:kind` (see the harness)."""

    cell: Cell
    messages: int
    warmup: int
    verify: int
    timeout: float
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What a harness answers for one trial. Durations in seconds, None where not measured.

    `detail` is the traceback, the signal or the reason of a status that is not ok.
    `latency` maps p50, p90, p99, p999 and max to seconds for topologies that time round trips.
    `facts` are those that do not change from trial to trial (protocol, capacity, affinity …).
    """

    status: Status
    detail: str = ""
    messages: int = 0
    seconds: float | None = None
    producer_seconds: float | None = None
    joined_seconds: float | None = None
    cpu_user_seconds: float | None = None
    cpu_system_seconds: float | None = None
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    peak_rss_kib: int | None = None
    wall_seconds: float | None = None
    per_worker: tuple[int, ...] = ()
    latency: Mapping[str, float] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)


class ProbeAnswer(NamedTuple):
    """A probe's answer: `yes`, `no`, `hang`, `unsupported` or `error`, with its detail."""

    answer: str
    detail: str
    figures: Mapping[str, float]


class Row(NamedTuple):
    """A trial as the journal keeps it: where it stood in the run, and its record."""

    sitting: int
    block: Block
    round: int
    round_size: int
    trial: int
    phase: str
    arm: Arm
    record: Record
    started: str
    foreign_cpu: float | None


class PastRound(NamedTuple):
    """A complete measured round, as a journal gives it back.

    `log_rates` holds ln(messages per second) of every arm that took part, None where not ok.
    """

    sitting: int
    log_rates: Mapping[Arm, float | None]


@dataclass(frozen=True, slots=True)
class History:
    """What the journal of a run that goes on already holds of this machine.

    `sitting` is the last sitting's number, `rounds` the measured rounds of each block's id in
    order, `rates` the messages per second of each calibrated cell, `failures` the statuses of
    each cell's trials since its last that was ok.
    """

    sitting: int = 0
    rounds: Mapping[str, Sequence[PastRound]] = field(default_factory=dict)
    rates: Mapping[Cell, float] = field(default_factory=dict)
    failures: Mapping[Cell, Sequence[Status]] = field(default_factory=dict)


class Interpreter(NamedTuple):
    """An interpreter of this machine, or what looked like one.

    `name` is as in the matrix (`2.7`, `3.11`, `3.14t`, `pypy3.11`), "" where it could not be
    asked; `version` is the full one; `path` is the real one; `found` says where (`PATH`, `pyenv`
    …). `lacks` names the parts of a full build that are missing. `broken` is the reason why it
    cannot be used; `duplicate` says that another of the same name is used in its place.
    """

    name: str
    version: str
    implementation: str
    path: str
    found: str
    lacks: tuple[str, ...] = ()
    broken: str = ""
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An interpreter and the harness, as an engine holds them.

    `digest` is the engine's own; `base_digest` is the registry's, or that of the base's content.
    `source` is `hub`, `debian` or `host`; `interpreter` is the path inside. `packages` maps an
    optional package to its version, `lacking` to the reason why it could not be had. `size` is
    in bytes.
    """

    python: str
    tag: str
    digest: str
    base: str
    base_digest: str
    source: str
    interpreter: str
    packages: Mapping[str, str] = field(default_factory=dict)
    lacking: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
