"""The verb `report`, and what other verbs have of it: run folders → findings → files."""

import json
import os
import resource
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from runner import output
from runner.errors import BadInputError, EnvironmentLacksError
from runner.measure import Ending, Outcome
from runner.process import anonymous, published
from runner.report import figures
from runner.results import Findings
from runner.runfolder.files import parts_of
from runner.runfolder.head import parts_of_one, read_head

SUMMARY = "GITHUB_STEP_SUMMARY"
RENDERER = 80 << 30
"""Bytes that V8, in vl-convert, reserves at its start without using them."""
UNKNOWN = 1e9
"""A half-width from here on is that of too few rounds for an interval."""


@dataclass(frozen=True, slots=True)
class Written:
    """A report on the disk: its findings, and its files."""

    findings: Findings
    files: Sequence[Path]


def otava_files(findings: Findings) -> dict[str, str]:
    """Return each cell's changes over several runs as the CSV that Apache Otava reads, by its path.

    Of one run there is none.
    """
    from runner.analysis.changes import otava_tables
    from runner.report.tables import as_csv

    found = otava_tables(findings.history) if findings.history else {}
    return {f"tables/otava/{name}.csv": as_csv(rows[0], rows[1:]) for name, rows in found.items()}


def findings_of(folders: Sequence[Path], quiet: bool = False) -> Findings:
    """Return all that can be said of the runs, but for what studies say.

    What is incomplete is reported on stderr, unless `quiet`.
    """
    from runner import analysis
    from runner.analysis.changes import history
    from runner.runfolder import dataset

    data = dataset.load(folders)
    for one in () if quiet else data.truncated:
        output.say(one)
    found = analysis.analyse(data)
    changes = () if parts_of_one(data.runs) else history(data)
    return replace(_anonymous(found, folders), history=changes)


def _anonymous(found: Findings, folders: Sequence[Path]) -> Findings:
    """Return the findings without private paths, which the texts of older runs contain."""
    truncated = list(found.truncated)
    for folder in folders:
        truncated = [one.replace(f"{folder}/", f"{folder.resolve().name}/") for one in truncated]
    return replace(
        found,
        run=published(found.run),
        runs=[published(run) for run in found.runs],
        cells=[replace(one, reason=anonymous(one.reason)) for one in found.cells],
        failures=[replace(one, detail=anonymous(one.detail)) for one in found.failures],
        truncated=[anonymous(one) for one in truncated],
    )


def write_report(folders: Sequence[Path], out: Path, pictures: Sequence[str] = ("svg",)) -> Written:
    """Analyse the runs and write their report into `out`, with pictures of these formats."""
    from runner import studies
    from runner.pipeline.probing import read_probes
    from runner.report import publication

    if pictures:
        check_renderer()
    found = findings_of(folders)
    added = studies.additions(found, read_probes(folders))
    formats = ("md", "html", "tables", *pictures)
    with placing("the report", "--out"):
        more = otava_files(found)
        files = publication.write(found, out, formats=formats, more=more, additions=added)
        return Written(found, files)


def check_renderer() -> None:
    """Refuse pictures where the address space is limited: the renderer would abort the program."""
    allowed = resource.getrlimit(resource.RLIMIT_AS)[0]
    if allowed != resource.RLIM_INFINITY and allowed < RENDERER:
        message = (
            f"the renderer of pictures reserves {RENDERER >> 30} GiB of address space, and "
            f"{allowed >> 20} MiB are allowed: `ulimit -v unlimited`, or leave pictures out "
            "(`report --no-pictures`, `run --no-report`)"
        )
        raise EnvironmentLacksError(message)


@contextmanager
def placing(what: str, flag: str) -> Iterator[None]:
    """Turn an error of the disk into one that the user can mend."""
    try:
        yield
    except OSError as error:
        message = (
            f"{error.filename}: {what} cannot be written: {error.strerror}: make room there, or "
            f"name another place with {flag}"
        )
        raise EnvironmentLacksError(message) from error


def print_result(folder: Path, outcome: Outcome, written: Written | None, as_json: bool) -> None:
    """Print a run's result on stdout: the headline table, and the path of the report."""
    if as_json:
        output.data(json.dumps(_result(folder, outcome, written)))
        return
    if written is not None:
        from runner.report import contexts, decided, terminal

        terminal.show(written.findings)
        for line in decided.lines(written.findings):
            output.line(line)
        known = written.findings.catalogue
        wide = [one for one in outcome.blocks if not one.precise and one.half_width < UNKNOWN]
        for end in wide[:1]:
            half = figures.percent(end.half_width, 0 if end.half_width >= 0.1 else 1)
            output.line(f"widest interval: ±{half}, {contexts.block_words(end.block, known)}")
    output.line(_ended(folder, outcome))
    for line in paths(folder) if written else [f"run: {folder}"]:
        output.line(line)


