"""Which arm of a block is fastest, and how fast each is in the block's own rounds."""

from collections.abc import Sequence

import numpy as np

from runner.analysis.blocks import Unit


def scores(units: Sequence[Unit]) -> dict[str, float]:
    """Return the score of every arm of a block but the A/A control, the fastest first.

    The score is the median of the ln rates over the baseline's in the same rounds, averaged over
    sessions by rounds: an arm that has left its block is judged by the rounds that it took part in.
    Medians of pairs need not be transitive; an order made from scores is. Where the baseline never
    was ok, the arm that was ok in most rounds replaces it.
    """
    block = units[0].block
    known = np.sum([np.isfinite(unit.logs["end_to_end"]).sum(axis=1) for unit in units], axis=0)
    base = 0 if known[0] else int(np.argmax(known))
    found = {}
    for arm, name in enumerate(block.arms):
        if block.has_control and arm == 1:
            continue
        rows = [unit.logs["end_to_end"][arm] - unit.logs["end_to_end"][base] for unit in units]
        rows = [one[~np.isnan(one)] for one in rows]
        if n := sum(map(len, rows)):
            found[name] = sum(len(one) * float(np.median(one)) for one in rows if len(one)) / n
    return dict(sorted(found.items(), key=lambda one: -one[1]))
