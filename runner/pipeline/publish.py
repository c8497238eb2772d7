"""The verb `publish`: runs → a static site that keeps its own history."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from runner import output, studies
from runner.analysis.change_points import change_points, history_series, since
from runner.analysis.changes import parse_gate
from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import Drafts, read
from runner.history import RUNS, ChangePoint, KeptRun, read_kept
from runner.pipeline.compare import GATE_FAILED
from runner.pipeline.probing import read_probes
from runner.pipeline.report import append_summary, check_renderer, findings_of, placing
from runner.report import figures, site
from runner.report.publication import page_of


def publish(
    *,
    folder: Path,
    runs: Sequence[Path],
    url: str | None,
    fail_on: str | None,
    github: bool,
    as_json: bool,
) -> int:
    """Add runs to the site in `folder` and write its pages; 4 where the gate fails."""
    gate = parse_gate(fail_on) if fail_on is not None else None
    address = site.checked_url(url) if url is not None else ""
    if runs:
        check_renderer()
    before, said = read_kept(folder)
    _check_place(folder, bool(before), bool(runs))
    for line in said:
        output.say(line)
    files: dict[str, str] = {}
    added: dict[str, KeptRun] = {}
    for run in runs:
        found = findings_of([run])
        kept = site.kept_of(found)
        added[kept.run] = kept
        files |= site.files_of(kept)
        additions = studies.additions(found, read_probes([run]))
        files[f"{RUNS}/{kept.run}/{site.REPORT}"] = page_of(found, additions)
    together = {one.run: one for one in before} | added
    kept_runs = sorted(together.values(), key=lambda one: (one.time, one.run))
    margin = kept_runs[-1].margin if kept_runs else 0.0
    followed = history_series(kept_runs)
    changes = change_points(followed, margin)
    earlier = history_series([one for one in before if one.run not in added])
    new = since(changes, change_points(earlier, margin))
    whole = site.Site(kept_runs, followed, changes)
    files |= {".nojekyll": "", **site.pages(whole, address)}
    with placing("the site", "SITE"), Drafts(folder, durable=True) as drafts:
        for name, content in files.items():
            drafts.write(name, content)
        if not address:
            drafts.remove(site.FEED)  # that of an earlier time would stay as it is
    failed = [one for one in new if gate is not None and gate.beyond(one.ratio, one.ratio)]
    if github:
        try:
            append_summary(site.summary(whole, new, address))
        except EnvironmentLacksError as error:
            if not failed:
                raise
            output.say(error)
    page = folder / site.INDEX
    if as_json:
        output.data(json.dumps(_as_json(page, whole, new, failed)))
    else:
        for one in new:
            output.line(site.change_of(one, where=True))
        output.line(
            f"site: {page} ({figures.count(len(kept_runs), 'run')}, "
            f"{figures.count(len(followed), 'combination')} followed, "
            f"{figures.count(len(new), 'new change point')} beyond the margin)"
        )
    if failed:
        beyond = figures.count(len(failed), "new change point")
        output.say(f"--fail-on {fail_on}: {beyond} beyond it")
    return GATE_FAILED if failed else 0


def _check_place(folder: Path, has_runs: bool, gets_runs: bool) -> None:
    """Raise BadInputError where a folder is not a site, or will not be one.

    Somebody else's pages have the same names, and would be written over.
    """
    try:
        ours = has_runs or site.MADE.encode() in read(folder / site.INDEX)
    except OSError:
        ours = False
    if ours:
        return
    for name in (site.INDEX, site.HISTORY, site.FEED, site.BADGE):
        if os.path.lexists(folder / name):
            message = f"{folder / name}: is not part of a site of ipcmatrix: name another folder"
            raise BadInputError(message)
    if not gets_runs:
        message = f"{folder}: holds no published run: name a RUN to begin a site with"
        raise BadInputError(message)


def _as_json(
    page: Path, whole: site.Site, new: Sequence[ChangePoint], failed: Sequence[ChangePoint]
) -> dict[str, object]:
    return {
        "version": 1,
        "site": str(page),
        "runs": len(whole.runs),
        "combinations": len(whole.followed),
        "changes": len(whole.changes),
        "failed": len(failed),
        "new": [
            {
                "combination": site.name_of(one.series, one.at),
                "hardware": one.series.hardware,
                "run": one.at.run,
                "ratio": one.ratio,
                "low": one.low,
                "high": one.high,
                "differs": list(one.differs),
            }
            for one in new
        ],
    }
