"""The probes of a run: asked of every interpreter, kept in probes.csv, read back for the report."""

import csv
import io
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from runner import output
from runner.files import open_regular, put
from runner.process import anonymous
from runner.report.figures import count
from runner.results import ProbeResult
from runner.runfolder import columns
from runner.runfolder.files import complaint, parts_of
from runner.runfolder.head import PROBES

if TYPE_CHECKING:
    import pandas as pd

    from runner.pipeline.places import Prepared

WITHIN = 30.0
"""Seconds after which a probe that has not answered is a hang."""
NAMES = tuple(columns.names(columns.PROBES))
KEY = ["machine", "python", "probe"]
MIXED = "mixed"
"""The answer of a probe whose runs disagree; its detail lists all of them."""


class Answered(NamedTuple):
    """A probe's answer as a row of probes.csv; `figures` is a JSON object of numbers."""

    machine: str
    python: str
    probe: str
    answer: str
    detail: str
    figures: str


def ask_probes(
    prepared: "Prepared",
    folder: Path,
    machine: str,
    probes: Sequence[str],
    stop: Callable[[], bool],
) -> None:
    """Ask every interpreter those probes that the run's folder has no answer of, until `stop`.

    Each answer is in probes.csv before the next question is asked.
    """
    path = folder / PROBES
    with complaint(path):
        if not os.path.lexists(path):
            put(path, _line(NAMES))
        known = set(_read(path)[KEY].itertuples(index=False, name=None))
        handle = open_regular(path, flags=os.O_WRONLY | os.O_APPEND)
    with complaint(path), os.fdopen(handle, "a", encoding="utf-8", newline="") as file:
        for python, agent in prepared.agents.items():
            names = [one for one in probes if (machine, python, one) not in known]
            if names and not stop():
                output.say(f"asking {python} {count(len(names), 'question')} about semantics")
            for name in names:
                if stop():
                    return
                answer, detail, numbers = agent.probe(name, WITHIN)
                said, figures = columns.escape(anonymous(detail)), json.dumps(dict(numbers))
                file.write(_line(Answered(machine, python, name, answer, said, figures)))
                file.flush()


def _line(values: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()


def read_probes(folders: Sequence[Path]) -> list[ProbeResult]:
    """Return the answer of each probe that was asked.

    Where runs on one machine answered differently the answer is MIXED, and the detail says which
    run answered what.
    """
    import pandas as pd

    frames = []
    for folder in (part for run in folders for part in parts_of(run)):
        if os.path.lexists(path := folder / PROBES):
            frame = _read(path)
            frame["detail"] = [anonymous(columns.unescape(text)) for text in frame["detail"]]
            frame["figures"] = [json.loads(text) for text in frame["figures"]]
            frames.append(frame.assign(run=folder.resolve().name))
    if not frames:
        return []
    groups = pd.concat(frames, ignore_index=True).groupby(KEY, sort=False)
    return [
        ProbeResult(**{name: last[name] for name in NAMES})
        for last in map(_together, (group for _, group in groups))
    ]


def _together(group: "pd.DataFrame") -> "pd.Series[Any]":
    last = group.iloc[-1].copy()
    said = list(dict.fromkeys(group["answer"]))
    if len(said) > 1:
        runs = [", ".join(group["run"][group["answer"] == one]) for one in said]
        details = [group["detail"][group["answer"] == one].iloc[-1] for one in said]
        which = "; ".join(f"{one} in {where}" for one, where in zip(said, runs, strict=True))
        why = "; ".join(f"{one}: {text}" for one, text in zip(said, details, strict=True) if text)
        last["answer"], last["detail"] = MIXED, f"{which}; {why}" if why else which
    return last


def _read(path: Path) -> "pd.DataFrame":
    """Return the answers of a file as text, without those of a truncated last line."""
    from runner.runfolder.table import read_table

    return read_table(path, columns.PROBES).frame.astype(object)
