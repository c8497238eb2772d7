"""The verbs check and schema, which need no more than the matrix file."""

import json
from pathlib import Path

from runner import matrix as matrices
from runner import output
from runner.pipeline.reading import Request, read_matrix


def check(*, matrix: Path | None, profile: str | None, as_json: bool) -> int:
    """Check a matrix file and say what it holds."""
    read = read_matrix(Request(matrix=matrix, profile=profile))
    sizes = {axis: len(values) for axis, values in read.axes.items()}
    if as_json:
        output.data(json.dumps({"version": 1, "ok": True, "profile": read.profile, "axes": sizes}))
        return 0
    shape = " × ".join(f"{size} {axis}" for axis, size in sizes.items())
    output.line(f"{read.source}: ok; profile {read.profile or '(none)'}: {shape}")
    return 0


def print_schema() -> int:
    """Print the JSON Schema of the matrix file."""
    output.data(matrices.schema())
    return 0
