"""Rules for the whole of the tests: what may be skipped, and where."""

import os
import signal
from collections.abc import Generator

import pytest

from runner.settling import GIT

collect_ignore = ["harness"]
"""The guest's tests: tests/contract runs them under every interpreter, with unittest."""

NEEDS = ("interpreters", "docker", "browser", "namespaces")


SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGCHLD)


def pytest_configure() -> None:
    """Hear signals as usual, and leave out what is meant for another program.

    `nohup` and scripts in the background hand down ignored signals, a hook of git its repository;
    tests send signals to children, start git, and look at colours.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for name in [*GIT, "FORCE_COLOR", "NO_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "COLUMNS"]:
        os.environ.pop(name, None)
    os.environ.setdefault("HOME", "/")


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
