"""The run's folder and its append-only journal: one write and fsync a round, and the lock."""

from runner.format import FORMAT
from runner.journal.folder import Journal, Reopened, create, reopen
from runner.journal.head import read_cells, read_run
from runner.journal.lock import machine_lock

__all__ = [
    "FORMAT",
    "Journal",
    "Reopened",
    "create",
    "machine_lock",
    "read_cells",
    "read_run",
    "reopen",
]
