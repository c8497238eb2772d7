"""The recorded streams as arrays, and windows cut from them."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from tests.statistics.simulator import Floats

STREAMS = ("busy", "fast-hog")
BOUND = ("bound-quiet", "bound-hog")

OWN_SHARE = 1.4
"""CPU of all roles over timed seconds, below which a round of bound-hog counts as disturbed: the
processes waited for their cores. It treats all cells of a round alike; the recording lacks the
machine's own counters."""


@cache
def _rows(name: str) -> tuple[dict[str, object], ...]:
    path = Path(__file__).parent / "streams" / f"{name}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return tuple(json.loads(line) for line in file)


def same(name: str) -> Floats:
    """Return the ln rates of the trials of Pipe alone, in order: any difference is false."""
    rows = [row for row in _rows(name) if row["st"] == "aa"]
    return np.log([float(str(row["n"])) / float(str(row["s"])) for row in rows])


def pipe_over_queue(name: str, clock: str = "s") -> list[float]:
    """Return the ln ratios of the stream's pairs, Pipe over Queue, by a clock (`s` or `snd`)."""
    rows = [row for row in _rows(name) if row["st"] == "ab"]
    logs = [
        {row["k"]: np.log(float(str(row["n"])) / float(str(row[clock]))) for row in pair}
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
    return [float(pair["pipe"] - pair["queue"]) for pair in logs]


def window(stream: Floats, rng: np.random.Generator, rounds: int, arms: int = 2) -> Floats:
    """Return (round, arm): consecutive trials cut into rounds, each in random order."""
    size = rounds * arms
    start = int(rng.integers(0, len(stream) - size + 1))
    return rng.permuted(stream[start : start + size].reshape(rounds, arms), axis=1)


@cache
def bound(name: str) -> tuple[dict[str, Floats], Floats]:
    """Return the ln rates of each cell in the rounds of a bound stream, and where it is disturbed.

    `pipe` is the baseline, `control` its A/A control. Rounds with a lost trial are left out.
    """
    rounds: list[dict[str, list[float]]] = [cast("Any", row["c"]) for row in _rows(name)]
    rows = [row for row in rounds if all(row.values())]
    figures = {
        "control" if cell == "twin" else cell: np.array([row[cell] for row in rows])
        for cell in rows[0]
    }
    rates = {cell: np.log(one[:, 0] / one[:, 1]) for cell, one in figures.items()}
    whole = np.sum(list(figures.values()), axis=0)
    if name == "bound-quiet":
        return rates, np.zeros(len(rows))
    return rates, (whole[:, 2] / whole[:, 1] < OWN_SHARE).astype(np.float64)
