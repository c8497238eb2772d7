"""Inputs that were answered wrongly once: each script exits 0 where the program behaves rightly."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.forked import forked

pytestmark = pytest.mark.machine

CASES = Path(__file__).parents[1] / "cases"
NEEDS_ROOT = "03-no-home-no-passwd-entry"
PROGRAM = Path(sys.executable).with_name("ipcmatrix")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run of small.yaml, which scripts copy."""
    out = tmp_path_factory.mktemp("small")
    given = ("--matrix", CASES / "small.yaml", "--rounds", "6", "--out", out)
    done = forked("run", *given, "-q", "--no-report")
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.interpreters
@pytest.mark.parametrize("case", sorted(path.parent.name for path in CASES.glob("*/run.sh")))
def test_the_case_is_answered_rightly(case: str, small: Path) -> None:
    if case == NEEDS_ROOT:
        system = shutil.which(f"python{sys.version_info[0]}.{sys.version_info[1]}", path="/usr/bin")
        if os.geteuid() != 0 or system is None:
            pytest.skip("becomes another user: needs root, and a system Python of this version")
    done = subprocess.run(
        ["bash", str(CASES / case / "run.sh")],
        env={**os.environ, "IPC": str(PROGRAM), "SMALL": str(small)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-2000:]
