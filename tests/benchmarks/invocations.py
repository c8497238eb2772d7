"""Invocations forked from the warm agent against fresh interpreters: the same ratios?"""

import math
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from runner.executors.base import Agent
from runner.executors.local import LocalExecutor
from runner.machine import interpreters
from runner.model import Cell, Trial
from runner.statistics import median_interval

PYTHONS = ("2.7", "3.6", "3.9", "3.11", "3.13")
ROUNDS = 20
COUNTS = {"pipe": 12_000, "queue": 9_000}


def lines() -> Iterator[str]:
    """Yield Pipe/Queue by both kinds of invocation, interleaved, and the wall time of each."""
    here = {one.name: one for one in interpreters.find() if not one.broken and not one.duplicate}
    names = [name for name in PYTHONS if name in here]
    paths = {name: Path(here[name].path) for name in names}
    with LocalExecutor(paths, "forked") as forked, LocalExecutor(paths, "fresh") as fresh:
        sides = {"forked": forked.open(names), "fresh": fresh.open(names)}
        for name in names:
            yield from _lines(name, {kind: agents[name] for kind, agents in sides.items()})


def _lines(python: str, agents: dict[str, Agent | str]) -> Iterator[str]:
    found: dict[str, list[float]] = {"forked": [], "fresh": []}
    walls: dict[str, list[float]] = {"forked": [], "fresh": []}
    for _ in range(ROUNDS):
        kinds = list(agents)
        random.shuffle(kinds)
        for kind in kinds:
            agent = agents[kind]
            assert not isinstance(agent, str), agent
            started = time.monotonic()
            rates = _round(agent, python)
            walls[kind].append(time.monotonic() - started)
            found[kind].append(math.log(rates["pipe"] / rates["queue"]))
    for kind, logs in found.items():
        a, low, high = (math.exp(x) for x in median_interval(logs)[:3])
        wall = statistics.median(walls[kind])
        span = f"{a:.3f} [{low:.3f}-{high:.3f}]"
        yield f"{python:>5} {kind:<7} pipe/queue {span}  {wall:.3f} s a round"
    both = [a - b for a, b in zip(found["forked"], found["fresh"], strict=True)]
    a, low, high = (math.exp(x) for x in median_interval(both)[:3])
    yield f"{python:>5} forked/fresh of the ratio {a:.3f} [{low:.3f}-{high:.3f}]"


def _round(agent: Agent, python: str) -> dict[str, float]:
    trials = [
        Trial(Cell(python, transport), count, count // 10, 20, 30.0)
        for transport, count in COUNTS.items()
    ]
    random.shuffle(trials)
    rates = {}
    for trial, record in zip(trials, agent.run(trials), strict=True):
        assert record.seconds, record.detail
        rates[trial.cell.transport] = trial.messages / record.seconds
    return rates
