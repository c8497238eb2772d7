"""Numbers that stand for values, by which trials are grouped."""

import numpy as np
import pytest

from runner.runfolder.codes import dense


@pytest.mark.parametrize(
    ("keys", "numbers", "first"),
    [
        ([3, 1, 3, 0], [2, 1, 2, 0], [3, 1, 0]),
        ([10**18, 5, 10**18], [1, 0, 1], [1, 0]),
        ([-1, 4, -1, 2, 4], [0, 2, 0, 1, 2], [0, 3, 1]),
        ([7], [0], [0]),
        ([], [], []),
    ],
)
def test_keys_are_numbered_in_order_with_their_first_rows(
    keys: list[int], numbers: list[int], first: list[int]
) -> None:
    found = dense(np.array(keys, dtype=np.int64))
    assert [one.tolist() for one in found] == [numbers, first]
