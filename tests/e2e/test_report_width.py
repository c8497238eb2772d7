"""The tables of the published reports and of README fit GitHub's width: no cell wraps."""

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import chromium
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
DOCUMENTS = [*sorted((ROOT / "reports" / "published").glob("*/report.md")), ROOT / "README.md"]
# What GitHub gives a file: 880 px, and tables of which the cells wrap before they scroll.
STYLE = """
body {margin: 0; width: 880px; font: 16px/1.5 "Liberation Sans", Arial, Helvetica, sans-serif}
table {display: block; width: max-content; max-width: 100%; border-collapse: collapse}
th, td {padding: 6px 13px; border: 1px solid #d0d7de}
th {font-weight: 600}
"""
WRAPPED = """() => [...document.querySelectorAll('th, td')].filter((cell) => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    const tops = [...range.getClientRects()].map((line) => Math.round(line.top / 12));
    return new Set(tops).size > cell.querySelectorAll('br').length + 1
        || cell.closest('table').scrollWidth > 880;
}).map((cell) => cell.innerText)"""
"""The cells with more lines than they were given."""
FONT_IS_THERE = """() => {
    const pen = document.createElement('canvas').getContext('2d');
    const width = (font) => {pen.font = '40px ' + font; return pen.measureText('mmmwwwiii').width};
    return ['monospace', 'serif'].every(
        (other) => width(`"Liberation Sans", ${other}`) === width('"Liberation Sans"'))
        && width('"Liberation Sans", monospace') !== width('monospace');
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        page = started.new_page()
        # Other fonts have other widths.
        assert page.evaluate(FONT_IS_THERE), "no Liberation Sans: apt install fonts-liberation"
        page.close()
        yield started


def tables(text: str) -> list[list[str]]:
    """Return the lines of each table of figures, which says how its columns are aligned."""
    found: list[list[str]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [lines for lines in found if len(lines) > 2 and ":" in lines[1]]


def drawn(lines: list[str]) -> str:
    """Return a table as HTML, as GitHub draws it."""
    rows = []
    for place, line in enumerate(lines):
        if place == 1:
            continue
        cells = re.split(r"(?<!\\)\|", line.strip()[1:-1])
        kind = "th" if place == 0 else "td"
        rows.append("".join(f"<{kind}>{_shown(cell.strip())}</{kind}>" for cell in cells))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _shown(cell: str) -> str:
    text = html.escape(html.unescape(re.sub(r"\\(?=\W)", "", cell)))
    text = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", text.replace("&lt;br&gt;", "<br>"))
    return re.sub(r"\[([^\]]+)\]\([^)]+\)", r"<a href='#'>\1</a>", text)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.parent.name))
def test_no_cell_of_a_table_wraps(document: Path, browser: Browser) -> None:
    found = tables(document.read_text(encoding="utf-8"))
    assert found
    page = browser.new_page(viewport={"width": 880, "height": 600})
    try:
        page.set_content(
            f"<!doctype html><style>{STYLE}</style>{'<p></p>'.join(map(drawn, found))}"
        )
        assert page.locator("table").count() == len(found)
        assert page.evaluate(WRAPPED) == [], "shorten these, or give them a second line"
    finally:
        page.close()


def test_a_table_that_is_too_wide_is_seen(browser: Browser) -> None:
    """Or the test above could not fail."""
    wide = ["| a | b |", "|:--|:--|", f"| {'word ' * 20} | {'word ' * 20} |"]
    page = browser.new_page(viewport={"width": 880, "height": 600})
    try:
        page.set_content(f"<!doctype html><style>{STYLE}</style>{drawn(wide)}")
        assert len(page.evaluate(WRAPPED)) == 2
    finally:
        page.close()
