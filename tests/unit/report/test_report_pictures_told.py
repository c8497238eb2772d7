"""What pictures say of their data in words: bounds, modes, controls, percentiles, scales."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from findings_factory import CONTEXTS, Factory

from runner.report.pictures import dots, floor, forest, lines, sizes
from runner.report.pictures.drawing import Drawing
from runner.report.pictures.render import render
from runner.report.view import View
from runner.results import Comparison, Findings
from tests.rows import each, made

HOLLOW = "hollow points: ran on one core, or by turns on one and two"
SIZED = ("bytes:1024", "bytes:65536")


def words(drawing: Drawing | None) -> list[str]:
    assert drawing is not None
    root = ET.fromstring(render(drawing).light)
    return [one.text or "" for one in root.iter() if one.tag.endswith(("}text", "}tspan"))]


def sized(transports: Sequence[str] = ("os_pipe", "pipe", "queue")) -> Findings:
    return Factory(("3.9",), transports, CONTEXTS[:5]).findings()


def at_the_larger(found: Findings, transport: str, **values: Any) -> Findings:
    """Return findings in which a transport has other figures at 65,536 bytes."""
    cells = [
        replace(one, **values)
        if (one.transport, one.payload) == (transport, "bytes:65536")
        else one
        for one in found.cells
    ]
    return replace(found, cells=cells)


def overtaken(**modes: str) -> Findings:
    """Return findings in which Pipe is faster than os.pipe at 65,536 bytes."""
    found = sized()
    pairs = [
        replace(one, verdict="slower")
        if (one.a, one.b, one.payload) == ("os_pipe", "pipe", "bytes:65536")
        else one
        for one in found.comparisons
    ]
    assert pairs != found.comparisons
    found = replace(found, comparisons=pairs)
    for transport, mode in modes.items():
        found = at_the_larger(found, transport, mode=mode)
    return found


@pytest.mark.parametrize("transports", [("os_pipe", "pipe", "queue"), ("pipe", "queue")])
def test_os_pipe_is_called_a_bound_only_where_it_is_drawn(transports: tuple[str, ...]) -> None:
    drawing = sizes.payloads(View(sized(transports)))
    assert drawing is not None
    told = "os_pipe" in transports
    said = (drawing.description, drawing.subtitle)
    assert ["os.pipe, without pickling" in one for one in said] == [told, told]
    assert ["ceiling" in one for one in said] == [False, False]


def test_nothing_is_said_to_pass_the_bound_where_nothing_does() -> None:
    drawing = sizes.payloads(View(sized()))
    assert drawing is not None
    assert "had more messages" not in drawing.description + drawing.subtitle
    assert HOLLOW not in drawing.subtitle


def test_a_transport_that_passes_os_pipe_is_named_with_the_cores_of_both() -> None:
    drawing = sizes.payloads(View(overtaken(os_pipe="one core")))
    assert drawing is not None
    said = "t 65.5 kB Pipe (on two cores) had more messages than os.pipe (on one core)"
    assert f"\na{said}\n" in drawing.subtitle
    assert f" A{said}." in drawing.description


def test_a_transport_that_passes_os_pipe_on_as_many_cores_is_named_without_them() -> None:
    drawing = sizes.payloads(View(overtaken()))
    assert drawing is not None
    assert drawing.subtitle.endswith("\nat 65.5 kB Pipe had more messages than os.pipe")


def test_where_the_two_were_not_compared_their_intervals_say() -> None:
    found = at_the_larger(sized(), "pipe", rate=9e9, rate_low=8e9, rate_high=1e10)
    alone = replace(found, comparisons=())
    drawing = sizes.payloads(View(alone))
    assert drawing is not None
    assert "at 65.5 kB Pipe had more messages than os.pipe" in drawing.subtitle


@pytest.mark.parametrize(("mode", "hollow"), [("two cores", 0), ("one core", 1), ("mixed", 1)])
def test_points_that_did_not_run_on_two_cores_are_hollow(mode: str, hollow: int) -> None:
    drawing = sizes.payloads(View(at_the_larger(sized(), "queue", mode=mode)))
    assert drawing is not None
    found = [one for one in drawing.chart.to_dict()["layer"] if "mark" in one]
    rows = [
        row
        for one in found
        if one["mark"]["type"] == "point"
        for row in one["data"]["values"]
        if row["hollow"] and one["mark"]["filled"] is False
    ]
    assert len(rows) == hollow
    assert (HOLLOW in words(drawing)) is bool(hollow)
    told = "Not on two cores all the time: Queue at 65.5 kB." in drawing.description
    assert told is bool(hollow)


def test_hollow_points_are_explained_over_versions_and_workers_too() -> None:
    view = View(Factory(("3.6", "3.9"), contexts=(*CONTEXTS[:1], *CONTEXTS[6:10])).findings())
    assert HOLLOW in words(lines.versions(view))  # the manager's queue runs in both modes
    assert HOLLOW not in words(lines.workers(view))


def test_logarithmic_scales_are_named() -> None:
    contexts = (*CONTEXTS[:5], *CONTEXTS[6:11])
    view = View(Factory(("3.6", "3.9"), contexts=contexts).findings())
    drawn = (lines.workers, lines.versions, sizes.payloads, forest.forest, dots.latency)
    for make in drawn:
        drawing = make(view)
        assert drawing is not None
        assert "logarithmic scale" in drawing.subtitle, drawing.name


def test_a_picture_by_version_does_not_call_itself_one_over_time() -> None:
    drawing = lines.versions(View(Factory(("3.6", "3.9"), contexts=CONTEXTS[:1]).findings()))
    assert drawing is not None
    assert drawing.title == "Throughput by Python version"


def test_the_figures_of_a_ratio_stand_beside_its_name() -> None:
    drawing = forest.forest(View(Factory(("3.9",), contexts=CONTEXTS[:1]).findings()))
    said = words(drawing)
    assert said.count("Manager().Queue") == 1
    assert "‡ in different modes († in few rounds)" in said
    assert any(one.endswith("▼ ‡") for one in said)


def timed(trips: float) -> Drawing:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[10:11]).findings()
    cells = each(found.cells, messages_median=trips)
    drawing = dots.latency(View(replace(found, cells=cells)))
    assert drawing is not None
    return drawing


@pytest.mark.parametrize(
    ("trips", "marks"),
    [
        (1_000, ["median", "90 %", "99 %", "99.9 %", "longest"]),
        (999, ["median", "90 %", "99 %", "longest"]),
        (99, ["median", "90 %", "longest"]),
    ],
)
def test_percentiles_that_trials_are_too_short_for_are_left_out(
    trips: float, marks: list[str]
) -> None:
    drawing = timed(trips)
    known = ("median", "90 %", "99 %", "99.9 %", "longest")
    assert [one for one in words(drawing) if one in known] == marks
    assert ("99 %" in drawing.description) is ("99 %" in marks)
    assert ("longest" in drawing.description) is ("99 %" not in marks)


def controls(count: int, apart: Sequence[int] = (), wide: Sequence[int] = ()) -> Findings:
    """Return findings with so many controls; some exclude 1, some have wide intervals."""
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()
    one = next(one for one in found.comparisons if one.control)
    many = []
    for place in range(count):
        ratio = 0.97 + 0.06 * place / count
        half = 1.0001 if place in apart else 4.0 if place in wide else 1.05
        many.append(replace(one, ratio=ratio, low=ratio / half, high=ratio * half))
    return replace(found, comparisons=many)


def control(ratio: float, low: float, high: float) -> Comparison:
    return made(Comparison, control=True, ratio=ratio, low=low, high=high)


def test_all_controls_are_drawn_and_counted_where_they_fit() -> None:
    drawing = floor.noise(View(controls(135, apart=[3])))
    assert drawing is not None
    title = (
        "The baseline against itself: 135 A/A controls, sorted; blue: the interval excludes 1 (1)"
    )
    assert title in words(drawing)
    assert "135 comparisons of the baseline with itself; the interval excludes 1 in 1." in (
        drawing.description
    )


def test_controls_of_several_sessions_are_reported_to_be_pooled() -> None:
    drawn = [
        floor.noise(
            View(Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:2], sessions=one).findings())
        )
        for one in (1, 2)
    ]
    assert ["2 A/A controls, sessions pooled, sorted" in " ".join(words(one)) for one in drawn] == [
        False,
        True,
    ]


def test_of_too_many_controls_none_is_left_out_that_excludes_1() -> None:
    drawing = floor.noise(View(controls(500, apart=[1, 2, 3, 498])))
    assert drawing is not None
    said = next(one for one in words(drawing) if "A/A" in one)
    assert said == (
        "The baseline against itself: 500 A/A controls, sorted, 128 of them drawn; "
        "blue: the interval excludes 1 (4)"
    )


@pytest.mark.parametrize("apart", [0, 7, 100, 300])
def test_controls_that_exclude_1_are_always_drawn(apart: int) -> None:
    every = [control(1.1, 1.05, 1.15) if i < apart else control(1, 0.9, 1.1) for i in range(400)]
    drawn = floor.fitting(every, room=200)
    assert sum(row.ratio == 1.1 for row in drawn) == apart
    assert len(drawn) <= max(200, apart + 1)


def test_a_bar_that_continues_has_an_arrow_and_the_picture_says_so() -> None:
    cut, whole = floor.noise(View(controls(9, wide=[4]))), floor.noise(View(controls(9)))
    assert cut is not None
    assert whole is not None
    assert cut.subtitle.endswith(", an arrow where one goes on")
    assert "arrow" not in whole.subtitle
    shapes = [render(one).light.count("mark-symbol") for one in (cut, whole)]
    assert shapes[0] == shapes[1] + 2
    row = control(1.0, 0.25, 4.0)
    reach = floor.reached([row, control(1.0, 0.9, 1.1)], 0.03)
    assert reach == (0.5, 2.0)
    assert floor.beyond(row, reach) == "lowhigh"
