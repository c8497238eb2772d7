"""Within-round ln ratios of two arms: from simulated machines and from the recorded streams."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from runner.statistics import done, robust_spread
from tests.statistics.recorded import STREAMS, same, window
from tests.statistics.simulator import Machine, pairs

Draw = Callable[[np.random.Generator, int, float], list[float]]
"""Rounds and the true ln ratio → ln ratios."""

CALM = Machine(level_sd=0.25, memory=0.99, hog_starts=0.01, hog_ends=0.02, hog=0.9, tail_sd=0.04)
"""Hogs and heavy tails, and a paired spread of CALM_SPREAD."""
CALM_SPREAD = 0.083


def from_machine(machine: Machine) -> Draw:
    return lambda rng, rounds, effect: pairs(rng, machine, effect, rounds)


def from_stream(name: str) -> Draw:
    stream = same(name)

    def draw(rng: np.random.Generator, rounds: int, effect: float) -> list[float]:
        cut = window(stream, rng, rounds)
        return [float(value) for value in cut[:, 0] - cut[:, 1] + effect]

    return draw


RECORDED = {name: from_stream(name) for name in STREAMS}
DRAWS = {"simulated": from_machine(CALM), **RECORDED}


def at_spread(spread: float) -> Draw:
    """Return draws from a machine with CALM's hogs whose paired spread is the given one."""
    factor = spread / CALM_SPREAD
    scaled = replace(CALM, level_sd=CALM.level_sd * factor, tail_sd=CALM.tail_sd * factor)
    return from_machine(scaled)


def windows(
    draw: Draw,
    rounds: int,
    effect: float = 0.0,
    calm: float = math.inf,
    resamples: int = 2000,
    seed: int = 4,
) -> list[list[float]]:
    """Return windows whose robust spread is at most `calm`, a quarter of those drawn or more."""
    rng = np.random.default_rng(seed)
    drawn = (draw(rng, rounds, effect) for _ in range(resamples))
    kept = [one for one in drawn if robust_spread(one) <= calm]
    assert len(kept) >= resamples / 4
    return kept


def rounds_until(ratios: Sequence[float], precision: float) -> float:
    """Return after how many rounds the run would stop, looking every 5; infinity for not at all."""
    looks = range(20, len(ratios) + 1, 5)
    return next((n for n in looks if done([ratios[:n]], precision)), math.inf)
