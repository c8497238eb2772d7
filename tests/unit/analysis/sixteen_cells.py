"""Runs of 16 cells on a calm machine, and what is found in them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from runner.analysis import analyse
from runner.results import Findings
from tests.statistics.simulator import Arm, Loaded, Machine, block, loaded

CALM = Machine(level_sd=0.3, memory=0.99, hog_starts=0.002, hog_ends=0.01, tail_sd=0.02)
TRANSPORTS = ("queue", "simple_queue", "joinable_queue", "manager_queue")
PYTHONS = ("2.7", "3.9", "3.11", "3.13")


def a_run(
    seed: int,
    changed: Mapping[tuple[str, str], float] | None = None,
    sessions: int = 1,
    between: float = 0.013,
    **head: Any,
) -> Loaded:
    """Return 16 cells against Pipe in 60 rounds a session; sessions differ by `between` (sd)."""
    rng = np.random.default_rng(seed)
    frames = []
    for session in range(1, sessions + 1):
        for python in PYTHONS:
            arms = [Arm("pipe"), Arm("pipe", control=True)]
            for place, name in enumerate(TRANSPORTS):
                effect = (changed or {}).get((python, name), 0.0)
                arms.append(Arm(name, -0.1 * place + effect + rng.normal(0, between)))
            frames.append(block(rng, arms, 60, CALM, python=python, session=session))
    return loaded(*frames, **{"run": f"r{seed}", **head})


def findings(seed: int, *args: Any, **kwargs: Any) -> Findings:
    return analyse(a_run(seed, *args, **kwargs))
