"""CSVs of one or more runs → one checked frame of trials, and the cells that were planned."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from runner import columns
from runner.columns import unescape
from runner.dataset.rounds import not_whole, refuse_doubled
from runner.dataset.table import Table, read_table
from runner.errors import BadInputError
from runner.format import FORMAT, check_sound, read_head, restore
from runner.model import AXES, python_order

__all__ = ["FORMAT", "Dataset", "load"]

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
    run.json, parsed; `torn` says, with file and line, what is not whole: a torn last line, a round
    with too few or too many rows, planned cells that cells.csv lacks. None of it is compared.
    """

    trials: pd.DataFrame
    cells: pd.DataFrame
    runs: Sequence[Mapping[str, object]]
    torn: Sequence[str] = ()


def load(runs: Sequence[Path]) -> Dataset:
    """Return the trials and cells of the run folders.

    Raises BadInputError (`path:line: column: what`) for a folder that is no run, for columns that
    lack or are unknown, for a bad value, for files that are gone, packed or no files, and for a
    run or a round that is given twice.
    """
    if not runs:
        message = "no run given: name the folder of at least one run"
        raise BadInputError(message)
    heads = [read_head(folder) for folder in runs]
    _refuse_twice(runs, heads)
    planned = [_planned(folder) for folder in runs]
    tables = [
        (place, read_table(path, columns.TRIALS))
        for place, (folder, head) in enumerate(zip(runs, heads, strict=True))
        for path in check_sound(folder, head)
    ]
    _refuse_lost(runs, heads, tables)
    cells = _cells(planned)
    trials = _trials(tables, cells)
    torn = [
        *(table.torn for _, table in tables if table.torn),
        *(said for _, table in tables for said in not_whole(table)),
        *(said for place, table in enumerate(planned) for said in _lacking(place, table, trials)),
    ]
    return Dataset(trials, _with_matrix_order(cells, cells, _PLANNED), heads, torn)


def _planned(folder: Path) -> Table:
    table = read_table(folder / "cells.csv", columns.CELLS)
    if table.torn:
        raise restore(table.path, "its last line is torn, and may not be its last cell")
    again = table.frame.duplicated(list(AXES)).to_numpy()
    if again.any():
        line = table.line(int(np.flatnonzero(again)[0]))
        raise restore(table.path, "a cell that stands in the file already", line)
    return table


def _refuse_lost(
    runs: Sequence[Path], heads: Sequence[Mapping[str, object]], tables: Sequence[tuple[int, Table]]
) -> None:
    """Raise BadInputError for a run that tells of timed seconds and has not one trial."""
    for place, (folder, head) in enumerate(zip(runs, heads, strict=True)):
        stretches = head.get("stretches")
        timed = isinstance(stretches, list) and any(
            isinstance(one, Mapping) and one.get("timed_seconds") for one in stretches
        )
        if timed and all(table.frame.empty for run, table in tables if run == place):
            raise restore(folder / "trials", "holds no trial, though run.json tells of timed ones")


def _lacking(place: int, planned: Table, trials: pd.DataFrame) -> Iterator[str]:
    """Yield what is said of cells that were measured and that cells.csv does not have."""
    names = [_MEASURED if axis == "messages" else axis for axis in AXES]
    measured = trials.loc[trials["run"] == place, names].drop_duplicates()
    known = set(planned.frame[list(AXES)].itertuples(index=False, name=None))
    strange = [cell for cell in measured.itertuples(index=False, name=None) if cell not in known]
    if strange:
        yield (
            f"{planned.path}:{len(planned.frame) + 1}: ends here and lacks {len(strange)} cells "
            f"that were measured, as {' '.join(map(str, strange[0]))}: restore it from a copy"
        )


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
        refuse_doubled(tables)
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
