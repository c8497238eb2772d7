"""What `try` measures of a file of the user's own: a name in it, and a small matrix."""

import ast
from collections.abc import Mapping
from pathlib import Path

from runner.errors import BadInputError
from runner.files import read
from runner.matrix import with_helpers
from runner.matrix.names import file_and_function, nearest, version_or_standing
from runner.model import FOUND, Compare, Images, Limits, Matrix, Measure, Names, OwnFile
from runner.pipeline.reading import harness_names

LARGE = "200000"
"""Characters of a message that is larger than any buffer of the kernel's."""


def matrix_of(file: Path, name: str, python: str | None) -> tuple[str, str, Matrix]:
    """Return the axis of a name of a file, its value there, and the matrix that tries it.

    BadInputError says what is wrong with the file, the name or the interpreters.
    """
    own, kind, value = _read(file, name)
    try:
        pythons = tuple(version_or_standing(one.strip()) for one in (python or FOUND).split(","))
    except ValueError as error:
        message = f"--python: {error}"
        raise BadInputError(message) from error
    files = with_helpers({own.name: (own, file)})
    known = harness_names(files)
    if not kind:
        own_names = {
            one: axis
            for axis in _AXES
            for one in _names(known, axis)
            if one not in _names(harness_names(()), axis)
        }
        if name not in own_names:
            message = f"{file}: has no {name}; {nearest(name, tuple(own_names))}"
            raise BadInputError(message)
        kind = own_names[name]
    return kind, value, _matrix(known, kind, value, pythons, files)


_AXES = ("transport", "payload", "topology")


def _names(known: Names, axis: str) -> list[str]:
    return [one.name for one in known.registry[axis]]


def _read(file: Path, name: str) -> tuple[OwnFile, str, str]:
    """Return the file, and for a function or a recorded message that it is a payload, and which."""
    path = f"./{file.name}"
    try:
        content = read(file)
        is_code = file.suffix == ".py"
        file_and_function(f"{path}:{name}" if is_code else path)
    except OSError as error:
        message = f"{file}: {error.strerror}: name a file of yours, as in ./my_transports.py"
        raise BadInputError(message) from error
    except ValueError as error:
        raise BadInputError(str(error)) from error
    if not is_code:
        return OwnFile(path, content), "payload", file.name
    try:
        body = ast.parse(content).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # the harness says where
        body = []
    functions = [one.name for one in body if isinstance(one, ast.FunctionDef)]
    if name in functions:
        return OwnFile(path, content, (name,)), "payload", f"{file.name}:{name}"
    messages = [one for one in functions if not one.startswith("_") and not one.endswith("_equal")]
    if messages and not any(isinstance(one, ast.ClassDef) and _has_name(one) for one in body):
        message = f"{file}: has no function {name}; {nearest(name, messages)}"
        raise BadInputError(message)
    return OwnFile(path, content, plugin=True), "", name


def _has_name(made: ast.ClassDef) -> bool:
    """Return whether a class has a NAME of its own, as what a matrix can name does."""
    targets = [to for one in made.body if isinstance(one, ast.Assign) for to in one.targets]
    return any(isinstance(one, ast.Name) and one.id == "NAME" for one in targets)


def _matrix(
    known: Names,
    kind: str,
    value: str,
    pythons: tuple[str, ...],
    files: tuple[OwnFile, ...],
) -> Matrix:
    """Return a matrix of all that the contract asks of a transport, payload or topology."""
    methods = ("default", *known.start_methods)
    topologies = tuple(_names(known, "topology"))
    transports = tuple(one.name for one in known.registry["transport"] if one.role != "bound")
    first = {"transport": transports[:1], kind: (value,)}
    grids: list[Mapping[str, tuple[str, ...]]] = [
        {**first, "start_method": methods},
        {**first, "placement": tuple(known.placements)},
        {**first, "topology": topologies, "workers": ("1", "3")} | {kind: (value,)},
    ]
    if kind == "transport":
        payloads = []
        for one in known.registry["payload"]:
            if one.item_bytes == 1:  # of those with a size a large one too
                payloads.append(f"{one.name}:{LARGE}")
            shape = one.parameter.startswith("shape")
            payloads.append(f"{one.name}:20x20x3" if shape else one.name)
        grids.append({**first, "payload": tuple(payloads)})
    else:
        grids.append({**first, "transport": transports})
    axes = {"python": pythons, **first}
    return Matrix(
        axes=axes,
        exclude=(),
        include=(),
        compare=Compare({"transport": {}}, {}),
        measure=Measure(),
        executor="local",
        limits=Limits(),
        images=Images(),
        profile="try",
        text="",
        source=files[0].path,
        grids=tuple(grids),
        files=files,
    )
