"""The verb list: the names that matrix and command line take, each in a line."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import yaml

from runner import output
from runner.machine import interpreters
from runner.model import Matrix, RegistryEntry
from runner.pipeline.check import shape
from runner.pipeline.reading import Request, harness_names, read_matrix
from runner.process import tilde

AXES: Mapping[str, str] = {
    "transports": "transport",
    "payloads": "payload",
    "topologies": "topology",
}
"""The axes of which the harness has tables, which plug-ins add to, by what can be listed."""
PYTHONS, PROFILES = "pythons", "profiles"
KINDS = (*AXES, PYTHONS, PROFILES)
Rows = Sequence[Mapping[str, object]]


def list_names(*, kind: str | None, matrix: Path | None, profile: str | None, as_json: bool) -> int:
    """List the names of one kind, or of all; those of plug-ins are among them."""
    asked = (kind,) if kind else KINDS
    request = Request(matrix=matrix, profile=profile)
    read = read_matrix(request) if {*asked} != {PYTHONS} else None
    listed: dict[str, Rows] = {}
    for one in asked:
        if read is None or one == PYTHONS:
            listed[one] = [*_pythons()]
        elif one == PROFILES:
            listed[one] = [*_profiles(read, request)]
        else:
            listed[one] = [asdict(each) for each in harness_names(read.files).registry[AXES[one]]]
    if as_json:
        axes = {AXES[one]: rows for one, rows in listed.items() if one in AXES}
        rest = {one: rows for one, rows in listed.items() if one not in AXES}
        output.data(json.dumps({"version": 1, **({"axes": axes} if axes else {}), **rest}))
        return 0
    for one, rows in listed.items():
        if not kind:
            output.line(f"{one}:")
        for row in rows:
            name, said = _line(row) if one in AXES else (str(row["name"]), str(row["summary"]))
            output.line(f"  {name:<24} {said}".rstrip())
    return 0


def _line(row: Mapping[str, object]) -> tuple[str, str]:
    """Return a name, and its label in reports where it has one of its own, with its meaning."""
    one = RegistryEntry(**row)  # type: ignore[arg-type]
    label = f"{one.label}: " if one.label not in ("", one.name) else ""
    parameter = f"; after the colon {one.parameter}" if one.parameter else ""
    return f"{one.name}:…" if one.parameter else one.name, f"{label}{one.summary}{parameter}"


def _pythons() -> Iterator[Mapping[str, object]]:
    """Yield the interpreters of this machine; of those that are left out, why."""
    for one in interpreters.find():
        if one.broken:
            yield {"name": "-", "version": "", "summary": f"left out: {interpreters.left_out(one)}"}
        elif not one.duplicate:
            where = f"{one.implementation} {one.version}, {tilde(one.path)} ({one.found})"
            yield {"name": one.name, "version": one.version, "summary": where}


def _profiles(read: Matrix, request: Request) -> Iterator[Mapping[str, object]]:
    """Yield the profiles of a matrix: what the comment above each says, or else its size."""
    tree = yaml.load(read.text, yaml.BaseLoader) or {}  # makes texts only
    for name in tree.get("profiles") or {}:
        above = re.search(rf"((?:^ *#.*\n)+) +{re.escape(name)}:", read.text, re.MULTILINE)
        said = " ".join(line.strip(" #") for line in above[1].splitlines()) if above else ""
        said = said or shape(read_matrix(Request(matrix=request.matrix, profile=name)))
        usual = " (used unless another is named)" if name == tree.get("profile") else ""
        yield {"name": name, "summary": f"{said}{usual}"}
