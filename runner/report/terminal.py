"""The finding at the end of a run, by rich: bold on a terminal, plain lines elsewhere."""

from rich.table import Table
from rich.text import Text

from runner import output
from runner.report import figures, finding, names
from runner.report.view import View
from runner.results import Findings

WIDTH = 80


def show(findings: Findings) -> None:
    """Print the finding and what to use in which situation, on stdout.

    Bold comes only on a terminal, and never where NO_COLOR is set.
    """
    console = output.console()
    console.width = WIDTH if not console.is_terminal else console.width
    found = finding.find(View(findings))
    console.print(Text(output.visible(found.title), style="bold"))
    console.print(Text(output.visible(found.context)))
    if found.situations:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column("if you…", ratio=4)
        table.add_column("use", ratio=3)
        table.add_column(Text(output.visible(f"instead of {found.baseline}")), ratio=5)
        table.add_column("how sure", ratio=3)
        for row in found.situations:
            style = "bold" if row.advised else ""
            table.add_row(
                Text(output.visible(row.when)),
                Text(output.visible(row.use), style=style),
                Text(output.visible(row.instead)),
                Text(output.visible(row.sure)),
            )
        console.print()
        console.print(table)
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
