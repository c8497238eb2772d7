"""Every head-to-head with its ratio, interval, correction, verdict and flags."""

import numpy as np
import pandas as pd

from runner.analysis import signs
from runner.analysis.panels import CLOCKS, Blocks
from runner.analysis.pooling import pooled
from runner.analysis.trials import Flags, Floats, column_of
from runner.findings import HEAD_TO_HEAD
from runner.intervals import (
    FALSE_DISCOVERY_RATE,
    benjamini_hochberg,
    normal_quantile,
    selected_level,
    t_quantile,
)
from runner.intervals.sittings import WIDTH_IN_SD
from runner.model import AXES

MODES_APART = 0.10
"""Share of rounds in which the arms ran in different modes, above which a ratio is flagged.

Below it the ratio is marked as partly mixed: a median of rounds hardly moves, but it is said.
"""

COLUMNS = (*HEAD_TO_HEAD[:3], *AXES, *HEAD_TO_HEAD[3:])


def head_to_heads(units: pd.DataFrame, blocks: Blocks, margin: float) -> pd.DataFrame:
    """Return the frame findings.HEAD_TO_HEAD, in the order of blocks, clocks and arms.

    Benjamini-Hochberg runs over all comparisons of one clock, twins left out: the fair clock's are
    those that a report prints as verdicts. A twin's own verdict is of its uncorrected p.
    """
    if units.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    table = pooled(units)
    table["twin"] = np.array(blocks.has_twin)[table["block"]] & (table["a"] == 1).to_numpy()
    table["q"] = _corrected(table)
    table["verdict"] = words(table, margin, "")
    fragile = (words(table, margin, "trim_") != table["verdict"]).to_numpy() & table["outliers"]
    suspect, invalid = _twins(table, len(blocks.arms), margin)
    table["suspect"] = suspect[table["block"]]
    table["fragile"] = fragile
    table["modes"] = pd.Series(_modes(table), index=table.index, dtype=object)
    table["mixed modes"] = table["modes"] == "mixed"
    table.loc[invalid[table["block"]], "verdict"] = "invalid"
    table["rounds_needed"] = _rounds_needed(table, margin)
    return _named(_selected(table), blocks)


def words(table: pd.DataFrame, margin: float, prefix: str) -> "pd.Series[str]":
    """Return intervals.verdict of every row; `prefix` chooses the trimmed intervals."""
    low, high, low90, high90 = (
        table[f"{prefix}{name}"].to_numpy() for name in ("low", "high", "low90", "high90")
    )
    with np.errstate(over="ignore"):
        low, high, low90, high90 = np.exp(low), np.exp(high), np.exp(low90), np.exp(high90)
    same = (low90 >= 1 / (1 + margin)) & (high90 <= 1 + margin)
    claimed = table["q"].to_numpy() <= FALSE_DISCOVERY_RATE
    conditions = [
        same,
        claimed & (low > 1 + margin),
        claimed & (low > 1),
        claimed & (high < 1 / (1 + margin)),
        claimed & (high < 1),
    ]
    choices = ["same", "faster", "slightly faster", "slower", "slightly slower"]
    return pd.Series(
        np.select(conditions, choices, "inconclusive"), index=table.index, dtype=object
    )


def _modes(table: pd.DataFrame) -> list[str]:
    apart, known = table["modes_apart"], table["modes_known"].clip(lower=1)
    mixed = np.where(apart > MODES_APART * known, "mixed", "partly mixed")
    return [str(word) for word in np.where(apart > 0, mixed, "same")]


def _corrected(table: pd.DataFrame) -> Floats:
    q = table["p"].to_numpy(copy=True)
    for clock in CLOCKS:
        family = np.flatnonzero((table["clock"] == clock) & ~table["twin"])
        q[family] = benjamini_hochberg(q[family].tolist())
    return np.asarray(q)


def _twins(table: pd.DataFrame, blocks: int, margin: float) -> tuple[Flags, Flags]:
    """Return which blocks' twin differs from the reference, and in which by more than δ too."""
    suspect, invalid = np.zeros(blocks, np.bool_), np.zeros(blocks, np.bool_)
    twins = table[table["twin"] & (table["clock"] == "fair")]
    apart = ((twins["low"] > 0) | (twins["high"] < 0)).to_numpy()
    far = (np.abs(np.expm1(twins["middle"])) > margin).to_numpy()
    suspect[twins["block"].to_numpy()[apart]] = True
    invalid[twins["block"].to_numpy()[apart & far]] = True
    return suspect, invalid


