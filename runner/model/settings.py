"""A matrix's settings: how to measure, what to compare, where."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

MOST_CELLS = 2_000_000
"""Cells of the product and of includes above which a matrix is refused, before any is made."""


NEEDED = ("python", "transport")
"""The axes that have no default."""


@dataclass(frozen=True, slots=True)
class Measure:
    """How to measure. Durations in seconds; `precision` and `margin` as fractions (0.05 = 5 %).

    Comparisons with a cell that is not bound to cores take `free_rounds`, whatever their
    precision; 0: as many as it takes. A block whose cells have fixed numbers of messages ends when
    these have been timed for `block_time`, but not before six rounds; None: like any other.
    """

    target: float = 0.08
    rounds: int = 200
    min_rounds: int = 12
    free_rounds: int = 0
    warmup_rounds: int = 2
    precision: float = 0.05
    block_time: float | None = None
    budget: float | None = None
    timeout: float | None = None
    seed: int = 0
    slowest: float = 10.0
    gate_load: float = 0.25
    gate_wait: float = 10.0
    invocation: str = "forked"
    sessions: int = 1
    pause: float = 600.0


@dataclass(frozen=True, slots=True)
class Compare:
    """The comparisons: compared axes (axis → filter of cells, empty = all), baseline, margin δ."""

    axes: Mapping[str, Mapping[str, tuple[str, ...]]]
    baseline: Mapping[str, str]
    margin: float = 0.03


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a container; None leaves one to the engine. Sizes in bytes."""

    cpuset: str | None = None
    memory: int | None = 2 * 1024**3
    shm_size: int = 256 * 1024**2
    pids: int = 512


@dataclass(frozen=True, slots=True)
class Images:
    """Where images come from.

    `registry` is a repository that has images, `mirror` what is put before the names of bases.
    """

    source: str = "auto"
    registry: str = ""
    mirror: str = ""


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file of the user's own, as it was when the matrix was read.

    `path` is below the folder of the matrix, as in `./messages.py`; `functions` are those of which
    the matrix takes messages; `plugin` says that it holds transports, payloads or topologies.
    """

    path: str
    content: bytes
    functions: tuple[str, ...] = ()
    plugin: bool = False

    @property
    def name(self) -> str:
        """The file's own name, which no other file of the matrix has."""
        return self.path.rpartition("/")[2]

    @property
    def digest(self) -> str:
        """The SHA-256 of the content."""
        return hashlib.sha256(self.content).hexdigest()


def staged(files: Sequence[OwnFile]) -> Mapping[str, bytes]:
    """Return the contents of a folder in which the harness finds the files, by name."""
    manifest = [
        {
            "name": one.name,
            "shown": one.path,
            "functions": list(one.functions),
            "plugin": one.plugin,
        }
        for one in files
    ]
    contents = {one.name: one.content for one in files}
    return {**contents, ".manifest.json": json.dumps(manifest).encode()} if files else {}


@dataclass(frozen=True, slots=True)
class Cluster:
    """How a run is spread over machines; where they are is a matter of flags. Seconds."""

    spread: str = "replicate"
    machines: int = 1
    wait: float = 300.0
    share: float = 600.0


@dataclass(frozen=True, slots=True)
class Matrix:
    """A checked matrix of one profile.

    `axes` holds the values as written (`python` may hold `found`); `text` is the file's text and
    `source` its name, for messages and for the run's folder. `only` and `skip` are the command
    line's choice of cells: on each axis that they name, the values kept and the values left out.
    `grids` are further products, as written; `study` names the study that the run is for; `files`
    are those of the user's own that it names; `packages` holds the optional packages of each
    interpreter, with their versions.
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
    grids: tuple[Mapping[str, tuple[str, ...]], ...] = ()
    study: str = ""
    files: tuple[OwnFile, ...] = ()
    cluster: Cluster = Cluster()
    packages: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def products(self) -> Sequence[Mapping[str, tuple[str, ...]]]:
        """The axes, then each grid with python and transport of the axes where it has none."""
        needed = {axis: self.axes[axis] for axis in NEEDED if axis in self.axes}
        return [self.axes, *({**needed, **grid} for grid in self.grids)]

    @property
    def too_large(self) -> str:
        """What is said of more than MOST_CELLS cells, counted without making them; "" else."""
        sizes = [
            {axis: len(values) for axis, values in product.items()} for product in self.products
        ]
        return too_large(sizes, len(self.include))


def too_large(products: Sequence[Mapping[str, int]], included: int) -> str:
    """Return what is said of more than MOST_CELLS cells, "" where there are not more.

    `products` holds the number of values on each axis of each product; `included` is the number
    of entries of include.
    """
    count = sum(math.prod(sizes.values()) for sizes in products) + included
    if count <= MOST_CELLS:
        return ""
    sizes = max(products, key=lambda sizes: math.prod(sizes.values()))
    shape = " × ".join(f"{size:,} {axis}" for axis, size in sizes.items())
    added = f" and {included:,} of include" if included else ""
    added = f" and {len(products) - 1:,} more products{added}" if len(products) > 1 else added
    largest = max(sizes, key=sizes.__getitem__)
    return (
        f"{shape}{added} are {count:,} cells, at most {MOST_CELLS:,} can be planned; "
        f"leave out values, of {largest} first, or make several matrices of it"
    )
