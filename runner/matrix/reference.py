"""The reference of matrix.yaml in Markdown, from the models: each key, its type, default, example.

`python -m runner.matrix.reference` prints it; docs/matrix.md is that text, which a test holds.
"""

from collections.abc import Iterator
from inspect import cleandoc
from itertools import chain
from typing import Annotated, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from runner.matrix import fields
from runner.matrix.axes import CellPoint, ComparedAxes, Filter, Grid, Inclusion, SomeAxes
from runner.matrix.document import (
    ClusterKeys,
    CompareKeys,
    ImageKeys,
    LimitKeys,
    MatrixDocument,
    MeasureKeys,
    Overrides,
)
from runner.matrix.fields import Named, OneOrMore, Reads
from runner.model import DEFAULTS

HEAD = """\
# matrix.yaml: every key

Made from the program's own models by `python -m runner.matrix.reference`; do not edit by hand.
`ipcmatrix check` reports mistakes with line and column, `ipcmatrix schema` prints a JSON Schema.

Every value is read as text: `3.10` is the version 3.10 with quotes or without.
Values that hold `: ` or begin with `*`, `&`, `%` or `!` need quotes.
Aliases are supported, merge keys and tags are not.
A file holds at most a megabyte and 20,000 keys and values, and its products 2,000,000 cells.

Which cells are planned, in this order:

1. the product of the values of `axes`, then that of each entry of `grids`;
2. `exclude` takes away the cells of these products that have all values of an entry;
3. `include` adds values to cells of `axes`, or cells, exactly as in GitHub Actions.

Before that a profile is laid over the file: it replaces keys in axes, compare, measure, limits,
images and cluster, and everything else as a whole.
"""

SECTIONS: tuple[tuple[str, type[BaseModel], str], ...] = (
    (
        "Top level",
        MatrixDocument,
        "A matrix needs `axes` with `python` and `transport`, here or in a profile.",
    ),
    ("axes", SomeAxes, "The values of each axis: a list. `python` and `transport` must be listed."),
    ("grids", Grid, ""),
    (
        "exclude",
        CellPoint,
        "A list of entries; a cell that has all values of one of them is left out.",
    ),
    (
        "include",
        Inclusion,
        "A list of entries. An entry is merged into every cell of `axes` whose listed values it "
        "would not overwrite; if there is none, it makes a new cell, which needs python "
        "and transport. `python: found` means one entry per interpreter.",
    ),
    ("compare", CompareKeys, ""),
    (
        "compare.axes",
        ComparedAxes,
        "Cells are measured side by side that differ on one of these axes only.",
    ),
    (
        "compare.axes.AXIS",
        Filter,
        "Which cells take part: those that have one of the values on each axis named. `{}`: all.",
    ),
    ("compare.baseline", CellPoint, "The value on each compared axis that ratios refer to."),
    ("measure", MeasureKeys, ""),
    ("limits", LimitKeys, "Limits of a container of the executor docker."),
    ("images", ImageKeys, ""),
    ("cluster", ClusterKeys, "How `ipcmatrix run --cluster` spreads a run; where, flags say."),
    ("profiles.NAME", Overrides, "The keys that a profile may replace."),
)

_TYPES: dict[str, tuple[str, str]] = {
    "Duration": ("duration: a number and us, ms, s, m or h", "80ms"),
    "Wait": ("duration, also 0s", "10m"),
    "DurationOrNone": ("duration, or none", "3m"),
    "Fraction": ("percentage from 0.0001 % to 100 %", "5%"),
    "Load": ("number of cores, or a percentage of one", "0.25"),
    "Size": ("size: a number and B, kB, MB, GB, KiB, MiB or GiB", "256MiB"),
    "SizeOrNone": ("size, or none", "2GiB"),
    "Repository": ("repository, without a tag", "registry.example/me/ipcmatrix"),
    "Cores": ("list of cores, or none", "0-1"),
    "Natural": ("whole number from 0 on", "1"),
    "Positive": ("whole number from 1 on", "10"),
    "Factor": ("number from 1 on", "2.5"),
}
_AXES: dict[str, tuple[str, str]] = {
    "python": ("interpreter", '"3.11"'),
    "transport": ("name of a transport, with a number after a colon if it takes one", "pipe"),
    "payload": (
        "name of a payload, with numbers after a colon if it takes them; ./messages.py:order, "
        "./message.json; with fresh: before it every message is a new object",
        '"str:100"',
    ),
    "topology": ("name of a topology, as fan_out or fan_out:50us~exp", "fan_out"),
    "workers": ("whole number from 1 to 1024", "2"),
    "start_method": ("name of a start method, or default", "spawn"),
    "placement": ("free, together or apart", "together"),
    "messages": ("whole number from 1 on, or auto", "10_000"),
    "executor": ("local, docker or auto", "auto"),
    "study": ("name of a study", "pipe_vs_queue"),
}
_WHOLE: dict[str, tuple[str, str]] = {
    "axes": ("mapping", "{python: [found], transport: [pipe, queue]}"),
    "grids": ("list of mappings", "[{topology: fan_out, workers: [2, 4, 8]}]"),
    "exclude": ("list of mappings", "[{transport: queue}]"),
    "include": ("list of mappings", "[{python: found, transport: os_pipe}]"),
    "compare": ("mapping", "{margin: 2%}"),
    "baseline": ("mapping of axes", "{transport: pipe}"),
    "measure": ("mapping", "{budget: 3m}"),
    "limits": ("mapping", "{memory: 1GiB}"),
    "cluster": ("mapping", "{spread: shard, machines: 3}"),
    "images": ("mapping", "{source: hub}"),
    "packages": ("mapping of interpreters", '{"3.11": {numpy: "2.2.6"}}'),
    "plugins": ("list: file", "[./my_transports.py]"),
    "profile": ("name of a profile", "quick"),
    "profiles": ("mapping of names", "{quick: {measure: {budget: 1m}}}"),
}


