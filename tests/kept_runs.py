"""Runs as a site keeps them, made by hand: one machine, two transports under two Pythons."""

import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.history import RUNS, SUMMARY, KeptInterpreter, KeptMachine, KeptRatio, KeptRun

PLACE = {"payload": "int", "topology": "one_to_one", "workers": 1, "start_method": "default"}
PLACE |= {"placement": "free", "messages": "auto"}


def ratio(value: float, half: float = 0.03, **changes: Any) -> KeptRatio:
    """Return a ratio of queue over pipe with its interval, or of another place."""
    known: dict[str, Any] = {
        "machine": "m1",
        "axis": "transport",
        "python": "3.13",
        "transport": "",
        **PLACE,
        "option": "queue",
        "baseline": "pipe",
        "ratio": value,
        "low": value * math.exp(-half),
        "high": value * math.exp(half),
        "rounds": 40,
        "sessions": 1,
        "verdict": "slower",
    }
    return KeptRatio(**{**known, **changes})


def run(week: int, ratios: Sequence[KeptRatio] = (), **changes: Any) -> KeptRun:
    """Return the run of a week."""
    months, day = divmod(week, 28)
    known: dict[str, Any] = {
        "run": f"2027{months + 1:02d}{day + 1:02d}-031700-published-0000",
        "time": f"2027-{months + 1:02d}-{day + 1:02d}T03:17:00Z",
        "margin": 0.03,
        "planned": 4,
        "measured": 4,
        "headlines": [f"Pipe is faster than Queue, week {week}."],
        "labels": {"transport": {"pipe": "Pipe", "queue": "Queue"}},
        "machines": {"m1": KeptMachine(processor="EPYC", cores="4", executor="docker")},
        "interpreters": {"3.13": KeptInterpreter(version="3.13.1")},
        "ratios": list(ratios),
    }
    return KeptRun(**{**known, **changes})


def weekly(
    levels: Sequence[float], seed: int = 1, scatter: float = 0.015, **changes: Any
) -> list[KeptRun]:
    """Return a run for each level of queue over pipe on 3.13; ten others stay the same."""
    rng = random.Random(seed)

    def drawn(level: float) -> float:
        return level * math.exp(rng.gauss(0, scatter))

    others = [f"bytes:{10**place}" for place in range(10)]
    return [
        run(
            week,
            [ratio(drawn(level)), *(ratio(drawn(0.5), payload=one) for one in others)],
            **changes,
        )
        for week, level in enumerate(levels)
    ]


def put(site: Path, runs: Sequence[KeptRun]) -> None:
    """Write the runs' summaries where a site has them."""
    for one in runs:
        write(site, one.run, one.model_dump_json())


def write(site: Path, name: str, text: str) -> Path:
    path = site / RUNS / name / SUMMARY
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def changed(one: KeptRun, **changes: object) -> Mapping[str, object]:
    return {**one.model_dump(mode="json"), **changes}
