"""What pictures say of their data in words: bounds, modes, percentiles, scales, the point."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from findings_factory import CONTEXTS, Factory

from runner.report.pictures import dots, forest, lines, sizes, theme
from runner.report.pictures.drawing import Drawing
from runner.report.pictures.render import render
from runner.report.view import View
from runner.results import Findings
from tests.registry import CATALOGUE
from tests.rows import each

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


@pytest.mark.parametrize("transports", [("os_pipe", "pipe", "queue"), ("pipe", "queue")])
def test_os_pipe_is_called_a_bound_only_where_it_is_drawn(transports: tuple[str, ...]) -> None:
    drawing = sizes.payloads(View(sized(transports)))
    assert drawing is not None
    told = "os_pipe" in transports
    said = (drawing.description, drawing.subtitle)
    assert ["os.pipe, without pickling" in one for one in said] == [told, told]
    assert ["ceiling" in one for one in said] == [False, False]


def test_neighbouring_sizes_share_their_winner_and_an_open_one_names_nobody() -> None:
    found = sized(("pipe", "queue", "simple_queue"))
    names = {"bytes:1024": "pipe", "bytes:65536": "pipe", "bytes:1048576": "queue"}
    rows = [replace(one, winners=(names.get(one.payload, "pipe"),), decided=True)
            for one in found.winners]  # fmt: skip
    drawing = sizes.payloads(View(replace(found, winners=rows)))
    assert drawing is not None
    assert " ".join(drawing.title.split("\n")) == "Fastest at 1.02 kB–65.5 kB: Pipe; 1.05 MB: Queue"
    drawing = sizes.payloads(View(replace(found, winners=each(rows, decided=False))))
    assert drawing is not None
    assert drawing.title == "Messages per second by size (bytes)"


def test_of_many_transports_those_that_lead_are_named_and_bounds_are_grey() -> None:
    many = list(CATALOGUE.entries["transport"])
    drawing = sizes.payloads(View(sized(many)))
    assert drawing is not None
    spec = drawing.chart.to_dict(validate=False)
    thin, named = spec["layer"][:2]
    grey = {row["transport"] for row in thin["data"]["values"]}
    (text,) = [one for one in named["layer"] if one["mark"]["type"] == "text"]
    shown = {row["transport"] for row in text["data"]["values"]}
    assert grey | shown == set(many)
    assert not grey & shown
    assert {"os_pipe", "queue", "pipe_simplex"} <= shown
    assert len(shown) == 6 + 1
    colours = text["encoding"]["color"]["scale"]
    ink = dict(zip(colours["domain"], colours["range"], strict=True))
    assert ink["os_pipe"] == theme.MUTED
    assert len(set(ink.values())) == len(shown)


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


def test_titles_state_the_point() -> None:
    contexts = (*CONTEXTS[:5], *CONTEXTS[6:11])
    view = View(Factory(("3.6", "3.9"), contexts=contexts).findings())
    titles = {}
    for make in (lines.workers, lines.versions, sizes.payloads, dots.latency):
        drawing = make(view)
        assert drawing is not None
        titles[drawing.name] = drawing.title
    assert titles["workers"].startswith("8 × Pipe or one shared Queue on Python 3.9: ")
    assert re.match(r"Python 3\.9 against 3\.6: Pipe \d\.\d\d×", titles["versions"])
    assert titles["payloads"].startswith("Fastest at 1.02 kB: Pipe(duplex=False)")
    assert titles["latency"].startswith("Fastest round trip on Python 3.9: Pipe")


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
