"""The page in a real Chromium: every control changes what it should, and nothing else happens."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from findings_factory import Factory, hostile
from pages import Opened, chromium, opened
from playwright.sync_api import Browser, expect

from runner.report import answers
from runner.report.publication import write
from runner.report.view import View
from runner.results import Asked

pytestmark = pytest.mark.browser

PYTHONS = ("2.7", "3.6", "3.9", "3.10", "3.13")
PLAIN: dict[str, Any] = {"color_scheme": "light", "viewport": {"width": 1200, "height": 900}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write(Factory(PYTHONS).findings(), folder, formats=("svg", "html"))
    return folder / "report.html"


@pytest.fixture(scope="module")
def desk(browser: Browser, report: Path) -> Iterator[Opened]:
    """Give the page, opened once for tests in which nothing is chosen."""
    with opened(browser, report, **PLAIN) as found:
        yield found


@pytest.fixture
def explored(desk: Opened) -> Iterator[Opened]:
    """Give that page; what a test chooses is undone after it."""
    before = desk.chosen()
    yield desk
    for name, value in before.items():
        desk.choose(name, value)
    assert desk.chosen() == before


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evil")
    write(hostile(), folder, formats=("svg", "html"))
    return folder / "report.html"


def test_the_page_opens_without_a_complaint_or_a_request(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        assert found.page.title().startswith("Pipe or Queue? On Python 3.13, Pipe: ")
        assert found.chosen() == {
            "python": "3.13",
            "payload": "int",
            "topology": "one_to_one",
            "workers": "1",
            "placement": "free",
            "messages": "auto",
            "compare": "transport",
            "baseline": "queue",
        }
        rows = {row[0]: row for row in found.rows("#explorer")}
        assert rows["Pipe"][1:4] == ["352 k", "1.25 ▲", "2c"]
        assert rows["Queue"][2] == "1"


def test_python_changes_the_cells(explored: Opened) -> None:
    explored.choose("python", "2.7")
    rows = {row[0]: row for row in explored.rows("#explorer")}
    assert rows["Pipe"][1:3] == ["451 k", "2.00 ▲"]
    assert "python=2.7" in explored.page.url


def test_payload_changes_the_cells(explored: Opened) -> None:
    before = explored.rows("#explorer")
    explored.choose("payload", "bytes:65536")
    after = explored.rows("#explorer")
    assert [row[0] for row in after] == [row[0] for row in before]
    assert after[1][1] != before[1][1]
    assert "bytes:65536" in explored.page.inner_text("#said")


def test_a_combination_that_was_not_measured_is_named_and_never_replaced(
    browser: Browser, report: Path
) -> None:
    with opened(browser, report, **PLAIN) as found:
        page = found.page
        assert not page.is_visible("#lacking")
        found.choose("workers", "8")
        assert (found.chosen()["workers"], found.chosen()["topology"]) == ("8", "one_to_one")
        assert page.inner_text("#lacking") == (
            "Not measured: Python 3.13, int, one_to_one, 8 workers, free, auto messages. "
            "The nearest that was measured is as chosen, but with 1 worker instead of 8:"
        )
        assert page.inner_text("#use").startswith("Pipe")
        assert "Nothing of this situation" in page.inner_text("#about")
        assert not page.is_visible("#explorer")
        found.choose("topology", "fan_out")
        assert not page.is_visible("#lacking")
        assert "fan_out, 8 workers" in page.inner_text("#use")
        found.choose("payload", "bytes:65536")
        assert page.is_visible("#lacking")
        page.click("#nearest")
        assert not page.is_visible("#lacking")
        chosen = found.chosen()
        assert (chosen["payload"], chosen["topology"], chosen["workers"]) == ("int", "fan_out", "8")


def test_what_was_not_measured_is_grey_and_can_be_chosen(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        page = found.page
        options = page.locator("select[name=workers] option")
        assert options.all_inner_texts() == ["1", "2 – not measured"] + [
            f"{one} – not measured" for one in (4, 8)
        ]
        assert page.locator("select[name=workers] option.lacks").count() == 3
        assert page.locator("select option[disabled]").count() == 0
        found.choose("topology", "fan_out")
        assert page.locator("select[name=workers] option.lacks").count() == 0
        assert page.locator("select[name=payload] option.lacks").count() == 5


def test_the_answer_and_its_chart_follow_the_choice(browser: Browser, report: Path) -> None:
    with opened(browser, report, folded=True, **PLAIN) as found:
        page = found.page
        assert page.inner_text("#use").startswith("Pipe(duplex=False): 1.")
        assert page.inner_text("#sure") == "How sure: clear, one session; 40 rounds."
        chart = page.get_attribute("#chart svg", "aria-label") or ""
        assert chart.startswith("Speed relative to Queue, with 95 % intervals: Pipe(duplex=False) ")
        assert "os.pipe" not in chart
        assert "threads" not in chart
        assert page.locator("#chart g.chosen").count() == 1
        assert page.locator("#chart g title").count() == page.locator("#chart g").count() == 5
        assert page.locator("#chart polygon").count() == 1, "Manager().Queue is off the axis"
        assert not page.is_visible("#explorer")
        found.choose("topology", "request_reply")
        assert "µs instead of" in page.inner_text("#use")
        assert page.get_attribute("#chart svg", "aria-label") != chart


def test_the_answer_is_that_of_the_command(browser: Browser, report: Path) -> None:
    view = View(Factory(PYTHONS).findings())
    asked = Asked(python="2.7", payload="int", topology="fan_out", workers=4, placement="free")
    told = answers.answer(view, asked)
    assert told is not None
    fragment = "#explore?python=2.7&topology=fan_out&workers=4"
    with opened(browser, report, fragment, **PLAIN) as found:
        assert found.page.inner_text("#use").startswith(f"{told.advice}: {told.figures}")
        assert told.sure in found.page.inner_text("#sure")


def test_the_nearest_is_that_of_the_command(browser: Browser, report: Path) -> None:
    view = View(Factory(PYTHONS).findings())
    with opened(browser, report, **PLAIN) as found:
        for payload, topology, workers, placement in (
            ("bytes:1048576", "fan_out", 2, "free"),
            ("ndarray:400x400x3", "request_reply", 8, "together"),
            ("str:100", "one_to_one", 4, "together"),
            ("bytes:1024", "one_to_one", 8, "free"),
        ):
            asked = Asked(
                python="3.9", payload=payload, topology=topology, workers=workers,
                placement=placement,
            )  # fmt: skip
            told = answers.answer(view, asked)
            assert told is not None
            assert told.differs
            for name in ("python", "payload", "topology", "placement"):
                found.choose(name, getattr(asked, name))
            found.choose("workers", str(workers))
            assert told.differs[0] in found.page.inner_text("#lacking")
            assert answers.place(view, told.comparison) in found.page.inner_text("#use")


def test_round_trips_have_their_latency(explored: Opened) -> None:
    explored.choose("topology", "request_reply")
    latency = [row[5] for row in explored.rows("#explorer") if row[0] == "Pipe"]
    assert latency[0].endswith("µs")


def test_the_baseline_turns_the_ratios(explored: Opened) -> None:
    explored.choose("baseline", "pipe")
    rows = {row[0]: row for row in explored.rows("#explorer")}
    assert rows["Pipe"][2] == "1"
    assert rows["Queue"][2] == "0.80 ▼"
    assert explored.page.inner_text("#t-explorer").startswith("Speed relative to Pipe")


def test_pythons_can_be_compared_instead(browser: Browser, report: Path) -> None:
    with opened(browser, report, **PLAIN) as found:
        found.choose("compare", "python")
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


def test_a_rate_that_is_pooled_with_the_controls_says_so(desk: Opened) -> None:
    texts = desk.page.locator("#explorer tbody tr").all_inner_texts()
    told = {one.split("\n")[0].split("\t")[0]: "with its control" in one for one in texts}
    assert [name for name, control in told.items() if control] == ["Queue"]
    desk.page.click("#explorer button:text-is('Queue')")
    assert "40 ok of 40, with its control, in 2 blocks" in desk.page.inner_text("#detail dl")
    desk.page.click("#close")


def test_each_against_each_follows_the_choice(explored: Opened) -> None:
    explored.page.click("#each summary")
    rows = explored.rows("#square")
    assert len(rows) == 8
    assert rows[1][2] == "1"
    explored.choose("messages", "10000")
    assert len(explored.rows("#square")) == 4
    assert "10,000 messages" in explored.page.inner_text("#about")
    explored.page.click("#each summary")


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
        assert found.page.get_attribute("#h-explore a", "href") == fragment
    with opened(browser, report, fragment, folded=True, **PLAIN) as again:
        assert (again.chosen(), again.rows("#explorer")) == (chosen, rows)
        assert again.page.inner_text("#h-detail") == "Pipe (3.9, int, fan_out, 4 workers)"


@pytest.mark.parametrize("fragment", ["#explore?python=9.9&cell=%3Cb%3E", "#%E0%A4%A", "#nowhere"])
def test_a_broken_link_shows_the_default(browser: Browser, report: Path, fragment: str) -> None:
    with opened(browser, report, fragment, **PLAIN) as found:
        assert found.chosen()["python"] == "3.13"


def test_a_link_into_a_folded_table_opens_it(browser: Browser, report: Path) -> None:
    with opened(browser, report, "#t-winners-lead", **PLAIN) as found:
        assert found.page.is_visible("#t-winners-lead")


def test_tables_sort_by_number_and_by_version(desk: Opened) -> None:
    table = "table[data-id='ratios-c0']"
    desk.unfold("ratios-c0")
    desk.page.click(f"{table} th:nth-child(6) button")
    assert [row[0] for row in desk.rows(table)][:2] == ["Manager().Queue", "JoinableQueue"]
    desk.page.click(f"{table} th:nth-child(6) button")
    assert desk.rows(table)[0][0] == "os.pipe"
    header = desk.page.locator(f"{table} th:nth-child(6)")
    assert header.get_attribute("aria-sort") == "descending"
    desk.unfold("winners-lead")
    lead = "table[data-id='winners-lead']"
    desk.page.click(f"{lead} thead th:nth-child(1) button")
    order = list(dict.fromkeys(row[0] for row in desk.rows(lead)))
    assert order == ["2.7", "3.6", "3.9", "3.10", "3.13"]


def test_a_table_can_be_copied_as_markdown(desk: Opened) -> None:
    page = desk.page
    said = page.evaluate("markdownOf(document.querySelector('table[data-id=transports]'))")
    lines = said.split("\n")
    assert lines[0].startswith("| transport | 2.7 | 3.6 |")
    assert lines[1].startswith("|---|--:|")
    assert any(one.startswith("| Queue | 1 |") for one in lines)
    page.evaluate("document.execCommand = () => true")
    page.click("#answer .tools button")
    assert page.inner_text("#answer .tools button") == "Copied"


def test_every_table_can_be_had_as_csv(desk: Opened) -> None:
    page = desk.page
    for table in ("situations", "transports"):
        tools = page.locator(f".wide:has(table[data-id='{table}']) ~ .tools").first
        assert tools.locator("a").get_attribute("href") == f"tables/shown/{table}.csv"
    with page.expect_download() as waited:
        page.click("#figures > .tools button:text-is('CSV')")
    file = waited.value
    assert file.suggested_filename == "explorer.csv"
    rows = list(csv.reader(file.path().read_text("utf-8").splitlines()))
    assert rows[0][:2] == ["transport", "messages/s"]
    assert [row[0] for row in rows[1:]] == [row[0] for row in desk.rows("#explorer")]
    assert rows[1][1].startswith("1.")


def test_csv_begins_no_formula(browser: Browser, evil: Path) -> None:
    script = """() => {
        const table = document.createElement('table');
        table.innerHTML = '<thead><tr><th>a<th>b</thead><tbody><tr><td><td></tbody>';
        table.tBodies[0].rows[0].cells[0].textContent = '=1+1,"x"';
        table.tBodies[0].rows[0].cells[1].textContent = '-5';
        return csvOf(table);
    }"""
    with opened(browser, evil, **PLAIN) as found:
        assert found.page.evaluate(script) == 'a,b\n"\'=1+1,""x""",-5\n'


