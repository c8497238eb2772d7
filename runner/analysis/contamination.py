"""Rounds in which others had a hand: each sign with its threshold. They delete no data."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from runner.analysis.trials import Flags, Floats, Wholes

STOLEN = 0.02
"""Share of CPU ticks kept by the hypervisor above which a round is contaminated (method.md §10)."""

PRESSURE = 2.0
"""Times the idle machine's PSI above which tasks of others wait for cores (method.md §10)."""

CONFIRMED = 0.5
"""Of the gate's load: what others must use for pressure to be theirs. A task of others that waits
for a core also runs; with less of theirs it is our own program, or the engine's relaying for it."""

LEAST_PRESSURE = 0.05
"""Below it no pressure counts: twice the nothing of an idle machine is nothing, and a tenth of a
second, over which it is taken, holds one time slice of a task that ran by chance."""

COUNTS = {"quota of CPU": "throttled", "heat": "slowed_for_heat", "swapping": "swapped_in"}
"""Counters of which any increase is a sign, by the sign's name."""


def signs_of(trials: pd.DataFrame, round_of: Wholes, gate_load: float) -> Mapping[str, Floats]:
    """Return for each trial and sign whether its round shows it: 1, 0, or NaN where not known.

    `round_of` numbers the rounds from 0. Rounds of files that were written before rounds were
    watched know their foreign CPU of before alone.
    """
    figures = {name: _figures(trials, name) for name in _READ}
    foreign = np.fmax(figures["foreign_cpu"], figures["foreign_cpu_during"])
    idle = np.maximum(PRESSURE * figures["pressure_idle"], LEAST_PRESSURE)
    return {
        "foreign CPU": _above(foreign, gate_load),
        "steal": _above(figures["steal"], STOLEN),
        "pressure": np.minimum(  # unknown where one of the two is
            _above(figures["pressure"], idle),
            _above(figures["foreign_cpu"], CONFIRMED * gate_load),
        ),
        **{sign: _above(figures[name], 0.0) for sign, name in COUNTS.items()},
        "timeout": _timeouts(trials, round_of).astype(np.float64),
    }


def contaminated(signs: Mapping[str, Floats]) -> Floats:
    """Return for each trial whether its round shows any sign; NaN where no meter told anything."""
    metered = np.full(len(signs["timeout"]), np.nan)
    for name, shown in signs.items():
        if name != "timeout":
            metered = np.fmax(metered, shown)
    return np.where(signs["timeout"] > 0, 1.0, metered)


_READ = (
    "foreign_cpu",
    "foreign_cpu_during",
    "steal",
    "pressure",
    "pressure_idle",
    *COUNTS.values(),
)


def _figures(trials: pd.DataFrame, name: str) -> Floats:
    return np.asarray(trials[name].to_numpy(dtype=np.float64))


def _above(figures: Floats, limit: Floats | float) -> Floats:
    with np.errstate(invalid="ignore"):
        known = ~(np.isnan(figures) | np.isnan(limit))
        return np.where(known, figures > limit, np.nan)


def _timeouts(trials: pd.DataFrame, round_of: Wholes) -> Flags:
    timed_out = (trials["status"] == "timeout").to_numpy()
    return np.asarray(np.bincount(round_of, weights=timed_out)[round_of] > 0)
