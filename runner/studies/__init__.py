"""Studies: a folder each, imported when a matrix or a run names it.

A study asks one question of the measurements. Its package has

    PROBES                    the questions of semantics that it needs, by the harness's names
    TABLES                    name → row class of the tables that it writes
    report(findings, probes)  Addition: its sections of the report, and the rows of its tables
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from runner.errors import BadInputError

if TYPE_CHECKING:  # reading a matrix must not load the report's libraries
    from runner.report.sections import Addition
    from runner.results import Findings, ProbeResult

STUDIES = ("pipe_vs_queue",)
"""The names in matrix.yaml. To add a study, make its folder and name it here."""


class Study(Protocol):
    """What the package of a study has."""

    PROBES: Sequence[str]
    TABLES: Mapping[str, type]

    def report(self, findings: "Findings", probes: "Sequence[ProbeResult]") -> "Addition":
        """Judge the findings, and return the report's sections and tables."""


def load(name: str, where: str = "study") -> Study:
    """Return the package of a study; BadInputError lists the known ones, after `where`."""
    if name not in STUDIES:
        message = f"{where}: no study is named {name!r}; known are {', '.join(STUDIES)}"
        raise BadInputError(message)
    return cast("Study", import_module(f"{__name__}.{name}"))


def additions(findings: "Findings", probes: "Sequence[ProbeResult]") -> "list[Addition]":
    """Return what the studies that the runs name add to the report, each once."""
    named: dict[str, Study] = {}
    for run in findings.runs:
        matrix = run.get("matrix")
        if isinstance(matrix, Mapping) and (name := str(matrix.get("study", ""))):
            named[name] = load(name, f"{run.get('run')}/run.json: matrix.study")
    return [study.report(findings, probes) for study in named.values()]
