"""What changed between two runs, or between two values of an axis inside one.

Two runs are two sessions: no round holds a trial of both, so no ratio of their rates is formed. A
cell is compared by its ratio to the baseline of its block, d = ln(ratio new) - ln(ratio old): the
machine's level, which moves by tens of percent, cancels inside each run; what is left is the
scatter of a ratio between sessions (1.9 % where it was measured), and it is added to the sampling
error of both sides. A change of the baseline itself therefore shows as the opposite change of
all its block, and a change that all cells share does not show at all; the rates are shown as well.
"""

from runner.analysis.changes.axis import compare_axis
from runner.analysis.changes.comparing import compare
from runner.analysis.changes.gates import Gate, parse_gate
from runner.analysis.changes.history import history, otava_tables
from runner.analysis.changes.likeness import Likeness

__all__ = [
    "Gate",
    "Likeness",
    "compare",
    "compare_axis",
    "history",
    "otava_tables",
    "parse_gate",
]
