"""The page in a real Chromium: every control changes what it should, and nothing else happens."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from findings_factory import Factory, hostile
from pages import chromium, opened
from playwright.sync_api import Browser, expect

from runner.report.publication import write

pytestmark = pytest.mark.browser

PLAIN: dict[str, Any] = {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    pythons = ("2.7", "3.6", "3.9", "3.10", "3.13")
    write(Factory(pythons).findings(), folder, formats=("svg", "html"))
    return folder / "report.html"


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evil")
    write(hostile(), folder, formats=("svg", "html"))
    return folder / "report.html"


def test_the_page_opens_without_a_complaint_or_a_request(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        assert found.page.title().startswith("Pipe or Queue? On Python 3.13, Pipe: ")
        assert found.chosen() == {
            "compare": "transport",
            "python": "3.13",
            "payload": "int",
            "topology": "one_to_one",
            "workers": "1",
            "placement": "free",
            "messages": "auto",
            "baseline": "queue",
        }
        rows = {row[0]: row for row in found.rows("#explorer")}
        assert rows["Pipe"][1:4] == ["352 k", "1.25 ▲", "2c"]
        assert rows["Queue"][2] == "1"


def test_python_changes_the_cells(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.choose("python", "2.7")
        rows = {row[0]: row for row in found.rows("#explorer")}
        assert rows["Pipe"][1:3] == ["451 k", "2.00 ▲"]
        assert "python=2.7" in found.page.url


def test_payload_changes_the_cells(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        before = found.rows("#explorer")
        found.choose("payload", "bytes:65536")
        after = found.rows("#explorer")
        assert [row[0] for row in after] == [row[0] for row in before]
        assert after[1][1] != before[1][1]
        assert "bytes:65536" in found.page.inner_text("#said")


def test_topology_and_workers_go_together(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.choose("workers", "8")
        assert found.chosen()["topology"] == "fan_out"
        found.choose("topology", "one_to_one")
        assert found.chosen()["workers"] == "1"
        found.choose("topology", "request_reply")
        latency = [row[5] for row in found.rows("#explorer") if row[0] == "Pipe"]
        assert latency[0].endswith("µs")


def test_the_baseline_turns_the_ratios(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.choose("baseline", "pipe")
        rows = {row[0]: row for row in found.rows("#explorer")}
        assert rows["Pipe"][2] == "1"
        assert rows["Queue"][2] == "0.80 ▼"
        assert found.page.inner_text("#t-explorer").startswith("Speed relative to Pipe")


def test_pythons_can_be_compared_instead(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.choose("compare", "python")
        assert "python" not in found.chosen()
        found.choose("transport", "pipe")
        found.choose("baseline", "3.6")
        rows = {row[0]: row for row in found.rows("#explorer")}
        assert list(rows) == ["2.7", "3.6", "3.9", "3.10", "3.13"]
        assert rows["3.13"][2] == "1.34 ▲"


def test_ratios_of_mixed_modes_are_marked_and_the_marks_explained(
    browser: Browser, report: Path
) -> None:
    with opened(browser, report, **PLAIN) as found:
        rows = {row[0]: row for row in found.rows("#explorer")}
        assert rows["Manager().Queue"][2] == "0.096 ▼ ‡"
        assert rows["Pipe"][2] == "1.25 ▲"
        page = found.page
        marked = page.locator("#explorer td", has_text="‡")
        assert marked.get_attribute("title") == "slower; modes mixed"
        said = page.inner_text("#legend")
        assert "‡: in more than 10 % of the rounds the two ran in different modes" in said
        page.click("#each summary")
        square = found.rows("#square")
        assert [row[-2].endswith(" ‡") for row in square] == [True] * 6 + [False, True]
        found.choose("baseline", "manager_queue")
        ratios = [row[2] for row in found.rows("#explorer") if row[0] != "Manager().Queue"]
        assert all(one.endswith(" ‡") for one in ratios)


def test_a_rate_that_is_pooled_with_the_controls_says_so(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        texts = found.page.locator("#explorer tbody tr").all_inner_texts()
        told = {one.split("\n")[0].split("\t")[0]: "with its control" in one for one in texts}
        assert [name for name, control in told.items() if control] == ["Queue"]
        found.page.click("#explorer button:text-is('Queue')")
        assert "40 ok of 40, with its control, in 2 blocks" in found.page.inner_text("#detail dl")


def test_each_against_each_follows_the_choice(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.page.click("#each summary")
        rows = found.rows("#square")
        assert len(rows) == 8
        assert rows[1][2] == "1"
        found.choose("messages", "10000")
        assert len(found.rows("#square")) == 4


def test_the_detail_shows_figures_flags_and_traceback(browser: Browser, report: Path) -> None:
    fragment = "#explore?python=3.6&topology=fan_out&workers=8&payload=int"
    with opened(browser, report, fragment, **PLAIN) as found:
        found.page.click("#explorer button:text-is('JoinableQueue')")
        shown = found.page.inner_text("#detail")
        assert "JoinableQueue (3.6, int, fan_out, 8 workers)" in shown
        assert "0 ok of 3" in shown
        assert "ValueError: pickle protocol 5 | unsupported <b>here</b>" in shown
        found.page.click("#explorer button:text-is('Manager().Queue')")
        assert "bimodal: the trials fall in two groups" in found.page.inner_text("#detail")
        found.page.click("#close")
        assert not found.page.is_visible("#detail")


def test_the_detail_draws_and_lists_single_trials(browser: Browser, report: Path) -> None:
    fragment = "#explore?python=3.6&topology=fan_out&workers=8&payload=int"
    with opened(browser, report, fragment, **PLAIN) as found:
        page = found.page
        page.click("#explorer button:text-is('Queue')")
        shown = len(found.rows("#trials"))
        said = page.get_attribute("#trials svg", "aria-label") or ""
        assert said.startswith(f"Rates over rounds of {shown} trials in 1 session: median ")
        assert f"{shown} of its 40 trials, spread evenly" in page.inner_text("#trials > p")
        assert page.locator("#trials svg .dot").count() == shown
        controls = [row for row in found.rows("#trials") if row[2] == "transport, control"]
        assert page.locator("#trials svg .dot.control").count() == len(controls) > 0
        expect(page.locator("#trials tbody tr").last).not_to_be_in_viewport()
        page.focus("#trials .tall")
        page.keyboard.press("End")
        expect(page.locator("#trials tbody tr").last).to_be_in_viewport()
        page.click("#explorer button:text-is('JoinableQueue')")
        assert [row[3] for row in found.rows("#trials")] == ["–", "–", "–"]
        assert page.locator("#trials svg .dot.lost").count() == 3
        page.click("#explorer button:text-is('Pipe')")
        assert page.locator("#trials svg .dot.lost").count() == 0


def test_a_cell_without_trials_says_so(browser: Browser, report: Path) -> None:
    fragment = "#explore?python=2.7&payload=ndarray:400x400x3&cell=queue"
    with opened(browser, report, fragment, **PLAIN) as found:
        said = "No trial of this cell was measured."
        assert found.page.inner_text("#trials").split("\n")[-1] == said
        assert not found.page.is_visible("#trials table")


def test_a_link_brings_back_what_was_seen(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.choose("python", "3.9")
        found.choose("topology", "fan_out")
        found.choose("workers", "4")
        found.choose("baseline", "simple_queue")
        found.page.click("#explorer button:text-is('Pipe')")
        chosen, rows = found.chosen(), found.rows("#explorer")
        fragment = "#" + found.page.url.partition("#")[2]
    with opened(browser, report, fragment, **PLAIN) as again:
        assert (again.chosen(), again.rows("#explorer")) == (chosen, rows)
        assert again.page.inner_text("#h-detail") == "Pipe (3.9, int, fan_out, 4 workers)"


@pytest.mark.parametrize("fragment", ["#explore?python=9.9&cell=%3Cb%3E", "#%E0%A4%A", "#nowhere"])
def test_a_broken_link_shows_the_default(browser: Browser, report: Path, fragment: str) -> None:
    with opened(browser, report, fragment, **PLAIN) as found:
        assert found.chosen()["python"] == "3.13"


def test_a_link_into_a_folded_table_opens_it(browser: Browser, report: Path) -> None:
    with opened(browser, report, "#t-winners-lead", **PLAIN) as found:
        assert found.page.is_visible("#t-winners-lead")


def test_tables_sort_by_number_and_by_version(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        table = "table[data-id='ratios-c0']"
        found.unfold("ratios-c0")
        found.page.click(f"{table} th:nth-child(6) button")
        assert [row[0] for row in found.rows(table)][:2] == ["Manager().Queue", "JoinableQueue"]
        found.page.click(f"{table} th:nth-child(6) button")
        assert found.rows(table)[0][0] == "os.pipe"
        header = found.page.locator(f"{table} th:nth-child(6)")
        assert header.get_attribute("aria-sort") == "descending"
        found.unfold("winners-lead")
        lead = "table[data-id='winners-lead']"
        found.page.click(f"{lead} thead th:nth-child(1) button")
        order = list(dict.fromkeys(row[0] for row in found.rows(lead)))
        assert order == ["2.7", "3.6", "3.9", "3.10", "3.13"]


def test_a_table_can_be_copied_as_markdown(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        page = found.page
        said = page.evaluate("markdownOf(document.querySelector('table[data-id=transports]'))")
        lines = said.split("\n")
        assert lines[0].startswith("| transport | 2.7 | 3.6 |")
        assert lines[1].startswith("|---|--:|")
        assert any(one.startswith("| Queue | 1 |") for one in lines)
        page.evaluate("document.execCommand = () => true")
        page.click("#answer .tools button")
        assert page.inner_text("#answer .tools button") == "Copied"


def test_the_page_is_light_until_something_is_opened(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        count = "document.querySelectorAll('*').length"
        before = found.page.evaluate(count)
        found.unfold("ratios-c0")
        assert found.page.evaluate(count) > before


def test_rates_with_prefixes_sort_by_size(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.page.click("#explorer thead th:nth-child(2) button")
        rates = [row[1] for row in found.rows("#explorer")]
        assert rates[0] == "27.0 k"
        assert rates[-1] == "1.39 M"


def test_tables_can_be_filtered(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        table = "table[data-id='workers-0']"
        found.unfold("workers-0")
        everything = len(found.rows(table))
        box = found.page.locator(f"label.filter:near({table}) input").first
        box.fill("3.10")
        assert {row[0] for row in found.rows(table)} == {"3.10"}
        box.fill("")
        assert len(found.rows(table)) == everything


def test_hostile_names_are_shown_as_text(browser: Browser, evil: Path) -> None:
    with opened(browser, evil, **PLAIN) as found:
        names = [row[0] for row in found.rows("#explorer")]
        assert "<script>alert('name')</script>" in names
        assert "right\\u202eto\\u2066left\\u200b" in names
        found.page.click("#explorer button:has-text('alert')")
        assert "<script>alert('name')</script> (" in found.page.inner_text("#h-detail")
        assert "<script>alert('name')</script>" in found.page.inner_text("#trials table")
        assert found.page.evaluate("document.querySelectorAll('script').length") == 2


def test_a_hostile_traceback_is_shown_as_text(browser: Browser, evil: Path) -> None:
    fragment = "#explore?python=3.6&topology=fan_out&workers=8&cell=joinable_queue"
    with opened(browser, evil, fragment, **PLAIN) as found:
        assert "</details></script><script>alert('trace')</script>" in found.page.inner_text(
            "#traces"
        )
        assert "(9,600 more characters)" in found.page.inner_text("#traces")
