"""The factual claims of the two seeds, and what a run found of each."""

from runner.analysis.claims.claim import Claim, Judgement, Verdict
from runner.analysis.claims.contradictions import CONTRADICTIONS, Contradiction, contradictions
from runner.analysis.claims.evidence import Cells
from runner.analysis.claims.judging import CLAIMS, anchor, judge
from runner.analysis.claims.published import INTS, PUBLISHED

__all__ = [
    "CLAIMS",
    "CONTRADICTIONS",
    "INTS",
    "PUBLISHED",
    "Cells",
    "Claim",
    "Contradiction",
    "Judgement",
    "Verdict",
    "anchor",
    "contradictions",
    "judge",
]
