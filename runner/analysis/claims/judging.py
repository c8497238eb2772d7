"""A verdict for every claim under every interpreter."""

from collections.abc import Sequence

import pandas as pd

from runner.analysis.claims import hazards, speeds, uses
from runner.analysis.claims.claim import Claim, Judgement, Verdict
from runner.analysis.claims.evidence import Evidence, gather
from runner.findings import CLAIMS as COLUMNS
from runner.findings import Findings
from runner.model import python_order

CLAIMS: tuple[Claim, ...] = tuple(
    sorted((*speeds.CLAIMS, *uses.CLAIMS, *hazards.CLAIMS), key=lambda claim: claim.number)
)
"""Every factual claim of the seeds, by number."""


def judge(
    findings: Findings, probes: pd.DataFrame, claims: Sequence[Claim] = CLAIMS
) -> pd.DataFrame:
    """Return a row (runner.findings.CLAIMS) for every claim and interpreter, by number.

    `probes` has the columns of runner.findings.PROBES; it may be empty.
    """
    found = gather(findings, probes)
    rows = [
        _row(claim, found[python]) for claim in claims for python in sorted(found, key=python_order)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def anchor(number: int, python: str) -> str:
    """Return the id by which a report links to a claim's verdict."""
    return f"claim-{number}-{python.replace('.', '-')}"


def _row(claim: Claim, evidence: Evidence) -> dict[str, object]:
    judged = _judged(claim, evidence)
    return {
        "number": str(claim.number),
        "seed": claim.seed,
        "claim": claim.text,
        "python": evidence.python,
        "verdict": str(judged.verdict),
        "basis": judged.basis,
        "cells": judged.rests_on,
        "anchor": anchor(claim.number, evidence.python),
    }


def _judged(claim: Claim, evidence: Evidence) -> Judgement:
    judged = claim.rule(claim, evidence)
    if claim.covers(evidence.python):
        return judged
    basis = f"speaks of Python {claim.pythons} alone"
    if judged.rests_on:
        basis += f"; here: {judged.basis}"
    return judged._replace(verdict=Verdict.NONE, basis=basis)
