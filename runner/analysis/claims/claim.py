"""What a claim is: who says it, what decides it, and what was found."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from runner.analysis.claims.evidence import Cells, Evidence


class Verdict(StrEnum):
    """What was found of a claim under one interpreter."""

    HOLDS = "holds"
    REFUTED = "refuted"
    DEPENDS = "depends"
    NOT_DECIDED = "not decided"
    NONE = "–"
    """The claim speaks of another version: nothing is to be decided."""


class Judgement(NamedTuple):
    """A verdict, the figures that it rests on or what is missing, and the ids of those."""

    verdict: Verdict
    basis: str
    rests_on: tuple[str, ...] = ()


Rule = Callable[["Claim", Evidence], Judgement]
"""Decides a claim for one interpreter from what was found there; pure."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A factual claim of a seed, in our words.

    `seed` is the document that it stands in (000, 001, or both); `pythons` is the version that it
    speaks of: "2", "3", "2.7", or "" for every one. `cells` and `probes` are what decides it.
    """

    number: int
    text: str
    seed: str
    rule: Rule
    cells: tuple[Cells, ...] = ()
    probes: tuple[str, ...] = ()
    pythons: str = ""

    def covers(self, python: str) -> bool:
        """Return whether the claim speaks of this interpreter."""
        version = python.removeprefix("pypy").split(".")
        return version[: len(wanted)] == wanted if (wanted := self._version()) else True

    def _version(self) -> list[str]:
        return self.pythons.split(".") if self.pythons else []
