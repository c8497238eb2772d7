"""Blocks: planned cells that differ on one axis only, the baseline and its control first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from runner.model import AXES, DEFAULTS, Arm, Block, Cell, Compare
from runner.plan.table import CellTable, Rows

_PREFIXES = {"workers": "w", "messages": "m"}


@dataclass(frozen=True, slots=True)
class _Groups:
    """The blocks of one compared axis: the `rows` of all in order, where each begins and ends."""

    axis: str
    rows: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]

    @property
    def sizes(self) -> npt.NDArray[np.intp]:
        """The number of cells of each block."""
        return self.ends - self.starts

    def only(self, kept: Rows) -> "_Groups":
        """Return some of the blocks."""
        return _Groups(self.axis, self.rows, self.starts[kept], self.ends[kept])


class Blocks(Sequence[Block]):
    """The blocks of every compared axis over the planned cells; made when asked for."""

    def __init__(
        self, table: CellTable, by_axis: Sequence[_Groups], baselines: Mapping[str, str]
    ) -> None:
        self._table = table
        self._by_axis = by_axis
        self._baselines = baselines

    def __len__(self) -> int:
        """Return the number of blocks."""
        return sum(len(groups.starts) for groups in self._by_axis)

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks, compared axis after compared axis."""
        for groups in self._by_axis:
            yield from self._made(groups, range(len(groups.starts)))

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...
    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        """Return a block, or a list of some."""
        wanted = range(len(self))[index]
        if isinstance(wanted, range):
            return [self[number] for number in wanted]
        for groups in self._by_axis:
            if wanted < len(groups.starts):
                return next(self._made(groups, [wanted]))
            wanted -= len(groups.starts)
        raise IndexError(index)

    def _made(self, groups: _Groups, numbers: Sequence[int]) -> Iterator[Block]:
        place = AXES.index(groups.axis)
        wanted = self._baselines.get(groups.axis)
        for number in numbers:
            rows = groups.rows[groups.starts[number] : groups.ends[number]]
            arms = [Arm(cell) for cell in self._table.cells(rows)]
            baseline = next((arm for arm in arms if str(arm.cell[place]) == wanted), arms[0])
            others = [arm for arm in arms if arm is not baseline]
            name = _id(groups.axis, baseline.cell)
            yield Block(name, groups.axis, (baseline, Arm(baseline.cell, control=True), *others))


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
    for groups in found:
        held[groups.rows[np.repeat(groups.sizes > 1, groups.sizes)]] = True
    kept = []
    for groups in found:
        first = groups.rows[groups.starts]
        new = ~held[first]
        held[first[new]] = True
        kept.append(groups.only((groups.sizes > 1) | new))
    notes = [_strangers(table, groups, baselines.get(groups.axis)) for groups in kept]
    return Blocks(table, kept, baselines), [note for note in notes if note]


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
    parts = [compared_axis]
    for axis, value in zip(AXES, cell, strict=True):
        if axis != compared_axis and DEFAULTS.get(axis) != str(value):
            parts.append(f"{_PREFIXES.get(axis, '')}{value}")
    return "-".join(parts)


def _strangers(table: CellTable, groups: _Groups, wanted: str | None) -> str | None:
    """Return a note on the blocks of a compared axis in which another cell is the baseline."""
    compared = np.flatnonzero(groups.sizes > 1)
    if wanted is None or not len(compared):
        return None
    place = AXES.index(groups.axis)
    known = table.values[place]
    number = known.index(wanted) if wanted in known else -1
    counts = np.concatenate([[0], np.cumsum(table.columns[place][groups.rows] == number)])
    without = compared[counts[groups.ends[compared]] == counts[groups.starts[compared]]]
    if not len(without):
        return None
    baseline = next(table.cells(groups.rows[groups.starts[without[:1]]]))
    where = ", ".join(
        f"{axis} {value}"
        for axis, value in zip(AXES, baseline, strict=True)
        if axis != groups.axis and str(value) != DEFAULTS.get(axis)
    )
    return (
        f"compare.axes.{groups.axis}: {wanted} cannot run in "
        f"{len(without)} of {len(compared)} blocks; "
        f"there the first cell that can is the baseline: {baseline[place]} with {where}"
    )
