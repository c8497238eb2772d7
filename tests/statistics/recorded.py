"""The recorded streams as arrays, and windows cut from them."""

import gzip
import json
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from runner.model import Measure
from runner.statistics.disturbance import FIGURES, contaminated, marks_of
from runner.statistics.modes import CellTrials, Split, split
from tests.statistics.simulator import Floats

STREAM_FOLDER = Path(__file__).parent / "streams"
STREAMS = ("busy", "fast-hog")
BOUND = ("bound-quiet", "bound-hog")

METERED = tuple(
    sorted(path.name.partition(".")[0] for path in STREAM_FOLDER.glob("metered-*.jsonl.gz"))
)
"""Bound streams that the recorder made, with the machine's counters."""

OWN_SHARE = 1.4
"""CPU of all roles over timed seconds, below which a round of bound-hog counts as disturbed: the
processes waited for their cores. It treats all cells of a round alike; the recording lacks the
machine's own counters."""


@cache
def _rows(name: str) -> tuple[dict[str, object], ...]:
    path = STREAM_FOLDER / f"{name}.jsonl.gz"
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


@cache
def bound_cores(name: str) -> dict[str, Floats]:
    """Return CPU over wall of each cell in the rounds of a bound stream."""
    rounds: list[dict[str, list[float]]] = [cast("Any", row["c"]) for row in _rows(name)]
    rows = [row for row in rounds if all(row.values())]
    return {
        "control" if cell == "twin" else cell: np.array(
            [row[cell][2] / row[cell][1] for row in rows]
        )
        for cell in rows[0]
    }


class Metered(NamedTuple):
    """A metered stream, by round: ln rates of each cell, whether the program calls it disturbed.

    `hog` is the share of the round in which the busy loop ran.
    """

    rates: dict[str, Floats]
    disturbed: Floats
    hog: Floats


@cache
def metered(name: str) -> Metered:
    """Return the rounds of a metered stream without those with a lost trial."""
    recorded: list[dict[str, Any]] = [*_rows(name)]
    rows = [row for row in recorded if all(row["c"].values())]
    late, ran, begin, end = (
        np.array([row[key] for row in rows], dtype=np.float64)
        for key in ("late", "hog", "t0", "t1")
    )
    figures = {one: np.array([row["m"][one] for row in rows], dtype=np.float64) for one in FIGURES}
    cells = {
        cell: np.array([row["c"][cell] for row in rows], dtype=np.float64) for cell in rows[0]["c"]
    }
    return Metered(
        {cell: np.log(one[:, 0] / one[:, 1]) for cell, one in cells.items()},
        contaminated(marks_of(figures, late, Measure().gate_load)),
        ran / (end - begin),
    )


class FreeCell(NamedTuple):
    """One cell of the recording of free trials, by session, and its split over all of them."""

    sessions: list[CellTrials]
    split: Split | None

    @property
    def cores(self) -> Floats:
        """CPU over wall of all trials."""
        return np.concatenate([np.asarray(one.cores) for one in self.sessions])


@cache
def free(group: str) -> dict[str, FreeCell]:
    """Return the cells pipe, control, both pipes, and queue of a group, such as `3.11 w2`."""
    rows = [row for row in _rows("free") if row["g"] == group]
    wanted = {name: (name,) for name in ("pipe", "control", "queue")}
    found = {}
    for name, cells in {**wanted, "both pipes": ("pipe", "control")}.items():
        sessions = []
        for _, rounds in groupby(rows, key=lambda row: row["s"]):
            trials = np.array([cast("Any", one["c"])[cell] for one in rounds for cell in cells])
            messages, seconds, cpu = trials.T[:3]
            sessions.append(CellTrials(cpu / seconds, np.log(messages / seconds)))
        cores = np.concatenate([np.asarray(one.cores) for one in sessions])
        found[name] = FreeCell(sessions, split(cores))
    return found