def test_marks_say_what_they_mean(desk: Opened) -> None:
    cell = desk.page.locator("table[data-id='transports'] td.faster").first
    assert cell.get_attribute("title") == "faster: decided"
    marks = desk.page.locator("figure svg g title, figure svg path title")
    assert marks.count() > 0


def test_every_heading_is_a_permalink(desk: Opened) -> None:
    page = desk.page
    headings = page.locator("main > section > h2")
    links = [one.get_attribute("href") or "" for one in headings.locator("a").all()]
    assert len(links) == headings.count() > 5
    for link in links[1:]:
        assert page.locator(f"section{link}").count() == 1
    assert links[0].startswith("#explore?")


def test_the_navigation_is_one_sticks_and_has_the_order_of_the_page(desk: Opened) -> None:
    page = desk.page
    assert page.locator("nav").count() == 1
    names = [one.strip() for one in page.locator("nav a:visible").all_inner_texts()]
    assert names == page.locator("main > section:visible > h2").all_inner_texts()
    page.click("nav a:text-is('Message sizes')")
    expect(page.locator("#payloads h2")).to_be_in_viewport()
    assert page.evaluate("document.querySelector('nav').getBoundingClientRect().top") == 0


def test_the_first_screen_has_finding_situation_and_answer(browser: Browser, report: Path) -> None:
    with opened(browser, report, folded=True, **PLAIN) as found:
        for one in ("h1", "#controls", "#use", "#sure", "#chart svg"):
            box = found.page.locator(one).bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= 900, one


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
