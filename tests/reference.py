"""docs/run-folder.md and, with `tables`, docs/tables.md: python -m tests.reference [tables]"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from runner import studies
from runner.report.tables import page as tables_page
from runner.runfolder.columns import CELLS, PROBES, TRIALS, CsvColumn
from runner.runfolder.head import FORMAT, Head

PAGE = """\
# The run folder

`ipcmatrix run` makes one folder for each run, `reports/<run-id>/`.
This page is generated: `python -m tests.reference > docs/run-folder.md`.
To change what it says, change the descriptions in `columns.py` and `head.py` of `runner/runfolder`.

| file | content |
| --- | --- |
| `run.json` | what was asked for, where and how it was measured |
| `cells.csv` | every planned cell with its status |
| `trials/<machine>.csv` | every trial, one row each |
| `probes.csv` | answers of the probes, if a study asked for them |
| `parts/` | instead of these, in a run of several machines: a run folder for each of them |
| `cut/` | what `--resume` cut from the end of a file; nothing reads it |
| `report.md`, `report.html`, `pictures/`, `tables/` | the report; see [tables.md](tables.md) |

The report can be made again at any time from the other files: `ipcmatrix report RUN`.
All text is UTF-8, and lines end with LF.
`report`, `compare` and `--resume` check a run folder by the same rules.
They refuse what ipcmatrix did not write, with file and line.
A file whose last round is incomplete is read without that round; the program says so.
Links, pipes and devices in a run folder are refused.

## CSV files

The first line holds the names of the columns.
An empty field means unknown, or not applicable.
Times and durations are in seconds unless the unit says otherwise.
In text, control characters are escaped (`\\n`, `\\x1b`) and backslashes are doubled.
Where a spreadsheet would see a formula, the first character is escaped: `\\x3d` for `=`.
Columns marked * were added later: older files lack them, and `--resume` refuses such files.

### trials/\\<machine>.csv

{trials}

### cells.csv

{cells}

### probes.csv

{probes}

## run.json

The format's version is {format}; other versions are refused.
`[]` marks entries of a list.
Entries with a default may be missing from older runs.
Entries that a later version added are ignored.
Nothing in this file names a user or a host: [security.md](security.md).

{head}
"""

KINDS: Mapping[str, str] = {
    "text": "text",
    "category": "name",
    "whole": "whole number",
    "float": "number",
    "flag": "0 or 1",
    "time": "time",
    "json": "JSON object",
}


def page() -> str:
    """Return the text of docs/run-folder.md."""
    return PAGE.format(
        trials=_columns(TRIALS),
        cells=_columns(CELLS),
        probes=_columns(PROBES),
        format=FORMAT,
        head=_table(("entry", "type", "default", "meaning"), _entries()),
    )


def _columns(columns: tuple[CsvColumn, ...]) -> str:
    rows = [
        (f"`{one.name}`{'*' if one.added else ''}", KINDS[one.kind], one.unit, one.meaning)
        for one in columns
    ]
    return _table(("column", "type", "unit", "meaning"), rows)


def _entries() -> Iterator[tuple[str, ...]]:
    schema = Head.model_json_schema()
    yield from _of_model(schema, "", schema["$defs"])


def _of_model(model: Any, prefix: str, known: Any) -> Iterator[tuple[str, ...]]:
    for name, entry in model["properties"].items():
        default = "needed" if name in model.get("required", ()) else _default(entry)
        yield f"`{prefix}{name}`", _type(entry), default, entry["description"]
        inner, more = (entry["items"], "[]") if "items" in entry else (entry, "")
        if "$ref" in inner:
            part = known[inner["$ref"].rpartition("/")[2]]
            yield from _of_model(part, f"{prefix}{name}{more}.", known)


def _default(entry: Any) -> str:
    default = entry["default"]
    return "" if default in ("", None, {}, []) else f"`{default}`"


def _type(entry: Any) -> str:
    """Return the type of an entry of a JSON schema in words."""
    if "anyOf" in entry:
        return " or ".join(_type(one) for one in entry["anyOf"])
    if "$ref" in entry:
        return "object"
    kind = str(entry.get("type", "anything"))
    if kind == "array":
        return f"list of {_type(entry['items'])}"
    if kind == "object" and "additionalProperties" in entry:
        values = entry["additionalProperties"]
        return f"object: name → {_type(values) if isinstance(values, dict) else 'anything'}"
    least = f" ≥ {entry['minimum']:g}" if "minimum" in entry else ""
    names = {"string": "text", "integer": "whole number", "object": "object"}
    return names.get(kind, kind) + least


def _table(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [names, ("---",) * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def tables() -> str:
    """Return docs/tables.md."""
    return tables_page({name: studies.load(name).TABLES for name in studies.STUDIES})


if __name__ == "__main__":
    print(tables() if sys.argv[1:] == ["tables"] else page(), end="")
