"""A site's summary of each published run: enough to follow every combination over the years.

A site's old history is text from outside: whoever may write to its branch may have changed it. It
is read here only, checked, and bounded in size; pages escape what it says.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from runner.errors import BadInputError
from runner.files import open_regular

FORMAT = 1
"""The version of a summary; younger ones are refused."""
RUNS = "runs"
"""The folder of a site with a folder for each run."""
SUMMARY = "summary.json"
LARGEST = 8 << 20
"""Bytes of the largest summary that is read; that of 230 ratios has 100 kB."""
RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,119}")
"""What the id of a published run may be: its folder on the site has that name."""
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?Z")
"""When a run began: RFC 3339, UTC."""

Word = Annotated[str, StringConstraints(max_length=200)]
Sentence = Annotated[str, StringConstraints(max_length=2000)]
Moment = Annotated[str, StringConstraints(pattern=f"^(?:{MOMENT.pattern})$")]
Ratio = Annotated[float, Field(ge=1e-9, le=1e9, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=10**9)]


class _Kept(BaseModel):
    # Keys that a later version adds are ignored.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class KeptMachine(_Kept):
    """The machine of a run: what makes it one of its kind, and the hash of all its facts."""

    processor: Word
    cores: Word
    executor: Word
    kernel: Word = ""
    environment: Word = ""

    @property
    def hardware(self) -> str:
        """What ratios are followed within: processor, cores and executor, in words."""
        return f"{self.processor}, {self.cores} cores, {self.executor}"


class KeptInterpreter(_Kept):
    """An interpreter of a run: its full version, and the hash of its build, image and limits."""

    version: Word
    build: Word = ""


class KeptRatio(_Kept):
    """The speed of an option of the compared axis over that of the baseline, by end-to-end time.

    The compared axis itself is empty, workers 0. `low` and `high` are the 95 % interval, None where
    there were too few rounds; `rate` is the option's own, in messages/s.
    """

    machine: Word
    axis: Word
    python: Word
    transport: Word
    payload: Word
    topology: Word
    workers: Count
    start_method: Word
    placement: Word
    messages: Word
    option: Word
    baseline: Word
    ratio: Ratio
    low: Ratio | None
    high: Ratio | None
    rounds: Count
    sessions: Count
    verdict: Word
    rate: Annotated[float, Field(ge=0, le=1e15, allow_inf_nan=False)] | None = None


class KeptRun(_Kept):
    """A run as its summary says it: what was measured where, with what, and what came of it."""

    format: Literal[1] = 1
    run: Annotated[str, StringConstraints(pattern=f"^(?:{RUN_ID.pattern})$")]
    time: Moment
    profile: Word = ""
    version: Word = ""
    harness: Word = ""
    margin: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
    planned: Count
    measured: Count
    headlines: Annotated[Sequence[Sentence], Field(max_length=100)] = ()
    labels: Mapping[Word, Mapping[Word, Word]] = {}
    machines: Mapping[Word, KeptMachine]
    interpreters: Mapping[Word, KeptInterpreter] = {}
    ratios: Annotated[Sequence[KeptRatio], Field(max_length=100_000)]

    def label(self, axis: str, value: str) -> str:
        """Return what the run's reports call a value of an axis."""
        return self.labels.get(axis, {}).get(value, value)


@dataclass(frozen=True, slots=True)
class HistorySeries:
    """What is followed over the runs: a combination against its baseline on one kind of machine."""

    hardware: str
    axis: str
    python: str
    transport: str
    payload: str
    topology: str
    workers: int
    start_method: str
    placement: str
    messages: str
    option: str
    baseline: str


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """A series in one run, all machines of that hardware together; logs of the ratio.

    `variance` is that of the sampling; None where an interval is not known, or the block had no
    verdict: such a point is shown, and decides nothing.
    """

    run: KeptRun
    value: float
    low: float | None
    high: float | None
    variance: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint:
    """A lasting change of a series: `ratio` is the level since `at` over the level before.

    `before` is the last run of the old level; `runs_before` and `runs_after` are the points of the
    two levels, `level_before` and `level_after` their mean ratios; `low` and `high` the 95 %
    interval of the change. `differs` says what else changed between the two runs.
    """

    series: HistorySeries
    before: KeptRun
    at: KeptRun
    ratio: float
    low: float
    high: float
    q: float
    level_before: float
    level_after: float
    runs_before: int
    runs_after: int
    differs: Sequence[str] = ()


def read_kept(site: Path) -> tuple[list[KeptRun], list[str]]:
    """Return the runs that a site keeps, in the order of time, and what was left out and why.

    BadInputError for a summary that is damaged, too large, of a younger format, or no regular file.
    """
    kept, said = [], []
    try:
        names = sorted(path.name for path in (site / RUNS).iterdir())
    except FileNotFoundError:
        names = []
    except OSError as error:
        message = f"{site / RUNS}: {error.strerror}: name the folder of a site"
        raise BadInputError(message) from error
    for name in names:
        path = site / RUNS / name / SUMMARY
        if not RUN_ID.fullmatch(name) or not os.path.lexists(path):
            said.append(f"{path.parent}: not a published run (no {SUMMARY}): left out")
            continue
        kept.append(_kept(path, site))
    return sorted(kept, key=lambda one: (one.time, one.run)), said


def _kept(path: Path, site: Path) -> KeptRun:
    mend = (
        "restore it from the site's history, or remove the run's folder and publish the run again"
    )
    try:
        with os.fdopen(open_regular(path, site), "rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            message = f"{path}: is larger than any summary ({LARGEST >> 20} MiB): {mend}"
            raise BadInputError(message)
        run = KeptRun.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:200]
        if where == "format":
            message = f"{path}: format: this version of ipcmatrix reads {FORMAT}: use a newer one"
            raise BadInputError(message) from error
        message = f"{path}: {where or 'text'}: {first['msg']}: {mend}"
        raise BadInputError(message) from error
    except OSError as error:
        message = f"{error.filename}: {error.strerror}: {mend}"
        raise BadInputError(message) from error
    if run.run != path.parent.name:
        message = f"{path}: run: is another run's id than the folder's: {mend}"
        raise BadInputError(message)
    return run
