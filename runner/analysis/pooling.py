"""Sittings pooled by random effects, every comparison at once (the formulae of intervals.pool)."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from runner.analysis import ragged
from runner.analysis.ratios import LOAD_LEVELS
from runner.analysis.trials import Flags, Floats, Wholes, combine, dense
from runner.intervals import normal_quantile, t_quantile
from runner.intervals.sittings import LEAST_VARIANCE, WIDTH_IN_SD


class Weighted(NamedTuple):
    """A random-effects estimate of every group; tau and i2 NaN with fewer than two sittings.

    `se` is Hartung and Knapp's, `least` what the weights alone give.
    """

    theta: Floats
    se: Floats
    least: Floats
    tau: Floats
    i2: Floats
    sampling: Floats
    bounded: Wholes


def pooled(units: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each block, pair and clock of `ratios.unit_ratios`, sittings pooled.

    Columns: `block`, `a`, `b`, `clock`; on the scale of the log-ratio `middle`, `low`, `high`,
    `low90`, `high90` and the same without outliers (`trim_`), `next_low`, `next_high`, `tau`,
    `se`, `least_se`; `i2`, `n`, `p` (sign test over all rounds), `win`, `spread`, `sittings`,
    `modes_known`, `modes_apart`; LOAD_LEVELS, medians over all sittings where one is flagged so;
    and each flag that a sitting has.
    """
    clock = np.asarray(units["clock"].cat.codes, dtype=np.int64)
    keys = [units["block"].to_numpy(), clock, units["b"].to_numpy(), units["a"].to_numpy()]
    group, first = dense(combine(keys))
    count = len(first)
    result = units.iloc[first][["block", "a", "b", "clock"]].reset_index(drop=True)
    for prefix in ("", "trim_"):
        for name, values in _estimates(units, group, count, prefix).items():
            result[name] = values
    flags = _flags(units, group, count)
    for name in LOAD_LEVELS:
        levels = _levels(units[name].to_numpy(), group, count)
        result[name] = np.where(flags["load-dependent"], levels, np.nan)
    return result.assign(**_counts(units, group, count), **flags)


def _levels(values: Floats, group: Wholes, count: int) -> Floats:
    """Return each group's median over the sittings that have the value."""
    result = np.full(count, np.nan)
    at = np.flatnonzero(~np.isnan(values))
    if len(at):
        member, first = dense(group[at])
        result[group[at][first]] = ragged.Groups(member, len(first)).median(values[at])
    return result


def _counts(units: pd.DataFrame, group: Wholes, count: int) -> dict[str, Floats | Wholes]:
    names = ("n", "wins", "not_above", "not_below", "modes_known", "modes_apart")
    total = {name: _total(units[name].to_numpy(), group, count).astype(np.int64) for name in names}
    n = np.maximum(total["n"], 1)
    weight = units["n"].to_numpy() * np.nan_to_num(units["spread"].to_numpy()) ** 2
    return {
        "n": total["n"],
        "p": ragged.sign_ps(total["not_above"], total["not_below"], total["n"]),
        "win": np.where(total["n"] > 0, total["wins"] / n, np.nan),
        "spread": np.where(total["n"] > 0, np.sqrt(_total(weight, group, count) / n), np.nan),
        "sittings": _total((units["n"] > 0).to_numpy(), group, count).astype(np.int64),
        "modes_known": total["modes_known"],
        "modes_apart": total["modes_apart"],
    }


def _flags(units: pd.DataFrame, group: Wholes, count: int) -> dict[str, Flags]:
    names = [name for name in units.columns if units[name].dtype == np.bool_]
    return {name: _total(units[name].to_numpy(), group, count) > 0 for name in names}


def _total(values: Floats | Wholes | Flags, group: Wholes, count: int) -> Floats:
    total = np.bincount(group, weights=values.astype(np.float64), minlength=count)
    return np.asarray(total, dtype=np.float64)


