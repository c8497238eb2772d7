"""A static site over many runs: what a run leaves in it, and its pages. Nothing here writes."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from markupsafe import Markup

from runner.errors import BadInputError
from runner.history import (
    MOMENT,
    RUN_ID,
    RUNS,
    ChangePoint,
    HistorySeries,
    KeptInterpreter,
    KeptMachine,
    KeptRatio,
    KeptRun,
    SeriesPoint,
)
from runner.model import AXES, python_order
from runner.model.environment_hash import environment_hash_of, mapping
from runner.report import contexts, figures, finding, page, text
from runner.report.badge import badge
from runner.report.summary import SUMMARY_LIMIT, fit
from runner.report.tables import as_csv
from runner.report.view import View
from runner.results import Comparison, Context, Findings, Span

INDEX, HISTORY, FEED, BADGE = "index.html", "history.html", "feed.xml", "badge.svg"
REPORT = "report.html"
MADE = "Made by <code>ipcmatrix publish</code>"
"""What every page of a site says at its end."""
SHOWN = 104
"""Points of a course that are drawn, the latest: two years of weekly runs."""
CHANGES, ENTRIES = 60, 20
"""Change points on the first page, entries of a feed."""
_WORD, _SENTENCE = 200, 2000
_WIDTH, _HEIGHT, _EDGE = 220, 44, 4
_ID = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)-")


def kept_of(found: Findings) -> KeptRun:
    """Return what a site keeps of a run; BadInputError where it has no usable id or time."""
    run_id = str(found.run.get("run", ""))
    if not RUN_ID.fullmatch(run_id):
        message = f"{run_id[:80]!r}: a published run's id is letters, digits and ._+-: rename it"
        raise BadInputError(message)
    rates = {one.place: one.rate for one in found.cells}
    view = View(found)
    shown = finding.find(view)
    headlines = [f"{shown.title}."]
    headlines += [
        f"If you {one.when}: {one.use}, {'; '.join(one.instead)} ({one.sure})."
        for one in shown.situations
    ]

    def place(one: Comparison) -> tuple[object, ...]:
        """Where reports show it: the usual context first, then by Python and option."""
        return (
            one.compared_axis != "transport",
            one.compared_axis,
            view.context_key(one.context),
            python_order(one.python),
            found.catalogue.key(one.compared_axis, one.a),
        )

    ratios = [
        KeptRatio(
            machine=_word(one.machine),
            axis=one.compared_axis,
            **{axis: _word(getattr(one, axis)) for axis in AXES if axis != "workers"},
            workers=one.workers,
            option=_word(one.a),
            baseline=_word(one.b),
            ratio=one.ratio,
            low=one.low if one.span.bounded else None,
            high=one.high if one.span.bounded else None,
            rounds=one.rounds,
            sessions=one.sessions,
            verdict=one.verdict,
            rate=rates.get(one.cell(one.a)),
        )
        for one in sorted(found.comparisons, key=place)
        if one.of_report and one.to_baseline and one.ratio
    ]
    return KeptRun(
        run=run_id,
        time=_began(found, run_id),
        profile=_word(mapping(found.run, "matrix").get("profile", "")),
        version=_word(found.run.get("version", "")),
        harness=_word(found.run.get("harness", ""))[:12],
        margin=found.margin,
        planned=found.planned,
        measured=found.statuses.get("ok", 0),
        headlines=[one[:_SENTENCE] for one in headlines[:100]],
        labels=_labels(view, ratios),
        machines={_word(run.get("machine", "")): _machine(run) for run in found.runs},
        interpreters={
            _word(python): KeptInterpreter(
                version=_word(mapping(facts, python).get("version", "")),
                build=_word(mapping(run, "interpreter_ids").get(python, "")),
            )
            for run in found.runs
            for facts in [mapping(run, "interpreters")]
            for python in facts
        },
        ratios=ratios,
    )


def _word(given: object) -> str:
    return str(given)[:_WORD]


def _machine(run: Mapping[str, object]) -> KeptMachine:
    facts = mapping(run, "machine_facts")
    cpu = mapping(facts, "cpu")
    return KeptMachine(
        processor=_word(cpu.get("model", "unknown processor")),
        cores=_word(cpu.get("cores", "?")),
        executor=_word(run.get("executor", "")),
        kernel=_word(mapping(facts, "kernel").get("release", "")),
        environment=environment_hash_of(run),
    )


def _began(found: Findings, run_id: str) -> str:
    """Return when the run's first session began; an older run's id says it."""
    sessions = [one for run in found.runs for one in run.get("sessions", ())]  # type: ignore[attr-defined]
    moments = sorted(str(mapping(one, "before").get("at", "")) for one in sessions)
    for moment in moments:
        if MOMENT.fullmatch(moment):
            return moment
    if parts := _ID.match(run_id):
        return "{}-{}-{}T{}:{}:{}Z".format(*parts.groups())
    message = f"{run_id}: nothing was measured, so there is nothing to publish"
    raise BadInputError(message)


def _labels(view: View, ratios: Sequence[KeptRatio]) -> dict[str, dict[str, str]]:
    """Return the labels of transports, payloads and topologies that differ from their names."""
    named: dict[str, dict[str, str]] = {}
    for one in ratios:
        for axis in ("transport", "payload", "topology"):
            arms = (one.option, one.baseline) if one.axis == axis else (getattr(one, axis),)
            for value in arms:
                label = _word(view.name(axis, value))
                if label != value:
                    named.setdefault(axis, {})[value] = label
    return named


def files_of(run: KeptRun) -> dict[str, str]:
    """Return a run's summary as JSON and as CSV, by their paths in the site."""
    columns = list(KeptRatio.model_fields)
    rows = [[getattr(one, name) for name in columns] for one in run.ratios]
    return {
        f"{RUNS}/{run.run}/summary.json": run.model_dump_json() + "\n",
        f"{RUNS}/{run.run}/summary.csv": as_csv(columns, rows),
    }


