"""The verbs check, list and schema, which need only the matrix file."""

import json
from dataclasses import asdict
from pathlib import Path

from runner import matrix as matrices
from runner import output
from runner.pipeline.reading import Request, described, read_matrix

LISTED = ("transport", "payload", "topology")
"""The axes of which the harness has tables, which plug-ins add to."""


def check(*, matrix: Path | None, profile: str | None, as_json: bool) -> int:
    """Check a matrix file and print its size."""
    read = read_matrix(Request(matrix=matrix, profile=profile))
    sizes = {axis: len(values) for axis, values in read.axes.items()}
    if as_json:
        output.data(json.dumps({"version": 1, "ok": True, "profile": read.profile, "axes": sizes}))
        return 0
    shape = " × ".join(f"{size} {axis}" for axis, size in sizes.items())
    output.line(f"{read.source} is valid; profile {read.profile or '(none)'}: {shape}")
    return 0


def list_names(*, matrix: Path | None, profile: str | None, as_json: bool) -> int:
    """List the names for the axes, including those of the matrix's plug-ins."""
    read = read_matrix(Request(matrix=matrix, profile=profile))
    registry = described(read.files).registry
    if as_json:
        axes = {axis: [asdict(one) for one in registry[axis]] for axis in LISTED}
        output.data(json.dumps({"version": 1, "axes": axes}))
        return 0
    for axis in LISTED:
        output.line(f"{axis}:")
        for one in registry[axis]:
            name = f"{one.name}:…" if one.parameter else one.name
            meaning = f"; after the colon {one.parameter}" if one.parameter else ""
            output.line(f"  {name:<24} {one.summary}{meaning}")
    return 0


def print_schema() -> int:
    """Print the JSON Schema of the matrix file."""
    output.data(matrices.schema())
    return 0
