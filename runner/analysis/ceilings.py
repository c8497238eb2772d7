"""What share of a ceiling's speed each transport reaches: ceilings move bytes, and no objects."""

from collections.abc import Iterable, Iterator, Mapping

from runner.analysis.winners import Field
from runner.model import AXES, Catalogue
from runner.results import Ceiling, CellSummary, Comparison


def ceilings_of(
    found: Iterable[Comparison], cells: Iterable[CellSummary], catalogue: Catalogue
) -> list[Ceiling]:
    """Return a row for each transport and each ceiling that was measured beside it.

    `found` are the comparisons of transports that a report speaks of: a share is a ratio formed
    inside rounds, or by way of an arm that both met. Of the ceilings of a context the fastest is
    `highest`, by its ratios to the others.
    """
    contexts: dict[tuple[object, ...], dict[tuple[str, str], Comparison]] = {}
    for one in found:
        contexts.setdefault((one.python, one.context), {})[one.a, one.b] = one
    known = {cell.place: cell for cell in cells}
    return [row for pairs in contexts.values() for row in _of_context(pairs, known, catalogue)]


def _of_context(
    pairs: Mapping[tuple[str, str], Comparison],
    known: Mapping[tuple[object, ...], CellSummary],
    catalogue: Catalogue,
) -> Iterator[Ceiling]:
    arms = frozenset(arm for pair in pairs for arm in pair)
    field = Field({}, pairs, arms, frozenset())
    ordered = sorted(arms, key=lambda arm: catalogue.key("transport", arm))
    bounds = [arm for arm in ordered if catalogue.moves_bytes_only(arm)]
    highest = next(iter(bounds), "")
    for other in bounds[1:]:
        met = field.against(other, highest)
        if met is not None and (met.ratio or 0.0) > 1:
            highest = other
    for arm in ordered:
        for bound in bounds:
            pair = field.against(arm, bound) if arm not in bounds else None
            if pair is None or pair.ratio is None:
                continue
            own, its = known.get(pair.cell(arm)), known.get(pair.cell(bound))
            yield Ceiling(
                machine=pair.machine,
                **{axis: getattr(pair, axis) for axis in AXES if axis != "transport"},
                transport=arm,
                bound=bound,
                highest=bound == highest,
                ratio=pair.ratio,
                low=pair.low,
                high=pair.high,
                rate=own.rate if own else None,
                bound_rate=its.rate if its else None,
            )
