"""N pipes against one shared queue over worker counts: the comparison a reader asked for."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from runner.analysis.pairs import OPPOSITE, Pair, cell_of, lookup
from runner.findings import CROSSOVERS
from runner.model import AXES

SHARED_AXES = tuple(axis for axis in AXES if axis not in ("transport", "workers"))
COLUMNS = ("machine", *SHARED_AXES, *CROSSOVERS)

TOPOLOGY = "fan_out"
SHARED_PIPES = ("pipe_locked",)
NO_PROCESSES = ("thread_queue",)


def has_own_channel(transport: str) -> bool:
    """Return whether each worker has a channel of its own: a pipe that is not shared by locks."""
    return transport.startswith("pipe") and transport not in SHARED_PIPES


def is_shared(transport: str) -> bool:
    """Return whether all workers, being processes, read from one channel."""
    queue = transport.endswith("queue") and transport not in NO_PROCESSES
    return queue or transport in SHARED_PIPES


def crossovers_frame(pairs: Sequence[Pair], cells: pd.DataFrame) -> pd.DataFrame:
    """Return the frame findings.CROSSOVERS, with `machine` first, by pair and worker count.

    `pairs` are those of pairs.fair_pairs. `crossover` is the least worker count at which the
    decided winner is another than at the last decided count below; the same for all rows of a
    pair, NaN where the winner never changes.
    """
    known = lookup(cells, ["rate", "share_low", "share_high"])
    groups: dict[tuple[object, ...], list[Pair]] = {}
    for pair in pairs:
        side = _oriented(pair)
        if side is not None:
            shared = tuple(side.shared[axis] for axis in SHARED_AXES)
            groups.setdefault((side.machine, *shared, side.a, side.b), []).append(side)
    rows = []
    for group in groups.values():
        ordered = sorted(group, key=_workers)
        change = _crossover(ordered)
        rows += [{**_row(pair, known), "crossover": change} for pair in ordered]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _workers(pair: Pair) -> int:
    return int(str(pair.shared["workers"]))


def _oriented(pair: Pair) -> Pair | None:
    """Return the pair with the own channels as `a`, or None where it opposes no such two."""
    if str(pair.shared["topology"]).partition(":")[0] != TOPOLOGY:
        return None
    if has_own_channel(pair.a) and is_shared(pair.b):
        return pair
    return pair.flipped() if has_own_channel(pair.b) and is_shared(pair.a) else None


def _row(pair: Pair, known: Mapping[tuple[object, ...], tuple[float, ...]]) -> dict[str, object]:
    nothing = (np.nan, np.nan, np.nan)
    own = known.get(cell_of(pair, "transport", pair.a), nothing)
    shared = known.get(cell_of(pair, "transport", pair.b), nothing)
    return {
        "machine": pair.machine,
        **{axis: pair.shared[axis] for axis in SHARED_AXES},
        "pipe": pair.a,
        "queue": pair.b,
        "workers": _workers(pair),
        "ratio": pair.ratio,
        "low": pair.low,
        "high": pair.high,
        "verdict": pair.verdict,
        "modes": pair.modes,
        "pipe_rate": own[0],
        "queue_rate": shared[0],
        "pipe_share_low": own[1],
        "queue_share_low": shared[1],
        "queue_share_high": shared[2],
    }


def _crossover(ordered: Sequence[Pair]) -> float:
    last = ""
    for pair in ordered:
        if pair.verdict not in OPPOSITE:
            continue
        side = pair.verdict.removeprefix("slightly ")
        if last and side != last:
            return float(_workers(pair))
        last = side
    return float("nan")
