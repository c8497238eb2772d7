"""A short run of every target of `nox -s fuzz`, always with the same inputs."""

import pytest

from tests.fuzz.__main__ import TARGETS
from tests.fuzz.target import fuzz

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", TARGETS)
def test_inputs_made_at_random_are_taken_or_refused(name: str) -> None:
    outcomes = fuzz(TARGETS[name], 100)
    assert outcomes.total() >= 100
    assert len(outcomes) > 1  # some are taken, some refused: neither side is tried in vain
