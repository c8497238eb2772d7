"""The single trials of each cell, for the page's own script: few and short enough for the page."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from runner.report.view import View
from runner.results import SampledTrial

Figure = float | int | None

LEAST = 5
"""Fewer trials a cell than these, on the average, show nothing."""
_CELL, _SPACES = 10, 7
"""Characters that JSON adds for a cell, and those that it saves of a trial's list."""


class Trials(NamedTuple):
    """`kinds` holds (axis, session, control, status), names by their numbers; `cells` the cell's
    place in `View.cells` and seven numbers a trial: kind, round, three rates, cores, CPU of others.
    """

    kinds: Sequence[tuple[int, int, int, int]]
    cells: Sequence[tuple[int, Sequence[Figure]]]


def trials(view: View, number: Callable[[str], int], room: int) -> Trials:
    """Return the trials of every cell in at most about `room` characters of JSON.

    Where there are more, every second, third … of each cell stays, the last one always; where
    fewer than LEAST a cell would stay, none do. `number` gives each text its number.
    """
    kinds: dict[tuple[int, int, int, int], int] = {}
    cells = [
        (place, [_figures(row, kinds, number) for row in view.trials[key]])
        for place, key in enumerate(view.cells)
        if key in view.trials
    ]
    count = sum(len(rows) for _, rows in cells)
    length = _CELL * len(cells) + sum(len(str(row)) - _SPACES for _, rows in cells for row in rows)
    step = -(-length // room) if room > 0 else count + 1
    if count < LEAST * len(cells) * step and step > 1:
        return Trials((), ())
    thinned = [(place, rows[::-1][::step][::-1]) for place, rows in cells]
    flat = [(place, [one for row in rows for one in row]) for place, rows in thinned]
    return Trials(tuple(kinds), flat)


def _figures(
    row: SampledTrial, kinds: dict[tuple[int, int, int, int], int], number: Callable[[str], int]
) -> list[Figure]:
    kind = (number(row.compared_axis), row.session, int(row.control), number(row.status))
    rates = (row.rate, row.send_rate, row.join_rate)
    return [
        kinds.setdefault(kind, len(kinds)),
        row.round,
        *(_four(rate) for rate in rates),
        _hundredths(row.cores),
        _hundredths(row.foreign_cpu),
    ]


def _four(number: float | None) -> Figure:
    """Return four significant digits, without a fraction where there is none."""
    if number is None or not math.isfinite(number):
        return None
    rounded = float(f"{number:.4g}")
    return int(rounded) if rounded.is_integer() else rounded


def _hundredths(number: float | None) -> Figure:
    return None if number is None or not math.isfinite(number) else round(100 * number)
