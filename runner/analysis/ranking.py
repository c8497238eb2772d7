"""Which arm of a block is fastest, and how fast each is in the block's own rounds."""

import numpy as np
import pandas as pd

from runner.analysis import ragged
from runner.analysis.panels import Blocks, Panel, panels
from runner.analysis.trials import Floats


def ranking(blocks: Blocks) -> pd.DataFrame:
    """Return `block`, `arm` and `score` for every arm but twins, the block's fastest first.

    The score is the median of the ln rates centred in each round, averaged over sittings by
    rounds. Medians of pairs need not be transitive; an order made from scores is.
    """
    parts = [_scores(panel) for panel in panels(blocks)]
    if not parts:
        return pd.DataFrame({"block": [0], "arm": [0], "score": [0.0]}).iloc[:0]
    units = pd.concat(parts, ignore_index=True)
    units["block"] = blocks.units["block"].to_numpy()[units["unit"]]
    units["sum"] = units["score"] * units["n"]
    total = units.groupby(["block", "arm"], sort=True)[["sum", "n"]].sum().reset_index()
    total = total[total["n"] > 0]
    total["score"] = total["sum"] / total["n"]
    twin = np.array(blocks.has_twin)[total["block"]] & (total["arm"] == 1).to_numpy()
    ordered = total[~twin].sort_values(
        ["block", "score", "arm"], ascending=[True, False, True], kind="stable"
    )
    return ordered[["block", "arm", "score"]].reset_index(drop=True)


def _scores(panel: Panel) -> pd.DataFrame:
    centred = _centred(panel)
    units, arms, rounds = centred.shape
    rows = np.sort(centred.reshape(-1, rounds), axis=1)
    n = ragged.counts(rows)
    return pd.DataFrame(
        {
            "unit": np.repeat(panel.units, arms),
            "arm": np.tile(np.arange(arms), units),
            "score": np.nan_to_num(ragged.middle(rows, n)),
            "n": n,
        }
    )


def _centred(panel: Panel) -> Floats:
    """Return ln rates minus their mean over the round's arms, the twin left out.

    In a round that lacks an arm the mean is taken as if the arm stood where it stands on average,
    so that the loss of a slow one does not make the round look fast.
    """
    logs = panel.rates["fair"]
    known = ~np.isnan(logs)
    own = known.copy()
    if panel.has_twin:
        own[:, 1] = False
    level = _mean(logs, known, axis=2)[:, :, None]
    offset = level - _mean(np.where(own, level, np.nan), own, axis=1)[:, None, :]
    return np.asarray(logs - _mean(logs - offset, own, axis=1)[:, None, :])


def _mean(values: Floats, where: np.ndarray, axis: int) -> Floats:
    total = np.where(where, values, 0.0).sum(axis=axis)
    return np.asarray(total / np.maximum(where.sum(axis=axis), 1))
