"""What the keys of a matrix must hold together: excludes that match, references that exist.

The checks read the tree, so that they tell their mistakes beside those of single values. A value
that is wrong in itself is passed over here.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runner.matrix.mistakes import Mistakes, Place
from runner.matrix.names import AXIS_CHECKS, CHECKS, FOUND, Check, Vocabulary, nearest
from runner.matrix.profiles import Variants
from runner.matrix.tree import Entries, Text, Tree, at, entries, items
from runner.model import AXES, Cell

Point = Mapping[str, str]


@dataclass(slots=True)
class _Claim:
    """That a value of the file can be met by some cell: told as a mistake if no variant can."""

    message: str
    met: bool = False


@dataclass(frozen=True, slots=True)
class Values:
    """What one variant's axes can hold: None for an axis with a value that is wrong in itself."""

    listed: Mapping[str, tuple[str, ...] | None]
    added: Mapping[str, set[str]] = field(default_factory=dict)

    def in_product(self, axis: str, value: str) -> bool:
        """Return whether a cell of the product can have the value."""
        values = self.listed.get(axis, ())
        return values is None or value in values or (axis == "python" and FOUND in values)

    def in_any(self, axis: str, value: str) -> bool:
        """Return whether a cell of product, defaults or includes can have the value."""
        default = str(Cell._field_defaults.get(axis, ""))
        return (
            self.in_product(axis, value)
            or value in self.added.get(axis, ())
            or (axis not in self.listed and value == default)
        )


