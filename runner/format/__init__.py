"""The run folder as every stage reads it: one set of checks for reports and for going on.

`runner.format.folder` reads a whole one, by pandas; it is imported where that is done.
"""

from runner.format.files import restore
from runner.format.head import CELLS, FORMAT, MACHINE, PROBES, RUN, read_head

__all__ = ["CELLS", "FORMAT", "MACHINE", "PROBES", "RUN", "read_head", "restore"]
