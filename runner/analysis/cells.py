"""Each cell's absolute figures: rates by every clock, cores and modes, shares, round trips."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from runner.analysis import bimodality, ragged
from runner.analysis.counts import fewer_messages
from runner.analysis.panels import ONE_CORE, TWO_CORES, cores, modes
from runner.analysis.ragged import Groups
from runner.analysis.statuses import cell_statuses
from runner.analysis.steadiness import not_steady
from runner.analysis.trials import (
    Dataset,
    Flags,
    Floats,
    Wholes,
    axis_codes,
    cell_key,
    column_of,
    combine,
    dense,
)
from runner.findings import CELLS
from runner.intervals import LEAST_MODE_SHARE
from runner.model import AXES

COLUMNS = ("machine", *AXES, *CELLS[1:])

UNRELIABLE = 0.10
"""Share of trials lost, above which a cell is marked."""

LATENCIES = ("latency_p50", "latency_p90", "latency_p99", "latency_p999", "latency_max")


def cells_frame(dataset: Dataset, complete: pd.DataFrame) -> pd.DataFrame:
    """Return the frame findings.CELLS: every planned cell, in the order of the matrix.

    A cell has a row for each machine that measured it, else one for the machine of its run.
    Figures are medians over the ok trials of complete rounds, the twin's included; they depend on
    the machine's load, and serve to compare only within a round.
    """
    table = cell_statuses(dataset)
    if complete.empty:
        return table.reindex(columns=list(COLUMNS)).assign(flags="")
    key = combine([axis_codes(complete, "machine"), cell_key(complete)])
    number, first = dense(key)
    figures = _identity(complete.iloc[first]).assign(**_figures(complete, number, len(first)))
    merged = table.merge(figures, on=["machine", *AXES], how="left", validate="one_to_one")
    merged["flags"] = merged["flags"].fillna("")
    lost = merged["trials"] - merged["ok"] > UNRELIABLE * merged["trials"]
    merged["flags"] = [
        ";".join(filter(None, (flags, "unreliable" if gone else "")))
        for flags, gone in zip(merged["flags"], lost, strict=True)
    ]
    merged["mode"] = merged["mode"].fillna("")
    return merged[list(COLUMNS)]


def _identity(heads: pd.DataFrame) -> pd.DataFrame:
    """Return machine and axes of the rows, as plain values."""
    names = {"machine": "machine", **{axis: column_of(axis) for axis in AXES}}
    return pd.DataFrame({to: heads[name].astype(object).to_numpy() for to, name in names.items()})


def _figures(trials: pd.DataFrame, number: Wholes, count: int) -> dict[str, Any]:
    """Return the figures of every group of trials."""
    ok = (trials["status"] == "ok").to_numpy()
    groups = Groups(number, count)
    result: dict[str, Any] = {
        **_rates(trials, ok, groups),
        "cpu_per_message": groups.median(_ratio(trials, ok, "cpu_seconds", "messages")),
        "switches_per_message": groups.median(_ratio(trials, ok, "voluntary_switches", "messages")),
        "peak_rss_kib": groups.median(_where(trials, ok, "peak_rss_kib")),
        "messages_median": groups.median(_where(trials, ok, "messages")),
        **{name: groups.median(_where(trials, ok, name)) for name in LATENCIES},
    }
    ran_on = np.where(ok, cores(trials), np.nan)
    result["cores"] = groups.median(ran_on)
    result["mode"] = _modes(ran_on, number, count, groups.median(ran_on))
    low, high = shares(trials, ok)
    result["share_low"], result["share_high"] = groups.median(low), groups.median(high)
    split = bimodality.levels(trials, ok, groups)
    result |= {name: split[name].to_numpy() for name in bimodality.COLUMNS}
    raised = {
        "bimodal": split["fast_rate"].notna().to_numpy(),
        "mixed modes": np.asarray(result["mode"]) == "mixed",
        "fewer messages": fewer_messages(trials, ok, number, count),
        "not steady": not_steady(trials, ok, number, count),
    }
    result["flags"] = [
        ";".join(name for name, has in zip(raised, one, strict=True) if has)
        for one in zip(*raised.values(), strict=True)
    ]
    return result


def _where(trials: pd.DataFrame, ok: Flags, name: str) -> Floats:
    return np.asarray(np.where(ok, trials[name].to_numpy(dtype=np.float64), np.nan))


def _ratio(trials: pd.DataFrame, ok: Flags, upper: str, lower: str) -> Floats:
    above, below = _where(trials, ok, upper), _where(trials, ok, lower)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 0, above / below, np.nan))


def _rates(trials: pd.DataFrame, ok: Flags, groups: Groups) -> dict[str, Floats]:
    names = ("rate", "rate_low", "rate_high", "rate_p5", "rate_p95")
    result = {name: np.full(groups.count, np.nan) for name in names}
    for members, rows in groups.sorted_rows(_ratio(trials, ok, "messages", "seconds")):
        n = ragged.counts(rows)
        found = ragged.bounds(rows, n, 0.95)
        result["rate"][members] = found.middle
        result["rate_low"][members] = np.where(np.isfinite(found.low), found.low, np.nan)
        result["rate_high"][members] = np.where(np.isfinite(found.high), found.high, np.nan)
        result["rate_p5"][members] = _quantile(rows, n, 0.05)
        result["rate_p95"][members] = _quantile(rows, n, 0.95)
    for clock in ("producer", "joined"):
        rates = _ratio(trials, ok, "messages", f"{clock}_seconds")
        result[f"{clock}_rate"] = groups.median(rates)
    return result


def _quantile(rows: Floats, n: Wholes, share: float) -> Floats:
    """Return each sorted row's quantile, between neighbours in proportion."""
    place = np.maximum(n - 1, 0) * share
    below = np.floor(place).astype(np.int64)
    low = ragged.pick(rows, np.where(n > 0, below, -1))
    high = ragged.pick(rows, np.where(n > 0, np.minimum(below + 1, np.maximum(n - 1, 0)), -1))
    return np.asarray(low + (high - low) * (place - below))


