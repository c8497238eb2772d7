"""Verbs beside runs, interrupted at a random moment: the next try does their work, whole."""

import signal
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.errors import BadInputError
from runner.history import read_kept
from tests.faults.kinds import Kind, send
from tests.faults.series import ENDED, NEWEST, Series
from tests.small_runs import PLUGIN

TRANSPORT = f'{PLUGIN}\nclass Mine(Base):\n    NAME = "mine"\n'

READING = ("merge", "publish", "report")
"""Verbs that start no process of ours."""
ABOUT = "ipcmatrix_empty-1.0.dist-info"
WHEEL = {
    "ipcmatrix_empty.py": "",
    f"{ABOUT}/METADATA": "Metadata-Version: 2.1\nName: ipcmatrix-empty\nVersion: 1.0\n",
    f"{ABOUT}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    f"{ABOUT}/RECORD": "",
}


def _interrupted(
    series: Series, verb: str, *words: str, more: Mapping[str, str] | None = None
) -> None:
    """Interrupt a verb once, then let it do its work."""
    process = series.verb(verb, *words, more=more)
    series.pause(0.1, 2.0)
    if process.poll() is None:
        send(series, process, verb)
    series.ended(process, (*ENDED, 3, -signal.SIGINT))
    if verb in READING:
        series.does(verb, *words)
    else:
        series.ended(series.verb(verb, *words, more=more), (0,))


def merge(series: Series) -> None:
    """Merge a run: its part is there in the same bytes."""
    run, out = series.folder, series.place / "merged"
    assert run is not None
    _interrupted(series, "merge", str(run), "--out", str(out))
    _same(series, run, out / "parts" / run.name)


def _same(series: Series, run: Path, part: Path) -> None:
    for path in (run / "run.json", run / "cells.csv", *run.glob("trials/*.csv")):
        copy = part / path.relative_to(run)
        if not copy.is_file() or copy.read_bytes() != path.read_bytes():
            series.wrong("rounds_lost", f"{copy} is not what {path} is")
    _no_drafts(series, part)


def _no_drafts(series: Series, folder: Path) -> None:
    for path in folder.rglob(".ipcmatrix-*.draft"):
        series.wrong("folders_left", str(path))


def publish(series: Series) -> None:
    """Publish a run on a site: at no time can the site not be read."""
    run, site = str(series.folder), series.place / "site"
    _interrupted(series, "publish", str(site), run)
    try:
        kept, said = read_kept(site)
    except BadInputError as error:
        kept, said = [], [str(error)]
    if len(kept) != 1 or said:
        series.wrong("rounds_lost", f"the site keeps {len(kept)} runs: {said}")
    _no_drafts(series, site)


def report(series: Series) -> None:
    """Report a run: no draft stays beside the report."""
    run = series.folder
    assert run is not None
    _interrupted(series, "report", str(run), "--no-pictures")
    _no_drafts(series, run)


def attempt(series: Series) -> None:
    """Try a transport of one's own."""
    (series.place / "mine.py").write_text(TRANSPORT)
    _interrupted(series, "try", "mine.py", "mine", "--python", NEWEST)


def packages(series: Series) -> None:
    """Install packages: one whole set is there, and nothing beside it."""
    wheels, matrix = series.place / "wheels", series.place / "packages.yaml"
    wheels.mkdir(exist_ok=True)
    with zipfile.ZipFile(wheels / "ipcmatrix_empty-1.0-py3-none-any.whl", "w") as wheel:
        for name, text in WHEEL.items():
            wheel.writestr(name, text)
    matrix.write_text(
        f'axes: {{python: ["{NEWEST}"], transport: [pipe]}}\n'
        f'packages: {{"{NEWEST}": {{ipcmatrix-empty: "1.0"}}}}\n'
    )
    cache = series.place / "cache"
    given = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels), "XDG_CACHE_HOME": str(cache)}
    _interrupted(series, "packages", "install", "--matrix", str(matrix), more=given)
    there = list((cache / "ipcmatrix" / "packages").iterdir())
    modules = [path for path in there if (path / "site" / "ipcmatrix_empty.py").is_file()]
    if len(there) != 1 or there != modules:
        series.wrong("folders_left", f"of packages: {there}")


VERBS: Sequence[Kind] = (merge, publish, report, attempt, packages)