def _rounds_needed(table: pd.DataFrame, margin: float) -> Floats:
    """Return N·(half-width/ln(1+δ))² where the verdict is inconclusive, else NaN.

    NaN too where that is no more than N, and of pooled sittings: their interval asks for sittings.
    """
    half = (table["high"] - table["low"]).to_numpy() / 2
    n = table["n"].to_numpy()
    open_ = (table["verdict"] == "inconclusive").to_numpy() & table["tau"].isna().to_numpy()
    with np.errstate(invalid="ignore"):
        needed = np.ceil(n * (half / np.log1p(margin)) ** 2)
    return np.where(open_ & np.isfinite(half) & (needed > n), needed, np.nan)


def _selected(table: pd.DataFrame) -> pd.DataFrame:
    """Add the intervals that keep 95 % on average among the claims of the fair clock (FCR).

    By the normal approximation from the interval's own width for one sitting, for several as
    intervals.pool makes an interval; NaN where nothing is claimed.
    """
    fair = (table["clock"] == "fair") & ~table["twin"]
    quiet = table["verdict"].isin(("inconclusive", "invalid"))
    claimed = (fair & ~quiet & (table["q"] <= FALSE_DISCOVERY_RATE)).to_numpy()
    reach = np.full(len(table), np.nan)
    if claimed.any():
        level = selected_level(int(claimed.sum()), int(fair.sum()))
        rows = table[claimed]
        single = (rows["high"] - rows["low"]).to_numpy() / WIDTH_IN_SD
        alone, p = rows["tau"].isna(), (1 + level) / 2
        quantiles = {one: t_quantile(p, one) for one in set(rows["sittings"][~alone] - 1)}
        several = rows["se"] * [quantiles.get(one, 0.0) for one in rows["sittings"] - 1]
        least = normal_quantile(p) * np.where(alone, single, rows["least_se"])
        reach[claimed] = np.fmax(np.where(alone, 0.0, several), least)
    return table.assign(fcr_low=table["middle"] - reach, fcr_high=table["middle"] + reach)


def _named(table: pd.DataFrame, blocks: Blocks) -> pd.DataFrame:
    heads = blocks.heads.reset_index(drop=True)
    at = table["block"].to_numpy()
    family = heads["family"].astype(object).to_numpy()[at]
    result = pd.DataFrame({name: heads[name].astype(object).to_numpy()[at] for name in COLUMNS[:3]})
    for axis in AXES:
        values = heads[column_of(axis)].astype(object).to_numpy()[at]
        result[axis] = np.where(family == axis, 0 if axis == "workers" else "", values)
    result["workers"] = result["workers"].astype("int64")
    for side in ("a", "b"):
        arms = table[side].to_numpy()
        result[side] = [blocks.arms[block][arm] for block, arm in zip(at, arms, strict=True)]
    result["to_reference"] = (table["b"] == 0).to_numpy()
    result["clock"] = table["clock"].astype(object).to_numpy()
    with np.errstate(over="ignore"):
        for name, log in _LOGS.items():
            result[name] = np.exp(table[log].to_numpy())
    for name in ("n", *_AS_THEY_ARE):
        result["rounds" if name == "n" else name] = table[name].to_numpy()
    result["modes"] = table["modes"].to_numpy()
    result["flags"] = _flag_texts(table)
    return result[list(COLUMNS)]


_LOGS = {
    "ratio": "middle",
    "low": "low",
    "high": "high",
    "next_low": "next_low",
    "next_high": "next_high",
    "fcr_low": "fcr_low",
    "fcr_high": "fcr_high",
    "load_calm": "load_calm",
    "load_between": "load_between",
    "load_busy": "load_busy",
}
_AS_THEY_ARE = (
    "twin",
    "spread",
    "win",
    "p",
    "q",
    "verdict",
    "rounds_needed",
    "sittings",
    "i2",
    "tau",
)


def _flag_texts(table: pd.DataFrame) -> list[str]:
    """Return each row's flags, separated by ;."""
    names = (*signs.SIGNS, "fragile", "suspect", "mixed modes")
    bits = np.zeros(len(table), dtype=np.int64)
    for place, name in enumerate(names):
        bits |= table[name].to_numpy(dtype=np.int64) << place
    found, inverse = np.unique(bits, return_inverse=True)
    told = [";".join(name for i, name in enumerate(names) if int(b) >> i & 1) for b in found]
    return [told[i] for i in inverse]
