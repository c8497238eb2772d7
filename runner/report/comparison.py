"""What `ipcmatrix compare` says: text, Markdown, versioned JSON, GitHub's summary and comment."""

import json
import math
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Literal

from runner.model import AXES, Cell, python_order
from runner.report import figures, markdown, names, phrases, summary, tables, text
from runner.report.contexts import cell_words, label
from runner.report.document import Column, Entry, Table, entries
from runner.results import Change, Changes, GroupChange, Outcome, Ungrouped

VERSION = 1
"""Of the JSON: a field may be added to it, and none is taken away or changed without a new one."""
Style = Literal["text", "md", "json", "github"]

MOST_ROWS = 25
"""Changes that the text lists; it counts the rest."""

_SHOWN = 60
_OUTCOMES: Mapping[Outcome, str] = {
    "no gate": "",
    "passed": "The gate {gate} passes: nothing is beyond it, and nothing is undecided.",
    "failed": "The gate {gate} fails: {failed} beyond it.",
    "undecided": (
        "The gate {gate} does not fail, but it cannot be called passed either: {open}. "
        "More rounds or sessions decide, and what failed must be measured again."
    ),
}
_URGENT = ("slower", "invalid", "open", "faster")


def render(changes: Changes, style: Style, link: str = "", width: int = 80) -> str:
    """Return the comparison in one of the styles, ready to be printed; text has that width."""
    match style:
        case "text":
            return "\n".join(_text(changes, width)) + "\n"
        case "md":
            return "\n\n".join(_parts(changes, link, None)) + "\n"
        case "json":
            return as_json(changes)
        case "github":
            return summary.fit(_parts(changes, link, _SHOWN), summary.SUMMARY_LIMIT)


def comment(changes: Changes, link: str = "") -> str:
    """Return the verdict and the most urgent changes in less than a comment's limit."""
    return summary.fit(_parts(changes, link, 15), summary.COMMENT_LIMIT)


def _text(changes: Changes, width: int) -> Iterator[str]:
    """Yield lines: the gate, a row for each change, then what did not change, counted."""

    def wrapped(line: str, indent: str = "") -> Iterator[str]:
        yield from textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)

    yield from wrapped(_title(changes))
    if said := _gate(changes):
        yield ""
        yield from wrapped(said)
    rows = _changed(changes)
    if rows or changes.groups:
        yield ""
    for group in changes.groups:
        what = f"{group.by} {names.shown(changes.catalogue, group.by, group.value)}"
        cells = figures.count(group.cells, "combination")
        moved = figures.times(group.span)
        yield from wrapped(f"{group.verdict:<7} {moved}  {what} ({cells} pooled)", " " * 8)
    for verdict, moved, what in rows[:MOST_ROWS]:
        yield from wrapped(f"{verdict:<7} {moved}  {what}", " " * 8)
    if len(rows) > MOST_ROWS:
        more = figures.count(len(rows) - MOST_ROWS, "more change")
        yield f"… and {more}, smaller than these: --format md has all"
    yield ""
    if not rows:
        yield "No change is certain."
    yield from wrapped(_counted(changes))
    notes = [*_unpaired_note(changes), *changes.notes]
    notes += [_ungrouped(changes, one) for one in changes.ungrouped]
    if changes.left_out:
        notes += [f"left out: {number:,} {reason}" for reason, number in _reasons(changes)[:5]]
    for note in notes:
        yield from wrapped(f"- {text.line(note, 400)}", "  ")
    if rows:
        yield ""
        yield from wrapped(_note(changes))


