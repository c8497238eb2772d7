"""matrix.yaml → Matrix: the steps in order."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from runner.matrix.axes import Axes, Filter, Point
from runner.matrix.checks import can_match, check_variants
from runner.matrix.document import Configuration, MeasureKeys, Overrides
from runner.matrix.fields import Keys
from runner.matrix.file import read_text
from runner.matrix.mistakes import Mistakes
from runner.matrix.names import Vocabulary
from runner.matrix.profiles import Variants, variants
from runner.matrix.tree import Entries, at, entries, items, place_of, read_tree
from runner.matrix.validation import validated
from runner.model import AXES, Compare, Images, Limits, Matrix, Measure


def load(path: Path, vocabulary: Vocabulary, profile: str | None = None) -> Matrix:
    """Return the matrix of a file; BadInputError tells every mistake with its place."""
    return parse(read_text(path), str(path), vocabulary, profile)


def parse(text: str, source: str, vocabulary: Vocabulary, profile: str | None = None) -> Matrix:
    """Return the matrix of a text with a profile laid over it.

    Without a profile the one that the file's key `profile` names is taken. BadInputError tells
    every mistake of all profiles, one a line: `source:line:column: what; what is allowed`.
    """
    mistakes = Mistakes(source)
    found = variants(read_tree(text, mistakes), profile, mistakes)
    validated(Overrides, found.base, vocabulary, mistakes)
    read = {
        name: validated(Configuration, tree, vocabulary, mistakes)
        for name, tree in found.trees.items()
    }
    check_variants(found, vocabulary, mistakes)
    for name, configuration in read.items():
        if configuration is not None:
            _check_measure(configuration.measure, found.trees[name], mistakes)
    mistakes.raise_any()
    matrices = {
        name: _matrix(configuration, name, found, mistakes, text)
        for name, configuration in read.items()
        if configuration is not None
    }
    for name, matrix in matrices.items():
        if matrix.too_large:
            tree = found.trees[name]
            what = f"profile {name}: axes: {matrix.too_large}"
            mistakes.add(place_of(tree, ("axes",), key=True), what)
    mistakes.raise_any()
    return matrices[found.chosen]


def _check_measure(keys: MeasureKeys, tree: Entries, mistakes: Mistakes) -> None:
    both = {"rounds", "min_rounds"} <= keys.model_fields_set
    if both and keys.min_rounds > keys.rounds:
        what = f"measure.min_rounds: {keys.min_rounds} is more than rounds, {keys.rounds}"
        place = place_of(tree, ("measure", "min_rounds"))
        mistakes.add(place, f"{what}; at most as many as rounds")
    if keys.timeout is not None and keys.timeout < keys.target:
        what = f"measure.timeout: {keys.timeout:g}s is less than target, {keys.target:g}s"
        mistakes.add(place_of(tree, ("measure", "timeout")), f"{what}; more than the target")


def _matrix(
    keys: Configuration, name: str, found: Variants, mistakes: Mistakes, text: str
) -> Matrix:
    tree = found.trees[name]
    axes = _axes(keys.axes)
    kept = [
        (point, mistakes.where(entry.place))
        for point, entry in zip(_points(keys.exclude), items(at(tree, "exclude")), strict=True)
        if can_match(point, axes)
    ]
    return Matrix(
        axes=axes,
        exclude=tuple(point for point, _ in kept),
        include=tuple(_points(keys.include)),
        compare=_compare(keys, tree),
        measure=_measure(keys.measure),
        executor=keys.executor,
        limits=Limits(**keys.limits.model_dump()),
        images=Images(**keys.images.model_dump()),
        profile=name,
        text=text,
        source=mistakes.source,
        exclude_places=tuple(place for _, place in kept),
    )


def _measure(keys: MeasureKeys) -> Measure:
    """Return how to measure; fewer rounds than the usual minimum lower the minimum."""
    values = keys.model_dump()
    values["min_rounds"] = min(keys.min_rounds, keys.rounds)
    return Measure(**values)


def _compare(keys: Configuration, tree: Entries) -> Compare:
    families = {
        axis: _values(getattr(keys.compare.families, axis))
        for axis in AXES
        if axis in keys.compare.families.model_fields_set
    }
    written = [axis for axis, _ in entries(at(tree, "compare", "families"))]
    order = written or ["transport", "python"]
    return Compare(
        families={axis: families[axis] for axis in order},
        reference=_point(keys.compare.reference),
        margin=keys.compare.margin,
    )


def _axes(keys: Axes) -> Mapping[str, tuple[str, ...]]:
    return _values(keys)


def _values(keys: Axes | Filter) -> Mapping[str, tuple[str, ...]]:
    return {axis: tuple(values) for axis, values in _written(keys).items()}


def _points(points: Iterable[Point]) -> Iterable[Mapping[str, str]]:
    return [_point(point) for point in points]


def _point(point: Point) -> Mapping[str, str]:
    return {axis: str(value) for axis, value in _written(point).items()}


def _written(keys: Keys) -> Mapping[str, tuple[str, ...]]:
    return {axis: getattr(keys, axis) for axis in AXES if axis in keys.model_fields_set}
