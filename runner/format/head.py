"""run.json: what a run is. Read and checked in one place, whoever wants to know."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from runner.columns import escape
from runner.errors import BadInputError
from runner.format.files import restore, text_of
from runner.format.values import shown

FORMAT = 1
"""The version of the run folder's format; others are refused."""

RUN, CELLS, PROBES = "run.json", "cells.csv", "probes.csv"
MACHINE = r"[A-Za-z0-9][A-Za-z0-9._-]*"
"""What the name of a machine may be: its trials stand in a file of that name."""

Fraction = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[int, Field(ge=1)]
Texts = Mapping[str, str]


class _Part(BaseModel):
    # What a later version adds is kept and read by nobody.
    model_config = ConfigDict(strict=True, extra="allow")


class _Matrix(_Part):
    source: str
    profile: str
    sha256: str
    text: str
    only: Mapping[str, list[str]] = {}
    skip: Mapping[str, list[str]] = {}


class _Measure(_Part):
    precision: Fraction
    gate_load: Fraction
    warmup_rounds: Annotated[int, Field(ge=0)]
    seed: int = 0


class _Compare(_Part):
    reference: Texts
    margin: Fraction
    families: Mapping[str, Mapping[str, list[str]]] = {}


class _Sitting(_Part):
    """`rounds` are the measured rounds of each block; without them, how it ended is not known."""

    sitting: Number
    machine: str = ""
    before: Texts = {}
    after: Texts = {}
    rounds: Mapping[str, Annotated[int, Field(ge=0)]] | None = None


class _Stretch(_Part):
    sittings: list[Number] = []
    timed_seconds: Fraction = 0.0


class _Head(_Part):
    """The entries that some stage reads, and what each of them is."""

    run: Annotated[str, Field(min_length=1)]
    machine: Annotated[str, Field(pattern=f"^{MACHINE}$")]
    matrix: _Matrix
    measure: _Measure
    compare: _Compare
    executor: str = ""
    harness: str = ""
    testbed: str = ""
    tool_python: str = ""
    version: str = ""
    interpreters: Mapping[str, Texts] = {}
    interpreter_ids: Texts = {}
    machine_facts: Mapping[str, object] = {}
    places: Mapping[str, Texts] = {}
    cell_facts: Mapping[str, Texts] = {}
    sittings: list[_Sitting] = []
    stretches: list[_Stretch] = []
    notes: list[str] = []
    left_out: list[str] = []
    command: list[str] = []


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
    is lacking or not what it must be, by its path.
    """
    path = folder / RUN
    if not os.path.lexists(path):
        message = f"{folder}: is no run (no {RUN}): give a folder that `ipcmatrix run` made"
        raise BadInputError(message)
    try:
        run = json.loads(text_of(path), parse_constant=_no_number)
    except RecursionError as error:
        raise restore(path, "is not a run's JSON (nested too deeply)") from error
    except ValueError as error:
        raise restore(path, f"is not JSON ({error})") from error
    found = run.get("format") if isinstance(run, dict) else None
    if type(found) is not int or found != FORMAT:
        message = (
            f"{path}: format: is {repr(found)[:40]}, this version of ipcmatrix reads {FORMAT}: "
            "use the version that wrote the run"
        )
        raise BadInputError(message)
    try:
        _Head.model_validate(run)
    except ValidationError as error:
        raise restore(path, _told(error)) from error
    return dict(run)


def _no_number(name: str) -> NoReturn:
    message = f"{name} is no number of JSON"
    raise ValueError(message)


def _told(error: ValidationError) -> str:
    """Return what is said of the first entry that is wrong: its path, what it is and must be."""
    first = error.errors(include_url=False)[0]
    where = escape(".".join(map(str, first["loc"])))
    if first["type"] == "missing":
        return f"{where}: is missing"
    wanted = _WANTED.get(first["type"])
    if wanted is None:
        return f"{where}: {shown(str(first['input']))} is not taken ({first['msg']})"
    return f"{where}: is {_FOUND.get(type(first['input']), 'a number')}, not {wanted}"
