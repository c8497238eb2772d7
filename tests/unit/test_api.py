"""`import ipcmatrix`: four functions, their types and errors."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import ipcmatrix
from runner.errors import IpcmatrixError

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "tests" / "data" / "aa"


def test_all_trials_are_loaded_with_their_units() -> None:
    frame: pd.DataFrame = ipcmatrix.load(RUNS / "first", RUNS / "second")
    lines = sum(
        len(path.read_text().splitlines()) - 1
        for run in ("first", "second")
        for path in (RUNS / run / "trials").glob("*.csv")
    )
    assert len(frame) == lines > 100
    assert frame["run"].nunique() == 2
    assert frame.attrs["units"]["seconds"] == "s"
    assert frame.attrs["units"]["peak_rss_kib"] == "KiB"
    assert set(frame.attrs["meanings"]) <= set(frame.columns)
    ok = frame[(frame["phase"] == "measure") & (frame["status"] == "ok")]
    rates = (ok["messages"] / ok["seconds"]).groupby(ok["transport"], observed=True).median()
    assert set(rates.index) == {"pipe", "queue", "simple_queue"}


def test_results_are_typed() -> None:
    found: ipcmatrix.Findings = ipcmatrix.analyse(RUNS / "first")
    pair: ipcmatrix.Comparison = next(one for one in found.comparisons if one.of_report)
    assert pair.low < (pair.ratio or 0.0) < pair.high
    assert sum(found.statuses.values()) == found.planned == len(found.cells)


def test_runs_are_compared_as_by_the_command() -> None:
    old = ipcmatrix.analyse(RUNS / "first")
    found: ipcmatrix.Changes = ipcmatrix.compare(old, RUNS / "second", fail_on="slower:5%")
    assert found.old == old.run["run"] != found.new
    assert {one.verdict for one in found.cells} <= {"equal", "open", "faster", "slower", "invalid"}
    assert found.outcome in ("passed", "failed", "undecided")
    assert ipcmatrix.compare(RUNS / "first", RUNS / "second").outcome == "no gate"


def test_a_question_is_answered() -> None:
    found: ipcmatrix.Answer = ipcmatrix.ask("3.11 4 workers", run=RUNS / "first")
    assert found.differs == ("1 worker instead of 4",)
    again = ipcmatrix.ask("3.11", run=ipcmatrix.analyse(RUNS / "first"))
    assert again.measured
    assert again.comparison == found.comparison


def test_errors_are_those_of_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ipcmatrix.BadInputError, match="not a run folder"):
        ipcmatrix.load(tmp_path)
    with pytest.raises(ipcmatrix.IpcmatrixError, match="no run in reports/"):
        ipcmatrix.ask("3.13")
    with pytest.raises(ipcmatrix.BadInputError, match="no run given"):
        ipcmatrix.analyse()
    assert ipcmatrix.IpcmatrixError is IpcmatrixError


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ipcmatrix.analyse(RUNS / "first")
    ipcmatrix.ask("newest", run=RUNS / "first")
    assert capsys.readouterr() == ("", "")


def test_every_name_is_there_and_no_other() -> None:
    for name in ipcmatrix.__all__:
        assert getattr(ipcmatrix, name).__doc__
        assert name in dir(ipcmatrix)
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        getattr(ipcmatrix, "nothing")  # noqa: B009 - mypy knows that it is not there


@pytest.mark.slow
def test_the_import_loads_nothing_until_it_is_used(tmp_path: Path) -> None:
    code = "import sys, ipcmatrix; print('runner' in sys.modules, 'pandas' in sys.modules)"
    assert python(code, tmp_path).stdout == "False False\n"


@pytest.mark.slow
def test_a_foreign_package_named_runner_is_neither_used_nor_replaced(tmp_path: Path) -> None:
    (tmp_path / "runner").mkdir()
    (tmp_path / "runner" / "__init__.py").write_text("mine = True\n")
    found = python(
        f"import ipcmatrix; print(len(ipcmatrix.load({str(RUNS / 'first')!r})))", tmp_path
    )
    assert int(found.stdout) > 100
    loaded = python("import runner, ipcmatrix; ipcmatrix.load", tmp_path)
    assert "ImportError: ipcmatrix needs its own package runner, and " in loaded.stderr


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code in a folder that is searched first; ours is searched behind it."""
    begin = f"import sys; sys.path.append({str(ROOT)!r}); "
    return subprocess.run(
        [sys.executable, "-c", begin + code],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
