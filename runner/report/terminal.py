"""The short table at the end of a run, by rich: colours on a terminal, plain lines elsewhere."""

from rich.table import Table
from rich.text import Text

from runner import output
from runner.report import figures, names, phrases
from runner.report.view import View
from runner.results import Comparison, Context, Findings

_PYTHONS = 9
_STYLES = {"faster": "yellow", "slower": "cyan", "invalid": "red"}


def show(findings: Findings) -> None:
    """Print how each transport compares with the baseline, on stdout.

    Colours come only on a terminal, and never where NO_COLOR is set.
    """
    console = output.console()
    view = View(findings)
    contexts = view.contexts_of("transport")
    if contexts:
        baseline = view.baseline("transport", contexts[0])
        title = f"Speed relative to {view.name('transport', baseline)} ({view.label(contexts[0])})"
        console.print(Text(output.visible(title)))
        console.print(_table(view, contexts[0], baseline))
        console.print(Text(_legend()))
    console.print(Text(_statuses(findings)))


def _table(view: View, context: Context, baseline: str) -> Table:
    """Return transports × Pythons; of many Pythons the newest."""
    pairs = {one: view.transport_pairs(one, context) for one in view.pythons}
    pythons = [one for one in view.pythons if pairs[one]][-_PYTHONS:]
    table = Table(box=None, pad_edge=False)
    table.add_column("transport", no_wrap=True)
    for python in pythons:
        table.add_column(Text(output.visible(python)), justify="right", no_wrap=True)
    for transport in view.transports:
        if any(transport in pairs[python].arms for python in pythons):
            cells = [
                Text("1") if transport == baseline else _cell(pairs[one].get(transport, baseline))
                for one in pythons
            ]
            table.add_row(Text(output.visible(view.name("transport", transport))), *cells)
    return table


def _cell(pair: Comparison | None) -> Text:
    if pair is None:
        return Text(figures.NOTHING)
    style = _STYLES.get(pair.verdict.split()[-1], "") if pair.verdict else ""
    return Text(f"{figures.ratio(pair.ratio)} {phrases.mark(pair)}", style=style)


def _legend() -> str:
    return f"{phrases.VERDICTS_LEGEND};\n† ‡ modes mixed in few, in many rounds"


def _statuses(findings: Findings) -> str:
    counts = {name: findings.statuses.get(name, 0) for name in names.STATUSES}
    shown = ", ".join(f"{count:,} {name}" for name, count in counts.items() if count)
    return f"{figures.count(findings.planned, 'cell')} planned: {shown or 'none'}"
