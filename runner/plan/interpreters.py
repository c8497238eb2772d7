"""The axis `python`: the meaning of `found`, and the interpreters that a plan needs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from runner.model import FOUND, Matrix, python_order

Point = Mapping[str, str]


def resolve_pythons(matrix: Matrix, found: Sequence[str]) -> Matrix:
    """Return the matrix with `found` replaced by the interpreters found, in version order.

    An interpreter that the command line asks for counts as found, so that its cells are
    unavailable where it is not here, and not forgotten. Entries of exclude, and of include where
    they make no cell of their own, are dropped where they name an interpreter that is not here.
    """
    here = tuple(sorted({*found, *matrix.only.get("python", ())}, key=python_order))
    first, *more = [product["python"] for product in matrix.products]
    some = FOUND in first or any(FOUND in names for names in more)
    axis = _resolved(first, here)
    all_axes = {*axis, *(name for names in more for name in _resolved(names, here))}
    matrix = replace(
        matrix,
        include=tuple(_each(matrix.include, here)),
        grids=tuple(
            {**grid, "python": _resolved(grid["python"], here)} if "python" in grid else grid
            for grid in matrix.grids
        ),
    )
    if not some:
        return matrix
    kept = [
        number
        for number, point in enumerate(matrix.exclude)
        if "python" not in point or point["python"] in all_axes
    ]
    places = matrix.exclude_places
    return replace(
        matrix,
        axes={**matrix.axes, "python": axis},
        exclude=tuple(matrix.exclude[number] for number in kept),
        exclude_places=tuple(places[number] for number in kept if number < len(places)),
        include=tuple(
            point for point in matrix.include if _can_match(point, axis) or "transport" in point
        ),
    )


def _resolved(names: tuple[str, ...], here: Sequence[str]) -> tuple[str, ...]:
    """Return the names with `found` replaced, in version order at its place."""
    if FOUND not in names:
        return names
    return tuple(sorted({*here, *names} - {FOUND}, key=python_order))


def _each(include: Iterable[Point], here: Sequence[str]) -> Iterator[Point]:
    """Yield the entries, one that names `found` once for each interpreter."""
    for point in include:
        if point.get("python") == FOUND:
            yield from ({**point, "python": name} for name in here)
        else:
            yield point


def pythons_of(matrix: Matrix) -> tuple[str, ...]:
    """Return the interpreters that a resolved matrix needs: of its products and includes."""
    names = [name for product in matrix.products for name in product["python"]]
    names += [point["python"] for point in matrix.include if "python" in point]
    only, skip = matrix.only.get("python"), matrix.skip.get("python", ())
    return tuple(
        name for name in dict.fromkeys(names) if (only is None or name in only) and name not in skip
    )


def _can_match(point: Point, axis: Sequence[str]) -> bool:
    return point.get("python", axis[0] if axis else None) in (*axis, None)
