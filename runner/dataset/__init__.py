"""CSVs of one or more runs → one checked frame of trials, and the cells that were planned."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from runner import columns
from runner.columns import unescape
from runner.dataset.table import Table, read_table
from runner.errors import BadInputError
from runner.model import AXES, python_order

__all__ = ["FORMAT", "Dataset", "load"]

FORMAT = 1
"""The version of the run folder's format that can be read."""

_PLANNED = "messages"
_MEASURED = "messages_axis"
"""The axis `messages`, as cells.csv and as trials/*.csv spell it."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """All that one or more runs hold, checked.

    `trials` has the columns of columns.TRIALS and `run`, the place of the row's run in `runs`.
    Sittings are numbered anew, from 1, one number for each (run, sitting). Axes and names are
    categories: `python` in order of version, the others in the order of the matrix. Counts that
    may be missing (context switches, RSS) are floats; `detail` is as escaped as in the file.

    `cells` has `run`, the axes and `status`, `reason` (plain text) as planned; `runs` are the
    run.json, parsed; `torn` says which files ended in a torn line, which is left out.
    """

    trials: pd.DataFrame
    cells: pd.DataFrame
    runs: Sequence[Mapping[str, object]]
    torn: Sequence[str] = ()


def load(runs: Sequence[Path]) -> Dataset:
    """Return the trials and cells of the run folders.

    Raises BadInputError (`path:line: column: what`) for a folder that is no run, for columns that
    lack or are unknown, for a bad value, and for a run or a round that is given twice.
    """
    if not runs:
        message = "no run given: name the folder of at least one run"
        raise BadInputError(message)
    heads = [_read_run(folder) for folder in runs]
    _refuse_twice(runs, heads)
    tables = [
        (place, read_table(path, columns.TRIALS))
        for place, folder in enumerate(runs)
        for path in sorted((folder / "trials").glob("*.csv"))
    ]
    planned = [read_table(folder / "cells.csv", columns.CELLS) for folder in runs]
    cells = _cells(planned)
    trials = _trials(tables, cells)
    torn = [table.torn for _, table in tables if table.torn]
    return Dataset(trials, _with_matrix_order(cells, cells, _PLANNED), heads, torn)


def _refuse_twice(runs: Sequence[Path], heads: Sequence[Mapping[str, object]]) -> None:
    """Raise BadInputError for a folder given twice, and for a copy of a run beside it."""
    seen: dict[object, int] = {}
    for place, (folder, head) in enumerate(zip(runs, heads, strict=True)):
        for key in (folder.resolve(), head.get("run", folder.resolve())):
            other = seen.setdefault(key, place)
            if other != place:
                message = (
                    f"{folder}: the same run as {runs[other]}: a run is no replication of itself; "
                    "name it once"
                )
                raise BadInputError(message)


def _read_run(folder: Path) -> Mapping[str, object]:
    path = folder / "run.json"
    if not path.is_file():
        message = f"{folder}: is no run (no run.json): give a folder that `ipcmatrix run` made"
        raise BadInputError(message)
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{path}: is not JSON ({error}): restore it from a copy of the run"
        raise BadInputError(message) from error
    if not isinstance(run, dict) or run.get("format") != FORMAT:
        found = run.get("format") if isinstance(run, dict) else None
        message = (
            f"{path}: format: is {found!r}, this version of ipcmatrix reads {FORMAT}: report the "
            "run with the version that wrote it"
        )
        raise BadInputError(message)
    return cast("Mapping[str, object]", run)


def _cells(tables: Sequence[Table]) -> pd.DataFrame:
    frames = []
    for place, table in enumerate(tables):
        frame = table.frame.copy()
        frame.insert(0, "run", place)
        frame["reason"] = [unescape(text) for text in frame["reason"].astype(object)]
        frames.append(frame)
    return _concat(frames)


def _trials(tables: Sequence[tuple[int, Table]], cells: pd.DataFrame) -> pd.DataFrame:
    if not tables:
        frame = _empty_trials()
    else:
        for place, table in tables:
            table.frame["run"] = np.int16(place)
        _refuse_doubled_rounds(tables)
        frame = _concat([table.frame for _, table in tables])
    _renumber_sittings(frame)
    return _with_matrix_order(frame, cells, _MEASURED)


def _empty_trials() -> pd.DataFrame:
    kinds = {"category": "category", "text": "category", "float": "float64"}
    frame = pd.DataFrame(
        {c.name: pd.Series(dtype=kinds.get(c.kind, "int64")) for c in columns.TRIALS}
    )
    frame["run"] = pd.Series(dtype="int16")
    return frame


def _concat(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the frames one below the other, their categories united in sorted order."""
    if len(frames) == 1:
        return frames[0]
    united: dict[str, object] = {}
    for name, dtype in frames[0].dtypes.items():
        if isinstance(dtype, pd.CategoricalDtype):
            values = sorted({value for frame in frames for value in frame[name].cat.categories})
            united[str(name)] = pd.CategoricalDtype(values)
    typed = [frame.astype(united) for frame in frames]  # type: ignore[arg-type]
    return pd.concat(typed, ignore_index=True)


def _refuse_doubled_rounds(tables: Sequence[tuple[int, Table]]) -> None:
    """Raise BadInputError where a round's rows stand in two places of one file."""
    for _, table in tables:
        frame = table.frame
        keys = ("sitting", "block", "phase", "round")
        codes = [_codes(frame[name]) for name in ("machine", *keys)]
        starts = np.ones(len(frame), dtype=bool)
        starts[1:] = np.any([code[1:] != code[:-1] for code in codes], axis=0)
        rows = np.flatnonzero(starts)
        again = pd.DataFrame({i: code[rows] for i, code in enumerate(codes)}).duplicated()
        if again.any():
            place = int(rows[again.to_numpy()][0])
            row = frame.iloc[place]
            message = (
                f"{table.path}:{table.line(place)}: round: round {row['round']} of "
                f"{row['block']} stands in the file already: restore the file from a copy"
            )
            raise BadInputError(message)


def _codes(series: "pd.Series[Any]") -> npt.NDArray[np.int64]:
    if isinstance(series.dtype, pd.CategoricalDtype):
        return np.asarray(series.cat.codes, dtype=np.int64)
    return np.asarray(series, dtype=np.int64)


def _renumber_sittings(frame: pd.DataFrame) -> None:
    """Number the sittings from 1, in the order of (run, sitting)."""
    if frame.empty:
        return
    span = int(frame["sitting"].max()) + 1
    keys = frame["run"].to_numpy(np.int64) * span + frame["sitting"].to_numpy(np.int64)
    numbers = np.unique(keys)
    frame["sitting"] = np.searchsorted(numbers, keys) + 1


def _with_matrix_order(frame: pd.DataFrame, cells: pd.DataFrame, messages: str) -> pd.DataFrame:
    """Return the frame with each axis' categories in the order of the matrix, python's by version.

    Both frames must hold the same categories for merges to stay categorical; values that only
    trials have come last, sorted.
    """
    result = frame.copy(deep=False)
    for axis in AXES:
        name = messages if axis == "messages" else axis
        if axis == "workers":
            continue
        planned = [str(value) for value in cells[axis].unique()]
        strange = sorted(set(map(str, frame[name].cat.categories)) - set(planned))
        order = [*planned, *strange]
        if axis == "python":
            order.sort(key=python_order)
        dtype = pd.CategoricalDtype(order, ordered=axis == "python")
        result[name] = frame[name].astype(dtype)
    return result