@dataclass(frozen=True, slots=True)
class Site:
    """All that the pages are made from: runs in the order of time, and what is followed."""

    runs: Sequence[KeptRun]
    followed: Mapping[HistorySeries, Sequence[SeriesPoint]]
    changes: Sequence[ChangePoint]


def pages(site: Site, url: str = "") -> dict[str, str]:
    """Return the pages by name; with the site's address a feed too, which needs whole links.

    With them is a badge with the newest finding.
    """
    environment = page.environment()
    environment.globals |= {
        "site": site,
        "newest": site.runs[-1] if site.runs else None,
        "style": Markup(page.style()),
        "policy": page.policy(),
        "report": lambda run: f"{RUNS}/{run.run}/{REPORT}",
        "day": lambda run: run.time[:10],
        "name": name_of,
        "anchor": anchor,
        "change": change_of,
        "ratio": figures.ratio,
        "newest_of": _newest,
        "hardware": _hardware,
        "url": url,
        "made_by": Markup(MADE),
    }
    made = {
        INDEX: ("site_index.html.j2", {"changes": site.changes[:CHANGES]}),
        HISTORY: ("site_history.html.j2", {"groups": _groups(site)}),
    }
    if url:
        made[FEED] = ("feed.xml.j2", {"entries": list(reversed(site.runs))[:ENTRIES]})
    written = {
        name: environment.get_template(template).render(given)
        for name, (template, given) in made.items()
    }
    said = [one.removesuffix(".") for run in site.runs[-1:] for one in run.headlines[:1]]
    return written | ({BADGE: badge(said[0])} if said else {})


def checked_url(url: str) -> str:
    """Return a site's address, ending in a slash; BadInputError for anything else."""
    try:
        parts = urlsplit(url)
        whole = parts.scheme in ("https", "http") and bool(parts.netloc)
        if whole and not parts.query and not parts.fragment:
            return text.address(url.rstrip("/") + "/")
    except ValueError:  # half of an IPv6 address, or bytes that are no text
        pass
    message = f"--url {url!r}: give the address of the site, as https://me.github.io/project/"
    raise BadInputError(message)


def _newest(point: SeriesPoint) -> str:
    ends = (None if one is None else math.exp(one) for one in (point.low, point.high))
    return figures.times(Span(math.exp(point.value), *ends))


def _hardware(run: KeptRun) -> str:
    return " and ".join(sorted({one.hardware for one in run.machines.values()}))


def anchor(series: HistorySeries) -> str:
    """Return an id that stays the same from page to page and is safe in a link."""
    return "s-" + hashlib.sha256(repr(series).encode()).hexdigest()[:12]


def name_of(series: HistorySeries, run: KeptRun) -> str:
    """Return `Queue over Pipe (3.13, int, one_to_one)`, as the run's reports call things."""
    option, baseline = (run.label(series.axis, one) for one in (series.option, series.baseline))
    where = [] if series.axis == "python" else [series.python]
    where += [] if series.axis == "transport" else [run.label("transport", series.transport)]
    where.append(contexts.label(_context(series)))
    return f"{option} over {baseline} ({', '.join(one for one in where if one)})"


def _context(series: HistorySeries) -> Context:
    return Context("", *(getattr(series, axis) for axis in Context._fields[1:]))