def _ended(folder: Path, outcome: Outcome) -> str:
    """Return how long was measured, and what ended it."""
    took = figures.duration(outcome.seconds)
    match outcome.ending:
        case Ending.INTERRUPTED:
            return f"interrupted after {took}: the same command with --resume {folder} continues"
        case Ending.BUDGET:
            return f"measured for {took}, until the budget was used up"
        case _:
            return f"measured for {took}"


def paths(folder: Path) -> list[str]:
    """Return the lines that name a report's files for people."""
    return [f"report: {folder / 'report.md'}", f"page:   {folder / 'report.html'}"]


def _result(folder: Path, outcome: Outcome, written: Written | None) -> dict[str, object]:
    from runner.report import decided

    return {
        "version": 1,
        "run": str(folder),
        "ending": outcome.ending.value,
        "measured": outcome.measured,
        "seconds": round(outcome.seconds, 3),
        "timed_seconds": round(outcome.timed, 3),
        "sessions": list(outcome.sessions),
        "blocks": [
            {
                "id": end.block.id,
                "rounds": end.rounds,
                "half_width": end.half_width if end.half_width < UNKNOWN else None,
                "precise": end.precise,
            }
            for end in outcome.blocks
        ],
        "comparisons": decided.as_json(written.findings) if written else None,
        "left_out": read_head(folder).get("left_out", []),
        "statuses": dict(written.findings.statuses) if written else None,
        "report": str(folder / "report.md") if written else None,
    }


def report(
    *,
    runs: Sequence[Path],
    out: Path | None,
    bundle: Path | None,
    github: bool,
    pictures: Sequence[str],
    as_json: bool,
) -> int:
    """Write the report of runs again."""
    from runner.report import bundling, summary

    _check_request(runs, out, bundle)
    folder = out or runs[0]
    written = write_report(runs, folder, pictures)
    if bundle is not None:
        with placing("the bundle", "--bundle"):
            bundling.bundle(runs[0], bundle, folder)
    if github:
        append_summary(summary.summary(written.findings, link_of_job(os.environ)))
    print_report(written, folder, github, as_json)
    return 0


def _check_request(runs: Sequence[Path], out: Path | None, bundle: Path | None) -> None:
    from runner.report import bundling

    if bundle is not None:
        bundling.check_target(bundle)
        if (count := sum(len(parts_of(run)) for run in runs)) > 1:
            message = (
                "--bundle: a bundle holds one run and what measures it again, "
                f"and {count} were given: make one for each"
            )
            raise BadInputError(message)
    if out is None and len(runs) > 1:
        message = "several runs: name a folder for their common report with --out"
        raise BadInputError(message)


def print_report(written: Written, folder: Path, github: bool, as_json: bool) -> None:
    """Print the files as JSON, or a comment for GitHub, or the table for a terminal."""
    from runner.report import decided, summary, terminal

    report = str(folder / "report.md")
    if as_json:
        files = [str(path) for path in written.files]
        statuses = dict(written.findings.statuses)
        content = {"version": 1, "report": report, "files": files, "statuses": statuses}
        output.data(json.dumps(content))
    elif github:
        output.data(summary.comment(written.findings, link_of_job(os.environ)))
    else:
        terminal.show(written.findings)
        for line in [*decided.lines(written.findings), *paths(folder)]:
            output.line(line)


def link_of_job(environment: Mapping[str, str]) -> str:
    """Return the address of the GitHub Actions run that these variables describe, or ""."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, number = (environment.get(name, "") for name in names)
    if not (server and repository and number):
        return ""
    return f"{server}/{repository}/actions/runs/{number}"


def append_summary(text: str) -> None:
    """Append to the file that GITHUB_STEP_SUMMARY names."""
    path = os.environ.get(SUMMARY)
    if not path:
        message = f"{SUMMARY} is not set: a summary is for a step of GitHub Actions, which sets it"
        raise EnvironmentLacksError(message)
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        message = f"{SUMMARY}={path}: {error.strerror}: the summary was not appended; name a file"
        raise EnvironmentLacksError(message) from error
    output.say(f"summary appended to {SUMMARY}")
