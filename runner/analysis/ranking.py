"""Which arm of a block is fastest, and how fast each is in the block's own rounds."""

from collections.abc import Sequence
from operator import mul

import numpy as np

from runner.analysis.blocks import Unit
from runner.analysis.trials import Floats
from runner.statistics import median_interval


def scores(units: Sequence[Unit]) -> dict[str, float]:
    """Return the score of every arm of a block but the control, the fastest first.

    The score is the median of the ln rates centred in each round, averaged over sessions by
    rounds. Medians of pairs need not be transitive; an order made from scores is.
    """
    block = units[0].block
    found = {}
    centred = [_centred(unit) for unit in units]
    for arm, name in enumerate(block.arms):
        rows = [one[arm][~np.isnan(one[arm])] for one in centred]
        n = sum(map(len, rows))
        if n and not (block.has_control and arm == 1):
            middles = [median_interval(one.tolist()).estimate for one in rows if len(one)]
            sizes = [len(one) for one in rows if len(one)]
            found[name] = sum(map(mul, middles, sizes)) / n
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def _centred(unit: Unit) -> Floats:
    """Return ln rates minus their mean over the round's arms, the control left out.

    In a round that lacks an arm the mean is taken as if the arm stood where it stands on average,
    so that the loss of a slow one does not make the round look fast.
    """
    logs = unit.logs["end_to_end"]
    known = ~np.isnan(logs)
    own = known.copy()
    if unit.block.has_control:
        own[1] = False
    level = _mean(logs, known, axis=1)[:, None]
    offset = level - _mean(np.where(own, level, np.nan), own, axis=0)[None, :]
    return np.asarray(logs - _mean(logs - offset, own, axis=0)[None, :])


def _mean(values: Floats, where: np.ndarray, axis: int) -> Floats:
    total = np.where(where, values, 0.0).sum(axis=axis)
    return np.asarray(total / np.maximum(where.sum(axis=axis), 1))
