"""Texts of matrix files and flags of the command line: valid ones with changes, and any YAML."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from runner.errors import BadInputError
from runner.executors import AUTO, EXECUTORS
from runner.machine import packages
from runner.matrix import Flags, Vocabulary, override, parse
from runner.matrix.document import MatrixDocument
from runner.model import AXES, Interpreter, Matrix
from runner.pipeline.packages import wanted
from runner.plan import plan, pythons_of, resolve_pythons
from runner.studies import STUDIES
from tests.fuzz.target import Target
from tests.registry import described

SHIPPED = (Path(__file__).parents[2] / "matrix.yaml").read_text("utf-8")
SMALL = """\
axes: {python: [found, 3.9], transport: [pipe, queue], workers: [1, 2], messages: [auto, 10]}
exclude: [{transport: queue, workers: 2}]
include: [{python: 3.8, transport: os_pipe}, {transport: pipe, start_method: spawn}]
compare: {axes: {transport: {}, workers: {transport: [pipe]}}, baseline: {transport: pipe}}
measure: {target: 80ms, precision: 5%, rounds: 20}
limits: {memory: 2GiB, cpuset: 0-1}
packages: {"3.9": {numpy: 1.2.3}}
profile: one
profiles: {one: {axes: {payload: [int, "str:10"]}}, two: {exclude: [], measure: {budget: 3m}}}
"""
DOCUMENTS = [yaml.load(text, Loader=yaml.BaseLoader) for text in (SMALL, SMALL, SMALL, SHIPPED)]

INTERPRETERS = [
    Interpreter(name, f"{name}.1", "cpython", f"/nowhere/python{name}", "PATH")
    for name in ("3.9", "3.10")
]

MOST_LINES, LONGEST_LINE = 101, 700
MOST_PLANNED = 5000
"""Cells of a matrix that is planned too."""


def _words() -> list[str]:
    said = described()
    names = [*said.transports, *said.payloads, *said.topologies, *said.start_methods]
    keys = [*MatrixDocument.model_fields, *AXES, "axes", "baseline", "margin", "target", "seed"]
    values = ["found", "auto", "3.10", "3.9", "2.7", "pypy3.11", "80ms", "5%", "2GiB", "none", "0"]
    odd = [
        "",
        "-1",
        "1e4",
        "1e99",
        "1_000",
        "9" * 40,
        "0x10",
        "null",
        "~",
        "yes",
        "<<",
        "ä",
        "\u202e",
    ]
    return [*names, *said.placements, *keys, *values, *odd, *EXECUTORS]


WORDS = st.deferred(lambda: st.sampled_from(_words()))
SCALARS = st.one_of(WORDS, st.text(max_size=8), st.integers(-5, 2000).map(str))
TREES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda below: st.one_of(
        st.lists(below, max_size=4), st.dictionaries(SCALARS, below, max_size=4)
    ),
    max_leaves=12,
)


def _places(tree: Any) -> list[tuple[Any, Any]]:
    """Return every container of a tree with each of its keys or indices."""
    if isinstance(tree, dict):
        return [(tree, key) for key in tree] + [
            p for below in tree.values() for p in _places(below)
        ]
    if isinstance(tree, list):
        return [(tree, i) for i in range(len(tree))] + [p for below in tree for p in _places(below)]
    return []


def _change(draw: st.DrawFn, holder: Any, key: Any, places: list[tuple[Any, Any]]) -> None:
    """Change, take away, rename, copy or add one value of a tree."""
    way = draw(st.sampled_from(["value", "value", "remove", "name", "copy", "add"]))
    if way == "remove":
        del holder[key]
    elif way == "name" and isinstance(holder, dict):
        holder[draw(SCALARS)] = holder.pop(key)
    elif way == "copy":
        other, place = draw(st.sampled_from(places))
        other[place] = deepcopy(holder[key])
    elif way == "add" and isinstance(holder, list):
        holder.append(draw(TREES))
    else:
        holder[key] = draw(TREES)


@st.composite
def changed_documents(draw: st.DrawFn) -> str:
    """Return a valid document with a few values changed, taken away, moved or added."""
    tree = deepcopy(draw(st.sampled_from(DOCUMENTS)))
    for _ in range(draw(st.integers(0, 3))):
        places = _places(tree)
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        _change(draw, holder, key, places)
    return yaml.safe_dump(tree, sort_keys=False, default_flow_style=draw(st.booleans()))


PIECES = st.one_of(
    st.sampled_from(
        [*"[]{}:,-?&*!|>#%@`\"'\n\t ", "\n  ", ": ", "- ", "&a ", "*a", "<<: ", "---\n"]
    ),
    SCALARS,
)


@st.composite
def changed_texts(draw: st.DrawFn) -> str:
    """Return the text of a valid document with a few pieces put in or cut out."""
    text = draw(st.sampled_from([SMALL, SMALL, SHIPPED]))
    for _ in range(draw(st.integers(1, 3))):
        begin = draw(st.integers(0, len(text)))
        end = min(len(text), begin + draw(st.integers(0, 8)))
        text = text[:begin] + draw(PIECES) + text[end:]
    return text


TEXTS = st.one_of(
    changed_documents(),
    changed_texts(),
    TREES.map(yaml.safe_dump),
    st.lists(PIECES, max_size=30).map("".join),
    st.text(max_size=80),
)


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary.of(described(), (*EXECUTORS, AUTO), STUDIES)


def refused(reading: Callable[[], object], line: str = "") -> bool:
    """Return whether it is refused, with messages as they must be."""
    try:
        reading()
    except BadInputError as error:
        lines = str(error).splitlines()
        assert lines
        assert len(lines) <= MOST_LINES
        assert all(len(one) <= LONGEST_LINE for one in lines)
        assert all(one.startswith((line, "and ")) for one in lines), lines
        return True
    return False


def planned(matrix: Matrix) -> str:
    """Plan a matrix, and look for the packages that it names."""
    resolved = resolve_pythons(matrix, [one.name for one in INTERPRETERS])
    if len(resolved.include) + sum(map(_size, resolved.products)) > MOST_PLANNED:
        return "read"
    answers = dict.fromkeys(pythons_of(resolved), described())
    try:
        made = plan(resolved, answers)
    except BadInputError:
        return "read, not planned"
    assert len(list(made.cells)) == len(made.cells) > 0
    for one in wanted(matrix, INTERPRETERS):
        assert not packages.installed(one, matrix.packages[one.name]).packages
    return "planned"


def _size(product: Any) -> int:
    count = 1
    for values in product.values():
        count *= len(values)
    return count


def read(text: str) -> str:
    """Read a text as a matrix, and plan it."""
    found: list[Matrix] = []
    if refused(lambda: found.append(parse(text, "m.yaml", _vocabulary())), "m.yaml:"):
        return "refused"
    return planned(found[0])


CHOICES = st.lists(
    st.one_of(
        st.sampled_from(["transport=pipe", "python=3.9", "workers=1,2", "messages=auto"]),
        st.builds(
            lambda axis, values: f"{axis}={','.join(values)}",
            st.one_of(st.sampled_from(AXES), SCALARS),
            st.lists(SCALARS, max_size=3),
        ),
        st.text(max_size=12),
    ),
    max_size=2,
)
GOOD = {
    "rounds": "30",
    "precision": "2%",
    "budget": "3m",
    "seed": "1e4",
    "sessions": "2",
    "pause": "0s",
    "executor": "docker",
}
FLAGS = st.builds(
    Flags,
    only=CHOICES,
    skip=CHOICES,
    **{
        name: st.one_of(st.none(), st.none(), st.just(good), SCALARS) for name, good in GOOD.items()
    },
)


@cache
def _small() -> Matrix:
    return parse(SMALL, "m.yaml", _vocabulary())


def lay(flags: Flags) -> str:
    """Lay flags over a small matrix, and plan it."""
    found: list[Matrix] = []
    if refused(lambda: found.append(override(_small(), flags, _vocabulary())), "--"):
        return "refused"
    return planned(found[0])


MATRIX = Target(TEXTS, read)
COMMAND_LINE = Target(FLAGS, lay)
