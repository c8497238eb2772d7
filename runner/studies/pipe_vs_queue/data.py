"""What data.yaml holds: the published figures, the claims, and where the sources disagree."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from math import inf
from typing import Annotated, NamedTuple

import yaml
from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from runner.results import Context

_EXACT = ConfigDict(extra="forbid")

Condition = Mapping[
    str,
    Annotated[
        tuple[str, ...], BeforeValidator(lambda one: (one,) if isinstance(one, str) else one)
    ],
]
"""Probe → the answers that meet it; a condition is met when all its probes are."""


class Verdict(StrEnum):
    """The verdict on a claim for one interpreter."""

    HOLDS = "holds"
    REFUTED = "refuted"
    DEPENDS = "depends"
    NOT_DECIDED = "not decided"
    NONE = "–"
    """The claim speaks of another version: nothing is to be decided."""


class Judgement(NamedTuple):
    """A verdict, its evidence or what is missing, and the ids of the evidence."""

    verdict: Verdict
    basis: str
    rests_on: tuple[str, ...] = ()


class Band(NamedTuple):
    """The ratios for which a claim is true, ends included: the claim's number and its tolerance."""

    low: float = 0.0
    high: float = inf

    def verdict(self, low: float, high: float) -> Verdict:
        """Return holds for an interval inside, refuted for one outside, else not decided."""
        if low >= self.low and high <= self.high:
            return Verdict.HOLDS
        if high < self.low or low > self.high:
            return Verdict.REFUTED
        return Verdict.NOT_DECIDED

    def in_words(self) -> str:
        """Return the band in words."""
        if self.high == inf:
            return f"at least {self.low:.3g}"
        if self.low == 0:
            return f"at most {self.high:.3g}"
        return f"{self.low:.3g} to {self.high:.3g}"


@dataclass(frozen=True, slots=True, config=_EXACT)
class Cells:
    """A pattern of cells. Payloads and topologies match by the name before the colon."""

    transports: tuple[str, ...]
    payloads: tuple[str, ...] = ("int",)
    topologies: tuple[str, ...] = ("one_to_one",)

    def has(self, context: Context) -> bool:
        """Return whether the pattern covers a context."""
        payload, topology = (one.partition(":")[0] for one in (context.payload, context.topology))
        return payload in self.payloads and topology in self.topologies

    def in_words(self) -> str:
        """Return the pattern in words."""
        return (
            f"{', '.join(self.transports)} with {', '.join(self.payloads)} "
            f"by {', '.join(self.topologies)}"
        )


@dataclass(frozen=True, slots=True, config=_EXACT)
class Speed:
    """The speed of each pair's first over its second is in a band.

    With `every`, the claim speaks of all pairs together: one pair outside refutes it in that
    context. Without, it depends on the pair.
    """

    pairs: tuple[tuple[str, str], ...]
    low: float = 0.0
    high: float = inf
    within: float | None = None
    every: bool = False

    @property
    def band(self) -> Band:
        """The band, of which `within` is the far end and its inverse the near one."""
        return Band(1 / self.within, self.within) if self.within else Band(self.low, self.high)


@dataclass(frozen=True, slots=True, config=_EXACT)
class Claim:
    """A factual claim of a source, in our words.

    `pythons` is the version that it speaks of: "2", "3", "2.7", or "" for every one. What decides
    it is one of `speed`, `rule`, and the conditions.
    """

    number: int
    text: str
    sources: Annotated[tuple[str, ...], Field(alias="in")]
    pythons: str = ""
    cells: tuple[Cells, ...] = ()
    speed: Speed | None = None
    rule: str = ""
    holds: Condition | None = None
    refuted: Condition | None = None
    depends: Condition | None = None
    note: str = ""

    @property
    def conditions(self) -> dict[Verdict, Condition]:
        """The conditions by verdict, in the order in which they are tried."""
        given = {
            Verdict.HOLDS: self.holds,
            Verdict.REFUTED: self.refuted,
            Verdict.DEPENDS: self.depends,
        }
        return {verdict: one for verdict, one in given.items() if one is not None}

    @property
    def probes(self) -> tuple[str, ...]:
        """The probes that the conditions name, each once."""
        given = (self.depends, self.holds, self.refuted)
        return tuple(dict.fromkeys(name for one in given if one for name in one))

    def covers(self, python: str) -> bool:
        """Return whether the claim speaks of this interpreter."""
        wanted = self.pythons.split(".") if self.pythons else []
        return python.removeprefix("pypy").split(".")[: len(wanted)] == wanted


@dataclass(frozen=True, slots=True, config=_EXACT)
class Contradiction:
    """Two statements that cannot both be true; `claims` are the numbers that decide between."""

    about: str
    one: str
    other: str
    claims: tuple[int, ...]


@dataclass(frozen=True, slots=True, config=_EXACT)
class Machine:
    """Seconds by transport, for each of the counts, as one machine took them."""

    python: str
    machine: str
    seconds: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True, config=_EXACT)
class Published:
    """A published table: the time until so many messages of one payload had been read."""

    source: str
    where: str
    payload: str
    counts: tuple[int, ...]
    machines: tuple[Machine, ...]


@dataclass(frozen=True, slots=True, config=_EXACT)
class Data:
    """The whole file. `sources` maps the keys that others use to how a source is cited."""

    sources: Mapping[str, str]
    published: Published
    claims: tuple[Claim, ...]
    contradictions: tuple[Contradiction, ...] = field(default=())


@cache
def data() -> Data:
    """Return the data of this study."""
    text = files(__package__).joinpath("data.yaml").read_text(encoding="utf-8")
    return TypeAdapter(Data).validate_python(yaml.safe_load(text))
