"""The page of every run that is published, made anew from its kept trials, in a real Chromium."""

import csv
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pages import Opened, axe_script, chromium, opened
from playwright.sync_api import Browser, ViewportSize

from runner.model.catalogue import Catalogue
from runner.pipeline.report import write_report
from runner.report import figures

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PUBLISHED = sorted(path.parent for path in (ROOT / "reports" / "published").glob("*/run.json"))
TWO = [one for one in PUBLISHED if one.name in ("alternatives", "nine-interpreters")]
"""A run of one Python, and one of several: the page's script does the same with the others."""
of_two = pytest.mark.parametrize("folder", TWO, indirect=True, ids=lambda path: str(path.name))
LIMIT = 2_000_000
DESK: ViewportSize = {"width": 1200, "height": 900}
LAPTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LIGHT: dict[str, Any] = {"color_scheme": "light", "viewport": DESK}
DARK: dict[str, Any] = {"color_scheme": "dark", "viewport": DESK}
NARROW: dict[str, Any] = {"color_scheme": "light", "viewport": PHONE}


OPEN_EACH = """() => [...document.querySelectorAll('#explorer tbody button')].map((button) => {
    button.click()
    const all = (selector) => document.querySelectorAll(selector).length
    const said = (selector) => document.querySelector(selector).innerText
    return {title: said('#h-detail'), told: said('#detail dl'),
            dots: all('#trials svg .dot'), trials: all('#trials tbody tr:not([hidden])')}
})"""
"""A script that opens each cell of the explorer, and returns what is shown of it."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    return axe_script(tmp_path_factory.mktemp("axe"))


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Give what writes the report of a published run's trials, once."""

    @cache
    def write(run: Path) -> Path:
        out: Path = tmp_path_factory.mktemp(run.name)
        write_report([run], out)  # here: the renderer of pictures starts once for all
        return out

    return write


@pytest.fixture(scope="module", params=PUBLISHED, ids=lambda path: str(path.name))
def folder(request: pytest.FixtureRequest, reported: Callable[[Path], Path]) -> Path:
    """Give the report that the program writes of a published run."""
    return reported(request.param)


@pytest.fixture(scope="module")
def report(folder: Path) -> Path:
    return folder / "report.html"


@pytest.fixture(scope="module")
def desk(browser: Browser, report: Path) -> Iterator[Opened]:
    """Give the page, opened once for all tests that leave it as it was."""
    with opened(browser, report, **LIGHT) as found:
        yield found


@pytest.fixture(scope="module")
def phone(browser: Browser, report: Path) -> Iterator[Opened]:
    """Give the page on a phone, in which more and more is unfolded."""
    with opened(browser, report, **NARROW) as found:
        yield found


def seen(found: Opened) -> object:
    """Return what the explorer shows: its caption, the words above it, and its rows."""
    caption = found.page.inner_text("#explorer caption")
    said = [found.page.inner_text(one) for one in ("#said", "#about")]
    return caption, said, found.rows("#explorer")


def others(found: Opened, name: str) -> list[str]:
    """Return what a control could be set to instead."""
    options = "(select) => [...select.options].map((one) => one.value)"
    values: list[str] = found.page.eval_on_selector(f"select[name={name}]", options)
    return [one for one in values if one != found.chosen()[name]]


def test_runs_are_published() -> None:
    assert len(TWO) == 2


def test_the_page_is_small_enough_to_publish(report: Path) -> None:
    assert report.stat().st_size < LIMIT


@of_two
def test_every_control_changes_what_is_shown(browser: Browser, report: Path) -> None:
    with opened(browser, report, **LIGHT) as found:
        controls = list(found.chosen())
        assert "baseline" in controls
        # The first control last: what it compares takes another one's place.
        for name in reversed(controls):
            before = seen(found)
            value = others(found, name)[0]
            found.choose(name, value)
            assert found.chosen()[name] == value
            assert seen(found) != before, name
            assert f"{name}=" in found.page.url


