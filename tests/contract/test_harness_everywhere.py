"""The harness' own tests on every interpreter of this machine."""

import subprocess
from pathlib import Path

import pytest

from runner.machine import interpreters
from runner.model import Interpreter
from runner.sessions import visible

HARNESS_TESTS = Path(__file__).parent.parent / "harness"
FOUND = [one for one in interpreters.find() if not one.broken and not one.duplicate]


def test_every_interpreter_that_is_here_was_found_and_works() -> None:
    found = interpreters.find()
    assert set(visible()) <= set(interpreters.names(found))
    assert [one for one in found if one.broken] == []


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
