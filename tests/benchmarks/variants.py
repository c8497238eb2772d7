"""Do ratios change with how a trial is made? Two ways in the same rounds, and the ratio of both.

`counts`: each cell its own number of messages, or all that of their median cell. `warmup`: as it
is, with twice as much, or none at all. `length`: trials of 70 ms, or as short as those of `quick`.
Wanted: ratios that differ by 1 % at most.
"""

import math
import random
import statistics
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from runner.executors.base import Agent
from runner.executors.local import LocalExecutor
from runner.machine import interpreters
from runner.measure.calibration import count_for, warm_up_count
from runner.model import Cell, Trial
from runner.statistics.estimating import estimates

PYTHONS = ("2.7", "3.6", "3.9", "3.11", "3.13")
TRANSPORTS = ("queue", "pipe", "pipe_simplex", "simple_queue", "joinable_queue", "manager_queue")
ROUNDS = 60
TARGET = 0.07
SHORT = 0.03
WITHIN = 0.01

Way = tuple[int, int]
"""Messages and warm-up of a trial."""


def counts() -> Iterator[str]:
    """Yield for each cell how its ratio to Queue with its own count differs from that with one."""

    def ways(own: Mapping[str, int]) -> Mapping[str, Mapping[str, Way]]:
        shared = statistics.median_low(own.values())
        return {
            "own": {name: (count, warm_up_count(count)) for name, count in own.items()},
            "shared": {name: (shared, warm_up_count(shared)) for name in own},
        }

    yield from _compared(ways)


def warmup() -> Iterator[str]:
    """Yield for each cell how its ratio to Queue differs with another warm-up."""

    def ways(own: Mapping[str, int]) -> Mapping[str, Mapping[str, Way]]:
        return {
            "as it is": {name: (count, warm_up_count(count)) for name, count in own.items()},
            "double": {name: (count, 2 * warm_up_count(count)) for name, count in own.items()},
            "none": {name: (count, 0) for name, count in own.items()},
        }

    yield from _compared(ways)


def length() -> Iterator[str]:
    """Yield for each cell how its ratio to Queue differs with shorter trials."""

    def ways(own: Mapping[str, int]) -> Mapping[str, Mapping[str, Way]]:
        short = {name: count_for(SHORT, count / TARGET) for name, count in own.items()}
        return {
            how: {name: (count, warm_up_count(count)) for name, count in counts.items()}
            for how, counts in (("short", short), ("long", own))
        }

    yield from _compared(ways)


def _compared(
    ways: Callable[[Mapping[str, int]], Mapping[str, Mapping[str, Way]]],
) -> Iterator[str]:
    here = {one.name: one for one in interpreters.find() if not one.broken and not one.duplicate}
    names = [name for name in PYTHONS if name in here]
    paths = {name: Path(here[name].path) for name in names}
    with LocalExecutor(paths, "forked") as executor:
        for python, agent in executor.open(names).items():
            assert not isinstance(agent, str), agent
            yield from _of(python, agent, ways)


def _of(
    python: str,
    agent: Agent,
    ways: Callable[[Mapping[str, int]], Mapping[str, Mapping[str, Way]]],
) -> Iterator[str]:
    own = dict.fromkeys(TRANSPORTS, 400)
    for _ in range(4):
        own = {
            name: count_for(TARGET, math.exp(log))
            for name, log in _rates(agent, python, {"": {n: (c, c) for n, c in own.items()}})[
                ""
            ].items()
        }
    tried = ways(own)
    rounds = [_rates(agent, python, tried) for _ in range(ROUNDS)]
    first, *others = tried
    for other in others:
        for name in TRANSPORTS[1:]:
            d = [
                (one[first][name] - one[first]["queue"]) - (one[other][name] - one[other]["queue"])
                for one in rounds
            ]
            wide = estimates(np.array([d]), bound=True)[0].wide
            middle, low, high = (math.exp(x) for x in wide[:3])
            verdict = "same" if max(-math.log(low), math.log(high)) <= WITHIN else "open"
            if low > 1 + WITHIN or high < 1 - WITHIN:
                verdict = "differs"
            yield (
                f"{python:>5} {name:<15} ratio to queue, {first} over {other}: "
                f"{middle:.3f} [{low:.3f}-{high:.3f}] {verdict}"
            )


def _rates(
    agent: Agent, python: str, ways: Mapping[str, Mapping[str, Way]]
) -> Mapping[str, Mapping[str, float]]:
    """Return ln rate of one trial of each way and transport, in random order."""
    cells = [(way, name) for way, names in ways.items() for name in names]
    random.shuffle(cells)
    factor = random.uniform(0.9, 1.1)
    trials = []
    for way, name in cells:
        count, warm = ways[way][name]
        cell = Cell(python, name, placement="apart")
        trials.append(Trial(cell, max(1, round(count * factor)), warm, 20, 30.0))
    rates: dict[str, dict[str, float]] = {way: {} for way in ways}
    for (way, name), trial, record in zip(cells, trials, agent.run(trials), strict=True):
        assert record.seconds, record.detail
        rates[way][name] = math.log(trial.messages / record.seconds)
    return rates
