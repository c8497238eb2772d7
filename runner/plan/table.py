"""The cells of a plan as columns: for each axis a number per cell, and the value it means.

A million cells are a few columns of small numbers; cells are made only on demand.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from runner.model import AXES, Cell, PlannedCell, Status

Column = npt.NDArray[np.int32]
Rows = npt.NDArray[np.bool_]
Takes = Callable[[str], bool]
"""Whether a value of an axis, as text, is one of those that are meant."""


@dataclass(frozen=True, slots=True)
class CellTable:
    """Cells as columns of shape (cells,), in the order of AXES.

    `values` holds the texts of each axis, `columns` for each cell the number of its text.
    """

    values: Sequence[Sequence[str]]
    columns: Sequence[Column]

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.columns[0])

    def cells(self, rows: Any = slice(None)) -> Iterator[Cell]:
        """Yield the cells of some rows, or of all."""
        workers = AXES.index("workers")
        named: list[list[object]] = [list(known) for known in self.values]
        named[workers] = [int(text) for text in self.values[workers]]
        each = [
            [known[number] for number in column[rows].tolist()]
            for known, column in zip(named, self.columns, strict=True)
        ]
        return map(Cell._make, zip(*each, strict=True))

    def taken(self, conditions: Mapping[str, Takes]) -> Rows:
        """Return which cells have on each axis named one of the values that are meant."""
        found: Rows = np.ones(len(self), dtype=bool)
        for axis, takes in conditions.items():
            place = AXES.index(axis)
            wanted = np.array([takes(text) for text in self.values[place]], dtype=bool)
            if not wanted.all():
                found &= wanted[self.columns[place]]
        return found

    def keys(self, axes: Sequence[str]) -> npt.NDArray[np.int64]:
        """Return a number for each cell: the same where cells agree on these axes."""
        key, bound = np.zeros(len(self), dtype=np.int64), 1
        for axis in axes:
            size = len(self.values[AXES.index(axis)])
            if bound * size >= 2**62:
                _, key = np.unique(key, return_inverse=True)
                bound = len(self)
            key = key * size + self.columns[AXES.index(axis)]
            bound *= size
        return key

    def only(self, rows: Any) -> "CellTable":
        """Return the table of some rows."""
        return CellTable(self.values, [column[rows] for column in self.columns])


class PlannedCells(Sequence[PlannedCell]):
    """Every cell with its status and reason; made when asked for."""

    def __init__(
        self, table: CellTable, states: Sequence[tuple[Status, str]], numbers: Column
    ) -> None:
        self.table = table
        self._states = states
        self._numbers = numbers

    def __len__(self) -> int:
        """Return the number of cells."""
        return len(self.table)

    def __iter__(self) -> Iterator[PlannedCell]:
        """Yield the cells in their order."""
        return self._made(slice(None))

    @overload
    def __getitem__(self, index: int) -> PlannedCell: ...
    @overload
    def __getitem__(self, index: slice) -> list[PlannedCell]: ...
    def __getitem__(self, index: int | slice) -> PlannedCell | list[PlannedCell]:
        """Return a cell, or a list of some."""
        if isinstance(index, slice):
            return list(self._made(index))
        return next(self._made([range(len(self))[index]]))

    def _made(self, rows: Any) -> Iterator[PlannedCell]:
        states = (self._states[number] for number in self._numbers[rows].tolist())
        for cell, state in zip(self.table.cells(rows), states, strict=True):
            yield PlannedCell(cell, *state)
