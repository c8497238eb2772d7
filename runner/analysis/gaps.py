"""Marks of rounds that were measured and that the trials lack: their block's figures carry them."""

from collections.abc import Collection

import pandas as pd

from runner.analysis.trials import Dataset, column_of
from runner.model import AXES

GAP = "rounds missing"


def marked_pairs(pairs: pd.DataFrame, gaps: Collection[tuple[str, str]]) -> pd.DataFrame:
    """Return head-to-heads, those of a block with a gap flagged; `gaps` are (machine, block)."""
    if not gaps or pairs.empty:
        return pairs
    has = [one in gaps for one in zip(pairs["machine"], pairs["block"], strict=True)]
    return _flagged(pairs, has)


def marked_cells(cells: pd.DataFrame, dataset: Dataset) -> pd.DataFrame:
    """Return cells, those that a block with a gap compares flagged."""
    if not dataset.gaps or cells.empty:
        return cells
    names = ["machine", *map(column_of, AXES)]
    rows = dataset.trials[["block", *names]].drop_duplicates().astype(object)
    lacking = {
        tuple(cell)
        for block, *cell in rows.itertuples(index=False, name=None)
        if (cell[0], block) in dataset.gaps
    }
    keys = cells[["machine", *AXES]].astype(object).itertuples(index=False, name=None)
    return _flagged(cells, [key in lacking for key in keys])


def _flagged(frame: pd.DataFrame, has: list[bool]) -> pd.DataFrame:
    flags = [
        ";".join(filter(None, (flags, GAP if gap else "")))
        for flags, gap in zip(frame["flags"], has, strict=True)
    ]
    return frame.assign(flags=flags)
