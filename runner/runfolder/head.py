"""run.json: the description of a run. Written, read and checked here only."""

import hashlib
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from runner.errors import BadInputError
from runner.model import Cell, Matrix, PlannedCell
from runner.model.parts import MACHINE
from runner.process import argument, published, tilde
from runner.runfolder.columns import LARGEST, MOST, escape, shown
from runner.runfolder.files import restore, text_of

FORMAT = 2
"""The version of the run folder's format; others are refused."""

RUN, CELLS, PROBES = "run.json", "cells.csv", "probes.csv"
FILES = "files"
"""The folder of the user's own files: a copy of each as the run began, at its path."""

Fraction = Annotated[float, Field(ge=0, le=LARGEST, allow_inf_nan=False)]
Whole = Annotated[int, Field(ge=0, le=MOST)]
Number = Annotated[int, Field(ge=1, le=MOST)]
Texts = Mapping[str, str]


class _Part(BaseModel):
    # Keys that a later version adds are kept, but not read.
    model_config = ConfigDict(strict=True, extra="allow")


class _Matrix(_Part):
    source: str = Field(description="name of the matrix file, as given")
    profile: str = Field(description="the profile that was used; empty without one")
    sha256: str = Field(description="SHA-256 of `text`; `--resume` compares it")
    text: str = Field(description="the whole matrix file")
    study: str = Field("", description="study of the run; empty if none")
    only: Mapping[str, list[str]] = Field({}, description="values kept by `--only`, by axis")
    skip: Mapping[str, list[str]] = Field({}, description="values left out by `--skip`, by axis")


class _Measure(_Part):
    precision: Fraction = Field(description="half-width that ends a comparison; 0.05 is 5 %")
    gate_load: Fraction = Field(description="cores used by others above which a round waits")
    warmup_rounds: Whole = Field(description="rounds discarded at the start of a session")
    seed: int = Field(0, description="random seed of the order of trials")


class _Compare(_Part):
    baseline: Texts = Field(description="value of each axis that ratios refer to (the baseline)")
    margin: Fraction = Field(description="cells that differ by less count as equal; 0.03 is 3 %")
    axes: Mapping[str, Mapping[str, list[str]]] = Field(
        {}, description="for each compared axis, the values that cells must have to take part"
    )


class _Session(_Part):
    session: Number = Field(description="number of the session, from 1")
    machine: str = Field("", description="id of the machine that measured it")
    before: Texts = Field({}, description="state of the machine before the session")
    after: Texts = Field({}, description="state of the machine after it; empty if it was killed")
    rounds: Mapping[str, Whole] | None = Field(
        None, description="measured rounds of each block; missing if the session was killed"
    )


class _Left(_Part):
    session: Number = Field(description="session in which it was")
    block: str = Field(description="id of the block")
    value: str = Field(description="value on the compared axis of the cell that left")
    rounds: Whole = Field(description="rounds of the block until then, towards this end of it")
    counted: Whole = Field(description="those that the figures rest on: the undisturbed ones")
    ratio: Fraction = Field(description="speed relative to the baseline's")
    low: Fraction = Field(description="lower end of the 95 % interval")
    high: Fraction | None = Field(description="its upper end; null without one")


class _Start(_Part):
    sessions: list[Number] = Field([], description="sessions that it measured")
    ending: str = Field("", description="why it ended: done, budget or interrupted")
    seconds: Fraction = Field(0.0, description="duration, s")
    timed_seconds: Fraction = Field(0.0, description="time inside timed phases, s")
    waited_seconds: Fraction = Field(0.0, description="time spent waiting for a quiet machine, s")
    stopped_seconds: Fraction = Field(
        0.0, description="time in which program or machine was suspended, s; not part of `seconds`"
    )
    given_up: Texts = Field({}, description="cells given up after repeated failures, and why")
    left: list[_Left] = Field(
        [], description="comparisons that were precise enough and left their block, in order"
    )


class _Shard(_Part):
    number: Number = Field(description="which shard, from 1")
    of: Number = Field(description="over how many machines the blocks were spread")
    filled: Number = Field(description="how many of these shards have blocks")
    plan: str = Field(description="digest of the ids of all blocks of the plan")
    replaces: list[str] = Field(
        [], description="runs of this shard that other machines began and did not finish"
    )


class _OwnFile(_Part):
    path: str = Field(description="path from the matrix's folder, such as ./messages.py")
    sha256: str = Field(description="SHA-256 of its content; `--resume` compares it")


class _Entry(_Part):
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.:-]*$")] = Field(
        description="as in the matrix and in the trials"
    )
    label: str = Field(description="what reports call it")
    summary: str = Field("", description="one-sentence summary")


class _Transport(_Entry):
    role: Literal["", "objects", "bound", "threads"] = Field(
        "", description="moves objects between processes, bounds what does, or uses threads only"
    )
    shared: bool = Field(False, description="many processes may use one end")


