"""The verb `merge`: puts the parts of a run, from several machines, into one folder.

Every part is read by the checks of `report` and `--resume`, and its files are copied unchanged.
"""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import pandas as pd

from runner import output
from runner.errors import BadInputError
from runner.files import read
from runner.model import AXES
from runner.report import figures
from runner.runfolder.copies import KEY
from runner.runfolder.files import PARTS, complaint, parts_of, write_whole
from runner.runfolder.folder import RunFolder, read_folder
from runner.runfolder.head import CELLS, FILES, PROBES, RUN
from runner.runfolder.rounds import rounds_of

SAME = {"sha256": "matrix", "profile": "profile", "only": "--only", "skip": "--skip"}
"""Entries of run.json's matrix that all parts of a run share, and their names in messages."""
_FOLDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,239}")
"""The id of a run that a folder can be named by."""


def merge(*, runs: Sequence[Path], out: Path, require_all: bool, as_json: bool) -> int:
    """Merge parts into `out`; more can be added later. Return the exit code."""
    if (out / RUN).exists():
        message = f"--out {out}: already holds a run of one machine: name another folder"
        raise BadInputError(message)
    parts = [read_folder(part) for run in runs for part in parts_of(run)]
    there = [read_folder(part) for part in parts_of(out)] if (out / PARTS).exists() else []
    _refuse_again(parts)
    for one in parts:
        for line in one.said:
            output.say(line)
    _refuse_older(parts, there)
    known = {one.head["run"] for one in parts}
    parts += [one for one in there if one.head["run"] not in known]
    for other in parts[1:]:
        _refuse_unlike(parts[0], other)
    parts, left_out = _without_replaced(parts, there)
    for one, other in combinations(parts, 2):
        _refuse_same_rounds(one, other)
        _refuse_two_machines(one, other)
    # The shards that have blocks and that no part measured.
    shards = [shard for part in parts if (shard := _shard(part))]
    filled = max((shard["filled"] for shard in shards), default=0)
    missing = sorted(set(range(1, filled + 1)) - {shard["number"] for shard in shards})
    lack = f"{figures.count(len(missing), 'shard')} missing: {', '.join(map(str, missing))}"
    if missing and require_all:
        message = f"{lack} (--require-all): measure them, or leave the flag out"
        raise BadInputError(message)
    names = _names(parts, there)
    for part, name in zip(parts, names, strict=True):
        _copy(part.path, out / PARTS / name)
    for line in left_out:
        output.say(line)
    if as_json:
        found = {"version": 1, "merged": str(out), "parts": names, "missing": missing}
        output.data(json.dumps({**found, "left_out": left_out}))
    else:
        output.line(f"merged: {figures.count(len(parts), 'part')} in {out}")
        if missing:
            output.line(lack)
    return 0


def _shard(part: RunFolder) -> Mapping[str, Any]:
    return part.head.get("shard") or {}


def _refuse_again(parts: Sequence[RunFolder]) -> None:
    seen: dict[str, RunFolder] = {}
    for part in parts:
        if (other := seen.setdefault(part.head["run"], part)) is not part:
            message = f"{part.path}: the same part as {other.path}: name it once"
            raise BadInputError(message)
        if not _FOLDER.fullmatch(part.head["run"]):
            message = f"{part.path / RUN}: run: {part.head['run']!r} cannot name a folder"
            raise BadInputError(message)


def _refuse_unlike(one: RunFolder, other: RunFolder) -> None:
    """Raise BadInputError if two parts differ in matrix, harness, executor or plan."""
    both = f"{one.path} and {other.path}"
    for entry, what in SAME.items():
        then, now = (part.head["matrix"].get(entry) or "" for part in (one, other))
        if then != now:
            message = f"{both}: not the same {what} ({then} and {now}): report them one by one"
            raise BadInputError(message)
    for entry, what in {"harness": "harness", "executor": "executor", "files": "own files"}.items():
        if (one.head.get(entry) or "") != (other.head.get(entry) or ""):
            message = f"{both}: not the same {what}: report them one by one"
            raise BadInputError(message)
    first, second = _shard(one), _shard(other)
    if bool(first) != bool(second):
        whole = other.path if first else one.path
        message = f"{both}: {whole} is not a shard, the other is: report them one by one"
        raise BadInputError(message)
    if first and first["of"] != second["of"]:
        message = f"{both}: are shards of {first['of']} and of {second['of']}: merge either"
        raise BadInputError(message)
    if first and first["plan"] != second["plan"]:
        message = (
            f"{both}: the plans differ{_difference(one, other)}: measure all shards with the same "
            "interpreters"
        )
        raise BadInputError(message)


def _difference(one: RunFolder, other: RunFolder) -> str:
    """Return the first cell that one of the parts could measure and the other could not."""
    for part, other_part in ((one, other), (other, one)):
        frame = other_part.cells.frame
        planned = frame[frame["status"] == "planned"][list(AXES)].astype(str)
        able = set(planned.itertuples(index=False, name=None))
        for *cell, status, reason in part.cells.frame.astype(str).itertuples(index=False):
            if status != "planned" and tuple(cell) in able:
                where = f"shard {_shard(part)['number']} ({part.path})"
                return f": {' '.join(cell)} is {status} in {where}: {reason}"
    return ""


