"""The page for everybody: without JavaScript, by keyboard, on a phone, on paper, by axe-core.

axe-core is no dependency: `npm pack` fetches it into a temporary folder, or AXE_CORE names its
axe.min.js. In CI node and npm are installed, and IPCMATRIX_REQUIRE=browser forbids the skip.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from findings_factory import Factory
from pages import axe_script, chromium, opened
from playwright.sync_api import Browser

from runner.analysis.change_points import change_points, history_series
from runner.report import site
from runner.report.publication import write
from tests.kept_runs import weekly

pytestmark = pytest.mark.browser

DESK = {"width": 1200, "height": 900}
PHONE = {"width": 360, "height": 740}
VIEWS: list[dict[str, Any]] = [
    {"color_scheme": "light", "viewport": DESK},
    {"color_scheme": "dark", "viewport": DESK},
    {"color_scheme": "light", "viewport": PHONE},
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write(Factory(("2.7", "3.6", "3.10", "3.13")).findings(), folder, formats=("svg", "html"))
    return folder / "report.html"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def pages() -> Mapping[str, str]:
    """Give the pages of a site with changes, by their names."""
    runs = weekly([0.8] * 8 + [0.95] * 4)
    followed = history_series(runs)
    return site.pages(site.Site(runs, followed, change_points(followed, 0.03)))


@pytest.mark.parametrize("view", VIEWS, ids=["light", "dark", "phone"])
def test_axe_finds_nothing(browser: Browser, report: Path, axe: str, view: dict[str, Any]) -> None:
    with opened(browser, report, **view) as found:
        found.page.click("#explorer button:text-is('Pipe')")
        found.page.click("#each summary")
        found.page.evaluate(axe)
        result = found.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    said = [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in result["violations"]]
    assert said == []


@pytest.mark.parametrize(
    ("page", "view"), [("index", 0), ("index", 2), ("history", 1)], ids=["light", "phone", "dark"]
)
def test_axe_finds_nothing_in_a_site(
    browser: Browser, tmp_path: Path, axe: str, pages: Mapping[str, str], page: str, view: int
) -> None:
    path = tmp_path / f"{page}.html"
    path.write_text(pages[path.name])
    with opened(browser, path, **VIEWS[view]) as found:
        found.page.evaluate(axe)
        result = found.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        width = found.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, "nothing is wider than the screen"
    said = [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in result["violations"]]
    assert said == []


def test_without_javascript_everything_measured_can_be_read(browser: Browser, report: Path) -> None:
    with opened(browser, report, java_script_enabled=False, viewport=DESK) as found:
        page = found.page
        assert page.inner_text("main > noscript p").startswith("With JavaScript this page also")
        assert not page.is_visible("#explore")
        assert page.locator("nav a:visible").count() == 11
        assert "Your situation" not in page.inner_text("nav")
        assert page.locator("figure svg").count() == 5
        assert page.locator("label.filter").count() == 0
        page.click("#d-winners-lead summary")
        assert page.is_visible("#t-winners-lead")


def test_everything_can_be_reached_by_keyboard(browser: Browser, report: Path) -> None:
    with opened(browser, report, **VIEWS[0]) as found:
        page = found.page
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.focus("select[name=python]")
        page.keyboard.press("ArrowUp")
        assert found.chosen()["python"] == "3.10"
        page.focus("#explorer tbody tr:nth-child(2) button")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "detail"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.textContent") == "Pipe"
        page.focus("#explorer thead button")
        page.keyboard.press("Space")
        assert page.locator("#explorer th[aria-sort]").count() == 1


def test_the_focus_is_seen(browser: Browser, report: Path) -> None:
    with opened(browser, report, **VIEWS[1]) as found:
        for _ in range(4):
            found.page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement).outlineStyle"
        assert found.page.evaluate(style) == "solid"


@pytest.mark.parametrize("view", VIEWS, ids=["light", "dark", "phone"])
def test_the_page_is_never_wider_than_the_screen(
    browser: Browser, report: Path, view: dict[str, Any]
) -> None:
    with opened(browser, report, **view) as found:
        for one in found.page.locator("main > section > details > summary").all():
            one.click()
        wide = found.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0


def test_dark_and_light_follow_the_reader(browser: Browser, report: Path) -> None:
    grounds = []
    for view in VIEWS[:2]:
        with opened(browser, report, **view) as found:
            ground = "getComputedStyle(document.documentElement).backgroundColor"
            picture = "getComputedStyle(document.querySelector('figure.wide svg rect')).fill"
            grounds.append((found.page.evaluate(ground), found.page.evaluate(picture)))
    assert grounds == [
        ("rgb(255, 255, 255)", "rgb(255, 255, 254)"),
        ("rgb(17, 21, 27)", "rgb(17, 21, 27)"),
    ]


def test_paper_holds_the_report_and_nothing_that_is_folded(browser: Browser, report: Path) -> None:
    with opened(browser, report, **VIEWS[1]) as found:
        found.page.emulate_media(media="print")
        assert found.page.is_visible("table[data-id='situations']")
        assert not found.page.is_visible("#d-winners-lead")
        assert not found.page.is_visible("nav")
        assert not found.page.is_visible("#controls")
        ground = "getComputedStyle(document.documentElement).backgroundColor"
        assert found.page.evaluate(ground) == "rgb(255, 255, 255)"
