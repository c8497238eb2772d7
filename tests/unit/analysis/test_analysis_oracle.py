"""Every figure of tables/*.csv, from kept trials: as it was when it was last looked at.

The published runs are held to their own tables; runs pooled, a run with losses, and `compare` to
tables in tests/data/oracle, which `python -m tests.unit.analysis.test_analysis_oracle` writes anew.
"""

import csv
import gzip
import json
import re
import shutil
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from math import isclose
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from runner import studies
from runner.pipeline.compare import compare
from runner.pipeline.probing import read_probes
from runner.pipeline.report import findings_of
from runner.report import publication

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "reports" / "published"
LONG = PUBLISHED / "nine-interpreters"
AA = ROOT / "tests" / "data" / "aa"
RUNS = ("claims", "eleven-containers", "nine-interpreters")
KEPT = ROOT / "tests" / "data" / "oracle"
WORDS = ("basis", "claim", "source", "detail", "reason", "about", "one", "other", "anchor")
"""Columns of sentences: only the numbers in them are figures."""

ROUND = ("session", "block", "phase", "round")
Table = list[dict[str, str]]


def reported(folders: Sequence[Path], out: Path) -> dict[str, Table]:
    """Return the tables of a report by name."""
    found = findings_of(folders)
    added = studies.additions(found, read_probes(folders))
    publication.write(found, out, formats=("tables",), additions=added)
    return {path.stem: rows(path.read_text("utf-8")) for path in (out / "tables").glob("*.csv")}


def rows(text: str) -> Table:
    """Return the rows of CSV."""
    return list(csv.DictReader(StringIO(text)))


def alike(out: Path) -> dict[str, Table]:
    """Report two runs of the same matrix."""
    return reported([AA / "first", AA / "second"], out)


def damaged(out: Path) -> dict[str, Table]:
    """Report a run in which trials failed, rounds are missing, and others were at work."""
    return reported([spoiled(out)], out)


def pooled(out: Path) -> dict[str, Table]:
    """Report six sessions of a comparison, from two runs."""
    return reported([LONG, spoiled(out)], out / "both")


def spoiled(out: Path) -> Path:
    """Copy a run and damage its trials."""
    shutil.copytree(LONG, out, ignore=shutil.ignore_patterns("tables", "pictures", "report.*"))
    head = json.loads((out / "run.json").read_text("utf-8"))
    (out / "run.json").write_text(json.dumps({**head, "run": "damaged"}), "utf-8")
    for path in (out / "trials").glob("*.csv"):
        trials = rows(path.read_text("utf-8"))
        order = sorted({tuple(row[name] for name in ROUND) for row in trials})
        gone = set(order[::40])
        kept = [row for row in trials if tuple(row[name] for name in ROUND) not in gone][:-1]
        for place, row in enumerate(kept):
            if place % 13 == 0 or (row["transport"], row["python"]) == ("queue", "3.8"):
                row["status"] = ("failed", "timeout", "oom")[place % 3]
                row["detail"] = f"no {place}"
            if place % 7 == 0 and row["status"] == "ok":
                row["seconds"] = str(3 * float(row["seconds"]))
            if int(row["round"]) % 3 == 0:
                row["foreign_cpu"] = str(int(row["round"]) * 7 % 11 / 10)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(kept[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(kept)
    return out


def changed(out: Path) -> dict[str, Table]:
    """Compare runs, with groups by transport, and two values of an axis."""
    bad = spoiled(out)
    asked: dict[str, tuple[list[Path | str], str | None, str | None]] = {
        "aa": ([AA / "first", AA / "second"], None, None),
        "worse": ([LONG, bad], None, "transport"),
        "python": (["3.8", "3.13", bad], "python", None),
        "transport": (["queue", "pipe", LONG], "transport", None),
    }
    found = {}
    for name, (sides, axis, by) in asked.items():
        with redirect_stdout(StringIO()) as said:
            compare(
                sides=list(map(str, sides)), axis=axis, by=by, fail_on="slower:5%", style="json"
            )
        content = json.loads(said.getvalue())
        for part in ("cells", "groups", "ungrouped", "left_out", "failed", "undecided"):
            found[f"{name}-{part}"] = [
                {key: "" if one is None else str(one) for key, one in row.items()}
                for row in content[part]
            ]
    return found


CASES: dict[str, Callable[[Path], dict[str, Table]]] = {
    "alike": alike,
    "damaged": damaged,
    "pooled": pooled,
    "changed": changed,
}


def kept(name: str) -> dict[str, Table]:
    """Return the kept tables of a case."""
    if name in RUNS:
        paths = (PUBLISHED / name / "tables").glob("*.csv")
        return {path.stem: rows(path.read_text("utf-8")) for path in paths}
    paths = (KEPT / name).glob("*.csv.gz")
    return {path.name.partition(".")[0]: rows(_text(path)) for path in paths}


def _text(path: Path) -> str:
    return gzip.decompress(path.read_bytes()).decode()


def differences(name: str, found: Table, wanted: Table) -> list[str]:
    """Return where two tables differ by more than 1e-9."""
    if len(found) != len(wanted):
        return [f"{name}: {len(found)} rows, {len(wanted)} kept"]
    told = []
    for place, (row, one) in enumerate(zip(found, wanted, strict=True), start=1):
        for column, value in one.items():
            here = row.get(column, "(no such column)")
            if not same(column, here, value):
                told.append(f"{name}, row {place}, {column}: {here!r}, kept: {value!r}")
    return told


def same(column: str, here: str, there: str) -> bool:
    """Return whether two entries tell the same."""
    if here == there:
        return True
    if column in WORDS:
        one, other = (re.findall(r"\d+(?:\.\d+)?", text) for text in (here, there))
        return one == other
    try:
        return isclose(float(here), float(there), rel_tol=1e-9, abs_tol=1e-12)
    except ValueError:
        return False


@pytest.mark.parametrize(
    "name", [*RUNS, *(pytest.param(one, marks=pytest.mark.slow) for one in CASES)]
)
def test_the_figures_are_those_that_were_kept(name: str, tmp_path: Path) -> None:
    out = tmp_path / "report"
    found = reported([PUBLISHED / name], out) if name in RUNS else CASES[name](out)
    wanted = kept(name)
    assert wanted
    assert sorted(found) == sorted(wanted)
    told = [one for table in wanted for one in differences(table, found[table], wanted[table])]
    assert not told, "\n".join(told[:20])


def write() -> None:
    """Keep what the present code finds in the cases."""
    for name, case in CASES.items():
        with TemporaryDirectory() as place:
            for table, lines in case(Path(place) / "report").items():
                text = StringIO()
                writer = csv.DictWriter(text, list(lines[0]) if lines else [], lineterminator="\n")
                writer.writeheader()
                writer.writerows(lines)
                path = KEPT / name / f"{table}.csv.gz"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(gzip.compress(text.getvalue().encode(), mtime=0))


if __name__ == "__main__":
    write()
