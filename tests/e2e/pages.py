"""What the tests of the page share: a real Chromium, and a page that notes what it asks for."""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
"""The first has no windows, and so needs half of the others' processor time."""
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
AXE = "axe-core@4.10.3"
UNFOLD = "document.querySelector('#figures')?.setAttribute('open', '')"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Give a headless Chromium of this machine; skip where there is none."""
    path = os.environ.get("CHROMIUM", CHROMIUM)
    if path is None:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Opened:
    """A page that was opened, and what went wrong in it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def chosen(self) -> dict[str, str]:
        """Return what the visible controls say."""
        script = """() => Object.fromEntries([...document.querySelectorAll('#explore label')]
            .filter((label) => !label.hidden && label.querySelector('select'))
            .map((label) => [label.querySelector('select').name,
                             label.querySelector('select').value]))"""
        found: dict[str, str] = self.page.evaluate(script)
        return found

    def rows(self, table: str) -> list[list[str]]:
        """Return the visible rows of a table, each cell's first line."""
        script = """(selector) => [...document.querySelectorAll(selector + ' tbody tr')]
            .filter((row) => !row.hidden)
            .map((row) => [...row.cells].map((cell) => cell.innerText.split('\\n')[0]))"""
        found: list[list[str]] = self.page.evaluate(script, table)
        return found

    def unfold(self, table: str) -> None:
        """Open the folded part that holds a table, which makes the table."""
        self.page.click(f"#d-{table} > summary")
        self.page.wait_for_selector(f"table[data-id='{table}']")

    def choose(self, name: str, value: str) -> None:
        """Choose a value in one of the controls."""
        self.page.select_option(f"select[name={name}]", value)


@contextmanager
def opened(
    browser: Browser, report: Path, fragment: str = "", *, folded: bool = False, **options: Any
) -> Iterator[Opened]:
    """Open a report, and the figures of the situation unless they stay `folded`.

    At the end nothing may have been complained of or asked for.
    """
    context = browser.new_context(**options)
    found = Opened(context.new_page())
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("request", lambda request: found.requests.append(request.url))
    address = report.as_uri()
    try:
        found.page.goto(address + fragment)
        if not folded and options.get("java_script_enabled", True):
            found.page.evaluate(UNFOLD)
        yield found
        assert found.complaints == []
        assert {one.partition("#")[0] for one in found.requests} == {address}
    finally:
        context.close()


def axe_script(folder: Path) -> str:
    """Return axe-core: of the file that AXE_CORE names, or fetched into the folder by npm."""
    if "AXE_CORE" in os.environ:
        return Path(os.environ["AXE_CORE"]).read_text(encoding="utf-8")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here to fetch axe-core with; name an axe.min.js in AXE_CORE")
    fetched = subprocess.run(
        [npm, "pack", AXE, "--silent"], cwd=folder, capture_output=True, text=True, check=False
    )
    if fetched.returncode:
        pytest.skip(f"npm could not fetch {AXE}: {fetched.stderr.strip()[-300:]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return (folder / "package" / "axe.min.js").read_text(encoding="utf-8")
