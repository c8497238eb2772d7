"""The harness' own tests under every interpreter of this machine."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from runner.machine import interpreters
from runner.model import Interpreter
from runner.sessions import visible

HARNESS_TESTS = Path(__file__).parent.parent / "harness"
EVERYWHERE = "test_the_harness_passes_its_tests"
AT_ONCE = min(2, os.cpu_count() or 1)
"""They take a minute each; their trials are short, and none of them judges a speed."""

Finished = Future[subprocess.CompletedProcess[str]]
FOUND = [one for one in interpreters.find() if not one.broken and not one.duplicate]


def test_every_interpreter_that_lies_here_was_found_and_works() -> None:
    found = interpreters.find()
    assert set(visible()) <= set(interpreters.names(found))
    assert [one for one in found if one.broken] == []


def run_tests(one: Interpreter) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [one.path, "-B", "-m", "unittest", "discover", "-s", str(HARNESS_TESTS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=880,
    )


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[Mapping[str, Finished]]:
    """Run the tests of the interpreters that were asked for, a few at a time."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    here = [item.callspec.id for item in items if item.originalname == EVERYWHERE]
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="harness")
    try:
        yield {one.name: pool.submit(run_tests, one) for one in FOUND if one.name in here}
    finally:
        pool.shutdown(cancel_futures=True)


@pytest.mark.timeout(900)
@pytest.mark.interpreters
@pytest.mark.parametrize("one", FOUND, ids=[one.name for one in FOUND])
def test_the_harness_passes_its_tests(one: Interpreter, outcomes: Mapping[str, Finished]) -> None:
    finished = outcomes[one.name].result()
    assert finished.returncode == 0, finished.stderr[-8000:]
    assert "skipped" not in finished.stderr, finished.stderr[-2000:]
