"""A verdict for every claim on every interpreter, and what they say of each contradiction."""

from collections import Counter
from collections.abc import Sequence

from runner.model import python_order
from runner.results import Findings, ProbeResult
from runner.studies.pipe_vs_queue.answers import judge_answers
from runner.studies.pipe_vs_queue.bounds import judge_speed
from runner.studies.pipe_vs_queue.comparisons import RULES
from runner.studies.pipe_vs_queue.data import Claim, Judgement, Verdict, data
from runner.studies.pipe_vs_queue.evidence import Evidence, gather
from runner.studies.pipe_vs_queue.rows import ClaimVerdict, Dispute


def judge(
    findings: Findings, probes: Sequence[ProbeResult], claims: Sequence[Claim] | None = None
) -> list[ClaimVerdict]:
    """Return the verdict on every claim for every interpreter, by number."""
    found = gather(findings, probes)
    pythons = sorted(found, key=python_order)
    asked = data().claims if claims is None else claims
    return [_verdict(claim, found[python]) for claim in asked for python in pythons]


def anchor(number: int, python: str) -> str:
    """Return the id by which a report links to a claim's verdict."""
    return f"claim-{number}-{python.replace('.', '-')}"


def _verdict(claim: Claim, evidence: Evidence) -> ClaimVerdict:
    judged = _judged(claim, evidence)
    return ClaimVerdict(
        number=str(claim.number),
        source="; ".join(data().sources[one] for one in claim.sources),
        claim=claim.text,
        python=evidence.python,
        verdict=str(judged.verdict),
        basis=judged.basis,
        cells=judged.rests_on,
        anchor=anchor(claim.number, evidence.python),
    )


def _judged(claim: Claim, evidence: Evidence) -> Judgement:
    if claim.speed:
        judged = judge_speed(claim, evidence, claim.speed)
    else:
        judged = (RULES[claim.rule] if claim.rule else judge_answers)(claim, evidence)
    if claim.covers(evidence.python):
        return judged
    basis = f"is about Python {claim.pythons} only"
    if judged.rests_on:
        basis += f"; here: {judged.basis}"
    return judged._replace(verdict=Verdict.NONE, basis=basis)


def contradictions(judged: Sequence[ClaimVerdict]) -> list[Dispute]:
    """Return every contradiction with the verdicts found of the claims that decide it."""
    return [
        Dispute(
            about=said.about,
            one=said.one.format(**data().sources),
            other=said.other.format(**data().sources),
            claims=", ".join(str(number) for number in said.claims),
            verdicts="; ".join(f"{number}: {_found(judged, number)}" for number in said.claims),
        )
        for said in data().contradictions
    ]


def _found(judged: Sequence[ClaimVerdict], number: int) -> str:
    said = [one.verdict for one in judged if one.number == str(number)]
    counts = Counter(one for one in said if one != Verdict.NONE).most_common()
    return ", ".join(f"{verdict} on {count}" for verdict, count in counts) or "not judged"
