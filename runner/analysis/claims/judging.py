"""A verdict for every claim under every interpreter."""

from collections.abc import Sequence

from runner.analysis.claims import hazards, speeds, uses
from runner.analysis.claims.claim import Claim, Judgement, Verdict
from runner.analysis.claims.evidence import Evidence, gather
from runner.model import python_order
from runner.results import ClaimVerdict, Findings

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((*speeds.CLAIMS, *uses.CLAIMS, *hazards.CLAIMS), key=lambda claim: claim.number)
)
"""Every factual claim of the seeds, by number."""


def judge(findings: Findings, claims: Sequence[Claim] = CLAIMS) -> list[ClaimVerdict]:
    """Return the verdict on every claim for every interpreter, by number."""
    found = gather(findings)
    pythons = sorted(found, key=python_order)
    return [_verdict(claim, found[python]) for claim in claims for python in pythons]


def anchor(number: int, python: str) -> str:
    """Return the id by which a report links to a claim's verdict."""
    return f"claim-{number}-{python.replace('.', '-')}"


def _verdict(claim: Claim, evidence: Evidence) -> ClaimVerdict:
    judged = _judged(claim, evidence)
    return ClaimVerdict(
        number=str(claim.number),
        seed=claim.seed,
        claim=claim.text,
        python=evidence.python,
        verdict=str(judged.verdict),
        basis=judged.basis,
        cells=judged.rests_on,
        anchor=anchor(claim.number, evidence.python),
    )


def _judged(claim: Claim, evidence: Evidence) -> Judgement:
    judged = claim.rule(claim, evidence)
    if claim.covers(evidence.python):
        return judged
    basis = f"speaks of Python {claim.pythons} alone"
    if judged.rests_on:
        basis += f"; here: {judged.basis}"
    return judged._replace(verdict=Verdict.NONE, basis=basis)