def _without_replaced(
    parts: Sequence[RunFolder], there: Sequence[RunFolder]
) -> tuple[list[RunFolder], list[str]]:
    """Return the parts without those that another machine restarted, and messages about them.

    BadInputError where such a one is among those `there` already, merged earlier.
    """
    merged = {part.head["run"]: part.path for part in there}
    kept, left_out = list[RunFolder](), list[str]()
    replaced = {run: part for part in parts for run in _shard(part).get("replaces", ())}
    taken: dict[int, RunFolder] = {}
    for part in parts:
        if (by := replaced.get(part.head["run"])) is not None:
            if at := merged.get(part.head["run"]):
                message = f"{at}: {by.path} restarted it: name another --out, or remove it there"
                raise BadInputError(message)
            left_out.append(f"left out: {part.path}, which {by.path} restarted")
            continue
        kept.append(part)
        number = _shard(part).get("number")
        if number and (other := taken.setdefault(number, part)) is not part:
            message = f"shard {number} is given twice: {other.path} and {part.path}: name one"
            raise BadInputError(message)
    return kept, left_out


def _refuse_older(parts: Sequence[RunFolder], there: Sequence[RunFolder]) -> None:
    """Raise BadInputError if a part lacks rounds that were merged from it earlier."""
    merged = {one.head["run"]: one for one in there}
    for part in parts:
        earlier = merged.get(part.head["run"], part)
        if lacking := _rounds(earlier) - _rounds(part):
            rounds = figures.count(len(lacking), "round")
            message = (
                f"{part.path}: lacks {rounds} that {earlier.path} has from an earlier merge: it is "
                "an older copy: leave it out"
            )
            raise BadInputError(message)


def _rounds(part: RunFolder) -> set[tuple[object, ...]]:
    return {
        (table.path.stem, *key)
        for table in part.trials
        for key in table.frame[list(KEY)].itertuples(index=False, name=None)
    }


def _refuse_same_rounds(one: RunFolder, other: RunFolder) -> None:
    key = ["machine", "block", "phase", "round", "started"]
    for first in one.trials:
        for second in other.trials:
            if first.path.stem != second.path.stem or first.frame.empty or second.frame.empty:
                continue
            heads = [
                table.frame.iloc[rounds_of(table.frame).starts][key].astype(object)
                for table in (first, second)
            ]
            both = pd.merge(heads[0].reset_index(), heads[1].reset_index(), on=key)
            if len(both):
                row = both.iloc[0]
                message = (
                    f"{second.path}:{second.line(int(row['index_y']))}: round {row['round']} of "
                    f"{row['block']} is also in {first.path}:{first.line(int(row['index_x']))}: "
                    "name one of the two"
                )
                raise BadInputError(message)


def _refuse_two_machines(one: RunFolder, other: RunFolder) -> None:
    """Raise BadInputError if two machines have one name: two kernels ran at the same time."""
    for machine in {table.path.stem for table in one.trials}:
        starts, times = [], []
        for part in (one, other):
            own = [table.frame for table in part.trials if table.path.stem == machine]
            if not own or own[0].empty:
                break
            started = own[0]["started"].astype(str)
            times.append((started.min(), started.max()))
            sessions = part.head.get("sessions", [])
            starts.append({str(each.get("before", {}).get("boot")) for each in sessions})
        if len(times) < 2 or starts[0] & starts[1] or "None" in starts[0] | starts[1]:
            continue
        if times[0][0] <= times[1][1] and times[1][0] <= times[0][1]:
            message = (
                f"{one.path} and {other.path}: {machine} is the id of two machines, which "
                "measured at the same time: measure with --machine boot, or --machine NAME"
            )
            raise BadInputError(message)


def _names(parts: Sequence[RunFolder], there: Sequence[RunFolder]) -> list[str]:
    """Return each part's name among the merged: the one that it had as a part, or its run's id.

    Parts of two runs may have had one name, that of their machine.
    """
    had = {one.head["run"]: one.path.name for one in there}
    taken, names = set(had.values()), []
    for part in parts:
        run, own = part.head["run"], part.path.resolve()
        free = own.parent.name == PARTS and own.name not in taken
        names.append(had.get(run) or (own.name if free else run))
        taken.add(names[-1])
    return names


def _copy(part: Path, to: Path) -> None:
    """Copy a part's files unchanged; run.json, which makes it a run, comes last."""
    if to.exists() and to.resolve() == part.resolve():
        return
    names = [path.relative_to(part).as_posix() for path in sorted((part / "trials").glob("*.csv"))]
    names += [path.relative_to(part).as_posix() for path in sorted((part / FILES).rglob("*.*"))]
    names += [name for name in (PROBES, CELLS, RUN) if (part / name).exists()]
    for name in names:
        with complaint(part / name):
            data = read(part / name, part)
        write_whole(to, name, data)