class _Topology(_Entry):
    parameter: str = Field("", description="what may follow a colon; empty for nothing")


class _Payload(_Topology):
    item_bytes: Whole | None = Field(
        None, description="bytes for each item that the parameter counts; null if unknown"
    )


def _each_once(entries: list[_Entry]) -> list[_Entry]:
    names = [one.name for one in entries]
    if again := sorted({name for name in names if names.count(name) > 1}):
        message = f"{', '.join(again)} more than once"
        raise ValueError(message)
    return entries


_ONCE = AfterValidator(_each_once)


class _Registry(_Part):
    transport: Annotated[list[_Transport], _ONCE] = Field(description="how messages travel")
    payload: Annotated[list[_Payload], _ONCE] = Field(description="payloads")
    topology: Annotated[list[_Topology], _ONCE] = Field(description="who sends to whom")
    probe: Annotated[list[_Entry], _ONCE] = Field(description="questions of semantics")


class Head(_Part):
    """The entries that some stage reads, and what each of them is."""

    format: int = Field(FORMAT, description="version of the format")
    run: Annotated[str, Field(min_length=1)] = Field(description="id of the run: its folder's name")
    machine: Annotated[str, Field(pattern=f"^{MACHINE}$")] = Field(
        description="id of the machine, the same in all its runs; it reveals nothing about it"
    )
    matrix: _Matrix = Field(description="the matrix, as asked for")
    measure: _Measure = Field(
        description="how it was measured: all keys of `measure` in the matrix file"
    )
    compare: _Compare = Field(description="comparisons that were asked for")
    registry: _Registry = Field(
        description="what the harness can measure, in the order in which reports list it"
    )
    files: list[_OwnFile] = Field(
        [], description="the user's own files; the folder `files` holds them as they were"
    )
    executor: str = Field("", description="what started the agents: local or docker")
    harness: str = Field("", description="SHA-256 of the harness's files")
    environment_hash: str = Field(
        "", description="environment hash: identity of machine, kernel, limits, engine and executor"
    )
    tool_python: str = Field("", description="Python version that ran ipcmatrix")
    version: str = Field("", description="version of ipcmatrix")
    interpreters: Mapping[str, Texts] = Field(
        {}, description="for each Python, its build: version, compiler, clock, GIL, JIT …"
    )
    interpreter_ids: Texts = Field(
        {}, description="for each Python, the hash of its build, image and limits"
    )
    machine_facts: Mapping[str, object] = Field(
        {},
        description="facts of cpu, memory, kernel, ipc, cgroup, clock, tool and packages",
    )
    memory_copy_bytes_per_second: Whole = Field(
        0, description="how fast one core copies memory, B/s"
    )
    places: Mapping[str, Texts] = Field(
        {}, description="for each Python, where it ran and the limits seen from inside"
    )
    cell_facts: Mapping[str, Texts] = Field(
        {},
        description="facts of a cell, by `python transport start_method placement`",
    )
    rates: Mapping[str, Annotated[float, Field(gt=0)]] = Field(
        {},
        description="messages per second of each cell, with which the next run here begins, by its "
        "axes but `messages`",
    )
    sessions: list[_Session] = Field([], description="one entry for each session")
    starts: list[_Start] = Field([], description="one entry for each start of the program")
    clock_ahead_seconds: Annotated[float, Field(allow_inf_nan=False)] = Field(
        0.0, description="on a cluster, by how much its clock was ahead of the driver's, s"
    )
    shard: _Shard | None = Field(None, description="the shard that was measured, if it was one")
    notes: list[str] = Field([], description="what the run said when it started")
    left_out: list[str] = Field([], description="interpreters that `found` left out, and why")
    command: list[str] = Field([], description="the command line that made the run")


_FOUND = {dict: "a mapping", list: "a list", str: "text", bool: "a truth value", type(None): "null"}
_WANTED = {
    "string_type": "text",
    "mapping_type": "a mapping",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "list_type": "a list",
    "int_type": "a whole number",
    "float_type": "a number",
}


