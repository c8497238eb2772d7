"""Pictures: the same bytes each time, both grounds, words for those who do not see them."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from findings_factory import CONTEXTS, RUN, Factory, hostile

from runner.report.document import Picture
from runner.report.finding import find
from runner.report.pictures import theme
from runner.report.pictures.drawing import apart, ticks
from runner.report.pictures.gallery import PICTURES, draw
from runner.report.pictures.render import png
from runner.report.view import View

NAMES = ["forest", "workers", "latency", "payloads", "versions"]
FACTORY = Factory(pythons=("2.7", "3.6", "3.9", "3.10", "3.13"), sessions=2)
SPACE = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def pictures() -> dict[str, Picture]:
    return {one.name: one for one in draw(View(FACTORY.findings()))}


def words(svg: str) -> list[str]:
    told = (f"{SPACE}text", f"{SPACE}tspan")
    return [one.text or "" for one in ET.fromstring(svg).iter() if one.tag in told]


def test_every_picture_is_drawn_where_there_is_data(pictures: dict[str, Picture]) -> None:
    assert list(pictures) == NAMES


@pytest.mark.slow
def test_the_same_findings_give_the_same_bytes(pictures: dict[str, Picture]) -> None:
    again = draw(View(FACTORY.findings()))
    assert [(one.light, one.dark) for one in again] == [
        (one.light, one.dark) for one in pictures.values()
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_picture_is_sound_xml_that_asks_for_nothing(
    pictures: dict[str, Picture], name: str
) -> None:
    for svg in (pictures[name].light, pictures[name].dark):
        root = ET.fromstring(svg)
        assert root.tag == f"{SPACE}svg"
        assert not re.search(r"href|<image|<script|@import|url\((?!#)", svg)


@pytest.mark.parametrize("name", NAMES)
def test_each_picture_has_a_name_and_a_description(pictures: dict[str, Picture], name: str) -> None:
    picture = pictures[name]
    root = ET.fromstring(picture.light)
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == f"{name}-title {name}-desc"
    described = root.find(f"{SPACE}desc")
    assert described is not None
    assert described.text == picture.description
    assert len(picture.description) > 60


@pytest.mark.parametrize("name", NAMES)
def test_the_dark_picture_has_no_light_colour_and_an_opaque_background(
    pictures: dict[str, Picture], name: str
) -> None:
    dark = pictures[name].dark.lower()
    assert [one for one in theme.DARK if one in dark] == []
    assert f'fill="{theme.DARK[theme.PAPER]}"' in dark
    assert f'fill="{theme.PAPER}"' in pictures[name].light


def test_no_ids_are_shared_between_pictures(pictures: dict[str, Picture]) -> None:
    ids = [
        one for picture in pictures.values() for one in re.findall(r'\bid="([^"]+)"', picture.light)
    ]
    assert len(ids) == len(set(ids))


def test_versions_are_in_order(pictures: dict[str, Picture]) -> None:
    for name in ("versions", "forest"):
        shown = [one for one in words(pictures[name].light) if re.fullmatch(r"[23]\.\d+", one)]
        versions = [one for one in shown if one in FACTORY.pythons]
        assert versions[:5] == ["2.7", "3.6", "3.9", "3.10", "3.13"], name


def test_lines_are_reported_apart_without_colour() -> None:
    told = [(theme.dash(one), theme.shape(one)) for one in range(24)]
    assert len({(tuple(dash), shape) for dash, shape in told}) == len(told)


def test_crossovers_are_marked(pictures: dict[str, Picture]) -> None:
    only = Factory(pythons=("3.6", "3.7"), contexts=CONTEXTS[6:10]).findings()
    drawn = {one.name: one for one in draw(View(only))}
    assert "crossover at 2" in words(drawn["workers"].light)
    assert "crossover at 2" not in words(pictures["versions"].light)


@pytest.mark.slow
def test_the_bound_of_copying_is_drawn_where_a_fact_says_it() -> None:
    facts = {**RUN, "machine_facts": {"memory": {"memory_copy_bytes_per_second": "6.0e9"}}}
    found = replace(FACTORY.findings(), run=facts)
    drawn = {one.name: one for one in draw(View(found))}
    assert "a copy in memory" in words(drawn["payloads"].light)
    assert "bounds: os.pipe, without pickling; a copy in memory" in words(drawn["payloads"].light)


def test_sizes_of_messages_are_as_round_as_the_names_of_payloads() -> None:
    names = ("bytes:100", "bytes:10000", "bytes:2000000")
    sized = tuple((one, *CONTEXTS[0][1:]) for one in names)
    drawn = {one.name: one for one in draw(View(Factory(("3.9",), contexts=sized).findings()))}
    assert {"100 B", "10 kB", "2 MB"} <= set(words(drawn["payloads"].light))


def test_what_has_no_data_is_left_out() -> None:
    few = Factory(pythons=("3.11",), transports=("pipe", "queue"), contexts=CONTEXTS[:1])
    names = [one.name for one in draw(View(few.findings()))]
    assert names == ["forest"]
    assert draw(View(Factory(pythons=(), failures=False).findings())) == ()
    assert len(PICTURES) == len(NAMES)


def test_a_picture_is_png_too(pictures: dict[str, Picture]) -> None:
    made = png(pictures["forest"].light)
    assert made.startswith(b"\x89PNG\r\n")
    assert int.from_bytes(made[16:20], "big") > 1000, "twice its size"


def test_the_picture_of_the_finding_is_titled_with_it(pictures: dict[str, Picture]) -> None:
    assert pictures["forest"].title == find(View(FACTORY.findings())).title


def test_upper_bounds_are_only_in_the_picture_of_sizes(pictures: dict[str, Picture]) -> None:
    drawn = {name for name, one in pictures.items() if "os.pipe" in words(one.light)}
    assert drawn == {"payloads"}


def test_hostile_names_stay_text() -> None:
    for one in draw(View(hostile())):
        root = ET.fromstring(one.light)
        assert {element.tag for element in root.iter()} <= {
            f"{SPACE}{tag}"
            for tag in ("svg", "title", "desc", "g", "path", "rect", "line", "text", "defs",
                        "clipPath", "linearGradient", "stop", "tspan")
        }  # fmt: skip
        assert "\u202e" not in one.light


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.8, 2.1, [0.8, 1.0, 1.2, 1.4, 1.6, 1.8, 2.0]),
        (0.09, 6, [0.1, 0.2, 0.5, 1.0, 2.0, 5.0]),
        (70e3, 430e3, [70e3, 100e3, 150e3, 200e3, 300e3]),
        (0.74, 3.3, [1.0, 1.5, 2.0, 3.0]),
        (0.97, 1.05, [0.97, 0.98, 0.99, 1.0, 1.01, 1.02, 1.03, 1.04, 1.05]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == pytest.approx(expected)


def test_labels_keep_apart_and_near_their_lines() -> None:
    placed = apart({"a": 10.0, "b": 10.1, "c": 10.2, "d": 900.0}, (1.0, 1000.0), 300)
    assert placed["d"] == pytest.approx(900.0)
    assert placed["a"] < placed["b"] < placed["c"]
    assert placed["b"] == pytest.approx(10.1, rel=0.01)
    assert placed["c"] / placed["b"] == pytest.approx(1000 ** (14 / 300))


def test_labels_stay_within_the_chart() -> None:
    placed = apart(dict.fromkeys("abcdef", 999.0), (1.0, 1000.0), 100)
    assert max(placed.values()) <= 1000.0 * 1.0001


@pytest.mark.parametrize("name", NAMES)
def test_places_are_reported_to_a_hundredth_of_a_pixel_and_figures_as_they_are(
    pictures: dict[str, Picture], name: str
) -> None:
    light = pictures[name].light
    assert not re.search(r' (?:d|transform|x|y)="[^"]*\.\d{3}', light)


@pytest.mark.parametrize("name", NAMES)
def test_every_point_says_what_it_shows(pictures: dict[str, Picture], name: str) -> None:
    root = ET.fromstring(pictures[name].light)
    said = [one.text or "" for one in root.iter(f"{SPACE}title")][1:]
    assert len(said) > 3
    unit = {"forest": "×", "latency": "s"}.get(name, "messages/s")
    assert all(unit in one and ": " in one for one in said)
    assert len(said) == len(set(said))
