"""Load-dependent ratios: which of them the report shows first."""

from dataclasses import replace

import pytest
from findings_factory import CONTEXTS, Factory
from section_tables import column

from runner.report.sections import flags
from runner.report.view import View

FINDINGS = Factory(("3.9",), ("pipe", "queue", "simple_queue", "manager_queue"), CONTEXTS[:1])


def with_loads(**loads: tuple[float, float]) -> View:
    """Return ratios to the baseline of which these differ between calm and busy rounds."""
    found = FINDINGS.findings()
    pairs = [
        replace(
            one, load_calm=loads[one.a][0], load_between=loads[one.a][0], load_busy=loads[one.a][1]
        )
        if one.of_report and one.to_baseline and one.compared_axis == "transport" and one.a in loads
        else one
        for one in found.comparisons
    ]
    assert sum(one.load_calm is not None for one in pairs) == len(loads)
    return View(replace(found, comparisons=pairs))


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


def test_ratios_that_load_moves_alike_are_in_the_order_of_their_blocks_and_arms() -> None:
    same = dict.fromkeys(("simple_queue", "pipe", "manager_queue"), (1.0, 1.5))
    found = shown(with_loads(**same))
    assert found == ["Manager().Queue to Queue", "Pipe to Queue", "SimpleQueue to Queue"]


def test_a_ratio_without_both_ends_is_not_load_dependent() -> None:
    assert [one.id for one in flags.tables(with_loads())] != ["load-terciles"]
    assert all(one.load_calm is None for one in FINDINGS.findings().comparisons)