def check_variants(variants: Variants, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
    """Add the mistakes that show only between keys.

    What the file shares between profiles need be met in one of them alone.
    """
    claims: dict[Place, _Claim] = {}
    for name, tree in variants.trees.items():
        values = _values(tree, vocabulary)
        _check_families(tree, mistakes)
        _check_repeats(tree, vocabulary, mistakes)
        _check_left(name, tree, values, vocabulary, mistakes)
        _check_includes(tree, values, vocabulary, mistakes)
        for place, met, message in _claims(tree, values, vocabulary):
            claim = claims.setdefault(place, _Claim(message))
            claim.met = claim.met or met
    for place, claim in claims.items():
        if not claim.met:
            mistakes.add(place, claim.message)


def points(
    tree: Entries, key: str, vocabulary: Vocabulary
) -> Iterator[tuple[Entries, Point | None]]:
    """Yield each entry of exclude or include; None for one that is wrong in itself."""
    checks = AXIS_CHECKS if key == "include" else CHECKS
    for entry in items(at(tree, key)):
        if isinstance(entry, Entries):
            yield entry, _point(entry, checks, vocabulary)


def can_match(point: Point, listed: Mapping[str, tuple[str, ...] | None]) -> bool:
    """Return whether a cell of the product can have all values of the point."""
    values = Values(listed)
    return all(values.in_product(axis, value) for axis, value in point.items())


def _point(entry: Entries, checks: Mapping[str, Check], vocabulary: Vocabulary) -> Point | None:
    found = {key: _read(value, checks.get(key), vocabulary) for key, value in entry.values.items()}
    clean = {key: value for key, value in found.items() if value is not None}
    return clean if len(clean) == len(found) else None


def _read(tree: Tree, check: Check | None, vocabulary: Vocabulary) -> str | None:
    if check is None or not isinstance(tree, Text):
        return None
    try:
        return check(tree.value, vocabulary)
    except ValueError:
        return None


def _values(tree: Entries, vocabulary: Vocabulary) -> Values:
    listed: dict[str, tuple[str, ...] | None] = {}
    for axis, values in entries(at(tree, "axes")):
        read = [_read(value, AXIS_CHECKS.get(axis), vocabulary) for value in items(values)]
        clean = tuple(value for value in read if value is not None)
        listed[axis] = clean if len(clean) == len(read) and read else None
    added: dict[str, set[str]] = defaultdict(set)
    for _, point in points(tree, "include", vocabulary):
        for axis, value in (point or {}).items():
            added[axis].add(value)
    return Values(listed, added)


def _check_families(tree: Entries, mistakes: Mistakes) -> None:
    families = at(tree, "compare", "families")
    if isinstance(families, Entries) and not families.values:
        what = "compare.families is empty: nothing would be measured"
        mistakes.add(families.place, f"{what}; name one of {', '.join(AXES)}")


def _check_repeats(tree: Entries, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
    for axis, values in entries(at(tree, "axes")):
        first: dict[str, Place] = {}
        for value in items(values):
            name = _read(value, AXIS_CHECKS.get(axis), vocabulary)
            if name is not None and name in first:
                where = mistakes.where(first[name])
                what = f"axes.{axis}: {name!r} stands twice, first at {where}"
                mistakes.add(value.place, f"{what}; keep one of them")
            elif name is not None:
                first[name] = value.place


def _claims(
    tree: Entries, values: Values, vocabulary: Vocabulary
) -> Iterator[tuple[Place, bool, str]]:
    """Yield every value that some cell must have: its place, whether one can, the mistake else."""
    for entry, point in points(tree, "exclude", vocabulary):
        for axis, value in (point or {}).items():
            met = values.in_product(axis, value)
            message = "" if met else _no_match("exclude", axis, value, values)
            yield entry.values[axis].place, met, message
    for axis, named in entries(at(tree, "compare", "reference")):
        yield from _claim("compare.reference", axis, named, values, vocabulary)
    for family, chosen in entries(at(tree, "compare", "families")):
        for axis, listed in entries(chosen):
            for named in items(listed):
                yield from _claim(f"families.{family}", axis, named, values, vocabulary)


def _claim(
    key: str, axis: str, named: Tree, values: Values, vocabulary: Vocabulary
) -> Iterator[tuple[Place, bool, str]]:
    value = _read(named, CHECKS.get(axis), vocabulary)
    if value is not None:
        met = values.in_any(axis, value)
        yield named.place, met, "" if met else _no_match(key, axis, value, values)


def _no_match(key: str, axis: str, value: str, values: Values) -> str:
    if axis not in values.listed:
        return f"{key}: matches nothing, the axis {axis} is not listed; list it under axes"
    known = values.listed[axis] or ()
    return f"{key}: {value!r} matches nothing on the axis {axis}; {nearest(value, known)}"


def _check_includes(
    tree: Entries, values: Values, vocabulary: Vocabulary, mistakes: Mistakes
) -> None:
    for key in ("exclude", "include"):
        for entry, _ in points(tree, key, vocabulary):
            if not entry.values:
                mistakes.add(entry.place, f"{key}: an entry without an axis; {', '.join(AXES)}")
    for entry, point in points(tree, "include", vocabulary):
        original = {axis: value for axis, value in (point or {}).items() if axis in values.listed}
        missing = [axis for axis in ("python", "transport") if axis not in entry.values]
        if missing and not can_match(original, values.listed):
            what = f"this entry joins no cell, and a new cell needs {' and '.join(missing)}"
            mistakes.add(entry.place, f"include: {what}; name it, or use values of the axes")


def _check_left(
    name: str, tree: Entries, values: Values, vocabulary: Vocabulary, mistakes: Mistakes
) -> None:
    found = [point for _, point in points(tree, "exclude", vocabulary) if point]
    excludes = [point for point in found if can_match(point, values.listed)]
    unreadable = any(listed is None for listed in values.listed.values())
    if unreadable or any(items(at(tree, "include"))):
        return
    if excludes and not _some_left(values.listed, excludes):
        what = f"profile {name}: every cell is excluded, the matrix is empty"
        place = tree.keys.get("exclude", tree.place)
        mistakes.add(place, f"{what}; leave a cell in, or include one")


def _some_left(listed: Mapping[str, Sequence[str] | None], excludes: Sequence[Point]) -> bool:
    """Return whether a cell of the product matches no exclude.

    One axis is decided at a time; all values that no exclude names count as one.
    """
    if not all(excludes):
        return False
    if not excludes:
        return True
    axis = next(iter(excludes[0]))
    named = {point[axis] for point in excludes if axis in point}
    values = listed.get(axis) or ()
    others = [None] if FOUND in values or set(values) - named else []
    for value in [*others, *named.intersection(values)]:
        rest = [
            {key: wanted for key, wanted in point.items() if key != axis}
            for point in excludes
            if point.get(axis, value) == value
        ]
        if _some_left(listed, rest):
            return True
    return False
