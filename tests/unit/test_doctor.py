"""doctor begins with its verdict."""

import pytest

from runner.machine.checks import Check
from runner.pipeline.doctor import verdict

FINE, KNOW, BAD = Check("clock", "ok", "tsc"), Check("load", "warn", "busy"), Check("a", "bad", "")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ([FINE], "ready: 9 interpreters"),
        ([FINE, KNOW], "ready: 9 interpreters, 1 thing to know"),
        ([FINE, KNOW, BAD], "not ready: a; 9 interpreters"),
    ],
)
def test_the_verdict_is_one_line(results: list[Check], said: str) -> None:
    assert verdict(results, 9) == said