def test_the_explorer_shows_the_rates_of_the_tables(desk: Opened, folder: Path) -> None:
    with (folder / "tables" / "cells.csv").open(encoding="utf-8", newline="") as file:
        cells = [row for row in csv.DictReader(file) if row["rate"]]
    chosen = desk.chosen()
    shown = {row[0]: row[1] for row in desk.rows("#explorer")}
    axes = [one for one in chosen if one not in ("compare", "baseline")]
    there = [row for row in cells if all(row[axis] == chosen[axis] for axis in axes)]
    run = ROOT / "reports" / "published" / folder.name.rstrip("0123456789") / "run.json"
    label = Catalogue.of_runs([json.loads(run.read_text("utf-8"))]).label
    wanted = {label("transport", row["transport"]): float(row["rate"]) for row in there}
    assert len(wanted) > 1
    assert {name: shown[name] for name in wanted} == {
        name: figures.scaled(rate) for name, rate in wanted.items()
    }


def test_every_cell_opens_and_shows_its_trials(desk: Opened) -> None:
    page = desk.page
    rows = desk.rows("#explorer")
    for (name, rate, *_), one in zip(rows, page.evaluate(OPEN_EACH), strict=True):
        assert one["title"].startswith(f"{name} (")
        assert rate == "ok" or rate in one["told"]
        if any(character.isdigit() for character in rate):
            assert one["dots"] == one["trials"] > 0
    page.click("#close")
    assert not page.is_visible("#detail")


def test_axe_finds_nothing(desk: Opened, axe: str) -> None:
    assert violations(desk, axe) == []
    desk.page.click("#close")


def test_every_version_is_visible_in_the_table_of_winners(desk: Opened) -> None:
    table = "table[data-id='winners']"
    width = f"document.querySelector(\"{table}\").closest('.wide').clientWidth"
    desk.page.set_viewport_size(LAPTOP)
    desk.unfold("winners")
    right = desk.page.evaluate(f'document.querySelector("{table}").offsetWidth')
    assert right <= desk.page.evaluate(width)
    desk.page.set_viewport_size(DESK)


def test_the_explorer_marks_the_same_ratios_as_the_tables(desk: Opened) -> None:
    desk.unfold("ratios-c0")
    first = desk.rows("table[data-id='ratios-c0']")
    titles = desk.page.locator("table[data-id='ratios-c0'] thead th").all_inner_texts()
    marked = 0
    before = desk.chosen().get("python")
    for python in others(desk, "python") if before else [titles[1]]:
        if before:
            desk.choose("python", python)
        shown = {row[0]: row[2] for row in desk.rows("#explorer")}
        place = [one.split()[0] for one in titles].index(python.split()[0])
        wanted = {row[0]: row[place] for row in first if row[place] != "–"}
        assert {name: shown[name] for name in wanted} == wanted, python
        marked += sum(one.endswith(("‡", "†")) for one in shown.values())
    assert marked > 0
    assert "‡" in desk.page.inner_text("#legend")
    if before:
        desk.choose("python", before)


def test_a_phone_shows_the_figures_of_the_ratios_beside_their_names(phone: Opened) -> None:
    figures_shown = phone.page.locator("figure.forest svg text", has_text="×")
    assert figures_shown.count() > 1
    ends = figures_shown.evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().right)"
    )
    assert max(ends) <= PHONE["width"]


def test_a_phone_shows_the_page_without_scrolling_sideways(phone: Opened) -> None:
    assert phone.page.evaluate("document.querySelectorAll('*').length") <= 5_000
    phone.page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { fill(one); one.open = true })"
    )
    assert phone.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@of_two
def test_a_link_restores_the_view(browser: Browser, report: Path) -> None:
    with opened(browser, report, **LIGHT) as found:
        for name in ("python", "topology", "baseline"):
            if name in found.chosen():
                found.choose(name, others(found, name)[0])
            if found.page.is_visible("#nearest"):
                found.page.click("#nearest")
        found.page.click("#explorer tbody tr:last-child button")
        view = (found.chosen(), seen(found), found.page.inner_text("#detail"))
        fragment = "#" + found.page.url.partition("#")[2]
    with opened(browser, report, fragment, **DARK) as again:
        assert (again.chosen(), seen(again), again.page.inner_text("#detail")) == view


