"""What others claim, and what was found: a verdict for each Python; and the probes' answers."""

from collections.abc import Iterable

from runner.report import figures, names, text
from runner.report.document import Column, Entry, Section, Table, entries
from runner.report.reading import read
from runner.report.rows import ClaimRow, ContradictionRow, ProbeRow
from runner.report.view import View

_MISSING = (
    "No claim was judged and no probe was asked. `ipcmatrix run --profile claims` measures what "
    "they need."
)
_SAID = (
    "A claim holds, is refuted, depends (on what, the table of grounds says), or is not decided "
    "by what was measured. Each verdict leads to its grounds."
)
_TONES = {"holds": "faster", "refuted": "slower", "depends": "inconclusive"}
_BASIS = 600


def claims(view: View) -> Section:
    """Return claims × Python with their verdicts and grounds, and probes × Python."""
    judged = read(view.findings.claims, ClaimRow)
    asked = read(view.findings.probes, ProbeRow)
    if not judged and not asked:
        return Section("claims", "Claims", missing=_MISSING)
    tables = []
    if judged:
        judged.sort(key=lambda row: (_number(row), names.version_key(row.python)))
        tables += [_verdicts(judged), _grounds(view, judged)]
    said = read(view.findings.contradictions, ContradictionRow)
    if said:
        tables.append(_contradictions(said))
    if asked:
        tables += [_answers(asked), _details(asked)]
    sentences = [_SAID] if judged else []
    return Section("claims", "Claims", sentences=sentences, tables=tables)


def _in_order(pythons: Iterable[str]) -> list[str]:
    return sorted(set(pythons), key=names.version_key)


def _number(row: ClaimRow) -> tuple[int, str]:
    return (int(row.number), "") if row.number.isdecimal() else (10**9, row.number)


def _verdicts(rows: list[ClaimRow]) -> Table:
    pythons = _in_order(row.python for row in rows)
    found = {(row.number, row.python): row for row in rows}
    first = {row.number: row for row in reversed(rows)}
    lines = [
        entries(
            number,
            text.line(first[number].claim, 300),
            first[number].seed,
            *(_verdict(found.get((number, python))) for python in pythons),
        )
        for number in dict.fromkeys(row.number for row in rows)
    ]
    columns = [Column("no.", "right"), Column("claim"), Column("stands in")]
    columns += [Column(one or "all") for one in pythons]
    return Table("claims", "Claims and verdicts", columns, lines, heads=2)


def _verdict(row: ClaimRow | None) -> Entry:
    if row is None:
        return Entry(figures.NOTHING)
    link = f"#{row.anchor}" if row.anchor else ""
    return Entry(row.verdict, tone=_TONES.get(row.verdict, ""), link=link)


def _grounds(view: View, rows: list[ClaimRow]) -> Table:
    lines = [
        entries(
            Entry(row.number, anchor=row.anchor),
            row.python or "all",
            _verdict(row)._replace(link=""),
            text.line(row.basis, _BASIS),
            _cells(view, row),
        )
        for row in rows
    ]
    columns = [Column("no.", "right"), Column("Python"), Column("verdict")]
    columns += [Column("rests on"), Column("measured in")]
    title = "What each verdict rests on"
    return Table("claims-grounds", title, columns, lines, folded=True, heads=2)


def _cells(view: View, row: ClaimRow) -> Entry:
    """Name the blocks and probes of a verdict, and lead to the first block."""
    if not row.cells:
        return Entry(figures.NOTHING)
    pair = next((view.blocks[one] for one in row.cells if one in view.blocks), None)
    named = text.line(", ".join(row.cells), 240)
    return Entry(named, link=view.link(pair) if pair else "")


def _contradictions(rows: list[ContradictionRow]) -> Table:
    lines = [
        entries(*(text.line(one, 300) for one in (row.about, row.one, row.other, row.verdicts)))
        for row in rows
    ]
    columns = [Column("about"), Column("one says"), Column("another says"), Column("found")]
    title = "Where the sources contradict each other"
    return Table("contradictions", title, columns, lines, folded=True)


def _answers(rows: list[ProbeRow]) -> Table:
    pythons = _in_order(row.python for row in rows)
    found = {(row.probe, row.python): row.answer for row in rows}
    lines = [
        entries(probe, *(found.get((probe, python), figures.NOTHING) for python in pythons))
        for probe in sorted({row.probe for row in rows})
    ]
    columns = [Column("probe"), *(Column(one) for one in pythons)]
    return Table("probes", "Probes and their answers", columns, lines)


def _details(rows: list[ProbeRow]) -> Table:
    ordered = sorted(rows, key=lambda row: (row.probe, names.version_key(row.python)))
    lines = [
        entries(row.probe, row.python, row.answer, text.line(row.detail, _BASIS))
        for row in ordered
        if row.detail
    ]
    columns = [Column("probe"), Column("Python"), Column("answer"), Column("detail")]
    title = "What the probes saw"
    return Table("probes-details", title, columns, lines, folded=True, heads=2)
