"""Three machines in namespaces of their own, as `nox -s cluster -- --namespaces` shows them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.machines import Cable
from tests.small_runs import few_interpreters

pytestmark = [pytest.mark.machine, pytest.mark.namespaces, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
FEW = ("--only", "transport=pipe,queue", "--only", "topology=one_to_one")


def test_three_machines_measure_in_turn_and_the_report_says_that_they_share_a_processor(
    tmp_path: Path,
) -> None:
    if lack := Cable.lack():
        pytest.skip(lack)
    command = [sys.executable, "-m", "tests.demonstration", "--namespaces", "--machines", "3"]
    finished = subprocess.run(
        [*command, *FEW, "--budget", "90s", "--rounds", "9", "--out", str(tmp_path / "out")],
        cwd=ROOT,
        env={**os.environ, **few_interpreters(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    (run,) = (tmp_path / "out").iterdir()
    assert sorted(path.name for path in (run / "parts").iterdir()) == ["h1", "h2", "h3"]
    page = (run / "report.html").read_text()
    assert "h1, h2, h3 are on one kernel: they share a processor" in page
    assert "Over h1, h2, h3" in page
    assert "of 3 machines" in page
