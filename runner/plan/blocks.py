"""Blocks: planned cells that differ in one axis alone, the reference and its twin first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from runner.model import AXES, Arm, Block, Cell, Compare
from runner.plan.table import Rows, Table

_PREFIXES = {"workers": "w", "messages": "m"}


@dataclass(frozen=True, slots=True)
class _Groups:
    """The blocks of one family: `rows` of all of them in order, and where each begins and ends."""

    axis: str
    rows: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    ends: npt.NDArray[np.intp]

    def only(self, kept: Rows) -> "_Groups":
        """Return some of the blocks."""
        return _Groups(self.axis, self.rows, self.starts[kept], self.ends[kept])


class Blocks(Sequence[Block]):
    """The blocks of every family over the planned cells; made when asked for."""

    def __init__(
        self, table: Table, families: Sequence[_Groups], references: Mapping[str, str]
    ) -> None:
        self._table = table
        self._families = families
        self._references = references

    def __len__(self) -> int:
        """Return the number of blocks."""
        return sum(len(family.starts) for family in self._families)

    def __iter__(self) -> Iterator[Block]:
        """Yield the blocks, family after family."""
        for family in self._families:
            yield from self._made(family, range(len(family.starts)))

    @overload
    def __getitem__(self, index: int) -> Block: ...
    @overload
    def __getitem__(self, index: slice) -> list[Block]: ...
    def __getitem__(self, index: int | slice) -> Block | list[Block]:
        """Return a block, or a list of some."""
        wanted = range(len(self))[index]
        if isinstance(wanted, range):
            return [self[number] for number in wanted]
        for family in self._families:
            if wanted < len(family.starts):
                return next(self._made(family, [wanted]))
            wanted -= len(family.starts)
        raise IndexError(index)

    def _made(self, family: _Groups, numbers: Sequence[int]) -> Iterator[Block]:
        place = AXES.index(family.axis)
        wanted = self._references.get(family.axis)
        for number in numbers:
            rows = family.rows[family.starts[number] : family.ends[number]]
            arms = [Arm(cell) for cell in self._table.cells(rows)]
            reference = next((arm for arm in arms if str(arm.cell[place]) == wanted), arms[0])
            others = [arm for arm in arms if arm is not reference]
            name = _id(family.axis, reference.cell)
            yield Block(name, family.axis, (reference, Arm(reference.cell, twin=True), *others))


def blocks(
    table: Table, takes_part: Mapping[str, Rows], references: Mapping[str, str]
) -> tuple[Blocks, list[str]]:
    """Return the blocks of every family, and a note for each family.

    `takes_part` tells for each compared axis which cells are planned and of that family.
    `references` holds the reference of each compared axis; a block without it takes its first
    cell, which the notes tell. A cell that has nothing to be compared with in one family is
    measured there only if no other block holds it.
    """
    found = [_groups(table, axis, taken) for axis, taken in takes_part.items()]
    held = np.zeros(len(table), dtype=bool)
    for family in found:
        sizes = family.ends - family.starts
        held[family.rows[np.repeat(sizes > 1, sizes)]] = True
    kept = []
    for family in found:
        first = family.rows[family.starts]
        new = ~held[first]
        held[first[new]] = True
        kept.append(family.only((family.ends - family.starts > 1) | new))
    made = Blocks(table, kept, references)
    notes = [_strangers(table, family, references, made) for family in kept]
    return made, [note for note in notes if note]


def families_of(table: Table, compare: Compare) -> Mapping[str, Rows]:
    """Return for each compared axis which cells its filter takes."""
    return {
        axis: table.taken({on: set(texts).__contains__ for on, texts in chosen.items()})
        for axis, chosen in compare.families.items()
    }


def _groups(table: Table, axis: str, taken: Rows) -> _Groups:
    """Return the groups of cells that differ on the axis alone, in the order of their first."""
    rows = np.flatnonzero(taken)
    others = [other for other in AXES if other != axis]
    _, first, group = np.unique(
        table.only(rows).keys(others), return_index=True, return_inverse=True
    )
    order = np.argsort(first[group], kind="stable")
    sizes = np.bincount(group, minlength=len(first))[np.argsort(first)]
    ends = np.cumsum(sizes)
    return _Groups(axis, rows[order], ends - sizes, ends)


def _id(family: str, cell: Cell) -> str:
    """Return family and shared values, as in `transport-3.11-fan_out-w2`, without defaults."""
    defaults = Cell._field_defaults
    parts = [family]
    for axis, value in zip(AXES, cell, strict=True):
        if axis != family and defaults.get(axis) != value:
            parts.append(f"{_PREFIXES.get(axis, '')}{value}")
    return "-".join(parts)


def _strangers(
    table: Table, family: _Groups, references: Mapping[str, str], made: Blocks
) -> str | None:
    """Return a note on the blocks of a family in which another cell is the reference."""
    wanted = references.get(family.axis)
    compared = np.flatnonzero(family.ends - family.starts > 1)
    if wanted is None or not len(compared):
        return None
    place = AXES.index(family.axis)
    known = table.values[place]
    number = known.index(wanted) if wanted in known else -1
    counts = np.concatenate([[0], np.cumsum(table.columns[place][family.rows] == number)])
    without = compared[counts[family.ends[compared]] == counts[family.starts[compared]]]
    if not len(without):
        return None
    example = next(made._made(family, [int(without[0])]))
    return (
        f"family {family.axis}: {wanted} cannot run in {len(without)} of {len(compared)} blocks; "
        f"there the first cell that can is the reference, as "
        f"{example.reference[place]} in {example.id}"
    )
