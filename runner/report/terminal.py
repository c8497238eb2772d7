"""The finding at the end of a run, by rich: bold on a terminal, plain lines elsewhere."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from runner import output
from runner.report import figures, finding, names
from runner.report.finding import Finding
from runner.report.situations import Situation
from runner.report.view import View
from runner.results import Findings

ROOMY = 110
"""Columns from which on a situation has one line, and not its figures on a second."""


def show(findings: Findings) -> None:
    """Print the finding and what to use in which situation, on stdout.

    Bold comes only on a terminal, and never where NO_COLOR is set.
    """
    console = output.console()
    found = finding.find(View(findings))
    console.print(Text(output.visible(found.title), style="bold"))
    console.print(Text(output.visible(found.context)))
    if found.situations:
        console.print()
        if console.width < ROOMY:
            _stacked(console, found)
        else:
            console.print(_table(found))
        console.print()
    counts = findings.statuses
    rest = {name: counts[name] for name in counts if name != "ok" and counts[name]}
    if rest:
        said = ", ".join(
            f"{count:,} {names.STATUSES.get(name, name)}" for name, count in rest.items()
        )
        console.print(
            Text(f"{figures.count(sum(rest.values()), 'combination')} without figures: {said}")
        )


def _table(found: Finding) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("if you…", no_wrap=True)
    table.add_column("use", no_wrap=True)
    table.add_column(Text(output.visible(f"instead of {found.baseline}")))
    for row in found.situations:
        table.add_row(Text(output.visible(row.when)), _use(row), Text(_figures(row)))
    return table


def _stacked(console: Console, found: Finding) -> None:
    """Print each situation with what to use, and the figures on a line below."""
    room = max(len(output.visible(row.when)) for row in found.situations)
    header = f"{'if you…':<{room}}  use, instead of {found.baseline}"
    console.print(Text(output.visible(header), style="bold"))
    for row in found.situations:
        line = Text(f"{output.visible(row.when):<{room}}  ")
        console.print(line.append_text(_use(row)))
        console.print(Text(f"  {_figures(row)}"))


def _use(row: Situation) -> Text:
    return Text(output.visible(row.use), style="bold" if row.advised else "")


def _figures(row: Situation) -> str:
    return output.visible(f"{'; '.join(row.instead)} · {row.sure}")
