"""Cells whose trials moved fewer messages than their block's."""

from itertools import chain
from typing import Any

import numpy as np
import pandas as pd

from runner.analysis import analyse
from tests.statistics.simulator import exact, loaded

ARMS = {"pipe": [0.0] * 12, "queue": [-0.2] * 12, "manager_queue": [-3.0] * 12}


def flags(trials: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    return {one.transport: one.flags for one in analyse(loaded(trials)).cells}


def jittered(**shared: Any) -> pd.DataFrame:
    """Return rounds of 18,000 to 22,000 messages in which the slowest moves 30 % fewer."""
    made = exact(ARMS, **shared)
    messages = 18_000 + 4_000 * (made["round"] % 5) / 4
    slow = (made["transport"] == "manager_queue").to_numpy()
    made["messages"] = np.where(slow, 0.7 * messages, messages).astype(np.int64)
    made["seconds"] *= made["messages"] / 20_000
    return made


def test_the_cell_that_moves_fewer_is_flagged_and_the_jitter_of_rounds_flags_nobody() -> None:
    found = flags(jittered())
    assert found["manager_queue"] == ("fewer messages",)
    assert (found["pipe"], found["queue"]) == ((), ())


def test_a_session_that_was_calibrated_to_half_as_many_messages_flags_nobody() -> None:
    quick, slow = exact(ARMS), exact(ARMS, session=2)
    slow["messages"] //= 2
    slow["seconds"] /= 2
    found = flags(pd.concat([quick, slow], ignore_index=True))
    assert "fewer messages" not in set(chain(*found.values()))


def test_a_failed_trial_does_not_lower_its_blocks_count() -> None:
    made = exact(ARMS)
    made.loc[made["transport"] == "pipe", ["status", "messages"]] = ("failed", 0)
    assert "fewer messages" not in set(chain(*flags(made).values()))


def test_counts_that_the_matrix_fixes_are_nobodys_fault() -> None:
    found = flags(jittered(messages_axis="20000"))
    assert found["manager_queue"] == ()
