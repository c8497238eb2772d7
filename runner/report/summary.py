"""A short report for GitHub: the job summary, and a text fit for a pull-request comment."""

from collections.abc import Iterator, Sequence

from runner.report import markdown, text
from runner.report.document import Section, Table
from runner.report.runs import names_of_runs
from runner.report.sections.failures import failures
from runner.report.sections.headlines import headlines
from runner.report.sections.noise import noise
from runner.report.sections.ratios import against
from runner.report.sections.statuses import statuses
from runner.report.sections.workers import workers
from runner.report.view import View
from runner.results import Findings

SUMMARY_LIMIT = 1024 * 1000
"""Bytes that a step may add to its summary: 1024 k; GitHub drops the whole beyond it."""
COMMENT_LIMIT = 65_536
"""Characters of a comment; GitHub refuses longer ones."""
_TABLES = 4
_CUT = "\n\n*Cut here, since GitHub shows no more. The whole report is in the run's folder.*\n"


def summary(findings: Findings, link: str = "") -> str:
    """Return Markdown for GITHUB_STEP_SUMMARY: headlines, statuses, top tables, and the link."""
    view = View(findings)
    parts = [_heading(findings), *_said(headlines(view)), _linked(link)]
    parts += [_table(one) for one in statuses(view).tables]
    contexts = view.contexts_of("transport")[:_TABLES]
    parts += [_table(against(view, one, place > 0)) for place, one in enumerate(contexts)]
    parts += [_table(one) for one in workers(view).tables[:1]]
    parts += _said(noise(view))
    parts += [_table(one) for one in failures(view).tables]
    return fit([one for one in parts if one], SUMMARY_LIMIT)


def comment(findings: Findings, link: str = "") -> str:
    """Return Markdown short enough for a comment: headlines, and one table."""
    view = View(findings)
    parts = [_heading(findings), *_said(headlines(view)), _linked(link)]
    parts += [_table(against(view, one, True)) for one in view.contexts_of("transport")[:1]]
    return fit([one for one in parts if one], COMMENT_LIMIT)


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


def _heading(findings: Findings) -> str:
    return f"## ipcmatrix: {text.markdown(names_of_runs(findings))}"


def _linked(link: str) -> str:
    return f"[The whole report]({text.address(link)})" if link else ""


def _said(section: Section) -> Iterator[str]:
    if section.headlines:
        yield "\n".join(f"- {text.markdown(one)}" for one in section.headlines)
    for sentence in section.sentences:
        yield text.markdown(sentence)
    if section.missing:
        yield section.missing


def _table(table: Table) -> str:
    return "\n\n".join(markdown.table(table))
