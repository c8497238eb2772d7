"""Is a Pipe faster than a Queue? Published claims about the two, and the findings."""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from runner.report.sections import Addition
from runner.results import Findings, ProbeResult
from runner.studies.pipe_vs_queue.data import data
from runner.studies.pipe_vs_queue.figures import published
from runner.studies.pipe_vs_queue.judging import contradictions, judge
from runner.studies.pipe_vs_queue.rows import ClaimVerdict, Dispute, Judged
from runner.studies.pipe_vs_queue.section import claims

PROBES: Sequence[str] = tuple(
    dict.fromkeys(probe for claim in data().claims for probe in claim.probes)
)
TABLES: Mapping[str, type] = MappingProxyType(
    {"claims": ClaimVerdict, "probes": ProbeResult, "contradictions": Dispute}
)


def report(findings: Findings, probes: Sequence[ProbeResult]) -> Addition:
    """Judge the findings, and return the report's sections and tables."""
    verdicts = judge(findings, probes)
    judged = Judged(verdicts, probes, contradictions(verdicts))
    return Addition((published, partial(claims, judged=judged)), judged._asdict())
