"""The noise floor of every session: controls, spreads, CPU of others, contaminated rounds."""

import math
from collections.abc import Iterable, Sequence
from statistics import fmean, median

import numpy as np
import pandas as pd

from runner.analysis.comparisons import PairSeries
from runner.analysis.contamination import marks_in
from runner.analysis.trials import Floats, cell_key
from runner.model import FREE
from runner.results import Drift, SessionNoise
from runner.runfolder.codes import codes_of, combine, dense
from runner.statistics.disturbance import contaminated

BINS = 60
"""Points of a session's drift."""
FEWEST = 12
"""Rounds of bound cells from which on a session's pace is known."""


def levels_of(complete: pd.DataFrame) -> Floats:
    """Return ln of each trial's rate over its cell's median in the session, NaN if not ok."""
    levels = np.full(len(complete), np.nan)
    timed = (complete["status"] == "ok").to_numpy()
    if timed.any():
        ok = complete if timed.all() else complete.loc[timed]
        logs = pd.Series(np.log(ok["messages"].to_numpy(np.float64) / ok["seconds"].to_numpy()))
        cell = combine([codes_of(ok, "machine"), codes_of(ok, "session"), cell_key(ok)])
        levels[timed] = logs - logs.groupby(cell).transform("median")
    return levels


def noise_of(
    units: Iterable[Sequence[PairSeries]], complete: pd.DataFrame, levels: Floats, gate_load: float
) -> list[SessionNoise]:
    """Return the noise of each session of each machine, in order; `levels` as by `levels_of`."""
    if complete.empty:
        return []
    ratios: dict[tuple[str, int], list[PairSeries]] = {}
    for unit in units:
        for one in unit:
            if one.clock == "end_to_end":
                key = (one.unit.block.machine, one.unit.session)
                ratios.setdefault(key, []).append(one)
    names = ("machine", "session", "block", "round")
    number, first = dense(combine([codes_of(complete, name) for name in names]))
    heads = complete.iloc[first]
    shown = marks_in(complete, number, gate_load)
    bad, load = contaminated(shown), heads["foreign_cpu"].to_numpy(dtype=np.float64)
    sizes = heads["round_size"].to_numpy()
    bound = np.where(complete["placement"] == FREE, np.nan, levels)
    paces = pd.Series(bound).groupby(number).median().to_numpy()
    keys = [codes_of(heads, name) for name in ("machine", "session")]
    place_of, begins = dense(combine(keys))
    result = []
    for place, at in enumerate(begins.tolist()):
        rounds = place_of == place
        machine, session = str(heads["machine"].iloc[at]), int(heads["session"].iloc[at])
        shares = {name: _mean(on[rounds]) for name, on in shown.items()}
        signs = sorted((-one, name) for name, one in shares.items() if one is not None and one > 0)
        foreign = load[rounds & ~np.isnan(load)]
        paced = paces[rounds & ~np.isnan(paces)]
        pace = np.quantile(paced, 0.1) - np.quantile(paced, 0.9) if len(paced) >= FEWEST else None
        found = ratios.get((machine, session), [])
        controls = [one.summary for one in found if one.control]
        others = [one.summary for one in found if not one.control]
        far = [abs(math.expm1(one.found.wide.estimate)) for one in controls if one.n]
        spreads = [one.summary.spread for one in found if one.summary.n]
        result.append(
            SessionNoise(
                machine=machine,
                session=session,
                rounds=int(rounds.sum()),
                trials=int(sizes[rounds].sum()),
                controls=len(controls),
                controls_apart=sum(one.found.wide.excludes(0) for one in controls),
                control_widest=max(far, default=None),
                spread=median(spreads) if spreads else None,
                pace=None if pace is None else math.exp(pace),
                contaminated=_mean(bad[rounds]),
                contaminated_by=";".join(f"{name}={-share!r}" for share, name in signs),
                without_data=tuple(name for name, one in shares.items() if one is None),
                drifting=fmean("drift" in one.diagnostics for one in others) if others else None,
                foreign_cpu=float(np.median(foreign)) if len(foreign) else None,
            )
        )
    return result


def _mean(shown: Floats) -> float | None:
    known = shown[~np.isnan(shown)]
    return float(known.mean()) if len(known) else None


def drift_of(complete: pd.DataFrame, levels: Floats) -> list[Drift]:
    """Return each session's level in 60 parts of equal duration: the median of its trials.

    `levels` are as by `levels_of`; `minute` is the middle of the part since the session's first
    round.
    """
    timed = ~np.isnan(levels)
    names = ["machine", "session", "started"]
    ok = complete[names] if timed.all() else complete.loc[timed, names]
    if ok.empty:
        return []
    session, first = dense(combine([codes_of(ok, "machine"), codes_of(ok, "session")]))
    # When each trial's round began, in minutes from some time; every text is read once.
    text = ok["started"].astype("category").cat
    when = pd.to_datetime(pd.Series(text.categories.astype(str)), utc=True, format="ISO8601")
    since = (when - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(minutes=1)
    minutes = since.to_numpy(dtype=np.float64)[text.codes]
    begin, end = np.full(len(first), np.inf), np.full(len(first), -np.inf)
    np.minimum.at(begin, session, minutes)
    np.maximum.at(end, session, minutes)
    width = np.maximum((end - begin) / BINS, 1e-6)[session]
    part = np.minimum((minutes - begin[session]) // width, BINS - 1).astype(np.int64)
    place, starts = dense(combine([session, part]))
    rows = ok.iloc[starts]
    columns = (
        rows["machine"].astype(object).tolist(),
        rows["session"].tolist(),
        ((part + 0.5) * width)[starts].tolist(),
        np.exp(pd.Series(levels[timed]).groupby(place).median().to_numpy()).tolist(),
    )
    return [
        Drift(machine=machine, session=number, minute=when, level=level)
        for machine, number, when, level in zip(*columns, strict=True)
    ]
