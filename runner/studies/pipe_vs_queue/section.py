"""What others claim, and what was found: a verdict for each Python; and the probes' answers."""

import re
import textwrap
from collections import Counter
from collections.abc import Container, Iterable, Sequence

from runner.model import python_order
from runner.report import figures, phrases, text
from runner.report.document import Column, Entry, Section, Table, entries, two_lines
from runner.report.view import View
from runner.results import Comparison, ProbeResult
from runner.studies.pipe_vs_queue.rows import ClaimVerdict, Dispute, Judged

_SAID = (
    "Verdicts: true, false, depends, undecided, n/a (the claim is about another Python). On the "
    "page each verdict leads to its evidence."
)
_TONES = {"holds": "true", "refuted": "false", "depends": "depends"}
_SHOWN = {"holds": "true", "refuted": "false", "not decided": "undecided", figures.NOTHING: "n/a"}
_CHANGED, _CLAIM, _LINE = 8, 110, 76
_BASIS = 600
_OPEN = ("not decided", figures.NOTHING)
_PROBE = "probe:"


def claims(view: View, judged: Judged) -> Section:
    """Return claims × Python with their verdicts and evidence, and probes × Python."""
    rows = sorted(judged.claims, key=lambda row: (_number(row), python_order(row.python)))
    asked = judged.probes
    if not rows and not asked:
        return Section("claims", "Claims")
    details = []
    if rows:
        details += [*_verdicts(rows), _evidence(view, rows, asked), *_comparisons(view, rows)]
    if judged.contradictions:
        details.append(_contradictions(judged.contradictions))
    if asked:
        details += [_answers(asked), _details(asked)]
    sentences = [_SAID] * bool(rows) + _undecided(rows)
    tables = [_counts(rows), *_changed(rows)] if rows else []
    return Section("claims", "Claims", sentences, tables=tables, details=details)


def _counts(rows: Sequence[ClaimVerdict]) -> Table:
    """Return how many claims have each verdict, by Python."""
    pythons = _in_order(row.python for row in rows)
    found = Counter((row.verdict, row.python) for row in rows)
    verdicts = dict.fromkeys(["holds", "refuted", "depends", *(row.verdict for row in rows)])
    lines = [
        entries(_SHOWN.get(one, one), *(figures.whole(found[one, python]) for python in pythons))
        for one in verdicts
    ]
    columns = [Column("verdict"), *(Column(one or "all", "right") for one in pythons)]
    return Table("claims-counts", "Claims by verdict and Python", columns, lines)


def _changed(rows: Sequence[ClaimVerdict]) -> list[Table]:
    """Return the claims that are true on one Python and false on another."""
    by_number: dict[str, dict[str, list[ClaimVerdict]]] = {}
    for row in rows:
        by_number.setdefault(row.number, {}).setdefault(row.verdict, []).append(row)
    changed = [one for one in by_number.values() if "holds" in one and "refuted" in one]
    order = _in_order(row.python for row in rows)
    lines = [
        entries(
            one["holds"][0].number,
            two_lines(textwrap.wrap(text.line(one["holds"][0].claim, _CLAIM), _LINE) or [""]),
            *(_ranges({row.python for row in one[name]}, order) for name in ("holds", "refuted")),
        )
        for one in changed[:_CHANGED]
    ]
    columns = [Column("no.", "right"), Column("claim"), Column("true on"), Column("false on")]
    return [Table("claims-changed", "Claims that changed with Python", columns, lines)] * bool(
        lines
    )


def _ranges(found: Container[str], order: Sequence[str]) -> str:
    """Return 3.6, 3.8–3.13: those that follow each other in `order` as a range."""
    groups: list[list[str]] = [[]]
    for one in order:
        if one in found:
            groups[-1].append(one or "all")
        elif groups[-1]:
            groups.append([])
    return ", ".join("–".join(dict.fromkeys((one[0], one[-1]))) for one in groups if one)


def _in_order(pythons: Iterable[str]) -> list[str]:
    return sorted(set(pythons), key=python_order)


def _number(row: ClaimVerdict) -> tuple[int, str]:
    return (int(row.number), "") if row.number.isdecimal() else (10**9, row.number)


def _open(rows: Sequence[ClaimVerdict]) -> set[str]:
    """Return the numbers of the claims that are decided on no Python."""
    return {row.number for row in rows} - {row.number for row in rows if row.verdict not in _OPEN}


def _undecided(rows: Sequence[ClaimVerdict]) -> list[str]:
    if not (numbers := _open(rows)):
        return []
    of = len({row.number for row in rows})
    return [f"{len(numbers)} of {figures.count(of, 'claim')} could not be decided on any Python."]


def _verdicts(rows: Sequence[ClaimVerdict]) -> list[Table]:
    """Return the claims with their verdicts, those that nothing decides in a table of their own."""
    undecided = _open(rows)
    tables = []
    if judged := [row for row in rows if row.number not in undecided]:
        tables.append(_table("claims", "Claims and verdicts", judged))
    if others := [row for row in rows if row.number in undecided]:
        title = "Claims that could not be decided on any Python"
        tables.append(_table("claims-open", title, others))
    return tables


def _table(name: str, title: str, rows: Sequence[ClaimVerdict]) -> Table:
    pythons = _in_order(row.python for row in rows)
    found = {(row.number, row.python): row for row in rows}
    first = {row.number: row for row in reversed(rows)}
    lines = [
        entries(
            number,
            text.line(first[number].claim, 300),
            first[number].source,
            *(_verdict(found.get((number, python))) for python in pythons),
        )
        for number in dict.fromkeys(row.number for row in rows)
    ]
    columns = [Column("no.", "right"), Column("claim"), Column("source")]
    columns += [Column(one or "all") for one in pythons]
    return Table(name, title, columns, lines, heads=2)


