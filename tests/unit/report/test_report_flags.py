"""Load-dependent ratios: which of them the report shows first."""

from dataclasses import replace

import pandas as pd
import pytest
from findings_factory import CONTEXTS, Factory
from section_tables import column

from runner.report.sections import flags
from runner.report.view import View

FINDINGS = Factory(("3.9",), ("pipe", "queue", "simple_queue", "manager_queue"), CONTEXTS[:1])


def with_loads(**loads: tuple[float, float]) -> View:
    """Return ratios to the reference of which these differ between calm and busy rounds."""
    found = FINDINGS.findings()
    frame = found.head_to_heads.copy()
    frame[["load_calm", "load_between", "load_busy"]] = float("nan")
    own = (frame["family"] == "transport") & frame["to_reference"] & ~frame["twin"].astype(bool)
    for name, (calm, busy) in loads.items():
        at = own & (frame["a"] == name) & (frame["clock"] == "fair")
        assert at.sum() == 1
        frame.loc[at, ["load_calm", "load_between", "load_busy"]] = (calm, calm, busy)
    return View(replace(found, head_to_heads=frame))


def shown(view: View) -> list[str]:
    (table,) = [one for one in flags.tables(view) if one.id == "load-terciles"]
    return column(table, 0)


@pytest.mark.parametrize("turned", [False, True])
def test_ratios_that_load_moves_furthest_come_first_in_either_direction(turned: bool) -> None:
    loads = {"pipe": (1.0, 1.1), "simple_queue": (1.0, 2.0), "manager_queue": (1.0, 1.5)}
    if turned:
        loads = {name: (busy, calm) for name, (calm, busy) in loads.items()}
    order = ["SimpleQueue to Queue", "Manager().Queue to Queue", "Pipe to Queue"]
    assert shown(with_loads(**loads)) == order


def test_ratios_that_load_moves_alike_stand_in_the_order_of_their_blocks_and_arms() -> None:
    same = dict.fromkeys(("simple_queue", "pipe", "manager_queue"), (1.0, 1.5))
    found = shown(with_loads(**same))
    assert found == ["Manager().Queue to Queue", "Pipe to Queue", "SimpleQueue to Queue"]


def test_a_ratio_without_both_ends_is_not_load_dependent() -> None:
    assert [one.id for one in flags.tables(with_loads())] != ["load-terciles"]
    assert pd.isna(FINDINGS.findings().head_to_heads["load_calm"]).all()