def _changed(changes: Changes) -> list[tuple[str, str, str]]:
    """Return verdict, change and combination of what is faster or slower, the largest first.

    What failed the gate comes before; a change that several machines show alike is one row.
    """
    failed = {(one.place, one.compared_axis) for one in changes.failed}

    def fails(row: Change) -> bool:
        return (row.place, row.compared_axis) in failed

    alike: dict[tuple[object, ...], list[Change]] = {}
    for row in changes.cells:
        if row.verdict in ("faster", "slower"):
            key = (fails(row), row.verdict, row.compared_axis, row.baseline, row.place[1:])
            alike.setdefault(key, []).append(row)
    machines = len({row.machine for row in changes.cells})

    def size(rows: Sequence[Change]) -> float:
        return max(abs(math.log(row.ratio or 1.0)) for row in rows)

    found = []
    for rows in sorted(alike.values(), key=lambda rows: (not fails(rows[0]), -size(rows))):
        first, ratios = rows[0], sorted(row.ratio or 1.0 for row in rows)
        moved = figures.times(first.span)
        if len(rows) > 1:
            moved = f"{figures.ratio(ratios[0])}–{figures.ratio(ratios[-1])}×"
        cell = Cell(*(getattr(first, axis) for axis in AXES))
        parts = [cell_words(cell, changes.catalogue, changes.axis)]
        if first.baseline and not changes.axis:
            base = names.shown(changes.catalogue, first.compared_axis, first.baseline)
            parts.append(f"against {base}")
        if machines > 1:
            one = f"machine {text.line(first.machine, 40)}"
            parts.append(one if len(rows) == 1 else f"{len(rows)} of {machines} machines")
        marks = dict.fromkeys(mark for row in rows for mark in row.marks)
        parts += [text.line(mark, 120) for mark in marks]
        found.append((first.verdict, moved, ", ".join(one for one in parts if one)))
    return found


def _unpaired_note(changes: Changes) -> list[str]:
    number = sum(not row.rounds_old for row in changes.cells)
    if not number:
        return []
    pairs = f"{figures.count(number, 'pair')} {'was' if number == 1 else 'were'}"
    return [
        f"{pairs} not measured side by side, so there is no verdict: add {changes.axis} to "
        "compare.axes of the matrix"
    ]


def as_json(changes: Changes) -> str:
    """Return one JSON object: version, outcome, counts of the verdicts, and every row."""
    content = {
        "version": VERSION,
        "old": changes.old,
        "new": changes.new,
        "axis": changes.axis,
        "margin": changes.margin,
        "between_sessions": changes.tau,
        "gate": changes.gate,
        "outcome": changes.outcome,
        "notes": list(changes.notes),
        "verdicts": counts(changes),
        "cells": _records(changes.cells),
        "groups": _records(changes.groups),
        "ungrouped": _records(changes.ungrouped),
        "left_out": _records(changes.left_out),
        "failed": _records(changes.failed),
        "undecided": _records(changes.undecided),
    }
    return json.dumps(content, indent=1, allow_nan=False, default=str) + "\n"


def counts(changes: Changes) -> dict[str, int]:
    """Return how many cells have each verdict, in the order of the verdicts."""
    found = [row.verdict for row in changes.cells]
    return {verdict: found.count(verdict) for verdict in phrases.MARKS if verdict in found}