def reference() -> str:
    """Return the reference as Markdown."""
    lines = HEAD.splitlines()
    for name, model, meaning in SECTIONS:
        title = name if name == "Top level" else f"`{name}`"
        words = meaning or cleandoc(model.__doc__ or "").replace("\n", " ").replace("  ", " ")
        lines += ["", f"## {title}", "", words, "", "| key | type | default | meaning | example |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for key, field in model.model_fields.items():
            kind, example = _kind(key, field)
            what, default = _what(model, key, field), _default(model, key, field)
            lines.append(f"| `{key}` | {kind} | {default} | {what} | `{key}: {example}` |")
    return "\n".join(lines) + "\n"


def examples() -> Iterator[tuple[str, str, str]]:
    """Yield section, key and example of each row."""
    for name, model, _ in SECTIONS:
        for key, field in model.model_fields.items():
            yield name, key, _kind(key, field)[1]


def _what(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    if field.description:
        return field.description.replace("\n", " ").replace("|", "\\|")
    if key in SomeAxes.model_fields:
        return str(SomeAxes.model_fields[key].description).partition(";")[0].rstrip(".") + "."
    return f"see `{key}`" if issubclass(model, Overrides) else ""


def _kind(key: str, field: FieldInfo) -> tuple[str, str]:
    """Return what may be there in words, and an example."""
    items = get_args(field.annotation) if get_origin(field.annotation) is tuple else ()
    of_items = [one.__metadata__ for one in items if get_origin(one) is Annotated]
    marks = [*field.metadata, *chain.from_iterable(of_items)]
    named = next((mark for mark in marks if isinstance(mark, Named)), None)
    if named is not None:
        kind, example = _AXES[named.axis]
        if named.axis == "python" and named.listed:
            kind, example = f"{kind}, or found", "found"
        if any(isinstance(mark, OneOrMore) for mark in marks):
            return f"{kind}; or a list", f"[{example}]"
        listed = get_origin(field.annotation) is tuple
        return (f"list: {kind}", f"[{example}]") if listed else (kind, example)
    reads = next((mark for mark in field.metadata if isinstance(mark, Reads)), None)
    if field.annotation is ComparedAxes:
        return "mapping of axes", "{transport: {}}"
    if reads is None:
        return ("mapping: a filter", "{}") if field.annotation is Filter else _WHOLE[key]
    if "enum" in reads.schema:
        known = reads.schema["enum"]
        return " or ".join(known), known[0]
    for name, found in _TYPES.items():
        if reads in get_args(getattr(fields, name)):
            return found
    raise KeyError(key)


def _default(model: type[BaseModel], key: str, field: FieldInfo) -> str:
    if model in (SomeAxes, Grid):
        return DEFAULTS.get(key, "–" if model is SomeAxes else "as in `axes`")
    value = field.get_default(call_default_factory=True, validated_data={})
    kind = next((mark for mark in field.metadata if isinstance(mark, Reads)), None)
    if value is None:
        return "none"
    if isinstance(value, str) and value:
        return value
    if kind is None or isinstance(value, (BaseModel, tuple, dict)) or value == "":
        return "–"
    if kind in (get_args(fields.Duration)[1], get_args(fields.Wait)[1]):
        return _duration(value)
    if kind == get_args(fields.Fraction)[1]:
        return f"{value * 100:g}%"
    if kind in (get_args(fields.Size)[1], get_args(fields.SizeOrNone)[1]):
        return f"{value // 2**20}MiB" if value % 2**30 else f"{value // 2**30}GiB"
    return f"{value:g}"


def _duration(seconds: float) -> str:
    for unit, length in (("h", 3600), ("m", 60), ("s", 1)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds / length:g}{unit}"
    return f"{seconds * 1000:g}ms"


if __name__ == "__main__":
    print(reference(), end="")
