"""`report RUN --format NAME`: one format to stdout, or to a file; no folder is written."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from runner import output
from runner.errors import BadInputError, EnvironmentLacksError
from runner.pipeline.report import check_renderer, findings_of, placing
from runner.process import published
from runner.results import Comparison, Findings

_NOTHING = "--format {}: nothing was measured, so there is nothing to hand on"


def print_format(runs: Sequence[Path], style: str, target: Path | None) -> int:
    """Print one format of the runs' report, or write it to the file."""
    if style == "png" and target is None and sys.stdout.isatty():
        message = "--format png: a terminal shows no picture: name a file with -o FILE.png"
        raise BadInputError(message)
    if style in ("html", "png"):
        check_renderer()
    made = _suite(runs) if style == "pyperf" else _made(findings_of(runs), runs, style)
    if target is not None:
        with placing("the report", "-o"):
            target.write_bytes(made if isinstance(made, bytes) else made.encode())
        output.say(f"written: {target}")
    elif isinstance(made, bytes):
        sys.stdout.flush()
        sys.stdout.buffer.write(made)
    else:
        output.data(made)
    return 0


def _suite(runs: Sequence[Path]) -> str:
    """Return the trials for pyperf, which needs no findings."""
    from runner.analysis import complete_rounds
    from runner.report.interchange import pyperf
    from runner.runfolder import dataset

    data = dataset.load(runs)
    for one in data.truncated:
        output.say(one)
    made = pyperf([published(run) for run in data.runs], complete_rounds(data.trials))
    if not made:
        raise EnvironmentLacksError(_NOTHING.format("pyperf"))
    return made


def _made(found: Findings, runs: Sequence[Path], style: str) -> str | bytes:
    from runner import studies
    from runner.pipeline.probing import read_probes
    from runner.report import badge, finding, interchange, markdown, publication, summary, tables
    from runner.report.sections import with_added
    from runner.report.view import View

    view = View(found)
    simple: Mapping[str, Callable[[], str]] = {
        "short": lambda: summary.short(found),
        "badge": lambda: badge.badge(finding.find(view).title),
        "csv": lambda: tables.rows_as("comparisons", Comparison, view.shown)["comparisons.csv"],
        "bmf": lambda: interchange.bmf(view),
        "github-action-benchmark": lambda: interchange.action_benchmark(view),
    }
    if style in ("bmf", "github-action-benchmark") and not view.measured:
        raise EnvironmentLacksError(_NOTHING.format(style))
    if style in simple:
        return simple[style]()
    if style == "json":
        answer = finding.find(view)
        rows = [
            {
                "when": one.when,
                "use": one.use,
                "instead": "; ".join(one.instead),
                "sure": str(one.sure),
                "ratio": one.pair.ratio if one.pair else None,
                "low": one.pair.low if one.pair and one.pair.span.bounded else None,
                "high": one.pair.high if one.pair and one.pair.span.bounded else None,
                "verdict": one.pair.verdict if one.pair else "",
            }
            for one in answer.situations
        ]
        head = {name: value for name, value in asdict(answer).items() if name != "situations"}
        return json.dumps({"version": 1, **head, "situations": rows}, ensure_ascii=False, indent=1)
    if style == "png":
        from runner.report.pictures.forest import forest
        from runner.report.pictures.render import png, render

        drawing = forest(view)
        if drawing is None:
            message = "--format png: no transports were compared, so there is no picture"
            raise EnvironmentLacksError(message)
        return png(render(drawing).light)
    added = studies.additions(found, read_probes(runs))
    if style == "html":
        return publication.page_of(found, added)
    return markdown.render(publication.compose(view, (), with_added(added)))