def _estimates(units: pd.DataFrame, group: Wholes, count: int, prefix: str) -> dict[str, Floats]:
    y = units[f"{prefix}middle"].to_numpy()
    low, high = units[f"{prefix}low"].to_numpy(), units[f"{prefix}high"].to_numpy()
    known = np.isfinite(low) & np.isfinite(high)
    weighted = _weigh(y[known], (high - low)[known], group[known], count)
    several = weighted.bounded >= 2
    single = _single(units, group, count, known, prefix)
    result = {}
    for level, ends in ((0.95, ("low", "high")), (0.90, ("low90", "high90"))):
        p = (1 + level) / 2
        half = np.maximum(
            _t_of(weighted.bounded - 1, p) * weighted.se, normal_quantile(p) * weighted.least
        )
        result[prefix + ends[0]] = np.where(several, weighted.theta - half, single[ends[0]])
        result[prefix + ends[1]] = np.where(several, weighted.theta + half, single[ends[1]])
    result[f"{prefix}middle"] = np.where(several, weighted.theta, single["middle"])
    if not prefix:
        se = np.maximum(weighted.se, weighted.least)
        sd = np.sqrt(weighted.tau**2 + se**2 + weighted.sampling)
        reach = np.where(weighted.bounded >= 3, _t_of(weighted.bounded - 2, 0.975) * sd, np.nan)
        result |= {"tau": weighted.tau, "i2": weighted.i2}
        result |= {"se": weighted.se, "least_se": weighted.least}
        result |= {"next_low": weighted.theta - reach, "next_high": weighted.theta + reach}
    return result


def _single(
    units: pd.DataFrame, group: Wholes, count: int, known: Flags, prefix: str
) -> dict[str, Floats]:
    """Return what stands where fewer than two sittings have bounds: that one's, or no bounds."""
    middle = np.full(count, np.nan)
    bounded = np.flatnonzero(known)
    unknown = np.bincount(group[bounded], minlength=count) == 0
    y = units[f"{prefix}middle"].to_numpy()
    if unknown.any():
        middle = np.where(unknown, ragged.Groups(group, count).median(y), middle)
    result = {"middle": middle}
    result["middle"][group[bounded]] = y[bounded]
    for name, nothing in (
        ("low", -np.inf),
        ("high", np.inf),
        ("low90", -np.inf),
        ("high90", np.inf),
    ):
        values = np.full(count, nothing)
        values[group[bounded]] = units[prefix + name].to_numpy()[bounded]
        result[name] = values
    return result


def _weigh(y: Floats, width: Floats, group: Wholes, count: int) -> Weighted:
    """DerSimonian-Laird and Hartung-Knapp; groups of fewer than two sittings come out as NaN."""
    v = np.maximum((width / WIDTH_IN_SD) ** 2, LEAST_VARIANCE)
    bounded = np.bincount(group, minlength=count)
    several = bounded >= 2
    freedom = np.where(several, bounded - 1, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = _total(1 / v, group, count)
        mu = _total(y / v, group, count) / weight
        q = _total((y - mu[group]) ** 2 / v, group, count)
        excess = np.maximum(0.0, q - freedom)
        tau2 = excess / (weight - _total(1 / v**2, group, count) / weight)
        i2 = np.where(several, np.where(q > 0, excess / q, 0.0), np.nan)
        star = 1 / (v + tau2[group])
        weight = _total(star, group, count)
        theta = _total(star * y, group, count) / weight
        scatter = _total(star * (y - theta[group]) ** 2, group, count)
        se, least = np.sqrt(scatter / (freedom * weight)), np.sqrt(1 / weight)
        sampling = _total(v, group, count) / bounded
    return Weighted(theta, se, least, np.sqrt(tau2), i2, sampling, bounded)


def _t_of(freedom: Wholes, p: float) -> Floats:
    found, inverse = np.unique(freedom, return_inverse=True)
    table = [t_quantile(p, int(one)) if one > 0 else np.nan for one in found]
    return np.array(table)[inverse] if table else np.zeros(0)
