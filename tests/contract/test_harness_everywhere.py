"""The harness' own tests under every interpreter of this machine."""

import subprocess
from pathlib import Path

import pytest

from runner import interpreters
from runner.model import Interpreter

HARNESS_TESTS = Path(__file__).parent.parent / "harness"
FOUND = [one for one in interpreters.find() if not one.broken and not one.duplicate]


@pytest.mark.interpreters
def test_the_oldest_and_the_newest_generation_are_here() -> None:
    names = interpreters.names(interpreters.find())
    if len(names) < 3:
        pytest.skip(f"only {', '.join(names)} found; the harness is tested under these")
    assert any(name.startswith("3.") for name in names)


@pytest.mark.timeout(900)
@pytest.mark.interpreters
@pytest.mark.parametrize("one", FOUND, ids=[one.name for one in FOUND])
def test_the_harness_passes_its_tests(one: Interpreter) -> None:
    finished = subprocess.run(
        [one.path, "-B", "-m", "unittest", "discover", "-s", str(HARNESS_TESTS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=880,
    )
    assert finished.returncode == 0, finished.stderr[-8000:]
    assert "skipped" not in finished.stderr, finished.stderr[-2000:]
