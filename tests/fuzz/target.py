"""What is tried with inputs made at random, where, and the loop that tries it."""

import atexit
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
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


@cache
def folder(name: str) -> Path:
    """Return a folder of this process that is removed at its end."""
    made = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def write(place: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths below a folder."""
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)


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
