"""Which run is meant: a folder, the name of one in reports/, or the newest there."""

from pathlib import Path

from runner.errors import BadInputError

REPORTS = Path("reports")
PUBLISHED = REPORTS / "published"


def runs_here() -> list[Path]:
    """Return the runs in reports/, the newest first, and after them the published ones."""
    return [*_by_age(REPORTS), *_by_age(PUBLISHED)]


def _by_age(folder: Path) -> list[Path]:
    alone = {path: path.parent for path in folder.glob("*/run.json")}
    parts = {path: path.parents[2] for path in folder.glob("*/parts/*/run.json")}
    runs = alone | parts
    by_age = sorted(runs, key=lambda path: (path.stat().st_mtime, path), reverse=True)
    return list(dict.fromkeys(runs[path] for path in by_age))


def newest(how: str) -> Path:
    """Return the newest run in reports/; BadInputError where there is none, with `how` to go on."""
    found = _by_age(REPORTS)
    if found:
        return found[0]
    there = ", ".join(path.name for path in _by_age(PUBLISHED))
    others = f" (published: {there})" if there else ""
    message = f"no run in {REPORTS}/: {how}{others}"
    raise BadInputError(message)


def chosen(run: str | Path | None) -> Path:
    """Return the folder of a run: as given, of that name in reports/, or the newest there."""
    if run is None:
        return newest("measure one with `ipcmatrix run`, or name a run's folder")
    places = [Path(run), REPORTS / run, PUBLISHED / run]
    return next((path for path in places if path.is_dir()), places[0])
