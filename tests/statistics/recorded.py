"""The recorded streams as arrays, and windows cut from them."""

import gzip
import json
from functools import cache
from pathlib import Path

import numpy as np

from tests.statistics.simulator import Floats

STREAMS = ("busy", "fast-hog")


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
