"""Which transport to choose for each Python, payload and worker count; ties are named."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from runner.analysis.pairs import Pair, cell_of, lookup
from runner.findings import WINNERS
from runner.model import AXES

COLUMNS = ("machine", *(axis for axis in AXES if axis != "transport"), *WINNERS)

BASELINES = ("os_pipe", "thread_queue")
"""Bounds of what is possible, and no choice: no objects cross the one, no process the other."""


def winners_frame(
    order: pd.DataFrame, pairs: Sequence[Pair], arms: pd.DataFrame, cells: pd.DataFrame
) -> pd.DataFrame:
    """Return the frame findings.WINNERS, with `machine` first: one row for each transport block.

    `order` is ranking.ranking, `arms` names its numbers (`block`, `arm`, `name`, `id`, `machine`
    and the family), `pairs` are those of pairs.fair_pairs, and `cells` the frame of cells.
    """
    found: dict[tuple[str, str], dict[tuple[str, str], Pair]] = {}
    for pair in pairs:
        found.setdefault((pair.machine, pair.block), {})[pair.a, pair.b] = pair
    ranked = order.merge(arms[arms["family"] == "transport"], on=["block", "arm"])
    names: dict[tuple[str, str], list[str]] = {}
    for machine, block_id, name in zip(
        ranked["machine"], ranked["id"], ranked["name"], strict=True
    ):
        if name not in BASELINES:
            names.setdefault((machine, block_id), []).append(name)
    rates = lookup(cells, ["rate"])
    rows = [_row(ordered, found[key], rates) for key, ordered in names.items() if key in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(
    names: list[str],
    found: Mapping[tuple[str, str], Pair],
    rates: Mapping[tuple[object, ...], tuple[float, ...]],
) -> dict[str, object]:
    best, others = names[0], names[1:]
    against = {name: _against(best, name, found) for name in others}
    verdicts = {name: pair.verdict for name, pair in against.items() if pair is not None}
    tied = [name for name in others if verdicts.get(name) == "same"]
    beaten = [name for name in others if verdicts.get(name) in ("faster", "slightly faster")]
    rest = [name for name in others if name not in tied]
    runner_up = against[rest[0]] if rest else None
    any_pair = next(iter(found.values()))
    (rate,) = rates.get(cell_of(any_pair, "transport", best), (np.nan,))
    return {
        "machine": any_pair.machine,
        **{axis: value for axis, value in any_pair.shared.items() if axis != "transport"},
        "winners": (best, *tied),
        "best_rate": rate,
        "runner_up": rest[0] if rest else "",
        "runner_up_ratio": runner_up.ratio if runner_up else np.nan,
        "runner_up_low": runner_up.low if runner_up else np.nan,
        "runner_up_high": runner_up.high if runner_up else np.nan,
        "decided": len(tied) + len(beaten) == len(others),
    }


def _against(best: str, other: str, found: Mapping[tuple[str, str], Pair]) -> Pair | None:
    """Return the best over another arm, in this direction."""
    if (best, other) in found:
        return found[best, other]
    return found[other, best].flipped() if (other, best) in found else None
