"""The cells of a matrix: product, then exclude, then include, exactly as in GitHub Actions.

The products of `grids` follow that of `axes`; excludes hold for them too, and no include changes
their cells.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from runner.errors import BadInputError
from runner.model import AXES, DEFAULTS, NEEDED, Matrix
from runner.plan.table import CellTable, Column

Point = Mapping[str, str]
NOT_EXCLUDED = -1


class _Values:
    """The texts of each axis, and their numbers in the order in which they are met."""

    def __init__(self) -> None:
        self.numbers: list[dict[str, int]] = [{} for _ in AXES]

    def number(self, place: int, text: str) -> int:
        """Return the number of a text on an axis, a new one if it is met for the first time."""
        known = self.numbers[place]
        return known.setdefault(text, len(known))


def cells(matrix: Matrix) -> tuple[CellTable, Column]:
    """Return every cell, and the number of the exclude that takes it out, or NOT_EXCLUDED.

    The order is that of the axes, then that of the grids; added cells come last. A cell that is
    both excluded and included is in: includes come after excludes. Raises BadInputError for an
    exclude that matches nothing and for an include that makes a cell without python or transport.
    """
    values = _Values()
    first, *grids = [_Product(product, matrix.exclude, values) for product in matrix.products]
    idle = set(range(len(matrix.exclude))) - first.met.union(*(grid.met for grid in grids))
    if idle:
        raise BadInputError(
            *(
                f"{place_of(matrix, number)}: exclude: matches nothing; "
                "name values that the axes have, or leave the entry out"
                for number in sorted(idle)
            )
        )
    new = [_new(point, matrix) for point in matrix.include if not first.join(point, matrix.axes)]
    added = [[values.number(place, text) for place, text in enumerate(cell)] for cell in new]
    parts = [product.columns for product in (first, *grids)]
    parts += [[np.array([number], dtype=np.int32) for number in row] for row in added]
    every_new = np.full(len(new), NOT_EXCLUDED, dtype=np.int32)
    excluded = np.concatenate(
        [*(product.excluded.ravel() for product in (first, *grids)), every_new]
    )
    columns = [np.concatenate([part[place] for part in parts]) for place in range(len(AXES))]
    table = CellTable([tuple(known) for known in values.numbers], columns)
    table, excluded = _chosen(matrix, table, excluded)
    return without_doubles(table, excluded) if matrix.include or grids else (table, excluded)


def place_of(matrix: Matrix, number: int) -> str:
    """Return the place of an exclude, for messages."""
    places = matrix.exclude_places
    return places[number] if number < len(places) else f"{matrix.source}: exclude {number + 1}"


class _Product:
    """The cells of one product, in an array with a dimension for each axis."""

    def __init__(
        self, product: Mapping[str, Sequence[str]], exclude: Sequence[Point], values: _Values
    ) -> None:
        self.values = values
        self.indices = [
            {
                text: number
                for number, text in enumerate(
                    product[axis] if axis in product else (DEFAULTS[axis],)
                )
            }
            for axis in AXES
        ]
        shape = [len(texts) for texts in self.indices]
        self.grid: list[Column] = []
        for place, texts in enumerate(self.indices):
            numbers = np.array([values.number(place, text) for text in texts], dtype=np.int32)
            along = [-1 if place == other else 1 for other in range(len(AXES))]
            self.grid.append(np.broadcast_to(numbers.reshape(along), shape))
        self.excluded = np.full(shape, NOT_EXCLUDED, dtype=np.int32)
        self.met: set[int] = set()
        firsts: dict[frozenset[tuple[str, str]], tuple[int, tuple[slice, ...]]] = {}
        for number, point in enumerate(exclude):
            if (rows := self._place(point)) is not None:
                self.met.add(number)
                firsts.setdefault(frozenset(point.items()), (number, rows))
        # The first comes last, so that a cell that several excludes match says that one.
        for number, rows in reversed(firsts.values()):
            self.excluded[rows] = number

    @property
    def columns(self) -> list[Column]:
        """The columns of its cells."""
        return [np.ascontiguousarray(axis).ravel() for axis in self.grid]

    def join(self, point: Point, listed: Mapping[str, object]) -> bool:
        """Lay an include over the cells that it joins; return whether there is one."""
        place = self._place({axis: text for axis, text in point.items() if axis in listed})
        if place is None:
            return False
        joins = self.excluded[place] == NOT_EXCLUDED
        if not joins.any():
            return False
        for axis in (axis for axis in point if axis not in listed):
            index = AXES.index(axis)
            if not self.grid[index].flags.writeable:
                self.grid[index] = self.grid[index].copy()
            self.grid[index][place][joins] = self.values.number(index, point[axis])
        return True

    def _place(self, point: Point) -> tuple[slice, ...] | None:
        """Return the rows of the cells that have all values of a point; None for nowhere."""
        found = [slice(None)] * len(AXES)
        for axis, text in point.items():
            place = AXES.index(axis)
            number = self.indices[place].get(text)
            if number is None:
                return None
            found[place] = slice(number, number + 1)
        return tuple(found)


def _new(point: Point, matrix: Matrix) -> list[str]:
    missing = [axis for axis in NEEDED if axis not in point]
    if missing:
        entry = ", ".join(f"{axis}: {wanted}" for axis, wanted in point.items())
        message = (
            f"{matrix.source}: include {{{entry}}}: joins no cell, and a new cell needs "
            f"{' and '.join(missing)}; name it, or leave the entry out"
        )
        raise BadInputError(message)
    return [point.get(axis) or DEFAULTS[axis] for axis in AXES]


def _chosen(matrix: Matrix, table: CellTable, excluded: Column) -> tuple[CellTable, Column]:
    """Return the cells that the command line keeps."""
    if not matrix.only and not matrix.skip:
        return table, excluded
    kept = table.taken({axis: set(texts).__contains__ for axis, texts in matrix.only.items()})
    for axis, texts in matrix.skip.items():
        kept &= ~table.taken({axis: set(texts).__contains__})
    return table.only(kept), excluded[kept]


def without_doubles(table: CellTable, excluded: Column) -> tuple[CellTable, Column]:
    """Return each cell once, at its first place; in, if it is in anywhere."""
    _, first, cell = np.unique(table.keys(AXES), return_index=True, return_inverse=True)
    taken_out = excluded[first]
    taken_out[cell[excluded == NOT_EXCLUDED]] = NOT_EXCLUDED
    order = np.argsort(first)
    return table.only(first[order]), taken_out[order]