def change_of(change: ChangePoint, where: bool = False) -> str:
    """Return a change as a sentence; `where`: with its hardware and since when."""
    span = figures.interval(Span(change.ratio, change.low, change.high))
    levels = f"{figures.ratio(change.level_before)} → {figures.ratio(change.level_after)}"
    runs = f"{figures.count(change.runs_before, 'run')} before, {change.runs_after} since"
    also = f"; at the same time: {', '.join(change.differs)}" if change.differs else ""
    said = f"{figures.ratio(change.ratio)}× as fast as before {span} ({levels}; {runs}){also}"
    if not where:
        return said
    place = f"{name_of(change.series, change.at)} on {change.series.hardware}"
    return f"{place}: since {change.at.time[:10]} {said}."


def summary(site: Site, new: Sequence[ChangePoint], link: str = "") -> str:
    """Return Markdown for the summary of a job: the new change points, and the site."""
    known = len(site.changes) - len(new)
    parts = [
        "## Over the runs",
        f"{figures.count(len(site.runs), 'run')}, "
        f"{figures.count(len(site.followed), 'combination')} followed; "
        f"{figures.count(len(new), 'new change point')} beyond the margin, {known} known before.",
    ]
    if new:
        parts.append("\n".join(f"- {text.markdown(change_of(one, where=True))}" for one in new))
    if link:
        parts.append(f"[The site]({text.address(link)})")
    return fit(parts, SUMMARY_LIMIT)


@dataclass(frozen=True, slots=True)
class _Row:
    """A series as the history shows it."""

    series: HistorySeries
    option: str
    where: str
    newest: SeriesPoint
    course: Markup
    runs: int
    changes: Sequence[ChangePoint]


@dataclass(frozen=True, slots=True)
class _Group:
    """The series of one hardware, compared axis and context."""

    title: str
    rows: Sequence[_Row]


def _groups(site: Site) -> list[_Group]:
    """Return the history's tables, in the order of the newest runs' tables."""
    changes: dict[HistorySeries, list[ChangePoint]] = {}
    for one in site.changes:
        changes.setdefault(one.series, []).append(one)
    groups: dict[tuple[object, ...], list[_Row]] = {}
    for series, points in site.followed.items():
        run, context = points[-1].run, _context(series)
        key = (series.hardware, series.axis, run.label(series.axis, series.baseline), context)
        other = series.python if series.axis != "python" else ""
        kept = changes.get(series, [])
        row = _Row(
            series,
            run.label(series.axis, series.option),
            other or run.label("transport", series.transport),
            points[-1],
            _course(points[-SHOWN:], kept),
            len(points),
            kept,
        )
        groups.setdefault(key, []).append(row)
    return [
        _Group(
            f"{hardware}: {axis} over {baseline} ({contexts.label(context)})",  # type: ignore[arg-type]
            rows,
        )
        for (hardware, axis, baseline, context), rows in groups.items()
    ]


def _course(points: Sequence[SeriesPoint], changes: Sequence[ChangePoint]) -> Markup:
    """Return a small drawing of a series: points with intervals, and lines where it changed."""
    low = min(one.value if one.low is None else max(one.low, one.value - 1) for one in points)
    high = max(one.value if one.high is None else min(one.high, one.value + 1) for one in points)
    span = max(high - low, 0.02)
    step = (_WIDTH - 2 * _EDGE) / max(1, len(points) - 1)

    def across(place: float) -> str:
        return f"{_EDGE + place * step:.1f}"

    def down(value: float) -> str:
        share = min(1.0, max(0.0, (value - low) / span))
        return f"{_HEIGHT - _EDGE - share * (_HEIGHT - 2 * _EDGE):.1f}"

    dots = "".join(f"M{across(at)} {down(one.value)}h0" for at, one in enumerate(points))
    bars = "".join(
        f"M{across(at)} {down(one.low)}V{down(one.high)}"
        for at, one in enumerate(points)
        if one.low is not None and one.high is not None
    )
    began = {change.at.run for change in changes}
    marks = "".join(
        f"M{across(at - 0.5)} 0V{_HEIGHT}"
        for at, one in enumerate(points)
        if at and one.run.run in began
    )
    said = f"{len(points)} runs, {figures.ratio(math.exp(points[0].value))} to "
    said += figures.ratio(math.exp(points[-1].value))
    return Markup(
        '<svg class="course" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-label="{said}"><path class="bars" d="{bars}"/><path class="marks" d="{marks}"/>'
        '<path class="dots" d="{dots}"/></svg>'
    ).format(w=_WIDTH, h=_HEIGHT, said=said, bars=bars, marks=marks, dots=dots)