def read_head(folder: Path) -> dict[str, Any]:
    """Return run.json of a run folder.

    BadInputError where it is missing, damaged or of another format, and for the first entry that
    is missing or wrong, by its path.
    """

    def no_number(name: str) -> NoReturn:
        message = f"{name} is not a JSON number"
        raise ValueError(message)

    path = folder / RUN
    if not os.path.lexists(path):
        message = f"{folder}: not a run folder (no {RUN})"
        raise BadInputError(message)
    try:
        run = json.loads(text_of(path), parse_constant=no_number)
    except RecursionError as error:
        raise restore(path, "is not a run's JSON (nested too deeply)") from error
    except ValueError as error:
        raise restore(path, f"is not JSON ({error})") from error
    found = run.get("format") if isinstance(run, dict) else None
    if type(found) is not int or found != FORMAT:
        version = run.get("version") if isinstance(run, dict) else None
        writer = "the version that wrote it"
        if isinstance(version, str) and re.fullmatch(r"[0-9A-Za-z.+-]{1,40}", version):
            writer = f"ipcmatrix {version}, which wrote it,"
        message = (
            f"{path}: format: is {repr(found)[:40]}, this version of ipcmatrix reads {FORMAT}: "
            f"{writer} reads it"
        )
        raise BadInputError(message)
    if "registry" not in run:
        message = (
            f"{path}: registry: is missing: the run was made before runs kept the names and labels "
            "of what they measured: use the version of ipcmatrix that wrote it"
        )
        raise BadInputError(message)
    try:
        Head.model_validate(run)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        entry = escape(".".join(map(str, first["loc"])))
        if first["type"] == "missing":
            what = "is missing"
        elif wanted := _WANTED.get(first["type"]):
            what = f"is {_FOUND.get(type(first['input']), 'a number')}, not {wanted}"
        else:
            what = f"{shown(str(first['input']))} is not taken ({first['msg']})"
        raise restore(path, f"{entry}: {what}") from error
    return dict(run)


def parts_of_one(heads: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether all are parts of one run: its shards, each once, or one for each machine."""
    if all(head.get("shard") for head in heads):
        plans = {(head["matrix"]["sha256"], head["shard"]["plan"]) for head in heads}
        return len(plans) == 1 and len({head["shard"]["number"] for head in heads}) == len(heads)
    names = {str(head["run"]).removesuffix(f".{head['machine']}") for head in heads}
    return len(names) == 1


_OWN_KEYS = ("format", "run", "machine", "matrix", "measure", "files")


def check_same_matrix(folder: Path, began: Mapping[str, Any], matrix: Matrix) -> None:
    """Raise BadInputError where the run began with another matrix, profile or file of the user."""
    then, now = began["matrix"], _matrix(matrix)
    for what in ("sha256", "profile"):
        if isinstance(then, dict) and then[what] != now[what]:
            message = (
                f"{folder}: the matrix has changed since the run began ({what} was "
                f"{then[what]}, is {now[what]}): give it back its old text, which "
                f"{folder / RUN} holds, or begin a new run"
            )
            raise BadInputError(message)
    began_with = {one["path"]: one["sha256"] for one in began.get("files") or ()}
    for one in matrix.files:
        if (old := began_with.get(one.path, one.digest)) != one.digest:
            message = (
                f"{folder}: {one.path} has changed since the run began (was {old}, is "
                f"{one.digest}): give it back its old text, which "
                f"{folder / FILES / one.path} holds, or begin a new run"
            )
            raise BadInputError(message)


def check_same(
    folder: Path,
    began: Mapping[str, Any],
    matrix: Matrix,
    before: Sequence[Cell],
    cells: Sequence[PlannedCell],
) -> None:
    """Raise BadInputError where the run began with another matrix, profile or set of cells.

    `began` is its run.json, `before` are its cells.
    """
    check_same_matrix(folder, began, matrix)
    differ = set(before) ^ {planned.cell for planned in cells}
    if not differ:
        return
    strange = min(differ)
    where = "only in the run" if strange in before else "not in the run"
    number = "1 cell differs" if len(differ) == 1 else f"{len(differ)} cells differ"
    message = (
        f"{folder}: {number} from those that the run began with "
        f"({', '.join(map(str, strange))} is {where}): use the same --only, --skip and --payload, "
        "on a machine with the same interpreters"
    )
    raise BadInputError(message)


def head(run_id: str, machine: str, matrix: Matrix) -> dict[str, object]:
    """Return the entries of run.json that the journal itself answers for."""
    return {
        "format": FORMAT,
        "run": run_id,
        "machine": machine,
        "matrix": _matrix(matrix),
        "measure": asdict(matrix.measure),
        "files": [{"path": one.path, "sha256": one.digest} for one in matrix.files],
    }


def _matrix(matrix: Matrix) -> dict[str, object]:
    # The digest is that of the published text, from which a run can continue as well.
    text = tilde(matrix.text)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return {
        "source": argument(matrix.source),
        "profile": matrix.profile,
        "study": matrix.study,
        "only": dict(matrix.only),
        "skip": dict(matrix.skip),
        "sha256": digest,
        "text": text,
    }


def refuse_own(facts: Mapping[str, object]) -> None:
    """Raise ValueError where `facts` would replace an entry of the journal itself."""
    if own := sorted(set(facts) & set(_OWN_KEYS)):
        message = f"run.json's {', '.join(own)} belong to the journal"
        raise ValueError(message)


def run_json(run: Mapping[str, object]) -> bytes:
    """Return the text of run.json, in which nothing names a user or the host."""
    return (json.dumps(published(run), indent=2, sort_keys=True) + "\n").encode()
