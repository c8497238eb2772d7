"""To add an executor is one module and one line in the table, and nothing else."""

import sys
import types
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runner import executors
from runner.executors import local
from runner.model import Interpreter, Matrix
from runner.pipeline.report import write_report
from runner.pipeline.run import run

pytestmark = pytest.mark.machine

MATRIX = """\
axes: {python: [found], transport: [pipe, queue]}
executor: next_door
measure: {target: 5ms, rounds: 6, min_rounds: 6, warmup_rounds: 0, gate_wait: 0s}
"""


@pytest.fixture
def next_door(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An executor that a test adds: this machine under another name, and what it was asked for."""
    asked: list[str] = []
    module = types.ModuleType("next_door")

    def opened(
        matrix: Matrix,
        wanted: Sequence[str],
        found: Sequence[Interpreter],
        say: Callable[[str], None],
    ) -> local.LocalExecutor:
        asked.extend(wanted)
        executor = local.open(matrix, wanted, found, say)
        executor.name = "next_door"
        return executor

    module.__dict__.update(stands_for=local.stands_for, lacks=local.lacks, open=opened)
    monkeypatch.setitem(sys.modules, "next_door", module)
    table = {**executors.EXECUTORS, "next_door": "next_door"}
    monkeypatch.setattr(executors, "EXECUTORS", table)
    return asked


def test_an_executor_of_the_table_measures_and_is_named_in_the_report(
    next_door: list[str], tmp_path: Path
) -> None:
    newest = ".".join(map(str, sys.version_info[:2]))
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    code = run(
        out=tmp_path / "out",
        resume=None,
        dry_run=False,
        no_report=True,
        quiet=True,
        as_json=False,
        matrix=tmp_path / "matrix.yaml",
        only=(f"python={newest}",),
    )
    assert code == 0
    assert next_door == [newest]
    (folder,) = (tmp_path / "out").iterdir()
    write_report([folder], folder, pictures=())
    assert "next_door" in (folder / "report.md").read_text("utf-8")
