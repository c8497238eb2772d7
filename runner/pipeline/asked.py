"""The options of `run` besides the matrix."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runner.errors import BadInputError
from runner.model import Matrix, Status

NOT_OK = (
    Status.FAILED,
    Status.CRASHED,
    Status.TIMEOUT,
    Status.OOM,
    Status.CORRUPT,
    Status.LOST,
    Status.UNAVAILABLE,
)
"""Statuses that make the exit code 1; unsupported and excluded cells are as they should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `run` besides the matrix: see the command line's help."""

    out: Path
    resume: Path | None = None
    resume_or_begin: bool = False
    dry_run: bool = False
    no_report: bool = False
    quiet: bool = False
    as_json: bool = False
    machine: str = "auto"
    shard: str | None = None
    shard_index: int | None = None
    shards: int | None = None
    cluster: str | None = None
    keys: Path | None = None
    insecure: bool = False
    machines: int | None = None
    spread: str | None = None

    def check(self) -> None:
        """Raise BadInputError for flags that do not go together."""
        if self.resume is not None and (self.dry_run or self.resume_or_begin):
            other = "--dry-run" if self.dry_run else "--resume-or-begin"
            message = f"--resume continues a run: leave it out, or {other}"
            raise BadInputError(message)
        alone = {
            "--shard": self.shard is not None or self.shard_index is not None,
            "--resume-or-begin": self.resume_or_begin,
            "--dry-run": self.dry_run,
        }
        refused = [flag for flag, given in alone.items() if given]
        if self.cluster is not None and refused:
            message = f"--cluster spreads a run by itself: leave {refused[0]} out"
            raise BadInputError(message)


def new_run_id(matrix: Matrix) -> str:
    """Return the id of a run that begins now."""
    began = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return f"{began}-{matrix.profile or 'matrix'}-{secrets.token_hex(2)}"
