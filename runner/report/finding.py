"""The finding of a report: its title, chosen by rules from the rows by situation."""

from dataclasses import dataclass, replace

from runner.report import figures
from runner.report.origin import origin
from runner.report.phrases import direction
from runner.report.situations import Situation, certainty, over_machines, pooled, situations, words
from runner.report.view import View
from runner.results import Comparison, Context


@dataclass(frozen=True, slots=True)
class Finding:
    """The finding as a title, the line of context under it, and the table by situation."""

    title: str
    context: str
    situations: tuple[Situation, ...] = ()
    baseline: str = ""
    python: str = ""


def find(view: View) -> Finding:
    """Return the finding of a report."""
    context = origin(view)
    if view.base is None:
        return Finding("Nothing was measured", context)
    rows: list[Situation] = []
    for base in view.bases:
        alone = f" (machine {base.machine})" if len(view.bases) > 1 else ""
        for one in situations(view, base):
            row = over_machines(view, one.pair)
            if row is None:
                rows.append(replace(one, when=f"{one.when}{alone}"))
            elif base.machine == row.machines[0]:  # what they say together is said once
                where = figures.count(len(row.machines), "machine")
                rows.append(replace(one, when=f"{one.when} ({where})"))
    baseline = view.name("transport", view.baseline("transport", view.base))
    title = _title(view, tuple(rows), baseline)
    return Finding(title, context, tuple(rows), baseline, view.newest)


def _title(view: View, rows: tuple[Situation, ...], baseline: str) -> str:
    """Return the finding: what to choose, by how much in the usual case, and where most.

    It never denies a row of the table: where no situation is decided on the newest Python, it says
    what is: another Python or placement, what to avoid, another axis.
    """
    compared = [row for one in rows for row in one.each or (one,) if row.short and row.pair]
    own, shared = view.opposed
    question = ""
    if own and shared == view.baseline("transport", view.base):  # type: ignore[arg-type]
        question = f"{view.name('transport', own)} or {baseline}? "
    pairs = [(pair, row.short) for row in compared if (pair := _decided(view, row, own))]
    known = [(pair, short) for pair, short in pairs if direction(pair) in (1, -1)]
    if known:
        return f"{question}On Python {view.newest}, {_leads(view, known)}"
    even = [(pair, short) for pair, short in pairs if direction(pair) == 0]
    if even:
        shorts = dict.fromkeys(short for _, short in even)
        where = "" if len(even) == len(pairs) else f" for {', '.join(shorts)}"
        pair = max((one for one, _ in even), key=lambda one: one.equal_within or 0.0)
        alike = f"{view.name('transport', pair.a)} is as fast as {baseline}"
        said = f"{'it makes no difference' if question else alike}{where}: {certainty(view, pair)}"
        return f"{question}On Python {view.newest} {said}"
    if elsewhere := _elsewhere(view):
        return f"{question}{elsewhere}"
    clear = [row for row in rows if not row.short and row.sure.kind == "clear"]
    if clear:
        return f"{question}No clear winner; if you {clear[0].when}, {clear[0].use}"
    other = _other_axis(view)
    if other:
        return f"{question}No clear winner; {other}" if compared else other
    if view.pairs:
        return "No clear winner: this machine was too noisy, or the run too short"
    return f"{figures.count(len(view.measured), 'combination')} measured, none compared"


def _decided(view: View, row: Situation, own: str) -> Comparison | None:
    """Return the comparison that a title says of a row.

    That of the two it asks about, unless only another transport is decided to be faster there.
    """
    if row.pair is None:
        return None
    pairs = view.transport_pairs(row.pair.python, row.pair.context)
    asked = pooled(view, pairs.get(own, row.pair.b))
    return asked if asked and (direction(asked) == 1 or not row.advised) else row.pair


def _leads(view: View, known: list[tuple[Comparison, str]]) -> str:
    """Return who leads: in the usual case, where most, and where the other way round."""
    first = known[0]
    other = [one for one in known if direction(one[0]) != direction(first[0])]
    rest = [one for one in known[1:] if one not in other]
    chosen = [first, *(max(few, key=_weight) for few in (rest, other) if few)]
    by_winner: dict[str, list[str]] = {}
    for pair, short in chosen:
        name = view.name("transport", pair.a if direction(pair) == 1 else pair.b)
        by_winner.setdefault(name, []).append(f"{_factor(pair)} for {short}")
    return "; ".join(f"{name}: {', '.join(where)}" for name, where in by_winner.items())


def _elsewhere(view: View) -> str:
    """Return the largest decided lead on another Python or in a context without a row, or ""."""
    own, _ = view.opposed
    found = []
    for context in view.contexts_of("transport"):
        baseline = view.baseline("transport", context)
        for python in view.pythons:
            pairs = view.transport_pairs(python, context)
            for one in view.transports:
                pair = pooled(view, pairs.get(one, baseline)) if one != baseline else None
                leads = direction(pair) == 1 or (direction(pair) == -1 and one == own)
                if pair is not None and leads and not view.catalogue.bounds(one):
                    found.append((pair, _where(view, context)))
    if not found:
        return ""
    pair, where = max(found, key=lambda one: (one[0].python == view.newest, *_weight(one)))
    said = f"On Python {pair.python}, {_leads(view, [(pair, where)])}"
    return said if pair.python == view.newest else f"{said}; on {view.newest} nothing is decided"


def _where(view: View, context: Context) -> str:
    """Return a context in few words, and in what it differs from the rows of the table."""
    _, short = words(view, context)
    base = view.base or context
    names = ("start_method", "placement", "messages")
    others = [getattr(context, one) for one in names if getattr(context, one) != getattr(base, one)]
    others += [f"machine {context.machine}"] if context.machine != base.machine else []
    return f"{short} ({', '.join(others)})" if others else short


def _weight(said: tuple[Comparison, str]) -> tuple[bool, float]:
    """Order by size, what may be one core against two last."""
    pair, _ = said
    ratio = pair.ratio or 1.0
    return pair.modes != "mixed", max(ratio, 1 / ratio)


def _factor(pair: Comparison) -> str:
    ratio = pair.ratio or 1.0
    return figures.factor(max(ratio, 1 / ratio))


def _other_axis(view: View) -> str:
    """Return the largest decided effect of an axis other than the transport, or ""."""
    pairs = [
        pair
        for pair in view.pairs
        if pair.compared_axis != "transport"
        and pair.clock == "end_to_end"
        and direction(pair) in (1, -1)
    ]
    if not pairs:
        return ""
    pair = max(pairs, key=lambda one: (*_weight((one, "")), one.a))
    pair = pair if direction(pair) == 1 else pair.flipped()
    a, b = (view.name(pair.compared_axis, one) for one in (pair.a, pair.b))
    axis = "Python " if pair.compared_axis == "python" else ""
    where = pair.python if pair.transport == "" else view.name("transport", pair.transport)
    return f"{axis}{a} is {_factor(pair)} as fast as {b} ({where})"
