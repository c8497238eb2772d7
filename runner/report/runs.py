"""The runs that a report is of, by their names."""

from runner.report import text
from runner.results import Findings

SHOWN = 3
"""Names that are written out; of four runs all, for `and 1 more` is no shorter."""
_LONGEST = 60


def names_of_runs(findings: Findings) -> str:
    """Return the names of the runs, `a, b`; of five and more the first three and how many else."""
    runs = findings.runs or (findings.run,)
    named = [text.line(str(run.get("run") or "(no name)"), _LONGEST) for run in runs]
    if len(named) <= SHOWN + 1:
        return ", ".join(named)
    return f"{', '.join(named[:SHOWN])} and {len(named) - SHOWN} more"
