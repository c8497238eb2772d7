"""The run's folder and its append-only journal: one write and fsync a round, and the lock."""

from runner.format import FORMAT
from runner.format import read_head as read_run
from runner.journal.folder import Journal, Reopened, check, create, reopen
from runner.journal.lock import machine_lock

__all__ = [
    "FORMAT",
    "Journal",
    "Reopened",
    "check",
    "create",
    "machine_lock",
    "read_run",
    "reopen",
]