def _verdict(row: ClaimVerdict | None) -> Entry:
    if row is None:
        return Entry(figures.NOTHING)
    link = f"#{row.anchor}" if row.anchor else ""
    return Entry(_SHOWN.get(row.verdict, row.verdict), tone=_TONES.get(row.verdict, ""), link=link)


def _evidence(view: View, rows: Sequence[ClaimVerdict], asked: Sequence[ProbeResult]) -> Table:
    measured = (pair.block for pair in view.pairs if pair.clock == "end_to_end")
    there = {block: _block_anchor(block) for block in measured}
    probes = {_probe_anchor(row.probe, row.python) for row in asked}
    lines = [
        entries(
            Entry(row.number, anchor=row.anchor),
            row.python or "all",
            _verdict(row)._replace(link=""),
            text.line(row.basis, _BASIS),
            _cells(row, there, probes),
        )
        for row in rows
    ]
    columns = [Column("no.", "right"), Column("Python"), Column("verdict")]
    columns += [Column("rests on"), Column("measured in")]
    title = "What each verdict rests on"
    return Table("claims-evidence", title, columns, lines, heads=2)


def _cells(row: ClaimVerdict, blocks: dict[str, str], probes: set[str]) -> Entry:
    """Name the blocks and probes of a verdict; each leads to its row of this section."""
    if not row.cells:
        return Entry(figures.NOTHING)
    links = []
    for one in row.cells:
        anchor = blocks.get(one, "")
        if one.startswith(_PROBE):
            anchor = _probe_anchor(one.removeprefix(_PROBE), row.python)
            anchor = anchor if anchor in probes else ""
        links.append((text.line(one, 240), f"#{anchor}" if anchor else ""))
    return Entry(", ".join(row.cells), links=tuple(links))


def _comparisons(view: View, rows: Sequence[ClaimVerdict]) -> list[Table]:
    """Return the pairs of the blocks that verdicts rest on, where there are any."""
    wanted = {one for row in rows for one in row.cells}
    found: dict[str, list[Comparison]] = {}
    for pair in view.pairs:
        if pair.block in wanted and pair.clock == "end_to_end":
            found.setdefault(pair.block, []).append(pair)
    if not found:
        return []
    lines = [line for pairs in found.values() for line in _block(view, pairs)]
    columns = [Column("block"), Column("Python"), Column("context"), Column("compared")]
    columns.append(Column("speed", "right"))
    title = "Blocks that the verdicts rest on"
    note = "by end-to-end time, with plain 95 % intervals. " + phrases.LEGEND
    return [Table("claims-blocks", title, columns, lines, note)]


def _block(view: View, pairs: list[Comparison]) -> list[list[Entry]]:
    first = pairs[0]
    head = Entry(first.block, link=view.link(first), anchor=_block_anchor(first.block))
    shown = [head, *(Entry(first.block) for _ in pairs[1:])]
    return [
        entries(
            name,
            pair.python,
            view.label(pair.context),
            f"{view.name('transport', pair.a)} / {view.name('transport', pair.b)}",
            phrases.entry(pair),
        )
        for name, pair in zip(shown, pairs, strict=True)
    ]


def _block_anchor(block: str) -> str:
    return f"block-{_slug(block)}"


def _probe_anchor(probe: str, python: str) -> str:
    return f"probe-{probe}-{_slug(python)}"


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _contradictions(rows: Sequence[Dispute]) -> Table:
    lines = [
        entries(*(text.line(one, 300) for one in (row.about, row.one, row.other, row.verdicts)))
        for row in rows
    ]
    columns = [Column("about"), Column("one says"), Column("another says"), Column("found")]
    title = "Where the sources contradict each other"
    return Table("contradictions", title, columns, lines)


def _answers(rows: Sequence[ProbeResult]) -> Table:
    pythons = _in_order(row.python for row in rows)
    found: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        found.setdefault((row.probe, row.python), {})[row.answer] = None
    lines = [
        entries(probe, *(_answer(probe, python, found) for python in pythons))
        for probe in sorted({row.probe for row in rows})
    ]
    columns = [Column("probe"), *(Column(one) for one in pythons)]
    return Table("probes", "Probes and their answers", columns, lines)


def _answer(probe: str, python: str, found: dict[tuple[str, str], dict[str, None]]) -> Entry:
    """Return what all machines answered; it leads to what the probe saw."""
    said = found.get((probe, python))
    if said is None:
        return Entry(figures.NOTHING)
    return Entry(" / ".join(said), link=f"#{_probe_anchor(probe, python)}")


def _details(rows: Sequence[ProbeResult]) -> Table:
    """Return a row for every answer; the first of a probe and Python is the one led to."""
    ordered = sorted(rows, key=lambda row: (row.probe, python_order(row.python), row.machine))
    several = len({row.machine for row in rows}) > 1
    seen: set[str] = set()
    lines = []
    for row in ordered:
        anchor = _probe_anchor(row.probe, row.python)
        detail = text.line(row.detail, _BASIS) or figures.NOTHING
        if several:
            detail = f"{row.machine}: {detail}"
        head = Entry(row.probe, anchor="" if anchor in seen else anchor)
        lines.append(entries(head, row.python, row.answer, detail))
        seen.add(anchor)
    columns = [Column("probe"), Column("Python"), Column("answer"), Column("detail")]
    title = "What the probes saw"
    return Table("probes-details", title, columns, lines, heads=2)
