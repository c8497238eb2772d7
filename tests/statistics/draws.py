"""Within-round ln ratios of two arms: from simulated machines and from the recorded streams."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from runner.statistics import is_look, precise, robust_spread
from runner.statistics.estimating import Estimate, Rounds, compare, estimates
from tests.statistics.recorded import STREAMS, same, window
from tests.statistics.simulator import Floats, Machine, pairs

PROOFS = bool(os.environ.get("IPCMATRIX_PROOFS"))
"""Set by `nox -s proofs`: as many draws as the figures ask for; the ordinary tests draw fewer."""

Draw = Callable[[np.random.Generator, int, float], list[float]]
"""Rounds and the true ln ratio → ln ratios."""


def draws(proof: int, short: int) -> int:
    """Return how many draws a test takes."""
    return proof if PROOFS else short


def at_most(limit: float, count: int) -> float:
    """Return the share that so many draws stay below where the true one is the limit."""
    return limit + (0.0 if PROOFS else 2.5 * math.sqrt(limit * (1 - limit) / count))


def at_least(limit: float, count: int) -> float:
    """Return the share that so many draws reach where the true one is the limit."""
    return 1 - at_most(1 - limit, count)


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
) -> Floats:
    """Return windows whose robust spread is at most `calm`, a quarter of those drawn or more."""
    rng = np.random.default_rng(seed)
    drawn = (draw(rng, rounds, effect) for _ in range(resamples))
    kept = [one for one in drawn if math.isinf(calm) or robust_spread(one) <= calm]
    assert len(kept) >= resamples / 4
    return np.array(kept)


class Stopped(NamedTuple):
    """Where a comparison left: after how many rounds, with what, and whether it was precise."""

    rounds: int
    found: Estimate
    precise: bool


def stopped(
    rows: Floats, bound: bool = False, precision: float = 0.05, most: Sequence[int] = ()
) -> list[Stopped]:
    """Return where each row of ln ratios leaves, by the run's own rule; its last round at latest.

    `most` ends a row earlier than its length, as a budget does.
    """
    ends = np.array(most or [rows.shape[1]] * len(rows))
    result: dict[int, Stopped] = {}
    going = np.arange(len(rows))
    for n in range(1, rows.shape[1] + 1):
        due = going if is_look(n) else going[ends[going] == n]
        if not len(due):
            continue
        for row, found in zip(due.tolist(), estimates(rows[due, :n], bound), strict=True):
            enough = is_look(n) and precise(found.wide, precision)
            if enough or ends[row] == n:
                result[row] = Stopped(n, found, enough)
        going = np.array([row for row in going.tolist() if row not in result], dtype=np.int64)
    return [result[row] for row in range(len(rows))]


def stopped_rounds(rounds: Rounds, bound: bool, precision: float = 0.05) -> Stopped:
    """Return where one comparison leaves, disturbed rounds, averaging and all."""
    n, found = 0, None
    for n in range(12, len(rounds.a) + 1, 2):
        control = None if rounds.control is None else rounds.control[:n]
        found = compare(
            Rounds(rounds.a[:n], rounds.baseline[:n], control, rounds.disturbed[:n]), bound
        )
        if found.ranks.n >= 12 and precise(found.wide, precision):
            return Stopped(n, found, precise=True)
    assert found is not None
    return Stopped(n, found, precise=False)
