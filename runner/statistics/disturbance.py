"""Rounds that other programs disturbed: each mark with its threshold, by the machine's counters.

No ratio has a say in it. The rule that stops a comparison and the report ask the same functions;
they need numpy, and are imported by name.
"""

from collections.abc import Mapping

import numpy as np

from runner.model import Conditions
from runner.statistics.arrays import Floats, Series

STOLEN = 0.02
"""Share of CPU ticks kept by the hypervisor above which it is contaminated (docs/method.md §10)."""

PRESSURE = 2.0
"""Times the idle machine's PSI above which tasks of others wait for cores."""

CONFIRMED = 0.5
"""Of the gate's load: what others must use for pressure to be theirs. A task of others that waits
for a core also runs; with less of theirs it is our own program, or the engine's relaying for it."""

LEAST_PRESSURE = 0.05
"""Below it no pressure counts: twice the nothing of an idle machine is nothing, and a tenth of a
second, over which it is taken, holds one time slice of a task that ran by chance."""

COUNTS = {"quota of CPU": "throttled", "heat": "slowed_for_heat", "swapping": "swapped_in"}
"""Counters of which any increase is a mark, by the mark's name."""

FIGURES = (
    "foreign_cpu",
    "foreign_cpu_during",
    "steal",
    "pressure",
    "pressure_idle",
    *COUNTS.values(),
)
"""What the marks are taken from: columns of the trials."""


def marks_of(
    figures: Mapping[str, Series], timed_out: Series, gate_load: float
) -> Mapping[str, Floats]:
    """Return for each place and mark whether its round shows it: 1, 0, or NaN where not known.

    `figures` are those of FIGURES by round, None or NaN where not known; what a recording lacks is
    not known of any, as in files that were written before rounds were watched, which have only the
    CPU of other programs before them. `timed_out` is 1 where a trial of the round ran into its
    timeout. ValueError where the lengths differ.
    """
    late = np.asarray(timed_out, dtype=np.float64)
    known = {
        name: np.asarray(figures.get(name, np.full(len(late), np.nan)), dtype=np.float64)
        for name in FIGURES
    }
    if any(one.shape != late.shape for one in known.values()):
        message = "counters over the same rounds have one value for each"
        raise ValueError(message)
    foreign = np.fmax(known["foreign_cpu"], known["foreign_cpu_during"])
    idle = np.maximum(PRESSURE * known["pressure_idle"], LEAST_PRESSURE)
    return {
        "CPU of others": _above(foreign, gate_load),
        "steal": _above(known["steal"], STOLEN),
        "pressure": np.minimum(  # unknown where one of the two is
            _above(known["pressure"], idle),
            _above(known["foreign_cpu"], CONFIRMED * gate_load),
        ),
        **{mark: _above(known[name], 0.0) for mark, name in COUNTS.items()},
        "timeout": late,
    }


def contaminated(marks: Mapping[str, Floats]) -> Floats:
    """Return for each place whether its round shows any mark; NaN where no counter is known."""
    metered = np.full(len(marks["timeout"]), np.nan)
    for name, shown in marks.items():
        if name != "timeout":
            metered = np.fmax(metered, shown)
    return np.where(marks["timeout"] > 0, 1.0, metered)


def is_disturbed(
    before: float | None, during: Conditions, timed_out: bool, gate_load: float
) -> bool | None:
    """Return whether one round is contaminated, None where no counter said anything."""
    found = (before, *during)
    figures = {
        name: np.array([np.nan if one is None else one], dtype=np.float64)
        for name, one in zip(FIGURES, found, strict=True)
    }
    shown = contaminated(marks_of(figures, np.array([float(timed_out)]), gate_load))[0]
    return None if np.isnan(shown) else bool(shown)


def _above(figures: Floats, limit: Floats | float) -> Floats:
    with np.errstate(invalid="ignore"):
        known = ~(np.isnan(figures) | np.isnan(limit))
        return np.where(known, figures > limit, np.nan)
