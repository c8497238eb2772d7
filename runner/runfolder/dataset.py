"""Run folders, read and checked → one frame of trials, and the cells that were planned."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from runner.errors import BadInputError
from runner.model import AXES, python_order
from runner.runfolder import columns
from runner.runfolder.codes import codes_of, combine, dense
from runner.runfolder.columns import column_of, unescape
from runner.runfolder.files import parts_of
from runner.runfolder.folder import read_folder
from runner.runfolder.head import FORMAT

__all__ = ["FORMAT", "Dataset", "load"]


@dataclass(frozen=True, slots=True)
class Dataset:
    """All that one or more runs hold, checked.

    `trials` has the columns of columns.TRIALS and `run`, the place of the row's run in `runs`.
    Sessions are renumbered from 1, one number for each (run, session). Axes and names are
    categories: `python` in order of version, the others in the order of the matrix. Counts that
    may be missing (context switches, RSS) are floats; `detail` is as escaped as in the file.

    `cells` has `run`, the axes and `status`, `reason` (plain text) as planned; `runs` are the
    run.json, parsed. `truncated` says, with file and line, what is incomplete: a last round without
    end, which is left out, and rounds that are missing; `gaps` are the machines and blocks that
    lack rounds.
    """

    trials: pd.DataFrame
    cells: pd.DataFrame
    runs: Sequence[Mapping[str, object]]
    truncated: Sequence[str] = ()
    gaps: frozenset[tuple[str, str]] = frozenset()


def load(runs: Sequence[Path]) -> Dataset:
    """Return the trials and cells of the run folders, of all parts where a run has several.

    Raises BadInputError as `read_folder` does, and for a run that is given twice.
    """
    if not runs:
        message = "no run given: name the folder of at least one run"
        raise BadInputError(message)
    runs = [part for run in runs for part in parts_of(run)]
    folders = []
    seen: dict[object, int] = {}
    for place, path in enumerate(runs):
        folders.append(folder := read_folder(path))
        for key in (path.resolve(), folder.head["run"]):
            if (other := seen.setdefault(key, place)) != place:
                message = (
                    f"{path}: the same run as {runs[other]}: a run does not replicate itself; "
                    "name it once"
                )
                raise BadInputError(message)
    planned, measured = [], []
    for place, folder in enumerate(folders):
        frame = folder.cells.frame.copy()
        frame.insert(0, "run", place)
        frame["reason"] = [unescape(text) for text in frame["reason"].astype(object)]
        planned.append(frame)
        for table in folder.trials:
            table.frame["run"] = np.int16(place)
            measured.append(table.frame)
    cells = _concat(planned)
    trials = _concat(measured) if measured else _no_trials()
    if not trials.empty:  # sessions are numbered from 1, in the order of (run, session)
        keys = [codes_of(trials, name) for name in ("run", "session")]
        trials["session"] = dense(combine(keys))[0] + 1
    return Dataset(
        _with_matrix_order(trials, cells, column_of),
        _with_matrix_order(cells, cells, str),
        [folder.head for folder in folders],
        [said for folder in folders for said in folder.said],
        frozenset((gap.machine, gap.block) for folder in folders for gap in folder.gaps),
    )


def _no_trials() -> pd.DataFrame:
    kinds = {"whole": "int64", "flag": "int64", "float": "float64"}
    frame = pd.DataFrame(
        {c.name: pd.Series(dtype=kinds.get(c.kind, "category")) for c in columns.TRIALS}
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


def _with_matrix_order(
    frame: pd.DataFrame, cells: pd.DataFrame, column: Callable[[str], str]
) -> pd.DataFrame:
    """Return the frame with each axis' categories in the order of the matrix, python's by version.

    `column` gives the name that the frame has for an axis.
    Both frames must hold the same categories for merges to stay categorical; values that only
    trials have come last, sorted.
    """
    result = frame.copy(deep=False)
    for axis in AXES:
        name = column(axis)
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
