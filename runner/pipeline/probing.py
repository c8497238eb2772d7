"""The probes of a run: asked of every interpreter, kept in probes.csv, read back for the report."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from runner import columns
from runner.errors import BadInputError
from runner.executors.base import Agent
from runner.pipeline.places import Place
from runner.pipeline.progress import say

PROBES = "probes.csv"
WITHIN = 30.0
"""Seconds after which a probe that has not answered is a hang."""
NAMES = ("machine", "python", "probe", "answer", "detail", "figures")


class Answered(NamedTuple):
    """A probe's answer as a row of probes.csv; `figures` is a JSON object of numbers."""

    machine: str
    python: str
    probe: str
    answer: str
    detail: str
    figures: str


def ask_probes(place: Place, folder: Path, machine: str) -> None:
    """Ask every probe of every interpreter and write the answers into the run's folder."""
    rows: list[Answered] = []
    for python, agent in place.agents.items():
        say(f"asking {python} the {len(agent.describe().probes)} questions of semantics")
        rows += _asked(machine, python, agent)
    with (folder / PROBES).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(NAMES)
        writer.writerows(row._replace(detail=columns.escape(row.detail)) for row in rows)


def _asked(machine: str, python: str, agent: Agent) -> list[Answered]:
    rows = []
    for name in agent.describe().probes:
        answer, detail, figures = agent.probe(name, WITHIN)
        told = json.dumps(dict(figures))
        rows.append(Answered(machine, python, name, answer, detail, told))
    return rows


def read_probes(folders: Sequence[Path]) -> pd.DataFrame:
    """Return the answers of all runs, columns NAMES; `figures` are mappings. Empty: none asked."""
    frames = [_read(folder / PROBES) for folder in folders if (folder / PROBES).exists()]
    if not frames:
        return pd.DataFrame(columns=list(NAMES))
    return pd.concat(frames, ignore_index=True).drop_duplicates(
        ["machine", "python", "probe"], keep="last"
    )


def _read(path: Path) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    if tuple(frame.columns) != NAMES:
        message = f"{path}:1: columns are {', '.join(frame.columns)}, not {', '.join(NAMES)}"
        raise BadInputError(message)
    frame["detail"] = [columns.unescape(text) for text in frame["detail"]]
    frame["figures"] = [json.loads(text) for text in frame["figures"]]
    return frame
