"""Peak memory of all processes: of a cell, and of two compared."""

import numpy as np
import pytest

from runner.analysis import analyse
from tests.statistics.simulator import exact, loaded

ARMS = {"queue": [0.0] * 12, "pipe": [0.1] * 12}


def test_memory_is_compared_in_rounds_by_end_to_end_time_only() -> None:
    made = exact(ARMS)
    level = 20_000 * (1 + made["round"] % 3)  # rises and falls with the round, not with the cell
    made["peak_rss_sum_kib"] = np.where(made["transport"] == "pipe", level // 2, level)
    found = analyse(loaded(made))
    cells = {one.transport: one.peak_rss_sum_kib for one in found.cells}
    assert cells == {"queue": 40_000, "pipe": 20_000}
    for one in found.comparisons:
        spans = (one.memory, one.memory_low, one.memory_high)
        if one.clock != "end_to_end":
            assert spans == (None, None, None)
        else:
            wanted = {("pipe", "queue"): 0.5, ("queue", "pipe"): 2.0}.get((one.a, one.b), 1.0)
            assert spans == pytest.approx((wanted,) * 3)


def test_memory_that_was_not_recorded_is_unknown() -> None:
    made = exact(ARMS).assign(peak_rss_sum_kib=np.nan)
    found = analyse(loaded(made))
    assert {one.peak_rss_sum_kib for one in found.cells} == {None}
    assert {one.memory for one in found.comparisons} == {None}