@of_two
def test_tables_sort_and_filter(browser: Browser, report: Path) -> None:
    with opened(browser, report, **LIGHT) as found:
        page = found.page
        page.click("#explorer thead th:nth-child(2) button")
        rising = [row[0] for row in found.rows("#explorer")]
        page.click("#explorer thead th:nth-child(2) button")
        falling = [row[0] for row in found.rows("#explorer")]
        assert sorted(rising) == sorted(falling)
        assert rising != falling
        found.unfold("workers-0")
        box = page.locator("label.filter:visible input").first
        below = "(input) => input.closest('label').nextElementSibling.querySelector('table')"
        table = f"table[data-id='{box.evaluate(f'(input) => ({below})(input).dataset.id')}']"
        everything = found.rows(table)
        word = everything[-1][0]
        box.fill(word)
        kept = found.rows(table)
        assert 0 < len(kept) < len(everything)
        box.fill("no row says this")
        assert found.rows(table) == []
        box.fill("")
        assert found.rows(table) == everything


@of_two
def test_all_can_be_done_by_keyboard(browser: Browser, report: Path) -> None:
    active = "document.activeElement"
    with opened(browser, report, **LIGHT) as found:
        page = found.page
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate(f"{active}.id") == "main"
        before = seen(found)
        first = "compare" if "compare" in found.chosen() else next(iter(found.chosen()))
        while page.evaluate(f"{active}.name") != first:
            page.keyboard.press("Tab")
            assert page.evaluate(f"{active}.tagName") != "BODY"
        page.keyboard.press("ArrowDown")
        assert seen(found) != before
        while not page.evaluate(f"{active}.matches('#explorer tbody button')"):
            page.keyboard.press("Tab")
            assert page.evaluate(f"{active}.tagName") != "BODY"
        opener = page.evaluate(f"{active}.textContent")
        page.keyboard.press("Enter")
        assert page.evaluate(f"{active}.id") == "detail"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate(f"{active}.textContent") == opener


@of_two
def test_axe_finds_nothing_in_the_dark(browser: Browser, report: Path, axe: str) -> None:
    with opened(browser, report, **DARK) as found:
        assert violations(found, axe, "runOnly: ['color-contrast']") == []


def violations(found: Opened, axe: str, rules: str = "") -> list[tuple[str, str, str]]:
    """Return the rule, its weight and the first place of each violation that axe finds.

    A cell is opened for it.
    """
    found.page.click("#explorer tbody tr:nth-child(2) button")
    found.page.evaluate(axe)
    # Of what passes one place for each rule: thousands would be named, and handed over.
    only = f"{{resultTypes: ['violations'], {rules}}}"
    result = found.page.evaluate(f"axe.run(document, {only})")
    assert result["passes"]
    return [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in result["violations"]]


@of_two
def test_without_javascript_everything_can_be_read(browser: Browser, folder: Path) -> None:
    pictures = len(list((folder / "pictures").glob("*-light.svg")))
    with opened(browser, folder / "report.html", java_script_enabled=False, **LIGHT) as found:
        page = found.page
        assert not page.is_visible("#explore")
        assert page.inner_text("main > noscript p").startswith("With JavaScript this page also")
        assert page.locator("figure svg:visible").count() == pictures > 0
        links = page.locator("nav a:visible")
        titles = [title.strip() for title in links.all_inner_texts()]
        assert titles == page.locator("main > section:visible > h2").all_inner_texts()
        folded = page.locator("main > section:not(.scripted) > details:has(table)").first
        assert not folded.locator("table").is_visible()
        folded.locator("summary").click()
        assert folded.locator("table").is_visible()
