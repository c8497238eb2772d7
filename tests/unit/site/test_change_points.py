"""Where a ratio changed for good: found, placed, explained, and not found where nothing changed."""

import math
import random
from itertools import pairwise

import pytest

from runner.analysis.change_points import change_points, history_series, since
from runner.history import ChangePoint, KeptInterpreter, KeptMachine, KeptRun
from tests.kept_runs import ratio, run, weekly


def found_in(runs: list[KeptRun], margin: float = 0.03) -> list[ChangePoint]:
    return change_points(history_series(runs), margin)


def test_a_lasting_change_is_found_in_its_place_with_its_size() -> None:
    runs = weekly([0.8] * 8 + [0.92] * 4)
    (change,) = found_in(runs)
    assert (change.before, change.at) == (runs[7], runs[8])
    assert change.low < 0.92 / 0.8 < change.high
    assert change.level_before == pytest.approx(0.8, rel=0.02)
    assert change.level_after == pytest.approx(0.92, rel=0.02)
    assert (change.runs_before, change.runs_after) == (8, 4)
    assert (change.series.payload, change.series.hardware) == ("int", "EPYC, 4 cores, docker")


def test_a_way_there_and_back_are_two_changes_the_newest_first() -> None:
    runs = weekly([0.8] * 7 + [1.0] * 7 + [0.8] * 7)
    found = found_in(runs)
    assert [one.at for one in found] == [runs[14], runs[7]]
    assert found[0].ratio < 1 < found[1].ratio


@pytest.mark.parametrize(
    ("levels", "why"),
    [
        ([0.8] * 12, "nothing changed"),
        ([0.8] * 11 + [1.0], "one run is that run's own day"),
        ([0.8] * 6 + [1.0] + [0.8] * 6, "it did not last"),
        ([0.8, 0.8, 1.0], "three runs are no two levels"),
        ([0.8], "one run has no course"),
    ],
)
def test_what_is_not_a_lasting_change(levels: list[float], why: str) -> None:
    assert found_in(weekly(levels)) == [], why


def test_a_change_within_the_margin_is_none() -> None:
    runs = weekly([0.8] * 10 + [0.92] * 10)
    assert len(found_in(runs, margin=0.03)) == 1
    assert found_in(runs, margin=0.2) == []


def test_what_else_changed_is_said() -> None:
    before = weekly([0.8] * 8, version="0.2.0", harness="aa")
    machine = KeptMachine(processor="EPYC", cores="4", executor="docker", kernel="6.8")
    after = weekly(
        [0.95] * 12,
        version="0.3.0",
        harness="aa",
        interpreters={"3.13": KeptInterpreter(version="3.13.2")},
        machines={"m2": machine},
    )[8:]
    after = [
        one.model_copy(
            update={"ratios": [each.model_copy(update={"machine": "m2"}) for each in one.ratios]}
        )
        for one in after
    ]
    change = next(one for one in found_in([*before, *after]) if one.series.payload == "int")
    assert change.differs == [
        "ipcmatrix 0.2.0 → 0.3.0",
        "Python 3.13: 3.13.1 → 3.13.2",
        "kernel  → 6.8",
        "another machine of this kind",
    ]


def test_machines_of_another_kind_are_another_series() -> None:
    kinds = [
        {"m1": KeptMachine(processor=name, cores="4", executor="docker")} for name in ("A", "B")
    ]
    runs = [
        one.model_copy(update={"machines": kinds[place % 2]})
        for place, one in enumerate(weekly([0.8, 1.2] * 8))
    ]
    assert found_in(runs) == []
    assert {key.hardware for key in history_series(runs)} == {
        "A, 4 cores, docker",
        "B, 4 cores, docker",
    }


def test_machines_of_one_kind_in_one_run_are_one_point() -> None:
    machine = KeptMachine(processor="EPYC", cores="4", executor="docker")
    both = run(0, [ratio(0.8), ratio(0.9, machine="m2")], machines={"m1": machine, "m2": machine})
    ((point,),) = history_series([both]).values()
    assert math.log(0.8) < point.value < math.log(0.9)


def test_ratios_without_interval_or_verdict_are_shown_and_decide_nothing() -> None:
    runs = weekly([0.8] * 6)
    doubtful = [
        run(
            10 + week, [ratio(1.2, low=None, high=None), ratio(1.2, payload="x", verdict="invalid")]
        )
        for week in range(6)
    ]
    assert found_in([*runs, *doubtful]) == []
    points = next(iter(history_series([*runs, *doubtful]).values()))
    assert [one.variance is None for one in points] == [False] * 6 + [True] * 6


def test_a_change_is_new_once() -> None:
    runs = weekly([0.8] * 8 + [0.95] * 5)
    seen = [found_in(runs[:count]) for count in range(4, len(runs) + 1)]
    new = [since(now, before) for before, now in pairwise(seen)]
    assert sum(map(len, new)) == 1
    assert since(seen[-1], []) == seen[-1]


def test_of_many_runs_without_a_change_few_show_one() -> None:
    """Scatter differs from series to series, and every tenth value is an outlier."""
    rng = random.Random(7)
    alarms = 0
    for seed in range(25):
        del seed
        scatters = [0.02 * math.exp(rng.gauss(0, 0.7)) for _ in range(40)]
        runs = [
            run(
                week,
                [
                    ratio(
                        math.exp(rng.gauss(0, one * (5 if rng.random() < 0.1 else 1))),
                        payload=f"p{at}",
                    )
                    for at, one in enumerate(scatters)
                ],
            )
            for week in range(12)
        ]
        alarms += bool(found_in(runs))
    assert alarms <= 4
