"""Blocks: planned cells that differ on one axis only, the baseline and its control first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from runner.model import AXES, Arm, Block, Cell, Compare
from runner.plan.table import CellTable, Rows

_PREFIXES = {"workers": "w", "messages": "m"}


@dataclass(frozen=True, slots=True)
class _Groups:
    """The blocks of one compared axis: the `rows` of all in order, where each begins and ends."""

    axis: str
    rows: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]

    def only(self, kept: Rows) -> "_Groups":
        """Return some of the blocks."""
        return _Groups(self.axis, self.rows, self.starts[kept], self.ends[kept])


class Blocks(Sequence[Block]):
    """The blocks of every compared axis over the planned cells; made when asked for."""

    def __init__(
        self, table: CellTable, compared_axes: Sequence[_Groups], baselines: Mapping[str, str]
    ) -> None:
        self._table = table
        self._groups = compared_axes
        self._baselines = baselines

    def __len__(self) -> int:
        """Return the number of blocks."""
        return sum(len(compared_axis.starts) for compared_axis in self._groups)

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks, compared axis after compared axis."""
        for compared_axis in self._groups:
            yield from self._made(compared_axis, range(len(compared_axis.starts)))

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...
    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        """Return a block, or a list of some."""
        wanted = range(len(self))[index]
        if isinstance(wanted, range):
            return [self[number] for number in wanted]
        for compared_axis in self._groups:
            if wanted < len(compared_axis.starts):
                return next(self._made(compared_axis, [wanted]))
            wanted -= len(compared_axis.starts)
        raise IndexError(index)

    def _made(self, compared_axis: _Groups, numbers: Sequence[int]) -> Iterator[Block]:
        place = AXES.index(compared_axis.axis)
        wanted = self._baselines.get(compared_axis.axis)
        for number in numbers:
            rows = compared_axis.rows[compared_axis.starts[number] : compared_axis.ends[number]]
            arms = [Arm(cell) for cell in self._table.cells(rows)]
            baseline = next((arm for arm in arms if str(arm.cell[place]) == wanted), arms[0])
            others = [arm for arm in arms if arm is not baseline]
            name = _id(compared_axis.axis, baseline.cell)
            yield Block(
                name, compared_axis.axis, (baseline, Arm(baseline.cell, control=True), *others)
            )


def blocks(
    table: CellTable, takes_part: Mapping[str, Rows], baselines: Mapping[str, str]
) -> tuple[Blocks, list[str]]:
    """Return the blocks of every compared axis, and a note for each compared axis.

    `takes_part` gives for each compared axis the planned cells that belong to it.
    `baselines` holds the baseline of each compared axis; a block without it takes its first
    cell, which the notes name. A cell that has nothing to be compared with in one compared axis is
    measured there only if no other block holds it.
    """
    found = [_groups(table, axis, taken) for axis, taken in takes_part.items()]
    held = np.zeros(len(table), dtype=bool)
    for compared_axis in found:
        sizes = compared_axis.ends - compared_axis.starts
        held[compared_axis.rows[np.repeat(sizes > 1, sizes)]] = True
    kept = []
    for compared_axis in found:
        first = compared_axis.rows[compared_axis.starts]
        new = ~held[first]
        held[first[new]] = True
        kept.append(compared_axis.only((compared_axis.ends - compared_axis.starts > 1) | new))
    made = Blocks(table, kept, baselines)
    notes = [_strangers(table, compared_axis, baselines, made) for compared_axis in kept]
    return made, [note for note in notes if note]


def compared_of(table: CellTable, compare: Compare) -> Mapping[str, Rows]:
    """Return for each compared axis which cells its filter takes."""
    return {
        axis: table.taken({on: set(texts).__contains__ for on, texts in chosen.items()})
        for axis, chosen in compare.axes.items()
    }


def _groups(table: CellTable, axis: str, taken: Rows) -> _Groups:
    """Return the groups of cells that differ only on the axis, in the order of their first."""
    rows = np.flatnonzero(taken)
    others = [other for other in AXES if other != axis]
    _, first, group = np.unique(
        table.only(rows).keys(others), return_index=True, return_inverse=True
    )
    order = np.argsort(first[group], kind="stable")
    sizes = np.bincount(group, minlength=len(first))[np.argsort(first)]
    ends = np.cumsum(sizes)
    return _Groups(axis, rows[order], ends - sizes, ends)


def _id(compared_axis: str, cell: Cell) -> str:
    """Return axis and shared values, as in `transport-3.11-fan_out-w2`, without defaults."""
    defaults = Cell._field_defaults
    parts = [compared_axis]
    for axis, value in zip(AXES, cell, strict=True):
        if axis != compared_axis and defaults.get(axis) != value:
            parts.append(f"{_PREFIXES.get(axis, '')}{value}")
    return "-".join(parts)


def _strangers(
    table: CellTable, compared_axis: _Groups, baselines: Mapping[str, str], made: Blocks
) -> str | None:
    """Return a note on the blocks of a compared axis in which another cell is the baseline."""
    wanted = baselines.get(compared_axis.axis)
    compared = np.flatnonzero(compared_axis.ends - compared_axis.starts > 1)
    if wanted is None or not len(compared):
        return None
    place = AXES.index(compared_axis.axis)
    known = table.values[place]
    number = known.index(wanted) if wanted in known else -1
    counts = np.concatenate([[0], np.cumsum(table.columns[place][compared_axis.rows] == number)])
    without = compared[
        counts[compared_axis.ends[compared]] == counts[compared_axis.starts[compared]]
    ]
    if not len(without):
        return None
    baseline = next(made._made(compared_axis, [int(without[0])])).baseline
    where = ", ".join(
        f"{axis} {value}"
        for axis, value in zip(AXES, baseline, strict=True)
        if axis != compared_axis.axis and value != Cell._field_defaults.get(axis)
    )
    return (
        f"compare.axes.{compared_axis.axis}: {wanted} cannot run in "
        f"{len(without)} of {len(compared)} blocks; "
        f"there the first cell that can is the baseline: {baseline[place]} with {where}"
    )
