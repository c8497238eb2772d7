"""A report of several machines: pooled sentences, machines named, no rates of two in one table."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from findings_factory import CONTEXTS, RUN, Factory

from runner.report.finding import find
from runner.report.sections.machine import machine
from runner.report.sections.noise import noise
from runner.report.sections.ratios import ratios
from runner.report.view import View
from runner.results import AcrossMachines, Findings
from tests.rows import made

ONE = Factory(("3.9", "3.13"), ("pipe", "queue"), CONTEXTS[:1]).findings()
OTHER = "vm-2"


def moved(findings: Findings, **context: Any) -> Findings:
    """Return the findings as those of another machine."""
    return replace(
        findings,
        cells=[replace(one, machine=OTHER, **context) for one in findings.cells],
        comparisons=[replace(one, machine=OTHER, **context) for one in findings.comparisons],
        winners=[replace(one, machine=OTHER, **context) for one in findings.winners],
    )


def together(other: Findings, **more: object) -> Findings:
    fields: Mapping[str, object] = {
        name: [*getattr(ONE, name), *getattr(other, name)]
        for name in ("cells", "comparisons", "winners")
    }
    runs = [{**RUN, "machine": name} for name in ("vm-1", OTHER)]
    return replace(ONE, runs=runs, **fields, **more)  # type: ignore[arg-type]


def pooled() -> list[AcrossMachines]:
    row = partial(made, AcrossMachines)
    return [
        row(
            machines=("vm-1", OTHER),
            compared_axis="transport",
            python=one.python,
            payload=one.payload,
            topology=one.topology,
            workers=one.workers,
            start_method=one.start_method,
            placement=one.placement,
            messages=one.messages,
            a=one.a,
            b=one.b,
            ratio=0.5,
            low=0.4,
            high=0.6,
            verdict="slower",
            agree=2,
            tau=0.04,
            next_low=0.3,
            next_high=0.8,
        )
        for one in ONE.comparisons
        if one.of_report and one.compared_axis == "transport"
    ]


def test_what_machines_of_one_kind_say_together_is_one_sentence() -> None:
    view = View(together(moved(ONE), across=pooled()))
    said = noise(view).sentences
    wanted = (
        "Queue is 2.00× [1.67–2.50] as fast as Pipe on 2 of 2 machines (3.13, int, one_to_one); "
        "sd between machines 4.0 %; next machine expected 1.25–3.33."
    )
    assert wanted in said, said
    assert find(view).situations[0].use == "stay with Queue"
    assert find(view).situations[0].instead == ["Pipe 0.50× [0.40–0.60]"]
    (table,) = [one for one in ratios(view).details if one.id == "machines"]
    assert table.title == f"Over vm-1, {OTHER}"
    assert len(table.rows) == 2


def test_machines_that_measured_different_blocks_are_all_in_the_table() -> None:
    view = View(together(moved(ONE, payload="str:100")))
    said = [one.when for one in find(view).situations]
    for name in ("vm-1", OTHER):
        assert any(f"machine {name}" in one for one in said), said
    assert not [one for one in ratios(view).details if one.id.startswith("machines")]


def test_rates_of_two_machines_are_never_in_one_table() -> None:
    view = View(together(moved(ONE)))
    names = [one.title for one in ratios(view).details if "winners-lead" in one.id]
    assert names == [
        f"Fastest transports, their rates and their lead (machine {one})" for one in ("vm-1", OTHER)
    ]


def test_machines_that_share_a_processor_are_named() -> None:
    view = View(together(moved(ONE), shared_kernels=[("vm-1", OTHER)]))
    said = f"vm-1, {OTHER} are on one kernel: they share a processor"
    assert any(one.startswith(said) for one in machine(view).sentences)


def test_a_row_by_situation_names_a_machine_or_how_many_say_it_together() -> None:
    rows = find(View(together(moved(ONE)))).situations
    own = [one.when for one in rows if one.pair]
    assert sorted(own) == [f"stream small objects (machine {one})" for one in ("vm-1", OTHER)]
    rows = find(View(together(moved(ONE), across=pooled()))).situations
    (said,) = [one for one in rows if one.pair]
    assert said.when == "stream small objects (2 machines)"
    assert said.instead == ["Pipe 0.50× [0.40–0.60]"]
