"""The axis `python`: what `found`, `oldest` and `newest` mean, and what interpreters are needed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from runner.model import DEFAULTS, FOUND, NEWEST, OLDEST, Matrix, oldest_and_newest, python_order

Point = Mapping[str, str]
Means = Mapping[str, Sequence[str]]
"""The interpreters that FOUND, OLDEST and NEWEST mean."""


def resolve_pythons(matrix: Matrix, found: Sequence[str]) -> Matrix:
    """Return the matrix with `found` replaced by the interpreters found, in version order.

    `oldest` and `newest` are of those that `axes` has and the command line keeps. An interpreter
    that the command line asks for counts as found, so that its cells are unavailable where it is
    not here, and not forgotten. Entries of exclude that match no cell here are dropped, and those
    of include that make no cell of their own and name an interpreter that is not here.
    """
    matrix = _with_flags(matrix, found)
    here = tuple(sorted({*found, *matrix.only.get("python", ())}, key=python_order))
    first, *more = [product["python"] for product in matrix.products]
    axis = _resolved(first, _means(matrix, here, here))
    means = _means(matrix, here, axis)
    some = any(name in means for names in (first, *more) for name in names)
    matrix = replace(
        matrix,
        axes={**matrix.axes, "python": axis},
        include=tuple(_each(matrix.include, means)),
        grids=tuple(_with_pythons(grid, means) for grid in matrix.grids),
        compare=replace(
            matrix.compare,
            axes={on: _with_pythons(taken, means) for on, taken in matrix.compare.axes.items()},
        ),
    )
    if not some:
        return matrix
    usual = {on: {text} for on, text in DEFAULTS.items()}
    products = [{**usual, **{on: {*texts} for on, texts in one.items()}} for one in matrix.products]
    kept = [
        number
        for number, point in enumerate(matrix.exclude)
        if any(all(text in one[on] for on, text in point.items()) for one in products)
    ]
    places = matrix.exclude_places
    any_here = axis[0] if axis else None
    return replace(
        matrix,
        exclude=tuple(matrix.exclude[number] for number in kept),
        exclude_places=tuple(places[number] for number in kept if number < len(places)),
        include=tuple(
            point
            for point in matrix.include
            if point.get("python", any_here) in (*axis, None) or "transport" in point
        ),
    )


def _with_flags(matrix: Matrix, found: Sequence[str]) -> Matrix:
    """Return the matrix with interpreters in place of `found`, `oldest` and `newest` in its flags.

    The ends are of what the matrix has and the other values of the flags keep; where some of it
    is here, of that.
    """
    only, skip = matrix.only.get("python"), matrix.skip.get("python", ())
    standing = {FOUND, OLDEST, NEWEST}
    if not standing & {*(only or ()), *skip}:
        return matrix
    names = {*named_pythons(matrix)}
    names = names - standing | {*found} if names & standing else names
    names = names & {*found} or names
    if only is not None:
        only = _resolved(only, _means(replace(matrix, only={}), found, [*names]))
        matrix = replace(matrix, only={**matrix.only, "python": only})
    if skip:
        skip = _resolved(skip, _means(replace(matrix, skip={}), found, [*names]))
        matrix = replace(matrix, skip={**matrix.skip, "python": skip})
    return matrix


def _means(matrix: Matrix, here: Sequence[str], axis: Sequence[str]) -> Means:
    ends = oldest_and_newest([name for name in axis if _chosen(matrix, name)])
    return {FOUND: here, **{word: [ends[word]] if ends else [] for word in (OLDEST, NEWEST)}}


def _chosen(matrix: Matrix, name: str) -> bool:
    """Return whether the command line keeps an interpreter."""
    only = matrix.only.get("python", (name,))
    return name in only and name not in matrix.skip.get("python", ())


def _with_pythons(
    lists: Mapping[str, tuple[str, ...]], means: Means
) -> Mapping[str, tuple[str, ...]]:
    return {**lists, "python": _resolved(lists["python"], means)} if "python" in lists else lists


def _resolved(names: tuple[str, ...], means: Means) -> tuple[str, ...]:
    """Return the names, with those that mean others replaced, in version order."""
    if not means.keys() & {*names}:
        return names
    each = {one for name in names for one in means.get(name, (name,))}
    return tuple(sorted(each, key=python_order))


def _each(include: Iterable[Point], means: Means) -> Iterator[Point]:
    """Yield the entries, one that names `found` once for each interpreter."""
    for point in include:
        for name in means.get(point.get("python", ""), ()):
            yield {**point, "python": name}
        if point.get("python", "") not in means:
            yield point


def named_pythons(matrix: Matrix) -> tuple[str, ...]:
    """Return what products and includes name on the axis python, each once, in their order."""
    names = [name for product in matrix.products for name in product["python"]]
    names += [point["python"] for point in matrix.include if "python" in point]
    return tuple(dict.fromkeys(names))


def pythons_of(matrix: Matrix) -> tuple[str, ...]:
    """Return the interpreters that a resolved matrix needs: those that the command line keeps."""
    return tuple(name for name in named_pythons(matrix) if _chosen(matrix, name))
