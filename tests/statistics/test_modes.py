"""The rule that splits a cell by mode: on trials of one mode, and on recorded free fan-out.

It must not find two modes where there is one, whatever its shape; it must find those of the
recordings; and the ratios that it then gives must hold for identical cells. No clock, fixed seeds.
"""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.signal import lfilter

from runner.statistics.modes import CellTrials, by_mode, split
from tests.statistics.draws import at_least, at_most, draws
from tests.statistics.recorded import FreeCell, bound_cores, free
from tests.statistics.simulator import HOGS, NOISY, Floats

Series = Callable[[np.random.Generator, int], Floats]
COUNT = draws(2000, 150)

ONE_MODE: dict[str, Series] = {
    "even": lambda rng, n: rng.uniform(1, 2, n),
    "normal": lambda rng, n: rng.normal(1.5, 0.2, n),
    "skew": lambda rng, n: rng.exponential(1, n),
    "very skew": lambda rng, n: rng.lognormal(0, 1.5, n),
    "heavy tails": lambda rng, n: rng.standard_t(2, n),
    "heavier tails": lambda rng, n: rng.standard_cauchy(n),
    "a spike with a flat shoulder": lambda rng, n: np.where(
        rng.random(n) < 0.5, rng.normal(0, 0.01, n), rng.uniform(0, 1, n)
    ),
    "two modes too close to be told apart": lambda rng, n: rng.normal(rng.integers(0, 2, n), 0.5),
    "in ticks": lambda rng, n: np.round(rng.normal(10, 1.5, n)),
    "in coarse ticks": lambda rng, n: np.round(rng.normal(10, 0.8, n)),
}
DEPENDENT: dict[str, Series] = {
    "neighbours alike": lambda rng, n: lfilter([1], [1, -0.7], rng.normal(size=n + 50))[50:],
    "neighbours nearly the same": lambda rng, n: lfilter([1], [1, -0.97], rng.normal(size=n + 200))[
        200:
    ],
    "a drift": lambda rng, n: np.linspace(0, 5, n) + rng.normal(size=n),
    "a step": lambda rng, n: np.repeat([0.0, 5.0], [n // 2, n - n // 2]) + rng.normal(size=n),
    "one stretch in the middle": lambda rng, n: (
        5.0 * (np.abs(np.arange(n) - n / 2) < n / 5) + rng.normal(size=n)
    ),
    "a noisy machine's level": NOISY.disturb,
    "a machine with hogs": lambda rng, n: np.convolve(
        HOGS.disturb(rng, n + 9), np.ones(10) / 10, "valid"
    ),
}


@pytest.mark.parametrize("n", [12, 24, 80])
@pytest.mark.parametrize("name", ONE_MODE)
def test_one_mode_is_taken_for_two_in_5_percent_at_most(name: str, n: int) -> None:
    rng = np.random.default_rng(1)
    found = sum(split(ONE_MODE[name](rng, n)) is not None for _ in range(COUNT))
    assert found / COUNT <= at_most(0.05, COUNT)


@pytest.mark.parametrize("name", DEPENDENT)
def test_a_machine_that_changes_slowly_has_no_modes(name: str) -> None:
    rng = np.random.default_rng(2)
    found = sum(split(DEPENDENT[name](rng, 80)) is not None for _ in range(COUNT))
    assert found / COUNT <= at_most(0.05, COUNT)


@pytest.mark.parametrize("cell", ["pipe", "control", "pipe_simplex", "queue", "simple_queue"])
def test_processes_that_are_bound_have_one_mode(cell: str) -> None:
    cores = bound_cores("bound-quiet")[cell]
    rng, found = np.random.default_rng(3), 0
    for _ in range(COUNT):
        start = int(rng.integers(0, len(cores) - 60))
        found += split(cores[start : start + 60]) is not None
    assert found / COUNT <= at_most(0.05, COUNT)


PYTHONS_3 = ("3.6", "3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13")


@pytest.mark.parametrize("python", PYTHONS_3)
def test_two_pipes_run_crowded_or_spread_and_the_ratio_turns_round(python: str) -> None:
    cells = free(f"{python} w2")
    cut, queue = cells["both pipes"].split, cells["queue"].split
    assert cut is not None
    assert queue is None  # one mode between the pipes' two
    assert cut.low == pytest.approx(1.36, abs=0.03)
    assert cut.high == pytest.approx(1.95, abs=0.05)
    assert 0.3 < cut.share.low < cut.share.estimate < cut.share.high < 0.76
    found = by_mode(cells["queue"].sessions, cells["both pipes"].sessions, None, cut)
    assert found is not None
    assert found.crowded.ratio.estimate > 0.05
    assert found.spread.ratio.high < -0.05


@pytest.mark.parametrize(
    "group", [f"{python} {place}" for python in PYTHONS_3 for place in ("one_to_one", "w8")]
)
def test_one_receiver_and_eight_have_one_mode(group: str) -> None:
    assert {name: one.split for name, one in free(group).items()} == {
        "pipe": None,
        "control": None,
        "both pipes": None,
        "queue": None,
    }


@pytest.mark.parametrize(("n", "power"), [(12, 0.2), (24, 0.45), (40, 0.7), (80, 0.95)])
def test_the_modes_of_two_pipes_are_found(n: int, power: float) -> None:
    """CellTrials drawn from the recording of each interpreter, in random order."""
    rng, found = np.random.default_rng(4), 0
    for draw in range(COUNT):
        cores = free(f"{PYTHONS_3[draw % len(PYTHONS_3)]} w2")["both pipes"].cores
        found += split(rng.choice(cores, n)) is not None
    assert found / COUNT >= at_least(power, COUNT)


def relabelled(rng: np.random.Generator, cells: dict[str, FreeCell]) -> list[list[CellTrials]]:
    """Return pipe and control with their names drawn anew in each round."""
    both: list[list[CellTrials]] = [[], []]
    for pipe, control in zip(cells["pipe"].sessions, cells["control"].sessions, strict=True):
        turned = rng.random(len(pipe.cores)) < 0.5
        for side, (one, other) in enumerate(((pipe, control), (control, pipe))):
            both[side].append(
                CellTrials(
                    *(
                        np.where(turned, np.asarray(a), np.asarray(b))
                        for a, b in zip(one, other, strict=True)
                    )
                )
            )
    return both


def test_in_each_mode_identical_cells_are_equal() -> None:
    rng, missed, known = np.random.default_rng(5), 0, 0
    for draw in range(COUNT):
        cells = free(f"{PYTHONS_3[draw % len(PYTHONS_3)]} w2")
        cut = cells["both pipes"].split
        pipe, control = relabelled(rng, cells)
        found = by_mode(pipe, control, cut, cut)
        for one in (found.crowded, found.spread) if found else ():
            known += 1
            missed += one.ratio.excludes(0)
    assert known >= COUNT
    assert missed / known <= at_most(0.05, known)


def test_in_one_session_the_interval_holds_what_was_put_in() -> None:
    rng, missed, known, widths = np.random.default_rng(6), 0, 0, []
    for _ in range(COUNT):
        crowded = rng.random((2, 56)) < 0.65
        cores = np.where(crowded, rng.normal(1.35, 0.05, (2, 56)), rng.normal(1.95, 0.04, (2, 56)))
        logs = np.where(crowded, 0.0, 0.8) + rng.normal(0, 0.12, (2, 56))
        logs[0] += np.where(crowded[0], math.log(1.41), math.log(0.84))
        cuts = [split(one) for one in cores]
        if None in cuts:
            continue
        a, b = ([CellTrials(*one)] for one in zip(cores, logs, strict=True))
        found = by_mode(a, b, *cuts)
        assert found is not None
        for one, truth in ((found.crowded, 1.41), (found.spread, 0.84)):
            known += 1
            missed += one.ratio.excludes(math.log(truth))
            widths.append(one.ratio.half_width)
    assert known >= 1.8 * COUNT
    assert missed / known <= at_most(0.06, known)  # 5 %, and three standard errors of 4,000
    assert np.median(widths) < 0.09
