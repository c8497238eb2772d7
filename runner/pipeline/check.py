"""The verbs check and schema, which need only the matrix file."""

import json
from pathlib import Path

from runner import matrix as matrices
from runner import output
from runner.model import Matrix
from runner.pipeline.reading import Request, read_matrix


def check(*, matrix: Path | None, profile: str | None, as_json: bool) -> int:
    """Check a matrix file and print its size."""
    read = read_matrix(Request(matrix=matrix, profile=profile))
    sizes = {axis: len(values) for axis, values in read.axes.items()}
    if as_json:
        output.data(json.dumps({"version": 1, "ok": True, "profile": read.profile, "axes": sizes}))
        return 0
    output.line(f"{read.source} is valid; profile {read.profile}: {shape(read)}")
    return 0


def shape(read: Matrix) -> str:
    """Return how many values a matrix has on each axis: `9 python × 2 transport`."""
    return " × ".join(f"{len(values)} {axis}" for axis, values in read.axes.items())


def print_schema() -> int:
    """Print the JSON Schema of the matrix file."""
    output.data(matrices.schema())
    return 0
