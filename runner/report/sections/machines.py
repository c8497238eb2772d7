"""What holds on several machines: ratios pooled over machines of one kind, never rates."""

from collections.abc import Iterator

from runner.report import figures, phrases
from runner.report.contexts import label
from runner.report.document import Column, Entry, Table, entries
from runner.report.view import View
from runner.results import AcrossMachines

_COLUMNS = (
    Column("comparison"),
    Column("where"),
    Column("over the machines", "right"),
    Column("agree"),
    Column("sd between machines", "right"),
    Column("next machine", "right"),
)
_NOTE = (
    "Ratios are pooled over machines of one kind: the same processor, memory, kernel, limits, "
    "executor and interpreters. “Agree”: machines whose own verdict is the same."
)


def over_machines(view: View) -> list[Table]:
    """Return a table of the pooled ratios to the baselines for each kind of machine."""
    rows = [
        one
        for one in view.findings.across
        for context in [one.context._replace(machine=one.machines[0])]
        if one.b == view.baseline(one.compared_axis, context)
    ]
    kinds = dict.fromkeys(one.kind for one in rows)
    return [
        Table(
            "machines" if len(kinds) == 1 else f"machines-{kind}",
            f"Over {', '.join(sorted({name for one in own for name in one.machines}))}",
            _COLUMNS,
            [_line(view, one) for one in own],
            f"{_NOTE} {phrases.LEGEND}",
        )
        for kind in kinds
        for own in [[one for one in rows if one.kind == kind]]
    ]


def _line(view: View, row: AcrossMachines) -> list[Entry]:
    a, b = (view.name(row.compared_axis, one) for one in (row.a, row.b))
    mark = phrases.MARKS.get(row.verdict, "?")
    expected = figures.NOTHING
    if row.next_low is not None and row.next_high is not None:
        expected = f"{figures.ratio(row.next_low)}–{figures.ratio(row.next_high)}"
    return entries(
        f"{a} / {b}",
        place(view, row),
        Entry(f"{figures.ratio(row.ratio)} {mark}", figures.interval(row.span), row.ratio),
        f"{row.agree} of {figures.count(len(row.machines), 'machine')}",
        Entry(figures.percent(row.tau, 1) if row.tau is not None else figures.NOTHING),
        expected,
    )


def place(view: View, row: AcrossMachines) -> str:
    """Return interpreter or transport, and the context."""
    own = [] if row.compared_axis == "python" else [row.python]
    own += [] if row.compared_axis == "transport" else [view.name("transport", row.transport)]
    return ", ".join([*own, label(row.context)])


def opposed(view: View) -> list[AcrossMachines]:
    """Return what machines together say of own channels over the shared one, on the newest."""
    return [
        one
        for one in view.findings.across
        if one.python == view.newest and {one.a, one.b} == set(view.opposed)
    ]


def sentence(view: View, row: AcrossMachines) -> str:
    """Return what machines of one kind say together, in one sentence."""
    if row.verdict == "slower":
        row = row.flipped()
    a, b = (view.name(row.compared_axis, one) for one in (row.a, row.b))
    factor = figures.times(row.span)
    said = {
        "faster": f"{a} is {factor} as fast as {b}",
        "equal": f"{a} and {b} are equally fast: {factor}",
    }.get(row.verdict, f"{a} against {b}: the machines together do not decide, {factor}")
    count = len(row.machines)
    parts = [f"on {row.agree} of {figures.count(count, 'machine')}"]
    if row.tau is not None:
        parts.append(f"sd between machines {figures.percent(row.tau, 1)}")
    if row.next_low is not None and row.next_high is not None:
        low, high = figures.ratio(row.next_low), figures.ratio(row.next_high)
        parts.append(f"next machine expected {low}–{high}")
    return f"{said} {parts[0]} ({place(view, row)}); {'; '.join(parts[1:])}."


def shared(view: View) -> Iterator[str]:
    """Say which machines share a processor."""
    for names in view.findings.shared_kernels:
        yield (
            f"{', '.join(names)} are on one kernel: they share a processor, so they measured in "
            "turn or disturbed each other, and are not independent machines."
        )
