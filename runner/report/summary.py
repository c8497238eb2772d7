"""A short report for GitHub: the job summary, and a text fit for a pull-request comment."""

from collections.abc import Iterator, Sequence

from runner.report import finding, markdown, text
from runner.report.document import Section, Table
from runner.report.names import names_of_runs
from runner.report.sections.answer import answer
from runner.report.sections.failures import failures
from runner.report.sections.noise import noise
from runner.report.sections.ratios import ratios
from runner.report.sections.workers import workers
from runner.report.view import View
from runner.results import Findings

SUMMARY_LIMIT = 1024 * 1000
"""Bytes that a step may add to its summary: 1024 k; GitHub drops the whole beyond it."""
COMMENT_LIMIT = 65_536
"""Characters of a comment; GitHub refuses longer ones."""
_CUT = "\n\n*Cut here, since GitHub shows no more. The whole report is in the run's folder.*\n"


def summary(findings: Findings, link: str = "") -> str:
    """Return Markdown for GITHUB_STEP_SUMMARY: finding, statuses, top tables, and the link."""
    view = View(findings)
    parts = [*_finding(view), _linked(link)]
    for make in (ratios, workers, failures, noise):
        section = make(view)
        if section.brief:
            parts += [f"### {text.markdown(section.title)}", *_said(section)]
    return fit([one for one in parts if one], SUMMARY_LIMIT)


def comment(findings: Findings, link: str = "") -> str:
    """Return Markdown short enough for a comment: the finding, and a table of all Pythons."""
    view = View(findings)
    parts = [*_finding(view), _linked(link), *_said(ratios(view))]
    return fit([one for one in parts if one], COMMENT_LIMIT)


def short(findings: Findings) -> str:
    """Return the finding as Markdown to paste: title, context, and the table by situation."""
    return "\n\n".join(_finding(View(findings))) + "\n"


def fit(parts: Sequence[str], limit: int) -> str:
    """Return as many whole parts as there is room for, with a note where some are left out."""
    room = limit - len(_CUT.encode())
    kept: list[str] = []
    for part in parts:
        room -= len(part.encode()) + 2
        if room < 0:
            return "\n\n".join(kept) + _CUT
        kept.append(part)
    return "\n\n".join(kept) + "\n"


def _finding(view: View) -> Iterator[str]:
    found = finding.find(view)
    yield f"## {text.markdown(found.title)}"
    yield text.markdown(f"ipcmatrix · {found.context} · {names_of_runs(view.findings)}")
    section = answer(view)
    if section.missing:
        yield section.missing
    for table in section.tables:
        yield _table(table)


def _linked(link: str) -> str:
    return f"[The whole report]({text.address(link)})" if link else ""


def _said(section: Section) -> Iterator[str]:
    for sentence in section.sentences:
        yield text.markdown(sentence)
    for table in section.tables:
        yield _table(table)


def _table(table: Table) -> str:
    return "\n\n".join(markdown.table(table))
