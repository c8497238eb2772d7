"""matrix.yaml → Matrix: the steps in order."""

from collections.abc import Mapping
from dataclasses import replace

from runner.matrix.axes import CellPoint, Filter, Grid, SomeAxes
from runner.matrix.checks import Product, check_variants, of_grid
from runner.matrix.document import MeasureKeys, Overrides
from runner.matrix.mistakes import Mistakes
from runner.matrix.names import Vocabulary
from runner.matrix.profiles import Variants, variants
from runner.matrix.tree import Entries, at, entries, items, place_of, plain, read_tree
from runner.matrix.validation import validated
from runner.model import AXES, Cluster, Compare, Images, Limits, Matrix, Measure, OwnFile


def parse(
    text: str,
    source: str,
    vocabulary: Vocabulary,
    profile: str | None = None,
    files: tuple[OwnFile, ...] = (),
) -> Matrix:
    """Return the matrix of a text with a profile laid over it; `files` are what own_files found.

    Without a profile, the file's key `profile` decides. BadInputError lists every mistake of all
    profiles, one per line: `source:line:column: what; what is allowed`.
    """
    mistakes = Mistakes(source)
    found = variants(read_tree(text, mistakes), profile, mistakes)
    for tree in (found.base, *found.profiles.values()):
        validated(Overrides, tree, vocabulary, mistakes)
    check_variants(found, vocabulary, mistakes)
    _check_measures(found, vocabulary, mistakes)
    mistakes.raise_any()
    chosen = found.trees[found.chosen]
    keys = Overrides.model_validate(plain(chosen), context=vocabulary)
    return replace(_matrix(keys, found, source, text), files=files)


def _check_measures(found: Variants, vocabulary: Vocabulary, mistakes: Mistakes) -> None:
    for tree in {id(at(tree, "measure")): tree for tree in found.trees.values()}.values():
        measure = at(tree, "measure")
        if not isinstance(measure, Entries):
            continue
        keys = validated(MeasureKeys, measure, vocabulary, None)
        if keys is None:
            continue
        if "min_rounds" in keys.model_fields_set and keys.min_rounds > keys.rounds:
            what = f"measure.min_rounds: {keys.min_rounds} is more than rounds, {keys.rounds}"
            place = place_of(tree, ("measure", "min_rounds"))
            mistakes.add(place, f"{what}; at most as many as rounds")
        if keys.timeout is not None and keys.timeout < keys.target:
            what = f"measure.timeout: {keys.timeout:g}s is less than target, {keys.target:g}s"
            mistakes.add(place_of(tree, ("measure", "timeout")), f"{what}; at least the target")


def _matrix(keys: Overrides, found: Variants, source: str, text: str) -> Matrix:
    tree = found.trees[found.chosen]
    axes, measure = _values(keys.axes), keys.measure
    grids = tuple(_values(grid) for grid in keys.grids)
    listed, *own = [{axis: dict.fromkeys(each[axis]) for axis in each} for each in (axes, *grids)]
    products = [Product(listed), *(of_grid(listed, grid) for grid in own)]
    kept = [
        (point, f"{source}:{entry.place.line}:{entry.place.column}")
        for point, entry in zip(map(_point, keys.exclude), items(at(tree, "exclude")), strict=True)
        if any(product.can_match(point) for product in products)
    ]
    return Matrix(
        axes=axes,
        exclude=tuple(point for point, _ in kept),
        include=tuple(map(_point, keys.include)),
        compare=_compare(keys, tree),
        # Fewer rounds than the usual minimum lower the minimum.
        measure=Measure(
            **{**measure.model_dump(), "min_rounds": min(measure.min_rounds, measure.rounds)}
        ),
        executor=keys.executor,
        limits=Limits(**keys.limits.model_dump()),
        images=Images(**keys.images.model_dump()),
        packages=keys.packages,
        profile=found.chosen,
        text=text,
        source=source,
        exclude_places=tuple(place for _, place in kept),
        grids=grids,
        study=keys.study,
        cluster=Cluster(**keys.cluster.model_dump()),
    )


def _compare(keys: Overrides, tree: Entries) -> Compare:
    written = [axis for axis, _ in entries(at(tree, "compare", "axes"))]
    return Compare(
        axes={
            axis: _values(getattr(keys.compare.axes, axis))
            for axis in written or ("transport", "python")
        },
        baseline=_point(keys.compare.baseline),
        margin=keys.compare.margin,
    )


def _values(keys: SomeAxes | Filter | Grid) -> Mapping[str, tuple[str, ...]]:
    return {axis: tuple(getattr(keys, axis)) for axis in AXES if axis in keys.model_fields_set}


def _point(point: CellPoint) -> Mapping[str, str]:
    return {axis: str(getattr(point, axis)) for axis in AXES if axis in point.model_fields_set}
