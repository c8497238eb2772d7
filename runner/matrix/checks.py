"""Checks across the keys of a matrix: excludes must match, baselines must exist.

They read the tree, so their mistakes are reported together with those of single values. Values
that are wrong in themselves are skipped here. Parts that profiles share are read once, and
profiles that plan the same cells are checked once.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runner.matrix.mistakes import Later, Mistakes, Place
from runner.matrix.names import AXIS_CHECKS, CHECKS, STANDING, Check, Vocabulary, nearest
from runner.matrix.profiles import Variants
from runner.matrix.quantities import shown
from runner.matrix.tree import Entries, Text, Tree, at, entries, items
from runner.model import AXES, DEFAULTS, NEEDED, python_name, too_large

Point = Mapping[str, str]
Claimant = tuple[Place, str, str]
"""Where a value is written, and for which key and axis: by an alias it may be for several."""

MOST_CHECKED = 200_000
"""Entries and values of all profiles, with what they share written out, that are checked."""

MOST_EXCLUDED = 50_000_000
"""Cells, each counted once for every exclude that it matches, that are looked at one by one."""


@dataclass(frozen=True, slots=True)
class Product:
    """The values of one product of axes: None for an axis with a value that is wrong in itself."""

    values: Mapping[str, Mapping[str, None] | None]

    def has(self, axis: str, value: str) -> bool:
        """Return whether a cell of the product can have the value."""
        values = self.values.get(axis, {})
        return (
            values is None
            or value in values
            or (axis == "python" and bool(values.keys() & STANDING))
        )

    def can_match(self, point: Point) -> bool:
        """Return whether a cell of the product can have all values of the point."""
        return all(self.has(axis, value) for axis, value in point.items())

    @property
    def sizes(self) -> Mapping[str, int]:
        """How many values each axis has; an unreadable one counts as one."""
        return {axis: 1 if known is None else len(known) for axis, known in self.values.items()}


@dataclass(slots=True)
class _Claim:
    """A value that some cell must be able to have: a mistake if no variant has such a cell."""

    message: object
    met: bool = False


class _Reader:
    """The values and points of a file, each list read once however many profiles share it."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._values: dict[tuple[str, int], Mapping[str, None] | None] = {}
        self._points: dict[tuple[str, int], Sequence[tuple[Entries, Point | None]]] = {}

    def values(self, axis: str, tree: Tree) -> Mapping[str, None] | None:
        """Return the values of a list in their order, without repeats."""
        key = (axis, id(tree))
        if key not in self._values:
            written = [tree] if isinstance(tree, Text) else list(items(tree))
            read = [self.read(value, AXIS_CHECKS.get(axis)) for value in written]
            clean = {value: None for value in read if value is not None}
            self._values[key] = clean if read and None not in read else None
        return self._values[key]

    def points(self, key: str, tree: Tree | None) -> Sequence[tuple[Entries, Point | None]]:
        """Return each entry of exclude or include; None for one that is wrong in itself."""
        place = (key, id(tree))
        if place not in self._points:
            checks = AXIS_CHECKS if key == "include" else CHECKS
            found = [entry for entry in items(tree) if isinstance(entry, Entries)]
            self._points[place] = [(entry, self._point(entry, checks)) for entry in found]
        return self._points[place]

    def read(self, tree: Tree, check: Check | None) -> str | None:
        """Return a value in its one spelling; None for one that is wrong in itself."""
        if check is None or not isinstance(tree, Text):
            return None
        try:
            return check(tree.value, self.vocabulary)
        except ValueError:
            return None

    def _point(self, entry: Entries, checks: Mapping[str, Check]) -> Point | None:
        found = {key: self.read(value, checks.get(key)) for key, value in entry.values.items()}
        clean = {key: value for key, value in found.items() if value is not None}
        return clean if len(clean) == len(found) else None


class _Variant:
    """The plan of one profile, laid over the file."""

    def __init__(self, name: str, tree: Entries, reader: _Reader) -> None:
        self.name = name
        self.tree = tree
        self.listed = dict(entries(at(tree, "axes")))
        self.product = Product({axis: reader.values(axis, v) for axis, v in self.listed.items()})
        self.grids = [grid for grid in items(at(tree, "grids")) if isinstance(grid, Entries)]
        own = [{axis: reader.values(axis, v) for axis, v in entries(grid)} for grid in self.grids]
        self.products = [self.product, *(of_grid(self.product.values, grid) for grid in own)]
        self.exclude = reader.points("exclude", at(tree, "exclude"))
        self.include = reader.points("include", at(tree, "include"))
        self.compared = at(tree, "compare", "axes")
        self.baseline = at(tree, "compare", "baseline")
        self.added = {pair for _, point in self.include for pair in (point or {}).items()}

    @property
    def identity(self) -> tuple[object, ...]:
        """Everything that the checks depend on, as memory addresses."""
        parts = [at(self.tree, "exclude"), at(self.tree, "include"), at(self.tree, "grids")]
        parts += [self.compared, self.baseline]
        return (*((axis, id(values)) for axis, values in self.listed.items()), *map(id, parts))

    @property
    def entries(self) -> int:
        """How many entries and values the checks look at."""
        filters = sum(
            len(list(items(values)))
            for _, chosen in entries(self.compared)
            for _, values in entries(chosen)
        )
        listed = sum(sum(product.sizes.values()) for product in self.products)
        return len(self.exclude) * len(self.products) + len(self.include) + filters + listed

    def in_product(self, axis: str, value: str) -> bool:
        """Return whether a cell of some product can have the value."""
        return any(product.has(axis, value) for product in self.products)

    def has(self, axis: str, value: str) -> bool:
        """Return whether a cell of product, defaults or includes can have the value."""
        return (
            self.in_product(axis, value)
            or (axis, value) in self.added
            or (axis not in self.listed and value == DEFAULTS.get(axis))
        )


