"""The badge: valid XML that holds the whole title, as wide as its text."""

from xml.etree import ElementTree

import pytest
from findings_factory import CONTEXTS, Factory, hostile
from made_cells import HOSTILE

from runner.report import finding
from runner.report.badge import badge, width
from runner.report.view import View

SVG = "{http://www.w3.org/2000/svg}"


def words(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def test_a_badge_is_the_question_and_the_answer() -> None:
    found = Factory(pythons=("3.9",), transports=("pipe", "queue"), contexts=CONTEXTS[:1])
    title = finding.find(View(found.findings())).title
    svg = badge(title)
    assert words(svg) == ["Pipe or Queue?", "On Python 3.9, Pipe: 1.3× for small messages"]
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == title
    assert words(badge("Nothing was measured")) == ["ipcmatrix", "Nothing was measured"]


@pytest.mark.parametrize(
    "title", ["a", f"Pipe or Queue? {'W' * 60}", "i" * 100, "队列 or 管道? 队"]
)
def test_a_badge_is_as_wide_as_its_text(title: str) -> None:
    root = ElementTree.fromstring(badge(title))
    grounds = [one for one in root.iter(f"{SVG}rect") if one.get("fill")]
    assert sum(int(one.get("width", 0)) for one in grounds) == int(root.get("width", 0))
    for ground, text in zip(grounds, root.iter(f"{SVG}text"), strict=True):
        left, length = int(text.get("x", 0)), int(text.get("textLength", 0))
        assert int(ground.get("x", 0)) < left
        assert left + length < int(ground.get("x", 0)) + int(ground.get("width", 0))
        assert length == width(text.text or "")


def test_wide_letters_take_more_room_than_narrow_ones() -> None:
    assert width("WWWW") > 3 * width("iiii")
    assert width("") == 0


@pytest.mark.parametrize("text", [*HOSTILE, "a\x00b\x1b[31m & \"c\" 'd' <e>", "\ud800", "x" * 900])
def test_foreign_text_is_text_in_a_badge(text: str) -> None:
    svg = badge(f"{text}? {text}")
    root = ElementTree.fromstring(svg)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} == {
        *("svg", "title", "clipPath", "rect", "g", "text")
    }
    assert "<script" not in svg
    assert "\u202e" not in svg
    assert int(root.get("width", 0)) < 2000


def test_a_report_of_hostile_names_has_a_badge() -> None:
    ElementTree.fromstring(badge(finding.find(View(hostile())).title))
