"""The command line's changes of a matrix; every mistake names its flag."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from runner.errors import BadInputError
from runner.matrix import quantities as q
from runner.matrix.checks import Product
from runner.matrix.mistakes import SHOWN
from runner.matrix.names import AXIS_CHECKS, CHECKS, STANDING, Vocabulary, nearest
from runner.model import AXES, DEFAULTS, Matrix

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The command line's flags, as typed: None or () if not given."""

    only: Sequence[str] = ()
    skip: Sequence[str] = ()
    rounds: str | None = None
    precision: str | None = None
    budget: str | None = None
    seed: str | None = None
    sessions: str | None = None
    pause: str | None = None
    executor: str | None = None
    study: str | None = None
    payload: Sequence[str] = ()


def override(matrix: Matrix, flags: Flags, vocabulary: Vocabulary) -> Matrix:
    """Return the matrix with the flags laid over it; BadInputError lists every mistake.

    `--only python=2.7,3.9` keeps the cells of these interpreters, `--skip` leaves them out; a
    flag given twice for one axis adds up. Labels of reports are taken for names: transport=Pipe.
    `--rounds` below the minimum of rounds lowers it.
    """
    mistakes: list[str] = []

    def read(flag: str, text: str | None, reader: Callable[[object], T]) -> T | None:
        try:
            return None if text is None else reader(text)
        except ValueError as error:
            mistakes.append(f"{flag}: {error}")
            return None

    given = [
        read("--payload", value, lambda value: _named("payload", str(value), vocabulary))
        for value in flags.payload
    ]
    if payloads := tuple(dict.fromkeys(filter(None, given))):
        matrix = _with_payloads(matrix, payloads)
    changes = {
        "rounds": read("--rounds", flags.rounds, partial(q.whole, least=1)),
        "precision": read("--precision", flags.precision, q.fraction),
        "budget": read("--budget", flags.budget, q.duration),
        "seed": read("--seed", flags.seed, q.whole),
        "sessions": read("--sessions", flags.sessions, partial(q.whole, least=1)),
        "pause": read("--pause", flags.pause, partial(q.duration, least=0)),
    }
    executor = read(
        "--executor", flags.executor, lambda value: CHECKS["executor"](value, vocabulary)
    )
    study = read("--study", flags.study, lambda value: CHECKS["study"](value, vocabulary))
    only = _selection(matrix, "--only", flags.only, vocabulary, mistakes)
    skip = _selection(matrix, "--skip", flags.skip, vocabulary, mistakes)
    for axis, names in skip.items():
        kept = only.get(axis, _possible(matrix, axis))
        if not {*kept} & {*STANDING} and not {*kept} - {*names}:
            what = f"--skip {axis}={','.join(names)}: nothing is left on the axis {axis}"
            mistakes.append(f"{what}; leave one of {', '.join(kept)}")
    if mistakes:
        rest = len(mistakes) - SHOWN
        counted = [f"and {rest} more mistakes"] if rest > 0 else []
        raise BadInputError(*mistakes[:SHOWN], *counted)
    written: dict[str, Any] = {key: value for key, value in changes.items() if value is not None}
    measure = replace(matrix.measure, **written)
    return replace(
        matrix,
        measure=replace(measure, min_rounds=min(measure.min_rounds, measure.rounds)),
        executor=executor or matrix.executor,
        study=study or matrix.study,
        only={**matrix.only, **only},
        skip={**matrix.skip, **skip},
    )


def _with_payloads(matrix: Matrix, payloads: tuple[str, ...]) -> Matrix:
    """Return the matrix with these payloads wherever it has others."""
    listed = Product({axis: dict.fromkeys(values) for axis, values in matrix.axes.items()})

    def kept(point: Mapping[str, str]) -> bool:
        return point.get("payload", payloads[0]) in payloads

    def included(point: Mapping[str, str]) -> Sequence[Mapping[str, str]]:
        own = {axis: text for axis, text in point.items() if axis in matrix.axes}
        if "payload" in point or listed.can_match(own):
            return [point] if kept(point) else []
        # It makes a cell, which would have the default payload.
        return [{**point, "payload": payload} for payload in payloads]

    compare = matrix.compare
    excluded = list(zip(matrix.exclude, matrix.exclude_places, strict=True))
    grids = [{**grid, "payload": payloads} for grid in matrix.grids]
    return replace(
        matrix,
        axes={**matrix.axes, "payload": payloads},
        grids=tuple(grid for place, grid in enumerate(grids) if grid not in grids[:place]),
        exclude=tuple(point for point, _ in excluded if kept(point)),
        exclude_places=tuple(place for point, place in excluded if kept(point)),
        include=tuple(one for point in matrix.include for one in included(point)),
        compare=replace(
            compare,
            axes={
                axis: {**taken, "payload": payloads} if "payload" in taken else taken
                for axis, taken in compare.axes.items()
            },
            baseline={
                axis: value
                for axis, value in compare.baseline.items()
                if axis != "payload" or value in payloads
            },
        ),
    )


def _selection(
    matrix: Matrix, flag: str, texts: Sequence[str], vocabulary: Vocabulary, mistakes: list[str]
) -> dict[str, tuple[str, ...]]:
    """Return the values that a flag names on each axis, in its order and without repeats."""
    chosen: dict[str, dict[str, None]] = {}
    for text in texts:
        axis, equals, values = text.partition("=")
        plain = text.isprintable() and len(text) <= q.LONGEST
        given = f"{flag} {text if plain else q.shown(text)}"
        if not equals or not values:
            mistakes.append(f"{given}: expected axis=value,value, such as python=2.7,3.13")
        elif axis not in AXES:
            mistakes.append(f"{given}: unknown axis {q.shown(axis)}; {nearest(axis, AXES)}")
        else:
            possible = _possible(matrix, axis)
            standing = {*STANDING} if axis == "python" else set[str]()
            for value in values.split(","):
                try:
                    name = _named(axis, value.strip(), vocabulary)
                except ValueError as error:
                    mistakes.append(f"{given}: {error}")
                    continue
                if {name, *standing} & possible.keys() or name in standing:
                    chosen.setdefault(axis, {})[name] = None
                else:
                    near = nearest(name, tuple(possible))
                    mistakes.append(f"{given}: {name!r} is not in the matrix; {near}")
    return {axis: tuple(names) for axis, names in chosen.items()}


def _named(axis: str, text: str, vocabulary: Vocabulary) -> str:
    return AXIS_CHECKS[axis](vocabulary.catalogue.value(axis, text), vocabulary)


def _possible(matrix: Matrix, axis: str) -> Mapping[str, None]:
    """Return the values that cells of the matrix can have on an axis, in its order."""
    default = DEFAULTS.get(axis, "")
    listed = [text for one in matrix.products for text in one.get(axis, (default,))]
    added = (point[axis] for point in matrix.include if axis in point)
    return dict.fromkeys([*listed, *added])
