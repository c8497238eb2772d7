"""The cells of a matrix: product, then exclude, then include, exactly as in GitHub Actions."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product

from runner.errors import BadInputError
from runner.model import AXES, Cell, Matrix
from runner.plan.matching import Matcher, bits, first

NOT_EXCLUDED = ""


def cells(matrix: Matrix) -> Iterable[tuple[Cell, str]]:
    """Return every cell with the place of the exclude that takes it out, or NOT_EXCLUDED.

    The order is that of the axes, added cells last. A cell that is both excluded and included is
    in: includes come after excludes. Raises BadInputError for an exclude that matches nothing and
    for an include that makes a cell without python or transport.
    """
    found = _chosen(matrix, _expanded(matrix))
    return _without_doubles(found) if matrix.include else found


def value(cell: Cell, axis: str) -> str:
    """Return a cell's value on an axis as the matrix spells it."""
    return str(cell[AXES.index(axis)])


def _expanded(matrix: Matrix) -> Iterator[tuple[Cell, str]]:
    excludes = Matcher([_conditions(point) for point in matrix.exclude])
    includes = Matcher([_conditions(_original(matrix, point)) for point in matrix.include])
    excluding = joining = 0
    for cell in _product(matrix):
        mask = excludes.mask(cell)
        if mask:
            excluding |= mask
            yield cell, _place(matrix, first(mask))
            continue
        mask = includes.mask(cell)
        if mask:
            joining |= mask
            yield _joined(matrix, cell, mask), NOT_EXCLUDED
        else:
            yield cell, NOT_EXCLUDED
    _refuse_idle(matrix, excludes.everything & ~excluding)
    for number in bits(includes.everything & ~joining):
        yield _new(matrix.include[number]), NOT_EXCLUDED


def _product(matrix: Matrix) -> Iterator[Cell]:
    values: list[tuple[object, ...]] = [
        tuple(matrix.axes.get(axis, (Cell._field_defaults.get(axis),))) for axis in AXES
    ]
    place = AXES.index("workers")
    values[place] = tuple(int(str(count)) for count in values[place])
    return map(Cell._make, product(*values))


def _conditions(point: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    return {axis: (wanted,) for axis, wanted in point.items()}


def _original(matrix: Matrix, point: Mapping[str, str]) -> Mapping[str, str]:
    """Return the part of an include that must equal the cell's own: that on listed axes."""
    return {axis: wanted for axis, wanted in point.items() if axis in matrix.axes}


def _joined(matrix: Matrix, cell: Cell, mask: int) -> Cell:
    added: dict[str, str] = {}
    for number in bits(mask):
        added |= {axis: v for axis, v in matrix.include[number].items() if axis not in matrix.axes}
    return _with(cell, added)


def _with(cell: Cell, added: Mapping[str, str]) -> Cell:
    changes: dict[str, object] = dict(added)
    if "workers" in added:
        changes["workers"] = int(added["workers"])
    return Cell._make(changes.get(axis, own) for axis, own in zip(AXES, cell, strict=True))


def _new(point: Mapping[str, str]) -> Cell:
    missing = [axis for axis in ("python", "transport") if axis not in point]
    if missing:
        entry = ", ".join(f"{axis}: {wanted}" for axis, wanted in point.items())
        message = (
            f"include {{{entry}}}: joins no cell, and a new cell needs {' and '.join(missing)}"
        )
        raise BadInputError(message)
    return _with(Cell(point["python"], point["transport"]), point)


def _place(matrix: Matrix, number: int) -> str:
    places = matrix.exclude_places
    return places[number] if number < len(places) else f"{matrix.source}: exclude {number + 1}"


def _refuse_idle(matrix: Matrix, mask: int) -> None:
    if mask:
        raise BadInputError(
            "\n".join(
                f"{_place(matrix, number)}: exclude: matches nothing; "
                "name values that the axes have, or leave the entry out"
                for number in bits(mask)
            )
        )


def _chosen(matrix: Matrix, found: Iterable[tuple[Cell, str]]) -> Iterator[tuple[Cell, str]]:
    """Yield the cells that the command line keeps."""
    only, skip = Matcher([matrix.only]), Matcher([{a: v} for a, v in matrix.skip.items()])
    if not matrix.only and not matrix.skip:
        yield from found
        return
    for cell, place in found:
        if only.mask(cell) and not skip.mask(cell):
            yield cell, place


def _without_doubles(found: Iterable[tuple[Cell, str]]) -> Iterable[tuple[Cell, str]]:
    kept: dict[Cell, str] = {}
    for cell, place in found:
        if kept.get(cell, place) == place or place == NOT_EXCLUDED:
            kept[cell] = place
    return kept.items()
