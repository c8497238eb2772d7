"""Counters before and after a stretch: what grew, what is flagged, what is not known."""

from collections.abc import Mapping

import pandas as pd
import pytest

from runner.analysis.stretches import stretches_frame
from runner.findings import STRETCHES

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


def frame(after: Mapping[str, str]) -> pd.DataFrame:
    moments = {"before": BEFORE, "after": {**BEFORE, **after}}
    run = {"run": "r1", "machine": "m1", "stretches": [{"sittings": [1, 2], **moments}]}
    return stretches_frame([run])


def test_a_calm_stretch_has_no_flag() -> None:
    found = frame({"ticks_user": "1980", "ticks_idle": "5000", "ticks_steal": "30"})
    assert tuple(found.columns) == STRETCHES
    (row,) = found.to_dict("records")
    assert (row["machine"], row["run"], row["sittings"], row["flags"]) == ("m1", "r1", "1, 2", "")
    assert row["steal"] == 0.02
    assert row["throttled"] is None
    assert (row["swapped_in"], row["cgroup_throttled"]) == (0, 0)


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
    assert frame(after)["flags"].tolist() == [flags]


def test_nothing_is_made_up_where_a_moment_lacks() -> None:
    begun = {"sittings": [1], "before": BEFORE}
    assert stretches_frame([{"run": "r1", "machine": "m1", "stretches": [begun]}]).empty
    assert stretches_frame([{"run": "r1"}]).empty
    assert tuple(stretches_frame([]).columns) == STRETCHES