def check_variants(variants: Variants, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
    """Add the mistakes that show only between keys.

    A value that profiles share needs a match in one of them only.
    """
    reader = _Reader(vocabulary)
    claims: dict[Claimant, _Claim] = {}
    checked: set[tuple[object, ...]] = set()
    left = _Remaining()
    count = 0
    for name, tree in variants.trees.items():
        packages = at(tree, "packages")
        if (id(packages),) not in checked:
            checked.add((id(packages),))
            _check_packages(packages, mistakes)
        variant = _Variant(name, tree, reader)
        if variant.identity in checked:
            continue
        checked.add(variant.identity)
        count += variant.entries
        if count > MOST_CHECKED:
            what = f"profile {name}: the profiles so far, each with what it takes from the file"
            bound = f"hold more than {MOST_CHECKED:,} values and entries of exclude and include"
            mistakes.fatal(tree.place, f"{what}, {bound}; make several matrices of it")
        _check_axes(variant, reader, mistakes)
        _check_points(variant, mistakes)
        left.check(variant, mistakes)
        for claimant, met, message in _claims(variant, reader):
            claim = claims.setdefault(claimant, _Claim(message))
            claim.met = claim.met or met
    for (place, _, _), claim in claims.items():
        if not claim.met:
            mistakes.add(place, claim.message)


def _check_packages(packages: Tree | None, mistakes: Mistakes) -> None:
    """Check that no interpreter and no package of one is there under two spellings."""
    if not isinstance(packages, Entries):
        return
    _check_spellings("packages", packages, python_name, mistakes)
    for python, chosen in packages.values.items():
        if isinstance(chosen, Entries):
            _check_spellings(f"packages.{python}", chosen, _distribution, mistakes)


def _check_spellings(
    key: str, chosen: Entries, meaning: Callable[[str], str], mistakes: Mistakes
) -> None:
    first: dict[str, str] = {}
    for spelt, place in chosen.keys.items():
        name = first.setdefault(meaning(spelt) or spelt, spelt)
        if name != spelt:
            what = f"{key}: {shown(spelt)} and {shown(name)} are the same"
            mistakes.add(place, f"{what}; keep one of them")


def _distribution(spelt: str) -> str:
    """Return a package's name as package indexes compare it."""
    return re.sub("[-_.]+", "-", spelt).lower()


def _check_axes(variant: _Variant, reader: _Reader, mistakes: Mistakes) -> None:
    """Check the values of axes and grids, their number of cells, and that an axis is compared."""
    axes = at(variant.tree, "axes")
    if axes is None:
        what = "axes is missing; write axes: {python: [found], transport: [pipe, queue]}"
        mistakes.add(variant.tree.place, what)
    elif isinstance(axes, Entries):
        for axis in NEEDED:
            if axis not in axes.values:
                what = f"axes.{axis} is missing; write {axis}: [ ] with at least one value"
                mistakes.add(axes.place, what)
    for axis, values in variant.listed.items():
        _check_repeats(f"axes.{axis}", axis, values, reader, mistakes)
    for number, grid in enumerate(variant.grids):
        for axis, values in grid.values.items():
            _check_repeats(f"grids[{number}].{axis}", axis, values, reader, mistakes)
    if isinstance(variant.compared, Entries) and not variant.compared.values:
        what = "compare.axes is empty: nothing would be measured"
        mistakes.add(variant.compared.place, f"{what}; name one of {', '.join(AXES)}")
    sizes = [product.sizes for product in variant.products]
    if reason := too_large(sizes, len(variant.include)):
        place = variant.tree.keys.get("axes", variant.tree.place)
        mistakes.add(place, f"profile {variant.name}: axes: {reason}")


def _check_repeats(key: str, axis: str, values: Tree, reader: _Reader, mistakes: Mistakes) -> None:
    known = reader.values(axis, values)
    if known is not None and len(known) == len(list(items(values))):
        return
    first: dict[str, Place] = {}
    for value in items(values):
        name = reader.read(value, AXIS_CHECKS.get(axis))
        if name is not None and name in first:
            what = f"{key}: {name!r} is listed twice, first at {mistakes.where(first[name])}"
            mistakes.add(value.place, f"{what}; keep one of them")
        elif name is not None:
            first[name] = value.place


def _check_points(variant: _Variant, mistakes: Mistakes) -> None:
    added = [entry for entry, _ in variant.include]
    taken = [entry for entry, _ in variant.exclude]
    for key, found in (("exclude", taken), ("include", added), ("grids", variant.grids)):
        for entry in found:
            if not entry.values:
                mistakes.add(entry.place, f"{key}: an entry without an axis; {', '.join(AXES)}")
    for entry, point in variant.include:
        original = {axis: v for axis, v in (point or {}).items() if axis in variant.listed}
        missing = [axis for axis in NEEDED if axis not in entry.values]
        if missing and not variant.product.can_match(original):
            what = f"this entry joins no cell, and a new cell needs {' and '.join(missing)}"
            mistakes.add(entry.place, f"include: {what}; name it, or use values of the axes")


def _claims(variant: _Variant, reader: _Reader) -> Iterator[tuple[Claimant, bool, object]]:
    """Yield every value that some cell must have: for what, whether one can, the mistake else."""
    for entry, point in variant.exclude:
        for axis, value in (point or {}).items():
            met = variant.in_product(axis, value)
            message = "" if met else _no_match("exclude", axis, value, variant)
            yield (entry.values[axis].place, "exclude", axis), met, message
    for axis, named in entries(variant.baseline):
        yield from _claim("compare.baseline", axis, named, variant, reader)
    for compared_axis, chosen in entries(variant.compared):
        for axis, listed in entries(chosen):
            for named in items(listed):
                yield from _claim(f"axes.{compared_axis}", axis, named, variant, reader)


def _claim(
    key: str, axis: str, named: Tree, variant: _Variant, reader: _Reader
) -> Iterator[tuple[Claimant, bool, object]]:
    value = reader.read(named, CHECKS.get(axis))
    if value is not None:
        met = variant.has(axis, value)
        yield (named.place, key, axis), met, "" if met else _no_match(key, axis, value, variant)


def _no_match(key: str, axis: str, value: str, variant: _Variant) -> Later:
    def message() -> str:
        values = [product.values.get(axis) or {} for product in variant.products]
        if not any(values):
            return f"{key}: matches nothing, the axis {axis} is not listed; list it under axes"
        known = tuple(dict.fromkeys(value for some in values for value in some))
        return f"{key}: {shown(value)} matches nothing on the axis {axis}; {nearest(value, known)}"

    return Later(message)


def of_grid(
    axes: Mapping[str, Mapping[str, None] | None], own: Mapping[str, Mapping[str, None] | None]
) -> Product:
    """Return the product of a grid: its own values, and the defaults for those that it lacks."""
    needed = {axis: axes[axis] for axis in NEEDED if axis in axes}
    defaults = {axis: {value: None} for axis, value in DEFAULTS.items()}
    return Product({**needed, **defaults, **own})


class _Remaining:
    """Whether excludes leave a cell of each variant's products."""

    def __init__(self) -> None:
        self.looked_at = 0

    def check(self, variant: _Variant, mistakes: Mistakes) -> None:
        """Add the mistake that every cell is excluded."""
        unread = any(None in product.values.values() for product in variant.products)
        if unread or variant.include or not variant.exclude:
            return
        place = variant.tree.keys.get("exclude", variant.tree.place)
        if not any(self._some(variant, one, place, mistakes) for one in variant.products):
            what = f"profile {variant.name}: every cell is excluded, the matrix is empty"
            mistakes.add(place, f"{what}; leave a cell in, or include one")

    def _some(self, variant: _Variant, product: Product, place: Place, mistakes: Mistakes) -> bool:
        """Return whether excludes leave a cell of the product, or it is too large to be taken."""
        points = {
            frozenset(point.items())
            for _, point in variant.exclude
            if point and product.can_match(point)
        }
        sizes = product.sizes
        whole = math.prod(sizes.values())
        covered = sum(
            math.prod(size for axis, size in sizes.items() if axis not in dict(point))
            for point in points
        )
        if covered < whole or too_large([sizes], 0):
            return True
        self.looked_at += whole + covered
        if self.looked_at > MOST_EXCLUDED:
            what = f"profile {variant.name}: these excludes match cells {covered:,} times"
            mistakes.fatal(place, f"{what}; write fewer, or make several matrices of it")
        import numpy as np

        left = np.ones(tuple(sizes.values()), dtype=bool)
        numbers = {
            axis: {value: number for number, value in enumerate(known or ())}
            for axis, known in product.values.items()
        }
        for point in map(dict, points):
            cells = [
                numbers[axis].get(point[axis]) if axis in point else slice(None) for axis in numbers
            ]
            if None not in cells:  # of `found` and its like no exclude names an interpreter
                left[tuple(cells)] = False
        return bool(left.any())
