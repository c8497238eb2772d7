"""What became of every planned cell, and every kind of failure."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from runner.analysis.trials import TrialTable, cell_key
from runner.model import AXES, Status
from runner.results import Failure
from runner.runfolder.codes import Wholes, codes_of, combine, dense
from runner.runfolder.columns import column_of, unescape

OK_SHARE = 0.90
"""A cell is ok where at least this share of its trials is."""

_IDENTITY = {"machine": "machine", **{axis: column_of(axis) for axis in AXES}}
_UNMEASURED = "planned, but no round was measured yet"


def cell_statuses(dataset: TrialTable) -> pd.DataFrame:
    """Return machine, axes, `status`, `reason`, `trials` and `ok` of every cell, in plan order.

    The measured trials decide, and where there are none, those of calibration and warm-up: ok
    where 90 % of them are, else the most frequent trouble. A cell that no trial reached is as
    planned.
    """
    counted = _counted(dataset.trials, by_machine=True)
    planned = _planned(dataset)
    measured = planned.drop(columns="machine").merge(counted, on=list(AXES), how="inner")
    unmeasured = planned.merge(counted[list(AXES)].drop_duplicates(), how="left", indicator=True)
    unmeasured = unmeasured[unmeasured.pop("_merge") == "left_only"]
    strangers = counted.merge(planned[list(AXES)], how="left", indicator=True)
    strangers = strangers[strangers.pop("_merge") == "left_only"]
    frame = pd.concat([measured, unmeasured, strangers], ignore_index=True)
    frame["place"] = frame["place"].fillna(len(planned))
    frame = frame.sort_values(["place", "machine"], kind="stable", ignore_index=True)
    return _decided(frame)


def final_status(dataset: TrialTable) -> Mapping[str, int]:
    """Return the number of cells by status, each cell counted once over all machines."""
    planned = _planned(dataset).drop(columns="machine")
    frame = planned.merge(_counted(dataset.trials, by_machine=False), on=list(AXES), how="outer")
    found = _decided(frame)["status"].value_counts()
    return {status.value: int(found[status.value]) for status in Status if status.value in found}


def _planned(dataset: TrialTable) -> pd.DataFrame:
    """Return every planned cell once: axes, planned_status, planned_reason, place, machine.

    Of several runs the one that could measure the cell speaks for it.
    """
    frame = pd.DataFrame({axis: dataset.cells[axis].astype(object) for axis in AXES})
    frame["workers"] = frame["workers"].astype("int64")
    frame["planned_status"] = dataset.cells["status"].astype(object)
    frame["planned_reason"] = dataset.cells["reason"].astype(object)
    machines = [str(run.get("machine", "")) for run in dataset.runs]
    frame["machine"] = [machines[int(place)] for place in dataset.cells["run"]]
    frame["place"] = np.arange(len(frame), dtype=np.float64)
    able = frame["planned_status"].isin((Status.PLANNED.value, Status.OK.value))
    ordered = pd.concat([frame[able], frame[~able]])
    return ordered.drop_duplicates(list(AXES)).sort_values("place", ignore_index=True)


def _counted(trials: pd.DataFrame, *, by_machine: bool) -> pd.DataFrame:
    """Return for each cell its trials, ok trials, the trials that decide, and its chief trouble."""
    key = cell_key(trials)
    if by_machine:
        key = combine([codes_of(trials, "machine"), key])
    number, first = dense(key)
    heads = trials.iloc[first]
    result = pd.DataFrame(
        {name: heads[column].astype(object).to_numpy() for name, column in _IDENTITY.items()}
    )
    result["workers"] = result["workers"].astype("int64")
    if not by_machine:
        result = result.drop(columns="machine")
    measured = (trials["phase"] == "measure").to_numpy()
    ok = (trials["status"] == "ok").to_numpy()
    count = len(first)
    result["trials"] = np.bincount(number, weights=measured, minlength=count)
    result["ok"] = np.bincount(number, weights=measured & ok, minlength=count)
    decides = measured | (result["trials"].to_numpy()[number] == 0)
    result["decide"] = np.bincount(number, weights=decides, minlength=count)
    result["decide_ok"] = np.bincount(number, weights=decides & ok, minlength=count)
    return _with_trouble(result, trials, number, decides & ~ok)


def _with_trouble(
    result: pd.DataFrame, trials: pd.DataFrame, number: Wholes, bad: np.ndarray
) -> pd.DataFrame:
    """Add the most frequent status that is not ok, and its first detail."""
    rows = np.flatnonzero(bad)
    result["trouble"], result["detail"] = "", ""
    if not len(rows):
        return result
    troubles = pd.DataFrame(
        {"cell": number[rows], "status": trials["status"].astype(object).to_numpy()[rows]}
    )
    troubles["row"] = rows
    kinds = troubles.groupby(["cell", "status"], sort=True)["row"].agg(["size", "min"])
    chief = kinds.reset_index().sort_values(["size", "min"], ascending=[False, True], kind="stable")
    chief = chief.drop_duplicates("cell")
    details = trials["detail"].astype(object).to_numpy()[chief["min"].to_numpy()]
    at = chief["cell"].to_numpy()
    result.loc[at, "trouble"] = chief["status"].to_numpy()
    result.loc[at, "detail"] = np.array([unescape(str(text)) for text in details], dtype=object)
    return result


def _decided(frame: pd.DataFrame) -> pd.DataFrame:
    """Replace the counts by `status` and `reason`."""
    for name in ("trials", "ok", "decide", "decide_ok"):
        frame[name] = frame[name].fillna(0).astype("int64")
    for name in ("trouble", "detail", "planned_status", "planned_reason"):
        frame[name] = frame[name].fillna("")
    tried = frame["decide"] > 0
    good = frame["decide_ok"] >= OK_SHARE * frame["decide"]
    never = ~tried | (good & (frame["trials"] == 0))
    planned = frame["planned_status"].replace("", Status.PLANNED.value)
    waiting = planned.isin((Status.PLANNED.value, Status.OK.value))
    frame["status"] = np.select(
        [(never & waiting).to_numpy(), never.to_numpy(), good.to_numpy()],
        [np.full(len(frame), Status.PLANNED.value, object), planned, Status.OK.value],
        frame["trouble"],
    )
    reasons = np.where(frame["planned_reason"] != "", frame["planned_reason"], _UNMEASURED)
    frame["reason"] = np.where(never, np.where(waiting, reasons, frame["planned_reason"]), "")
    frame["reason"] = np.where(frame["reason"] == "", frame["detail"], frame["reason"])
    drop = ["decide", "decide_ok", "trouble", "detail", "planned_status", "planned_reason", "place"]
    return frame.drop(columns=drop)


def failures_of(trials: pd.DataFrame) -> list[Failure]:
    """Return every kind of failure of every cell.

    Trials of every phase count; the detail is the first trial's, as plain text.
    """
    bad = trials[(trials["status"] != "ok").to_numpy()]
    if bad.empty:
        return []
    codes = [codes_of(bad, "machine"), cell_key(bad), codes_of(bad, "status")]
    number, first = dense(combine(codes))
    names = {**_IDENTITY, "status": "status", "round": "round", "detail": "detail"}
    heads = bad.iloc[first]
    columns = {to: heads[name].astype(object).tolist() for to, name in names.items()}
    columns["detail"] = [unescape(str(text)) for text in columns["detail"]]
    columns["count"] = np.bincount(number).tolist()
    lines = zip(*columns.values(), strict=True)
    return [Failure(**dict(zip(columns, line, strict=True))) for line in lines]
