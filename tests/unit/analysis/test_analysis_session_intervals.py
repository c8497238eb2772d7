"""Counters before and after a session interval: what grew, what is flagged, what is not known."""

from collections.abc import Mapping

import pytest

from runner.analysis.intervals import session_intervals
from runner.results import SessionInterval

BEFORE = {
    "ticks_user": "1000",
    "ticks_idle": "5000",
    "ticks_steal": "10",
    "ticks_per_second": "100",
    "pswpin": "7",
    "pswpout": "0",
    "throttled": "unknown",
    "cgroup_throttled": "3",
}


def interval(after: Mapping[str, str]) -> SessionInterval:
    moments = {"before": BEFORE, "after": {**BEFORE, **after}}
    run = {"run": "r1", "machine": "m1", "starts": [{"sessions": [1, 2], **moments}]}
    (found,) = session_intervals([run])
    return found


def test_a_calm_stretch_has_no_flag() -> None:
    row = interval({"ticks_user": "1980", "ticks_idle": "5000", "ticks_steal": "30"})
    assert (row.machine, row.run, row.sessions, row.flags) == ("m1", "r1", "1, 2", ())
    assert row.steal == 0.02
    assert row.throttled is None
    assert (row.swapped_in, row.cgroup_throttled) == (0, 0)


@pytest.mark.parametrize(
    ("after", "flags"),
    [
        ({"ticks_user": "1979", "ticks_steal": "31"}, "stolen"),
        ({"cgroup_throttled": "4"}, "throttled"),
        ({"pswpin": "8"}, "swapped"),
        ({"pswpout": "2", "cgroup_throttled": "9"}, "throttled;swapped"),
    ],
)
def test_what_grew_is_flagged(after: Mapping[str, str], flags: str) -> None:
    assert ";".join(interval(after).flags) == flags


def test_nothing_is_made_up_where_a_moment_lacks() -> None:
    begun = {"sessions": [1], "before": BEFORE}
    assert not session_intervals([{"run": "r1", "machine": "m1", "starts": [begun]}])
    assert not session_intervals([{"run": "r1"}])
    assert not session_intervals([])


def test_sessions_have_rows_of_their_own_with_levels_before_and_after() -> None:
    before = BEFORE | {
        "uptime_seconds": "100.0",
        "load": "0.50 0.40 0.30",
        "processes": "100",
        "temperature": "41000 45000",
        "pressure_cpu": "some avg10=0.00 avg60=0.00 avg300=0.00 total=1000000 full total=0",
    }
    after = before | {
        "ticks_user": "1300",
        "ticks_idle": "5100",
        "uptime_seconds": "220.0",
        "load": "1.75 0.40 0.30",
        "processes": "104",
        "temperature": "61200",
        "pressure_cpu": "some avg10=9.00 avg60=9.00 avg300=9.00 total=13000000 full total=5",
    }
    moments = {"before": before, "after": after}
    run = {
        "run": "r1",
        "machine": "m1",
        "starts": [{"sessions": [1, 2], "ending": "done"}],
        "sessions": [{"session": 1, **moments}, {"session": 2, "before": before}],
    }
    (row,) = session_intervals([run])
    told = ("sessions", "minutes", "load", "busy", "pressure", "processes", "temperature")
    expected = ["1", 2.0, "0.50 → 1.75", 0.75, 0.1, "100 → 104", "45 → 61"]
    assert [getattr(row, name) for name in told] == expected


@pytest.mark.parametrize("told", [{"sessions": []}, {"sessions": None}, {}, {"session": None}])
def test_a_stretch_that_names_no_session_has_none(told: Mapping[str, object]) -> None:
    interval = {**told, "before": BEFORE, "after": BEFORE}
    (row,) = session_intervals([{"run": "r1", "starts": [interval]}])
    assert row.sessions == ""


def test_what_a_moment_does_not_say_is_left_open() -> None:
    row = interval({})
    told = ("minutes", "load", "busy", "pressure", "processes", "temperature")
    assert [getattr(row, name) for name in told] == [None, "", None, None, "", ""]


def test_a_container_that_ended_takes_its_count_along_and_is_not_growth() -> None:
    row = interval({"cgroup_throttled": "1"})
    assert (row.cgroup_throttled, row.flags) == (0, ())