def _records(rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [{one.name: tables.value(getattr(row, one.name)) for one in fields(row)} for row in rows]


def _parts(changes: Changes, link: str, most: int | None) -> list[str]:
    rows = _urgent_first([row for row in changes.cells if row.rounds_old])
    said = _gate(changes)
    parts = [f"## {text.markdown(_title(changes))}", f"**{text.markdown(said)}**" if said else ""]
    parts.append(text.markdown(_counted(changes)))
    notes = [*_unpaired_note(changes), *changes.notes]
    notes += [_ungrouped(changes, one) for one in changes.ungrouped]
    parts += [f"- {text.markdown(text.line(one, 400))}" for one in notes]
    parts += [f"[The whole comparison]({text.address(link)})"] if link else []
    if changes.groups:
        parts += markdown.table(_groups(changes))
    several = len({row.machine for row in rows}) > 1
    if rows:
        parts += markdown.table(_cells(changes, rows[:most], several))
    if most is not None and len(rows) > most:
        more = figures.count(len(rows) - most, "cell")
        are = "is" if len(rows) - most == 1 else "are"
        parts.append(f"{more} more {are} in the whole comparison.")
    if len(changes.left_out):
        parts += markdown.table(_left_out(changes, most))
    return [part for part in parts if part]


def _title(changes: Changes) -> str:
    old, new = text.line(changes.old, 80), text.line(changes.new, 80)
    axis = f"{changes.axis} " if changes.axis else ""
    return f"What changed from {axis}{old} to {new}"


def _gate(changes: Changes) -> str:
    """Return what became of the gate, or "" without one."""
    return _OUTCOMES[changes.outcome].format(
        gate=changes.gate,
        failed=figures.count(len(changes.failed), "cell"),
        open=_open(changes),
    )


def _open(changes: Changes) -> str:
    """Return what the gate could not decide: cells that are compared, and cells that were lost."""
    undecided, lost = len(changes.undecided), len(changes.lost)
    parts = [f"{figures.count(undecided, 'cell')} undecided"] if undecided else []
    parts += [f"{figures.count(lost, 'cell')} without a ratio in the new"] if lost else []
    return ", ".join(parts)


def _counted(changes: Changes) -> str:
    verdicts = [row.verdict for row in changes.cells if row.rounds_old]
    found = [(verdicts.count(one), one) for one in phrases.MARKS if one in verdicts]
    said = ", ".join(f"{number:,} {verdict}" for number, verdict in found) or "nothing"
    out = figures.count(len(changes.left_out), "cell")
    return f"Compared: {said}. Left out: {out}."


def _urgent_first(rows: Sequence[Change]) -> list[Change]:
    def key(row: Change) -> tuple[object, ...]:
        place = _URGENT.index(row.verdict) if row.verdict in _URGENT else len(_URGENT)
        named = (python_order(row.python), row.transport, row.payload, row.workers)
        return (place, row.ratio or 0.0, *named)

    return sorted(rows, key=key)


def _change(row: Change | GroupChange) -> Entry:
    mark = phrases.MARKS.get(row.verdict, "?")
    note = figures.interval(row.span)
    return Entry(f"{figures.ratio(row.ratio)} {mark}", note, row.ratio, row.verdict)


def _cells(changes: Changes, rows: Sequence[Change], several: bool) -> Table:
    lines = [
        entries(
            row.python,
            names.shown(changes.catalogue, "transport", row.transport),
            label(row.context, several),
            _change(row),
            row.verdict,
            names.shown(changes.catalogue, row.compared_axis, row.baseline)
            if row.baseline
            else figures.NOTHING,
            Entry(figures.scaled(row.rate_old), value=row.rate_old),
            Entry(figures.scaled(row.rate_new), value=row.rate_new),
            ", ".join(row.marks) or figures.NOTHING,
        )
        for row in rows
    ]
    columns = [
        Column("Python"),
        Column("transport"),
        Column("where"),
        Column("change, new over old", "right"),
        Column("verdict"),
        Column("against"),
        Column("old, messages/s", "right"),
        Column("new, messages/s", "right"),
        Column("marks"),
    ]
    note = _note(changes)
    return Table("changes", "Cells", columns, lines, note, heads=2)


def _note(changes: Changes) -> str:
    margin = figures.percent(changes.margin)
    if changes.axis:
        return f"Speed of the new value relative to the old; within ±{margin} is the same."
    scatter = figures.percent(changes.tau, 1)
    return (
        "Two runs never share a round: a cell's change is that of its ratio to the baseline "
        f"named, with {scatter} scatter between sessions in the interval; within ±{margin} is the "
        "same. Rates depend on the machine's load and are not compared."
    )


def _groups(changes: Changes) -> Table:
    lines = [
        entries(
            f"{row.by} {names.shown(changes.catalogue, row.by, row.value)}",
            Entry(figures.whole(row.cells), value=row.cells),
            _change(row),
            row.verdict,
            ", ".join(row.marks) or figures.NOTHING,
        )
        for row in changes.groups
    ]
    columns = [Column("cells of"), Column("cells", "right")]
    columns += [Column("change, new over old", "right"), Column("verdict"), Column("marks")]
    return Table("groups", "Groups", columns, lines)


def _ungrouped(changes: Changes, row: Ungrouped) -> str:
    group = f"group {row.by} {names.shown(changes.catalogue, row.by, row.value)}"
    of = figures.count(row.of, "cell")
    if row.cells < row.of:
        return f"The {group} lacks {row.cells:,} of {of}: {row.reasons}."
    all_ = f"its {of} is" if row.of == 1 else f"all its {of} are"
    return f"There is no {group}, for {all_} left out: {row.reasons}."


def _left_out(changes: Changes, most: int | None) -> Table:
    lines = [
        entries(text.line(reason, 300), Entry(figures.whole(number), value=number))
        for reason, number in _reasons(changes)[:most]
    ]
    columns = [Column("reason"), Column("cells", "right")]
    return Table("left-out", "Cells that are not compared", columns, lines)


def _reasons(changes: Changes) -> list[tuple[str, int]]:
    """Return why cells are left out, each with their number, the most frequent first."""
    found = Counter(one.reason for one in changes.left_out)
    return sorted(found.items(), key=lambda one: (-one[1], one[0]))
