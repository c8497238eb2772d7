"""The noise floor of every sitting: twins, spreads, foreign CPU, contaminated rounds."""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from runner.analysis.contamination import contaminated, signs_of
from runner.analysis.panels import Blocks
from runner.analysis.ragged import Groups
from runner.analysis.trials import Floats, Wholes, axis_codes, cell_key, combine, dense
from runner.findings import DRIFT, NOISE

BINS = 60
"""Points of a sitting's drift."""


def noise_frame(units: pd.DataFrame, blocks: Blocks, gate_load: float) -> pd.DataFrame:
    """Return the frame findings.NOISE: one row for each sitting of each machine, in order."""
    if units.empty:
        return pd.DataFrame(columns=list(NOISE))
    fair = units[units["clock"] == "fair"]
    fair = fair.assign(
        sitting=blocks.units["sitting"].to_numpy()[fair["unit"]],
        machine=blocks.units["machine"].to_numpy()[fair["unit"]],
        twin=np.array(blocks.has_twin)[fair["block"]] & (fair["a"] == 1).to_numpy(),
    )
    rounds = _rounds(blocks, gate_load)
    ratios = _ratios(fair)
    frame = rounds.merge(ratios, on=["machine", "sitting"], how="left")
    for name in ("twins", "twins_apart"):
        frame[name] = frame[name].fillna(0).astype("int64")
    return frame.sort_values(["machine", "sitting"], ignore_index=True)[list(NOISE)]


def _rounds(blocks: Blocks, gate_load: float) -> pd.DataFrame:
    trials = blocks.trials
    number, first = dense(combine([blocks.unit_of, axis_codes(trials, "round")]))
    heads = trials.iloc[first]
    signs = {name: shown[first] for name, shown in signs_of(trials, number, gate_load).items()}
    table = pd.DataFrame(
        {
            "machine": heads["machine"].astype(object).to_numpy(),
            "sitting": heads["sitting"].to_numpy(),
            "trials": heads["round_size"].to_numpy(),
            "foreign_cpu": heads["foreign_cpu"].to_numpy(dtype=np.float64),
            "contaminated": contaminated(signs),
            **signs,
        }
    )
    grouped = table.groupby(["machine", "sitting"], sort=True)
    result = grouped.agg(
        rounds=("trials", "size"),
        trials=("trials", "sum"),
        contaminated=("contaminated", "mean"),
        foreign_cpu=("foreign_cpu", "median"),
    )
    shares = grouped[list(signs)].mean()
    result["contaminated_by"] = [_shown(row) for row in shares.to_dict("records")]
    result["untold"] = [_untold(row) for row in shares.to_dict("records")]
    return result.reset_index()


def _shown(shares: Mapping[Hashable, float]) -> str:
    """Return the signs that some rounds show, with their share, the most frequent first."""
    shown = sorted((-share, name) for name, share in shares.items() if share > 0)
    return ";".join(f"{name}={-share!r}" for share, name in shown)


def _untold(shares: Mapping[Hashable, float]) -> str:
    return ";".join(str(name) for name, share in shares.items() if np.isnan(share))


def _ratios(fair: pd.DataFrame) -> pd.DataFrame:
    apart = fair["twin"] & ((fair["low"] > 0) | (fair["high"] < 0))
    distance = np.abs(np.expm1(fair["middle"])).where(fair["twin"])
    table = fair.assign(
        apart=apart, distance=distance, drifting=fair["drift"].where(~fair["twin"]).astype(float)
    )
    grouped = table.groupby(["machine", "sitting"], sort=True)
    return grouped.agg(
        twins=("twin", "sum"),
        twins_apart=("apart", "sum"),
        twin_widest=("distance", "max"),
        spread=("spread", "median"),
        drifting=("drifting", "mean"),
    ).reset_index()


def drift_frame(complete: pd.DataFrame) -> pd.DataFrame:
    """Return the frame findings.DRIFT: each sitting's level in 60 stretches of equal duration.

    The level is the rate of a trial over the median rate of its cell in the sitting, by the fair
    clock; `minute` is the middle of the stretch since the sitting's first round.
    """
    ok = complete[(complete["status"] == "ok").to_numpy()]
    if ok.empty:
        return pd.DataFrame(columns=list(DRIFT))
    logs = np.log(ok["messages"].to_numpy(dtype=np.float64) / ok["seconds"].to_numpy())
    sitting, first = dense(combine([axis_codes(ok, "machine"), axis_codes(ok, "sitting")]))
    cell, heads = dense(combine([sitting, cell_key(ok)]))
    levels = logs - Groups(cell, len(heads)).median(logs)[cell]
    minute, stretch = _stretches(_minutes(ok), sitting, len(first))
    place, starts = dense(combine([sitting, stretch]))
    rows = ok.iloc[starts]
    return pd.DataFrame(
        {
            "machine": rows["machine"].astype(object).to_numpy(),
            "sitting": rows["sitting"].to_numpy(),
            "minute": minute[starts],
            "level": np.exp(Groups(place, len(starts)).median(levels)),
        }
    )


def _minutes(trials: pd.DataFrame) -> Floats:
    """Return when each trial's round began, in minutes from some time; every text is read once."""
    text = trials["started"].astype("category").cat
    when = pd.to_datetime(pd.Series(text.categories.astype(str)), utc=True, format="ISO8601")
    minutes = (when - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(minutes=1)
    return np.asarray(minutes.to_numpy(dtype=np.float64)[text.codes])


def _stretches(minutes: Floats, sitting: Wholes, count: int) -> tuple[Floats, Wholes]:
    """Return for each trial the middle of its stretch since its sitting began, and its number."""
    begin, end = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(begin, sitting, minutes)
    np.maximum.at(end, sitting, minutes)
    width = np.maximum((end - begin) / BINS, 1e-6)[sitting]
    stretch = np.minimum((minutes - begin[sitting]) // width, BINS - 1).astype(np.int64)
    return (stretch + 0.5) * width, stretch
