"""What to use in a situation: in the combination asked for, or in the nearest measured one.

Nothing is computed here: an answer is chosen among comparisons by the rules of the finding.
"""

from collections.abc import Iterable, Sequence
from math import log2, log10

from runner.model import FREE, python_order
from runner.report import figures, situations
from runner.report.view import View
from runner.results import Answer, Asked, Comparison, Context

BOUND = "bound"
"""What stands for every placement that binds processes to cores."""
OPEN = Asked()
"""A situation of which nothing is named."""
WEIGHED = ("python", "payload", "topology", "workers", "start_method", "placement")
"""The axes that can be asked for, by which combinations are near or far."""
_IMPLEMENTATION = 6.0
"""Steps to another implementation of Python, beside those between the versions."""
_PATTERN = 12.0
"""Steps to another pattern: more than to any other message, for it is another question."""
_KIND = 0.5
"""Steps to another kind of message of the same size."""
_SMALL = 100
"""Bytes for which a message of unknown size is taken: an int, a small dict."""

Combination = tuple[str, Context]


def combinations(view: View) -> list[Combination]:
    """Return where transports were compared, the nearest to what the report shows first, first."""
    base = view.base
    if base is None:
        return []
    usual = Asked(python=view.newest, **{one: getattr(base, one) for one in WEIGHED[1:]})

    def far(one: Combination) -> float:
        context = one[1]
        moved = (context.machine != base.machine) + (context.messages != base.messages)
        return sum(gaps(view, usual, one)) + moved

    found = [
        (python, context)
        for context in view.contexts_of("transport")
        for python in reversed(view.pythons)
        if view.transport_pairs(python, context)
    ]
    return sorted(found, key=far)


def answer(view: View, asked: Asked) -> Answer | None:
    """Return the answer for a situation, by the nearest combination where it was not measured.

    The nearest is the one with the fewest steps to what was asked, then with the fewest axes that
    differ, then the one nearest to what the report shows first. None where none has candidates.
    """

    def far(one: Combination) -> tuple[float, int]:
        found = gaps(view, asked, one)
        return sum(found), sum(gap > 0 for gap in found)

    near = sorted(combinations(view), key=far)
    return next((found for one in near if (found := answer_in(view, one, asked))), None)


def answer_in(view: View, combination: Combination, asked: Asked = OPEN) -> Answer | None:
    """Return what to use in a combination; None where no candidates were compared there."""
    python, context = combination
    found = situations.options(view, context, python, asked.transports)
    if not found:
        return None
    row = situations.advice(view, found)
    pair = row.pair or found[0]
    base = view.name("transport", pair.b)
    ratio, *remark = row.instead
    rounds = figures.count(pair.rounds, "round")
    several = f" in {pair.sessions} sessions" if pair.sessions > 1 else ""
    return Answer(
        asked=asked,
        comparison=pair,
        use=pair.a if row.advised else pair.b if pair.verdict == "slower" else "",
        advice=row.use,
        figures="; ".join([f"{ratio} as fast as {base}", *remark]),
        sure=f"{row.sure}; {rounds}{several}",
        differs=differences(view, asked, combination),
        options=tuple(sorted(found, key=lambda one: -(one.ratio or 0.0))),
    )


def differences(view: View, asked: Asked, one: Combination) -> tuple[str, ...]:
    """Return in what a combination is another than asked, in words."""
    return tuple(
        f"{worded(view, axis, value(one, axis))} instead of {_asked(view, axis, asked, bare=True)}"
        for axis, gap in zip(WEIGHED, gaps(view, asked, one), strict=True)
        if gap
    )


def value(combination: Combination, axis: str) -> str | int:
    """Return a combination's value of an axis."""
    python, context = combination
    found: str | int = python if axis == "python" else getattr(context, axis)
    return found


def worded(view: View, axis: str, of: str | int) -> str:
    """Return a value of an axis as a sentence names it."""
    if axis == "workers":
        return figures.count(int(of), "worker")
    if axis == "payload":
        return situations.message(view, str(of))
    if axis == "placement" and of not in (FREE, BOUND):
        return f"{BOUND} to cores ({of})"
    return f"Python {of}" if axis == "python" else view.name(axis, str(of))


def _asked(view: View, axis: str, asked: Asked, bare: bool = False) -> str:
    if axis == "payload" and asked.octets:
        return f"{view.name('payload', asked.payload)} {figures.octets(asked.octets)}"
    given: str | int = getattr(asked, axis)
    return str(given) if bare and axis in ("python", "workers") else worded(view, axis, given)


def situation(view: View, asked: Asked) -> str:
    """Return what was asked, in words; "" where all was left open."""
    named = [_asked(view, axis, asked) for axis in WEIGHED if getattr(asked, axis)]
    return ", ".join([*named, *(view.name("transport", one) for one in asked.transports)])


def place(view: View, pair: Comparison) -> str:
    """Return the combination of a comparison in words."""
    return f"Python {pair.python}, {view.label(pair.context)}"


def gaps(view: View, asked: Asked, one: Combination) -> list[float]:
    """Return how far a combination is from what was asked, on each of WEIGHED."""
    return [steps(view, axis, asked, value(one, axis)) for axis in WEIGHED]


def steps(view: View, axis: str, asked: Asked, of: str | int) -> float:
    """Return how far a value of an axis is from what was asked; 0 for the same or where it is open.

    Another value is one step, and more by each release of Python between the two, each factor of
    ten in the size of messages and each factor of two in workers.
    """
    wanted: str | int = getattr(asked, axis)
    if not wanted or (wanted == of and not asked.octets) or (wanted == BOUND and of != FREE):
        return 0.0
    if axis == "payload":
        return _payload_steps(view, asked, str(of))
    if axis == "workers":
        return 0.0 if of == wanted else 1 + abs(log2(int(of) / int(wanted)))
    if axis == "python":
        order = sorted({*view.pythons, str(wanted)}, key=python_order)
        kinds = {python_order(one)[0] for one in (str(wanted), str(of))}
        between = abs(order.index(str(of)) - order.index(str(wanted)))
        return between + _IMPLEMENTATION * (len(kinds) - 1)
    if axis == "topology" and str(of).partition(":")[0] != str(wanted).partition(":")[0]:
        return 1 + _PATTERN
    return float(of != wanted)


def _payload_steps(view: View, asked: Asked, of: str) -> float:
    kind = asked.payload.partition(":")[0]
    alike = of.partition(":")[0] == kind
    wanted = asked.octets or view.catalogue.message_bytes(asked.payload)
    there = view.catalogue.message_bytes(of)
    if alike and (there == wanted if wanted else kind == asked.payload):
        return 0.0
    ratio = max(there or _SMALL, 1) / max(wanted or _SMALL, 1)
    return 1 + abs(log10(ratio)) + (0.0 if alike else _KIND)


def table(view: View, axis: str, values: Iterable[str | int]) -> Sequence[Sequence[float]]:
    """Return the steps from each of the values of an axis to each, for the page."""
    every = list(values)
    return [
        [round(steps(view, axis, Asked(**{axis: one}), other), 4) for other in every]  # type: ignore[arg-type]
        for one in every
    ]