def _modes(ran_on: Floats, number: Wholes, count: int, middle: Floats) -> Floats:
    """Return `one core`, `two cores` or `mixed` for every group, "" where nothing is known."""
    mode = modes(ran_on)
    known = np.bincount(number, weights=~np.isnan(ran_on), minlength=count)
    one = np.bincount(number, weights=mode == 1, minlength=count)
    two = np.bincount(number, weights=mode == 2, minlength=count)
    both = np.minimum(one, two) >= LEAST_MODE_SHARE * np.maximum(known, 1)
    conditions = [known == 0, both, middle < ONE_CORE, middle > TWO_CORES]
    return np.select(conditions, ["", "mixed", "one core", "two cores"], "mixed").astype(object)


def shares(trials: pd.DataFrame, ok: Flags) -> tuple[Floats, Floats]:
    """Return the smallest and largest worker's share of each trial's messages.

    NaN for one worker. Every text is parsed once, however many trials have it.
    """
    text = trials["per_worker"].astype("category").cat
    low, high = _shares_of([str(one) for one in text.categories])
    codes = np.where(ok & (trials["workers"].to_numpy() > 1), text.codes, -1)
    return np.append(low, np.nan)[codes], np.append(high, np.nan)[codes]


def _shares_of(texts: Sequence[str]) -> tuple[Floats, Floats]:
    joined = ";".join(text for text in texts if text)
    if not joined:
        return np.full(len(texts), np.nan), np.full(len(texts), np.nan)
    messages = np.array(joined.split(";"), dtype=np.float64)
    sizes = np.array([text.count(";") + 1 for text in texts if text])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    with np.errstate(divide="ignore", invalid="ignore"):
        total = np.add.reduceat(messages, starts)
        ends = (np.minimum.reduceat(messages, starts), np.maximum.reduceat(messages, starts))
        parts = [np.where(total > 0, end / total, np.nan) for end in ends]
    filled = np.array([bool(text) for text in texts])
    result = []
    for part in parts:
        values = np.full(len(texts), np.nan)
        values[filled] = part
        result.append(values)
    return result[0], result[1]
