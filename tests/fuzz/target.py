"""What is tried with inputs made at random, and the loop that tries it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

BATCH = 2000
"""Inputs of one search: Hypothesis remembers those that it made, so that a long one grows slow."""


@dataclass(frozen=True, slots=True)
class Target:
    """Inputs, and a function that names what became of one; it raises where that is a bug."""

    inputs: SearchStrategy[Any]
    attempt: Callable[[Any], str]


def fuzz(target: Target, count: int, begin: int = 0) -> Counter[str]:
    """Try at least `count` inputs and return how many came out how.

    `begin` is the seed of the first batch, each batch has the next. What a bug raises comes
    through, with the smallest input that shows it.
    """
    outcomes: Counter[str] = Counter()
    while (lacking := count - outcomes.total()) > 0:

        @seed(begin)
        @settings(
            max_examples=min(lacking, BATCH),
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(target.inputs)
        def one(value: Any) -> None:
            outcomes[target.attempt(value)] += 1

        one()
        begin += 1
    return outcomes
