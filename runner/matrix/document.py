"""The keys of matrix.yaml, as pydantic models over the text of the file.

Every value comes in as text. The defaults are those of runner/model.py.
"""

from typing import Annotated

from pydantic import Field

from runner.matrix.axes import CellPoint, ComparedAxes, Filter, Grid, Inclusion, SomeAxes
from runner.matrix.fields import (
    Cores,
    Duration,
    DurationOrNone,
    Factor,
    Fraction,
    Interpreter,
    Keys,
    Load,
    Named,
    Natural,
    PackageName,
    PackageVersion,
    Plugin,
    Positive,
    Repository,
    Size,
    SizeOrNone,
    Wait,
    one_of,
)
from runner.model import Cluster, Compare, Images, Limits, Measure

SOURCES = ("auto", "hub", "debian", "host")
INVOCATIONS = ("forked", "fresh")
SPREADS = ("replicate", "shard")

_CLUSTER = Cluster()
_COMPARE = Compare({}, {})
_IMAGES = Images()
_LIMITS = Limits()
_MEASURE = Measure()


class CompareKeys(Keys):
    """Which cells are compared."""

    axes: Annotated[
        ComparedAxes,
        Field(default_factory=lambda: ComparedAxes(transport=Filter(), python=Filter())),
    ]
    """The compared axes; transport and python where not written."""
    baseline: CellPoint = CellPoint()
    """On each compared axis the value that the others' ratios refer to; else its first."""
    margin: Fraction = _COMPARE.margin
    """Cells whose ratio is certainly within this margin count as the same."""


class MeasureKeys(Keys):
    """How to measure."""

    target: Duration = _MEASURE.target
    """Timed part of one trial."""
    rounds: Positive = _MEASURE.rounds
    """Most rounds of a block in a session."""
    min_rounds: Positive = _MEASURE.min_rounds
    """Rounds before the first look at a comparison's interval; then every 2."""
    free_rounds: Natural = _MEASURE.free_rounds
    """Rounds of a comparison with a cell that is not bound to cores; 0: until it is precise."""
    warmup_rounds: Natural = _MEASURE.warmup_rounds
    """Rounds at the start of a session that are not analysed."""
    precision: Fraction = _MEASURE.precision
    """A comparison is done when its interval reaches this far at most, or a tenth of ln ratio."""
    block_time: DurationOrNone = _MEASURE.block_time
    """A block of fixed numbers of messages ends when timed so long, but not before six rounds."""
    budget: DurationOrNone = _MEASURE.budget
    """Most wall time of a run, all sessions together; none: no end but precision and rounds."""
    timeout: DurationOrNone = _MEASURE.timeout
    """Most time of one trial; none: follows from the target."""
    seed: Natural = _MEASURE.seed
    """Seed of the random order."""
    slowest: Factor = _MEASURE.slowest
    """A cell of which 20 messages would take more than this many targets moves fewer."""
    gate_load: Load = _MEASURE.gate_load
    """Cores used by others above which a round waits."""
    gate_wait: Wait = _MEASURE.gate_wait
    """How long a round waits for a quiet machine at most."""
    invocation: Annotated[str, one_of(INVOCATIONS, "invocation")] = _MEASURE.invocation
    """forked from the waiting agent, or a fresh interpreter for each invocation."""
    sessions: Positive = _MEASURE.sessions
    """Number of measuring sessions, which are pooled."""
    pause: Wait = _MEASURE.pause
    """Time between two sessions."""


class LimitKeys(Keys):
    """Limits of a container."""

    cpuset: Cores = _LIMITS.cpuset
    """Cores, as in 0-1; none leaves it to the engine."""
    memory: SizeOrNone = _LIMITS.memory
    """Memory, as in 2GiB; none leaves it to the engine."""
    shm_size: Size = _LIMITS.shm_size
    """Size of /dev/shm."""
    pids: Positive = _LIMITS.pids
    """Most processes and threads."""


class ImageKeys(Keys):
    """Where images come from."""

    source: Annotated[str, one_of(SOURCES, "source")] = _IMAGES.source
    """hub, debian, host, or auto: the first of hub, host and debian that can be had."""
    registry: Repository = _IMAGES.registry
    """Repository from which images are pulled in place of building them; see images push."""
    mirror: Repository = _IMAGES.mirror
    """What is put before the names of base images, as in mirror.example/library."""


class ClusterKeys(Keys):
    """How a run is spread over several machines (`ipcmatrix run --cluster`)."""

    spread: Annotated[str, one_of(SPREADS, "spread")] = _CLUSTER.spread
    """replicate: every machine measures every block; shard: each block is measured on one."""
    machines: Positive = _CLUSTER.machines
    """Begin when so many are there."""
    wait: Wait = _CLUSTER.wait
    """Begin with fewer after so long, and wait so long for a machine that was lost."""
    share: Duration = _CLUSTER.share
    """shard: a machine's piece of work."""


class Overrides(Keys):
    """Keys of a profile, which replace those of the file."""

    axes: SomeAxes = SomeAxes()
    grids: tuple[Grid, ...] = ()
    """Further products, planned in addition to that of the axes; exclude applies to them too."""
    exclude: tuple[CellPoint, ...] = ()
    """Cells left out: those that have all values of an entry."""
    include: tuple[Inclusion, ...] = ()
    """Values added to cells of the axes, or cells added, exactly as in GitHub Actions."""
    compare: Annotated[CompareKeys, Field(default_factory=CompareKeys)]
    measure: MeasureKeys = MeasureKeys()
    executor: Annotated[str, Named("executor")] = "local"
    """Where interpreters run; auto: docker if every image is built, else local."""
    limits: LimitKeys = LimitKeys()
    images: ImageKeys = ImageKeys()
    cluster: ClusterKeys = ClusterKeys()
    packages: Annotated[
        dict[Interpreter, dict[PackageName, PackageVersion]], Field(default_factory=dict)
    ]
    """Optional packages of each interpreter, on the host and in images, each an exact version."""
    study: Annotated[str, Named("study")] = ""
    """Study to run: its claims are judged, and its probes asked of each interpreter."""


class MatrixDocument(Overrides):
    """A benchmark matrix: which cells, what is compared, and how it is measured."""

    plugins: tuple[Plugin, ...] = ()
    """Files of your own with transports, payloads and topologies; profiles cannot change them."""
    profile: str = ""
    """Profile to use if the command line names none."""
    profiles: Annotated[dict[str, Overrides], Field(default_factory=dict)]
    """Named changes of everything above."""
