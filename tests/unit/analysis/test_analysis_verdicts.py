"""Sessions pooled, verdicts, controls: against literal values and against intervals."""

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from three_arms import THREE, fair, free, log_ratios, ratios_of, rng

from runner.analysis import analyse
from runner.statistics import benjamini_hochberg, pool, signed_rank_p
from tests.statistics.simulator import NOISY, QUIET, Arm, block, exact, loaded

# pooling and verdicts


def test_sessions_are_pooled_as_intervals_pools_them() -> None:
    frames = [block(rng(seed), THREE, 25 + seed, session=seed) for seed in (1, 2, 3, 4)]
    found = fair(ratios_of(loaded(*frames)), "queue", "pipe")
    expected = pool([free(log_ratios(frame, "queue", "pipe")).wide for frame in frames])
    assert (found.ratio, found.low, found.high) == pytest.approx(expected.interval.exp())
    assert found.tau == pytest.approx(expected.tau)
    assert found.i2 == pytest.approx(expected.i2)
    assert expected.forecast is not None
    foretold = (expected.forecast.estimate, found.next_low, found.next_high)
    assert (math.exp(foretold[0]), *foretold[1:]) == pytest.approx(expected.forecast.exp())


def test_equal_sessions_are_pooled_as_intervals_pools_them() -> None:
    first = block(rng(1), THREE, 25, session=1)
    frames = [first.assign(session=session) for session in (1, 2, 3)]
    found = fair(ratios_of(loaded(*frames)), "queue", "pipe")
    one = free(log_ratios(first, "queue", "pipe")).wide
    se = (one.high - one.low) / 3.92 / math.sqrt(3)
    assert found.tau == 0.0
    assert math.log(found.high) == pytest.approx(one.estimate + 1.959964 * se)
    expected = pool([one] * 3)
    assert (found.ratio, found.low, found.high) == pytest.approx(expected.interval.exp())
    assert expected.forecast is not None
    assert found.next_high == pytest.approx(expected.forecast.exp().high)


def test_a_session_too_short_for_bounds_counts_its_rounds_only() -> None:
    long = block(rng(1), THREE, 25, session=1)
    short = block(rng(2), THREE, 4, session=2)
    found = fair(ratios_of(loaded(long, short)), "queue", "pipe")
    alone = fair(ratios_of(loaded(long)), "queue", "pipe")
    assert (found.ratio, found.low, found.high) == (alone.ratio, alone.low, alone.high)
    assert found.rounds == 29


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10**6),
    st.lists(st.integers(2, 40), min_size=1, max_size=4),
    st.sampled_from([NOISY, QUIET]),
)
@pytest.mark.slow
def test_pooled_figures_are_those_of_intervals(seed: int, sizes: list[int], noise: Any) -> None:
    draw = rng(seed)
    frames = [block(draw, THREE, size, noise, session=i + 1) for i, size in enumerate(sizes)]
    found = ratios_of(loaded(*frames))
    for a, b in (("queue", "pipe"), ("simple_queue", "pipe"), ("queue", "simple_queue")):
        row = fair(found, a, b)
        values = [log_ratios(frame, a, b) for frame in frames]
        parts = [free(one) for one in values]
        expected = pool([one.wide for one in parts]).interval.exp()
        assert (row.ratio, row.low, row.high) == pytest.approx(expected, rel=1e-9)
        together = [value for one in values for value in one]
        assert row.p == pytest.approx(signed_rank_p([one.ranks for one in parts]))
        assert row.win == pytest.approx(sum(value > 0 for value in together) / len(together))


def test_correction_runs_over_each_clock_without_controls() -> None:
    frames = [block(rng(seed), THREE, 20, python=f"3.{seed}") for seed in range(6, 12)]
    found = ratios_of(loaded(*frames))
    for clock in ("end_to_end", "cpu"):
        own = found[(found["clock"] == clock) & ~found["control"]]
        assert own["q"].tolist() == pytest.approx(benjamini_hochberg(own["p"].tolist()))
    controls = found[found["control"]]
    assert controls["q"].tolist() == controls["p"].tolist()


def test_margin_comes_from_the_run_and_can_be_given() -> None:
    trials = block(rng(), [Arm("pipe"), Arm("queue", -0.08)], 60, QUIET)
    data = loaded(trials, compare={"margin": 0.2})
    assert fair(ratios_of(data), "queue", "pipe").verdict == "equal"
    assert fair(ratios_of(data, 0.03), "queue", "pipe").verdict == "slower"
    assert analyse(data).margin == 0.2
    assert analyse(loaded(trials)).margin == 0.03


def test_rounds_needed_are_reported_where_open() -> None:
    trials = block(rng(), [Arm("pipe"), Arm("queue", -0.01)], 20, NOISY)
    found = fair(ratios_of(loaded(trials)), "queue", "pipe")
    half = (math.log(found.high) - math.log(found.low)) / 2
    assert found.verdict == "open"
    assert found.rounds_needed == math.ceil(20 * (half / math.log(1.03)) ** 2)


def test_rounds_needed_are_more_than_there_are_or_untold() -> None:
    # As narrow as the margin asks, and yet open: neither certain nor inside the margin.
    ratios = np.linspace(-0.03, 0.06, 10).tolist()
    trials = exact({"pipe": [0.0] * 10, "queue": ratios})
    found = fair(ratios_of(loaded(trials)), "queue", "pipe")
    half = (math.log(found.high) - math.log(found.low)) / 2
    assert (found.verdict, half < math.log(1.03)) == ("open", True)
    assert math.isnan(found.rounds_needed)


def test_rounds_needed_are_untold_of_pooled_sessions() -> None:
    arms = [Arm("pipe"), Arm("queue", -0.01)]
    frames = [block(rng(7 + session), arms, 20, NOISY, session=session) for session in (1, 2, 3)]
    found = fair(ratios_of(loaded(*frames)), "queue", "pipe")
    assert found.verdict == "open"
    assert math.isnan(found.rounds_needed)


def test_selected_claims_get_the_wider_interval() -> None:
    found = ratios_of(loaded(block(rng(), THREE, 60, QUIET)))
    row = fair(found, "queue", "pipe")
    assert row.verdict == "slower"
    assert row.fcr_low < row.ratio < row.fcr_high
    control = fair(found, "pipe", "pipe", control=True)
    assert math.isnan(control.fcr_low)


# controls


def shifted(control: float) -> pd.DataFrame:
    wobble = [0.001 * (i % 5) for i in range(20)]
    arms = {"pipe": [0.0] * 20, "queue": [value - 0.5 for value in wobble]}
    return exact(arms, control=[value + control for value in wobble])


def test_a_control_apart_by_more_than_the_margin_takes_the_verdicts_away() -> None:
    found = ratios_of(loaded(shifted(0.05)))
    assert set(found["verdict"]) == {"invalid"}
    assert all("suspect" in flags.split(";") for flags in found["flags"])


def test_a_control_apart_by_less_makes_the_block_suspect_only() -> None:
    found = ratios_of(loaded(shifted(0.01)))
    assert fair(found, "queue", "pipe").verdict == "slower"
    assert "suspect" in fair(found, "queue", "pipe").flags.split(";")


def test_a_control_apart_in_one_block_does_not_concern_the_others() -> None:
    found = ratios_of(loaded(shifted(0.05), block(rng(), THREE, 30, QUIET, python="3.9")))
    assert set(found.loc[found["python"] == "3.11", "verdict"]) == {"invalid"}
    assert "invalid" not in set(found.loc[found["python"] == "3.9", "verdict"])
