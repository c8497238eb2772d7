"""What `run` is given besides the matrix, the id of a new run, and its exit code."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runner.errors import BadInputError
from runner.model import Matrix, Status

_FAULTS = (
    Status.FAILED,
    Status.CRASHED,
    Status.TIMEOUT,
    Status.OOM,
    Status.CORRUPT,
    Status.LOST,
    Status.UNAVAILABLE,
)
"""Statuses that make the exit code 1; unsupported and excluded cells are no fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of `run` but for those of the matrix; `ipcmatrix run --help` explains them."""

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
        without_cluster = {
            "--shard": self.shard is not None or self.shard_index is not None,
            "--resume-or-begin": self.resume_or_begin,
            "--dry-run": self.dry_run,
        }
        refused = [flag for flag, given in without_cluster.items() if given]
        if self.cluster is not None and refused:
            message = f"--cluster spreads a run by itself: leave {refused[0]} out"
            raise BadInputError(message)
        of_cluster = {
            "--machines": self.machines is not None,
            "--spread": self.spread is not None,
            "--insecure": self.insecure,
        }
        without = [flag for flag, given in of_cluster.items() if given]
        if self.cluster is None and without:
            message = f"{without[0]} is for a run on a cluster: add --cluster, or leave it out"
            raise BadInputError(message)


def new_run_id(matrix: Matrix) -> str:
    """Return the id of a run that begins now."""
    began = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    return f"{began}-{matrix.profile}-{secrets.token_hex(2)}"


def exit_code(statuses: Mapping[str, int]) -> int:
    """Return 1 where a cell has a fault, else 0; `statuses` are numbers of cells by status."""
    return 1 if any(statuses.get(one, 0) for one in _FAULTS) else 0
