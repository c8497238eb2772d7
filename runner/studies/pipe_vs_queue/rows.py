"""The rows of this study's tables; docs/tables.md is written from their fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runner.results import ProbeResult, of


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimVerdict:
    """What was found of one claim on one interpreter."""

    number: str = of("of the claim")
    source: str = of("titles of the texts that make it")
    claim: str = of("a short paraphrase")
    python: str = of("interpreter")
    verdict: str = of("holds, refuted, depends, not decided; –: the claim is about another Python")
    basis: str = of("the figures and intervals it rests on, or what is missing")
    cells: tuple[str, ...] = of("what it rests on: ids of blocks, and probe:NAME")
    anchor: str = of("the id of this verdict, for links")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """Two statements that cannot both be true, and what was found of them."""

    about: str = of("what they disagree on")
    one: str = of("a statement, with its source")
    other: str = of("another that contradicts it")
    claims: str = of("numbers of the claims that decide between them")
    verdicts: str = of("what was found of those")


class Judged(NamedTuple):
    """What the study found."""

    claims: Sequence[ClaimVerdict] = ()
    probes: Sequence[ProbeResult] = ()
    contradictions: Sequence[Dispute] = ()
