"""What things are called in a report, and their order."""

from collections.abc import Mapping
from types import MappingProxyType

from runner.model import Catalogue
from runner.report import text
from runner.results import Findings

LABEL = 60
"""Characters of a label that are shown."""
_RUNS = 3
"""Names of runs that are written out; of four all, for `and 1 more` is no shorter."""
STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "ok": "measured",
        "planned": "planned, not yet measured",
        "unsupported": "not possible here",
        "excluded": "left out by a rule of the matrix",
        "unavailable": "interpreter or image not found",
        "failed": "raised an exception",
        "crashed": "ended by a signal or an exit code",
        "timeout": "did not end in time",
        "oom": "ran out of memory",
        "corrupt": "a message was lost, doubled, reordered or altered",
        "lost": "the machine went away",
    }
)
"""What each status means, in the order in which they are listed."""

MODES: Mapping[str, str] = MappingProxyType({"one core": "1c", "two cores": "2c", "mixed": "1c+2c"})
"""Short signs of the modes in which a cell ran, by CPU over wall time."""


def shown(catalogue: Catalogue, axis: str, value: str) -> str:
    """Return how a value of an axis is written: its label, or itself where no run knows it."""
    return text.line(catalogue.label(axis, value), LABEL)


def messages_key(name: str) -> tuple[int, int, str]:
    """Return a sort key: calibrated counts first, then fixed numbers by size."""
    return (1, int(name), name) if name.isdecimal() else (0, 0, name)


def names_of_runs(findings: Findings) -> str:
    """Return the names of the runs, `a, b`; of five and more the first three and how many else."""
    runs = findings.runs or (findings.run,)
    named = [text.line(str(run.get("run") or "(no name)"), LABEL) for run in runs]
    if len(named) <= _RUNS + 1:
        return ", ".join(named)
    return f"{', '.join(named[:_RUNS])} and {len(named) - _RUNS} more"
