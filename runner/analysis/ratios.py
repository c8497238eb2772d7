"""Within-round ratios of every pair of arms, unit by unit: the only place where ratios are made."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from runner.analysis import ragged, signs
from runner.analysis.panels import CLOCKS, Blocks, Panel, panels
from runner.analysis.trials import Flags, Floats, Wholes

TRIM = 4.0
"""Rounds further than this many robust spreads from the median are left out of the second look."""

LOAD_LEVELS = ("load_calm", "load_between", "load_busy")
"""Medians of the rounds by tercile of foreign CPU, of ratios that depend on it."""

_AT_ONCE = 400_000
"""Log-ratios worked on at once: as many as a processor's cache holds, which is a third faster."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the flags ask for: the precision h aimed at, and the foreign CPU of the gate."""

    precision: float = 0.05
    gate_load: float = 0.25


def unit_ratios(blocks: Blocks, settings: Settings) -> pd.DataFrame:
    """Return one row for each unit, pair of arms and clock, on the scale of the log-ratio.

    Columns: `unit`, `block`, `a`, `b` (arms' places), `clock`; `middle`, `low`, `high` (95 %),
    `low90`, `high90`, and the same of the rounds without outliers with `trim_` before them; `n`,
    `wins`, `not_above`, `not_below`, `spread`, `modes_known`, `modes_apart`; and a column for each
    flag of `signs.SIGNS`, which are looked for by the fair clock alone; and LOAD_LEVELS.
    """
    parts = []
    for panel in panels(blocks, settings.gate_load):
        arms = panel.rates["fair"].shape[1]
        for clock in CLOCKS:
            for pairs in _portions(_pairs(arms, panel.has_twin, clock == "fair"), panel):
                parts.append(_rows(panel, clock, pairs, settings))
    if not parts:
        return pd.DataFrame()
    table = pd.concat(parts, ignore_index=True)
    table["block"] = blocks.units["block"].to_numpy()[table["unit"]]
    return table


def _pairs(arms: int, has_twin: bool, among_others: bool) -> list[tuple[int, int]]:
    """Return the pairs (a, b): each arm with the reference, then the others among themselves."""
    first_other = 2 if has_twin else 1
    to_reference = [(arm, 0) for arm in range(1, arms)]
    if not among_others:
        return to_reference
    others = range(first_other, arms)
    return to_reference + [(a, b) for a in others for b in others if a < b]


def _portions(
    pairs: Sequence[tuple[int, int]], panel: Panel
) -> Iterator[Sequence[tuple[int, int]]]:
    units, _, rounds = panel.rates["fair"].shape
    step = max(1, _AT_ONCE // max(1, units * rounds))
    for start in range(0, len(pairs), step):
        yield pairs[start : start + step]


def _measures(
    panel: Panel,
    clock: str,
    pairs: Sequence[tuple[int, int]],
    ratios: Floats,
    rows: Floats,
    n: Wholes,
) -> pd.DataFrame:
    """Return a row for each unit and pair: bounds and counts; `rows` are the ratios sorted."""
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    return pd.DataFrame(
        {
            "unit": np.repeat(panel.units, len(pairs)),
            "a": np.tile(a, len(panel.units)),
            "b": np.tile(b, len(panel.units)),
            "clock": pd.Categorical([clock] * len(rows), categories=list(CLOCKS)),
            **_bounds(rows, n, ""),
            "n": n,
            "wins": (ratios > 0).sum(axis=1),
            "not_above": (ratios <= 0).sum(axis=1),
            "not_below": (ratios >= 0).sum(axis=1),
        }
    )


def _rows(
    panel: Panel, clock: str, pairs: Sequence[tuple[int, int]], settings: Settings
) -> pd.DataFrame:
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    logs = panel.rates[clock]
    ratios = _flat(logs[:, a] - logs[:, b])
    rows = np.sort(ratios, axis=1)
    n = ragged.counts(rows)
    table = _measures(panel, clock, pairs, ratios, rows, n)
    centre = table["middle"].to_numpy()
    table["spread"] = ragged.spread(ratios, centre, n)
    known, apart = _modes_apart(panel, a, b)
    table["modes_known"], table["modes_apart"] = known, apart
    if clock != "fair":
        return _unflagged(table)
    repeat = len(pairs)
    evidence = signs.Evidence(
        ratios=ratios,
        rows=rows,
        n=n,
        centre=centre,
        spread=table["spread"].to_numpy(),
        half_width=(table["high"] - table["low"]).to_numpy() / 2,
        first=_flat(panel.place[:, a] - panel.place[:, b]) < 0,
        load=np.repeat(panel.load, repeat, axis=0),
        contaminated=np.repeat(panel.contaminated, repeat, axis=0),
        rounds=np.repeat(_complete(panel), repeat),
    )
    levels = signs.load_levels(evidence)
    found = signs.signs(evidence, settings.precision, levels)
    for name, flags in found.items():
        table[name] = flags
    for name, values in zip(LOAD_LEVELS, levels, strict=False):  # `distinct` is no level
        table[name] = values
    return table.assign(**_trimmed(ratios, table, found["outliers"]))


def _flat(values: Floats) -> Floats:
    """Return (unit, pair, round) as rows."""
    return values.reshape(-1, values.shape[-1])


def _complete(panel: Panel) -> Wholes:
    """Return each unit's complete rounds."""
    return np.asarray((~np.isnan(panel.place)).any(axis=1).sum(axis=1), dtype=np.int64)


def _bounds(rows: Floats, n: Wholes, prefix: str) -> dict[str, Floats]:
    wide, narrow = ragged.bounds(rows, n, 0.95), ragged.bounds(rows, n, 0.90)
    return {
        f"{prefix}middle": wide.middle,
        f"{prefix}low": wide.low,
        f"{prefix}high": wide.high,
        f"{prefix}low90": narrow.low,
        f"{prefix}high90": narrow.high,
    }


def _modes_apart(panel: Panel, a: Wholes, b: Wholes) -> tuple[Wholes, Wholes]:
    """Return in how many rounds both modes are known, and in how many they differ."""
    mode = panel.mode
    if np.isnan(mode).all():
        nothing = np.zeros(len(mode) * len(a), dtype=np.int64)
        return nothing, nothing
    difference = _flat(mode[:, a] - mode[:, b])
    known = (~np.isnan(difference)).sum(axis=1)
    return known, (np.abs(np.nan_to_num(difference)) > 0).sum(axis=1)


def _unflagged(table: pd.DataFrame) -> pd.DataFrame:
    for name in signs.SIGNS:
        table[name] = False
    for name in LOAD_LEVELS:
        table[name] = np.nan
    for name in ("middle", "low", "high", "low90", "high90"):
        table[f"trim_{name}"] = table[name]
    return table


def _trimmed(ratios: Floats, table: pd.DataFrame, outliers: Flags) -> dict[str, Floats]:
    """Return median and intervals without the outlying rounds, where there are enough of them."""
    result = {
        f"trim_{name}": table[name].to_numpy(copy=True)
        for name in ("middle", "low", "high", "low90", "high90")
    }
    at = np.flatnonzero(outliers)
    if len(at):
        centre = table["middle"].to_numpy()[at, None]
        far = np.abs(ratios[at] - centre) > TRIM * table["spread"].to_numpy()[at, None]
        rows = np.sort(np.where(far, np.nan, ratios[at]), axis=1)
        for name, values in _bounds(rows, ragged.counts(rows), "trim_").items():
            result[name][at] = values
    return result
