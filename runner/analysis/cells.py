"""Each cell's absolute figures: rates by every clock, cores and modes, shares, round trips."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from runner.analysis.blocks import ONE_CORE, TWO_CORES, cores, modes
from runner.analysis.statuses import cell_statuses
from runner.analysis.trials import Flags, Floats, TrialTable, cell_key, known
from runner.model import AXES
from runner.results import CellSummary
from runner.runfolder.codes import Wholes, codes_of, combine, dense, grouped
from runner.runfolder.columns import column_of
from runner.statistics import LEAST_MODE_SHARE
from runner.statistics.median import median_of
from runner.statistics.series import modes_of

UNRELIABLE = 0.10
"""Share of trials lost, above which a cell is marked."""

APART = 0.05
"""A trial was not steady where its last half and its second quarter differ by more than this."""

OFTEN = 0.25
"""Share of the trials that were not steady, above which a cell is flagged (docs/method.md §3)."""

LATENCIES = ("latency_p50", "latency_p90", "latency_p99", "latency_p999", "latency_max")

_SOMETIMES = (*LATENCIES, "share_low", "share_high", "settled")
"""Figures that most runs have none of: then they cost nothing."""

_PLACE = ("machine", *AXES)


def cells_of(dataset: TrialTable, complete: pd.DataFrame) -> list[CellSummary]:
    """Return every planned cell, in the order of the matrix.

    A cell has a row for each machine that measured it, else one for the machine of its run.
    Medians over the ok trials of complete rounds, its control's included; they depend on
    the machine's load, and serve to compare only within a round.
    """
    found = dict(_figures(complete)) if len(complete) else {}
    table = cell_statuses(dataset)
    columns = {str(name): table[name].astype(object).tolist() for name in table}
    result = []
    for line in zip(*columns.values(), strict=True):
        row = dict(zip(columns, line, strict=True))
        figures = found.get(tuple(row[name] for name in _PLACE), {})
        flags = figures.pop("flags", ())
        if row["trials"] - row["ok"] > UNRELIABLE * row["trials"]:
            flags = (*flags, "unreliable")
        result.append(CellSummary(**row, **figures, flags=flags))
    return result


def _figures(trials: pd.DataFrame) -> Iterator[tuple[tuple[object, ...], dict[str, Any]]]:
    """Yield machine and axes of each cell that has trials, with its figures."""
    number, first = dense(combine([codes_of(trials, "machine"), cell_key(trials)]))
    heads = trials.iloc[first]
    names = (column_of(name) for name in _PLACE)
    places = zip(*(heads[name].astype(object).tolist() for name in names), strict=True)
    ok = (trials["status"] == "ok").to_numpy()
    columns = {
        name: one
        for name, one in _columns(trials, ok)
        if name not in _SOMETIMES or not np.isnan(one).all()
    }
    order, members = grouped(number)
    settled = columns.pop("settled")[order] if "settled" in columns else None
    figures, table = list(columns), np.empty((len(columns), len(trials)))
    for place, name in enumerate(figures):
        table[place] = columns.pop(name)[order]  # of 10^6 trials no figure is held twice
    rate_at, cores_at = figures.index("rate"), figures.index("cores")
    for cell, rows in zip(places, members, strict=True):
        own = table[:, rows]
        ordered = np.sort(own, axis=1)  # NaN comes last
        found: dict[str, Any] = dict(zip(figures, _medians(ordered), strict=True))
        rates = ordered[rate_at]
        rates = rates[: int(np.searchsorted(rates, np.inf))]
        rate = median_of(rates.tolist())
        found["rate_low"], found["rate_high"] = known(np.array(rate[1:]))
        found["rate_p5"], found["rate_p95"] = (_quantile(rates, at) for at in (0.05, 0.95))
        found["mode"] = _mode(own[cores_at], found["cores"])
        found |= _levels(dict(zip(figures, own, strict=True)), np.log(rates))
        steady = np.zeros(0) if settled is None else settled[rows]
        raised = {
            "bimodal": "slow_rate" in found,
            "mixed modes": found["mode"] == "mixed",
            "not steady": (steady == 0).sum() > OFTEN * (~np.isnan(steady)).sum(),
        }
        yield cell, {**found, "flags": tuple(name for name, has in raised.items() if has)}


def _columns(trials: pd.DataFrame, ok: Flags) -> Iterator[tuple[str, Floats]]:
    """Yield the figures of each trial, NaN where it was not ok; `settled` 0 where it was not."""

    def ratio(upper: str, lower: str) -> Floats:
        above, below = (trials[name].to_numpy(dtype=np.float64) for name in (upper, lower))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(ok & (below > 0), above / below, np.nan)

    yield "rate", ratio("messages", "seconds")
    yield "send_rate", ratio("messages", "send_seconds")
    yield "join_rate", ratio("messages", "join_seconds")
    yield "cpu_per_message", ratio("cpu_seconds", "messages")
    yield "switches_per_message", ratio("voluntary_switches", "messages")
    yield "cores", np.where(ok, cores(trials), np.nan)
    plain = {name: name for name in ("peak_rss_kib", "peak_rss_sum_kib", *LATENCIES)}
    for to, name in {**plain, "messages_median": "messages"}.items():
        yield to, np.where(ok, trials[name].to_numpy(dtype=np.float64), np.nan)
    yield from zip(("share_low", "share_high"), _shares(trials, ok), strict=True)
    yield "settled", np.where(ok, _settled(trials["quarter_seconds"]), np.nan)


def _medians(ordered: Floats) -> list[float | None]:
    """Return the median of what is known in each sorted row."""
    n = (~np.isnan(ordered)).sum(axis=1)
    rows, last = np.arange(len(ordered)), ordered.shape[1] - 1
    lower, upper = np.maximum(n - 1, 0) // 2, np.minimum(n // 2, last)
    return known((ordered[rows, lower] + ordered[rows, upper]) / 2)


def _median(values: Floats) -> float | None:
    return _medians(np.sort(values)[None])[0] if len(values) else None


def _quantile(ordered: Floats, share: float) -> float | None:
    """Return a quantile of sorted values, between neighbours in proportion."""
    if not len(ordered):
        return None
    below, part = divmod((len(ordered) - 1) * share, 1)
    low, high = ordered[int(below)], ordered[min(int(below) + 1, len(ordered) - 1)]
    return float(low + (high - low) * part)


def _mode(ran_on: Floats, middle: float | None) -> str:
    """Return `one core`, `two cores` or `mixed`, "" where nothing is known."""
    if middle is None:
        return ""
    mode = modes(ran_on)
    least = LEAST_MODE_SHARE * (~np.isnan(ran_on)).sum()
    if min((mode == 1).sum(), (mode == 2).sum()) >= least:
        return "mixed"
    return "one core" if middle < ONE_CORE else "two cores" if middle > TWO_CORES else "mixed"


def _levels(own: Mapping[str, Floats], ordered: Floats) -> dict[str, float | None]:
    """Return the figures of either mode of a cell whose sorted ln rates have two; else nothing.

    Medians of rate, CPU over wall and voluntary switches a message: 0.02-0.08 switches go with
    streaming on two cores, 0.15 with one.
    """
    found = modes_of(ordered)
    if found is None:
        return {}
    logs = np.log(own["rate"])
    result: dict[str, float | None] = {"slow_share": found.low_share}
    for side, rows in (("slow", logs < found.between), ("fast", logs >= found.between)):
        result[f"{side}_rate"] = _median(own["rate"][rows])
        result[f"{side}_cores"] = _median(own["cores"][rows])
        result[f"{side}_switches"] = _median(own["switches_per_message"][rows])
    return result


def _settled(column: "pd.Series[str]") -> Floats:
    """Return 1 where a trial came to a steady speed, 0 where not, NaN where it does not say.

    The first quarter is left out, as what follows the warm-up anyhow; of the last half it is the
    median of its two quarters, which is their mean.
    """
    text = column.astype("category").cat
    found = np.full(len(text.categories) + 1, np.nan)
    for place, one in enumerate(text.categories):
        if one:
            moments = [float(part) for part in str(one).split(";")]
            second, last = moments[1] - moments[0], (moments[3] - moments[1]) / 2
            found[place] = max(second, last) <= (1 + APART) * min(second, last)
    return np.asarray(found[text.codes])  # the code of what is missing is -1, the last


def _shares(trials: pd.DataFrame, ok: Flags) -> tuple[Floats, Floats]:
    """Return the smallest and largest worker's share of each trial's messages.

    NaN for one worker. Every text is parsed once, however many trials have it.
    """
    text = trials["per_worker"].astype("category").cat
    found = np.full((2, len(text.categories) + 1), np.nan)
    for place, one in enumerate(text.categories):
        parts = [float(part) for part in str(one).split(";")] if one else []
        if total := sum(parts):
            found[:, place] = min(parts) / total, max(parts) / total
    codes: Wholes = np.where(ok & (trials["workers"].to_numpy() > 1), text.codes, -1)
    low, high = found[:, codes]
    return low, high
