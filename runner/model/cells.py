"""Cells, their statuses, and the blocks in which they are compared."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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


FOUND = "found"
"""The value of the axis `python` that means: every interpreter there is."""
OLDEST, NEWEST = "oldest", "newest"
"""The values that mean one of those that are measured; an ordinary build before any other."""
IN_CONTAINERS = (
    *("2.7", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"),
)
"""What it means in containers, besides the interpreters of this machine."""
AUTO = "auto"
"""The value of the axis `messages` that means: calibrated to the target duration."""


FREE = "free"
"""The value of the axis `placement` that leaves the choice of cores to the scheduler."""


_PYTHON = re.compile(
    r"(?:python|(pypy|graalpy|graalvm|pyston|rustpython))?(\d+)\.(\d+)(?:\.(\d+))?((?:a|b|rc)\d+)?"
    r"(?:([tdmu]{0,3})|-(dbg|debug|nogil|freethreading))"
)


def python_name(text: str) -> str:
    """Return the one spelling of an interpreter's name, of a program's name too; "" for others.

    python3.11-dbg is 3.11d, python3.13t is 3.13t, graalpy3.12 is graalvm3.12.
    """
    found = _PYTHON.fullmatch(text)
    if not found:
        return ""
    kind, major, minor, micro, stage, letters, word = found.groups("")
    kind = "graalvm" if kind == "graalpy" else kind
    threaded = "t" if "t" in letters or word in ("nogil", "freethreading") else ""
    debug = "d" if "d" in letters or word in ("dbg", "debug") else ""
    return f"{kind}{major}.{minor}{'.' if micro else ''}{micro}{stage}{threaded}{debug}"


def python_order(name: str) -> tuple[int, int, int, int, int, str]:
    """Return the sort key of an interpreter's name: 2.7 < 3.9 < 3.10 < 3.14 < 3.14t < pypy2.7.

    A name that is not a version comes last, in alphabetical order.
    """
    found = _PYTHON.fullmatch(name)
    if not found:
        return (2, 0, 0, 0, 0, name)
    kind, major, minor, micro, _, letters, _ = found.groups()
    build = ("t" in (letters or "")) + 2 * ("d" in (letters or ""))
    return (int(bool(kind)), int(major), int(minor), build, int(micro or -1), name)


def oldest_and_newest(names: Collection[str]) -> Mapping[str, str]:
    """Return what OLDEST and NEWEST mean among interpreters; nothing where there are none.

    An ordinary build goes before a free-threaded one and PyPy.
    """
    plain = [name for name in names if name.replace(".", "").isdigit()]
    ordered = sorted(plain or names, key=python_order)
    return {OLDEST: ordered[0], NEWEST: ordered[-1]} if ordered else {}


class Status(StrEnum):
    """The status of a cell. `planned` is a cell that no trial has reached yet."""

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
    placement: str = FREE
    messages: str = AUTO

    @property
    def bound(self) -> bool:
        """Whether the processes are bound to cores."""
        return self.placement != FREE


DEFAULTS: Mapping[str, str] = {axis: str(value) for axis, value in Cell._field_defaults.items()}
"""The value on each axis that a matrix need not name, as a matrix writes it."""


class PlannedCell(NamedTuple):
    """A cell with its status before or after measuring; `reason` says why it is not ok."""

    cell: Cell
    status: Status
    reason: str = ""


class Arm(NamedTuple):
    """A cell's place in a block. The control is the baseline entered a second time (A/A)."""

    cell: Cell
    control: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Cells compared side by side: they differ only on `compared_axis`.

    `arms` holds the baseline first, then its control, then the others. `id` is stable: it is made
    from the compared axis and the shared axis values.
    """

    id: str
    compared_axis: str
    arms: tuple[Arm, ...]

    @property
    def baseline(self) -> Cell:
        """The cell to which the others' ratios are formed."""
        return self.arms[0].cell


@dataclass(frozen=True, slots=True)
class Plan:
    """Every cell of a matrix with its status, and the blocks in which the planned are measured.

    `notes` says what is not as in the matrix: a baseline that another cell replaces.
    `compiling` are the interpreters that compile at run time, whose trials warm up for a second.
    """

    cells: Sequence[PlannedCell]
    blocks: Sequence[Block]
    notes: tuple[str, ...] = ()
    compiling: frozenset[str] = frozenset()
