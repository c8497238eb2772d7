"""Rules for the whole of the tests: what may be skipped, and where."""

import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest

collect_ignore = ["harness"]
"""The guest's tests: tests/contract runs them under every interpreter, with unittest."""

NEEDS = ("interpreters", "docker", "browser", "namespaces")
RUNS = "machine"
"""Marks tests that start runs: a machine has one lock for all runs, so they take turns."""


def pytest_configure() -> None:
    """Hear Ctrl-C as usual: a script in the background hands down an ignored SIGINT."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give pytest-xdist its groups: the tests that start runs, first; of the others each file."""
    items.sort(key=lambda item: item.get_closest_marker(RUNS) is None)
    for item in items:
        group = RUNS if item.get_closest_marker(RUNS) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure where the machine must have what the test needs.

    IPCMATRIX_REQUIRE names the markers (comma-separated) that must not skip; `.ci/run` sets it.
    """
    del call
    report = yield
    required = os.environ.get("IPCMATRIX_REQUIRE", "").split(",")
    marked = [need for need in NEEDS if need in required and item.get_closest_marker(need)]
    if report.skipped and marked and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        told = f"skipped, but {marked[0]} is required here: {report.longrepr}"
        report.longrepr = told
    return report


@pytest.fixture
def made_up_processes(tmp_path: Path) -> Iterator[None]:
    """Have psutil read the /proc of a system that is made in the test's folder."""
    before, psutil.PROCFS_PATH = psutil.PROCFS_PATH, str(tmp_path / "proc")
    yield
    psutil.PROCFS_PATH = before
