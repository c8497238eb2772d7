"""The verbs `report` and `compare`: run folders → findings → files."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from runner.errors import BadInputError, EnvironmentLacksError
from runner.findings import Findings
from runner.measure import Outcome

SUMMARY = "GITHUB_STEP_SUMMARY"


@dataclass(frozen=True, slots=True)
class Written:
    """A report on the disk: what it says, and its files."""

    findings: Findings
    files: Sequence[Path]


def write_otava(findings: Findings, out: Path) -> list[Path]:
    """Write each cell's course over several runs as the CSV that Apache Otava reads."""
    from runner.analysis.comparison import otava_tables

    place = out / "tables" / "otava"
    place.mkdir(parents=True, exist_ok=True)
    found = otava_tables(findings.history)
    tables = {place / f"{name}.csv": one for name, one in found.items()}
    for path, table in tables.items():
        table.to_csv(path, index=False, lineterminator="\n")
    return list(tables)


def findings_of(folders: Sequence[Path]) -> Findings:
    """Return all that can be said of the runs, claims and probes included."""
    from runner import analysis, dataset
    from runner.analysis import claims
    from runner.analysis.comparison import history
    from runner.pipeline.probing import read_probes

    data = dataset.load(folders)
    found = analysis.analyse(data)
    probes = read_probes(folders)
    judged = claims.judge(found, probes)
    course = history(data) if len(folders) > 1 else found.history
    return replace(
        found,
        probes=probes,
        claims=judged,
        contradictions=claims.contradictions(judged),
        history=course,
    )


def write_report(folders: Sequence[Path], out: Path, pictures: bool = True) -> Written:
    """Analyse the runs and write their report into `out`."""
    from runner.report import publication

    found = findings_of(folders)
    formats = publication.FORMATS if pictures else ("md", "html", "tables")
    return Written(found, publication.write(found, out, formats=formats))


def print_result(folder: Path, outcome: Outcome, written: Written | None, as_json: bool) -> None:
    """Say on stdout what a run came to: the headline table, and where the report is."""
    if as_json:
        click.echo(json.dumps(_result(folder, outcome, written)))
        return
    if written is not None:
        from runner.report import terminal

        terminal.show(written.findings)
    click.echo(
        f"{outcome.ending.value}: {outcome.seconds:.0f} s, "
        f"{outcome.timed / outcome.seconds if outcome.seconds else 0:.0%} inside timed regions; "
        f"{len(outcome.blocks)} blocks, {sum(end.precise for end in outcome.blocks)} as precise "
        "as asked for"
    )
    for end in [end for end in outcome.blocks if not end.precise][:3]:
        click.echo(f"  widest: {end.block.id}: {end.rounds} rounds, ±{end.half_width:.1%}")
    click.echo(f"report: {folder / 'report.md'}" if written else f"run: {folder}")


def _result(folder: Path, outcome: Outcome, written: Written | None) -> dict[str, object]:
    return {
        "version": 1,
        "run": str(folder),
        "ending": outcome.ending.value,
        "seconds": round(outcome.seconds, 3),
        "timed_seconds": round(outcome.timed, 3),
        "sittings": list(outcome.sittings),
        "blocks": [
            {
                "id": end.block.id,
                "rounds": end.rounds,
                "half_width": end.half_width if end.half_width < 1e9 else None,
                "precise": end.precise,
            }
            for end in outcome.blocks
        ],
        "statuses": dict(written.findings.statuses) if written else None,
        "report": str(folder / "report.md") if written else None,
    }


def report(
    *,
    runs: Sequence[Path],
    out: Path | None,
    bundle: Path | None,
    github: bool,
    no_pictures: bool,
    as_json: bool,
) -> int:
    """Write the report of runs again."""
    from runner.report import bundling, summary, terminal

    if out is None and len(runs) > 1:
        message = "several runs: name a folder for their common report with --out"
        raise BadInputError(message)
    folder = out or runs[0]
    written = write_report(runs, folder, pictures=not no_pictures)
    if len(runs) > 1:
        written = replace(written, files=[*written.files, *write_otava(written.findings, folder)])
    if bundle is not None:
        bundling.bundle(runs[0], bundle)
    if github:
        append_summary(summary.summary(written.findings))
    if as_json:
        click.echo(
            json.dumps(
                {
                    "version": 1,
                    "report": str(folder / "report.md"),
                    "files": [str(path) for path in written.files],
                    "statuses": dict(written.findings.statuses),
                }
            )
        )
        return 0
    terminal.show(written.findings)
    click.echo(f"report: {folder / 'report.md'}")
    return 0


def append_summary(text: str) -> None:
    """Append to the file that GITHUB_STEP_SUMMARY names."""
    path = os.environ.get(SUMMARY)
    if not path:
        message = f"--github: {SUMMARY} is not set: use it inside a GitHub Actions step"
        raise EnvironmentLacksError(message)
    with Path(path).open("a", encoding="utf-8") as file:
        file.write(text)
    print(f"ipcmatrix: summary appended to {SUMMARY}", file=sys.stderr)
