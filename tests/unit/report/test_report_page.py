"""report.html as a file: nothing foreign becomes markup, nothing is asked for, all is there."""

import base64
import hashlib
import json
import math
import re
from dataclasses import replace
from functools import partial
from html.parser import HTMLParser
from typing import Any

import pytest
from findings_factory import CONTEXTS, PYTHONS, TRANSPORTS, Factory, hostile

from runner.report import answers, explorer, figures, markdown, page, summary
from runner.report.document import Section
from runner.report.explorer import pooled
from runner.report.publication import compose, draw_pictures
from runner.report.sections import SECTIONS
from runner.report.view import View
from runner.results import Findings
from tests.rows import each

PLENTY = 1_000_000
VOID = {"meta", "link", "br", "img", "input", "hr", "source"}


class Reader(HTMLParser):
    """Collects tags, attributes and the texts of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] == "script" and self.cdata_elem == "script":
            self.scripts[-1] += data


def made(findings: Findings, pictures: bool = False) -> str:
    view = View(findings)
    document = compose(view, draw_pictures(view) if pictures else ())
    return page.render(document, partial(explorer.data, view))


@pytest.fixture(scope="module")
def evil() -> str:
    return made(hostile(), pictures=True)


def embedded(html: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Reader(html).scripts[0])
    return found


def test_the_page_holds_two_scripts_and_both_are_ours(evil: str) -> None:
    reader = Reader(evil)
    scripts = [attributes for tag, attributes in reader.tags if tag == "script"]
    assert scripts == [{"type": "application/json", "id": "data"}, {}]
    assert "alert" not in reader.scripts[1]


def test_the_policy_allows_just_this_script(evil: str) -> None:
    digest = base64.b64encode(hashlib.sha256(Reader(evil).scripts[1].encode()).digest()).decode()
    policy = next(
        attributes["content"] or ""
        for tag, attributes in Reader(evil).tags
        if tag == "meta" and "Content-Security-Policy" in str(attributes.get("http-equiv"))
    )
    assert f"script-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe-eval" not in policy


def test_no_element_asks_for_anything(evil: str) -> None:
    asking = [
        (tag, name, value)
        for tag, attributes in Reader(evil).tags
        for name, value in attributes.items()
        if name in ("src", "srcset", "href", "action", "data", "poster", "xlink:href")
        and not str(value).startswith("#")
        and not (tag == "a" and re.fullmatch(r"tables/shown/[a-z0-9_-]+\.csv", str(value)))
    ]
    assert asking == []
    assert not re.search(r"@import|url\((?!#)", evil)


def test_no_text_from_outside_becomes_an_attribute_or_handler(evil: str) -> None:
    handlers = [
        name
        for _, attributes in Reader(evil).tags
        for name in attributes
        if name.startswith("on") or name == "style"
    ]
    assert handlers == []


def test_data_cannot_end_its_script_element(evil: str) -> None:
    text = Reader(evil).scripts[0]
    assert not set("<>&\u202e\u2066") & set(text)
    traces = [embedded(evil)["names"][one[5]] for one in embedded(evil)["failures"]]
    assert "<script>alert('trace')</script>" in traces[0]
    assert "\\x1b[31m" in traces[0]


def test_hidden_characters_are_shown(evil: str) -> None:
    assert "\u202e" not in evil
    assert r"right\u202eto\u2066left\u200b" in evil


def test_ids_are_unique_and_links_lead_somewhere(evil: str) -> None:
    tags = Reader(evil).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {str(attributes["href"])[1:] for tag, attributes in tags if tag == "a"}
    links = {one for one in links if not one.startswith("ables/shown/")}
    assert {one for one in links if not one.startswith("explore?")} <= set(ids)


def test_every_table_has_a_caption_and_scoped_headers() -> None:
    html = made(Factory(pythons=("3.9", "3.10")).findings())
    tags = [tag for tag, _ in Reader(html).tags]
    assert tags.count("table") == tags.count("caption")
    scopes = [attributes.get("scope") for tag, attributes in Reader(html).tags if tag == "th"]
    assert set(scopes) == {"col", "row"}


def test_a_page_without_pictures_says_nothing_of_them() -> None:
    html = made(Factory(pythons=("3.9",), contexts=CONTEXTS[:1]).findings())
    assert "<svg" not in html
    assert "Not drawn" not in html


def test_pictures_without_data_are_named() -> None:
    html = made(Factory(pythons=("3.9",), contexts=CONTEXTS[:1]).findings(), pictures=True)
    assert "Not drawn, since too little was measured for it: latency." not in html
    assert "Not drawn, since too little was measured for it: versions." not in html


def test_ratios_of_any_two_arms_can_be_had_from_the_data() -> None:
    view = View(Factory(pythons=("3.9", "3.10"), contexts=CONTEXTS[:1]).findings())
    content = json.loads(explorer.data(view, PLENTY))
    block = next(one for one in content["blocks"] if one[0] == 0 and one[1] == 0)
    arms = [view.transports[one] for one in block[3]]
    count, marked = len(arms), 0
    for i in range(count):
        for j in range(i + 1, count):
            place = i * count - i * (i + 1) // 2 + j - i - 1
            pair = view.transport_pairs("3.9", view.contexts[0]).get(arms[i], arms[j])
            assert pair is not None
            assert pair.ratio == pytest.approx(math.exp(block[6][3 * place] / 1e4), rel=1e-4)
            mode, verdict = divmod(content["letters"].index(block[5][place]), 5)
            assert content["verdicts"][verdict] == pair.verdict
            assert content["marks"][mode] == {"same": "", "mixed": "‡"}[pair.modes]
            marked += mode == 2
    assert marked == count - 1


def test_a_section_more_is_one_function_more() -> None:
    def extra(view: View) -> Section:
        return Section("extra", "One more", sentences=[f"of {len(view.pythons)} Pythons"])

    view = View(Factory(pythons=("3.9",), contexts=CONTEXTS[:1]).findings())
    document = compose(view, sections=(*SECTIONS, extra))
    assert "## One more\n\nof 1 Pythons" in markdown.render(document)
    assert '<section id="extra"' in page.render(document, partial(explorer.data, view))


def test_the_page_has_the_answers_of_ask_and_the_steps_between_values() -> None:
    view = View(Factory(("3.9", "3.10"), contexts=CONTEXTS[:8]).findings())
    content = json.loads(explorer.data(view, PLENTY))
    names = content["names"]
    known = {(names[content["pythons"][one[0]]], one[1]): one for one in content["answers"]}
    assert len(known) == len(content["answers"]) == 2 * 8
    for place, context in enumerate(view.contexts):
        told = answers.answer_in(view, ("3.9", context))
        assert told is not None
        one = known["3.9", place]
        assert [names[word] for word in one[2:5]] == [told.advice, told.figures, told.sure]
        assert view.transports[one[5]] == told.comparison.a
        assert view.transports[one[6]] == told.comparison.b
    assert content["steps"]["workers"] == [[0, 2], [2, 0]]
    assert content["steps"]["python"] == [[0, 1], [1, 0]]
    assert [names[one] for one in content["worded"]["workers"]] == ["1 worker", "2 workers"]


def test_every_cell_is_in_the_data() -> None:
    found = Factory(pythons=("2.7", "3.6")).findings()
    content = json.loads(explorer.data(View(found), PLENTY))
    assert len(content["cells"]) == found.planned


def test_a_pair_that_ran_in_other_modes_in_few_rounds_is_reported_from_one_that_did_not() -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()
    content = {}
    for modes, mark in (("same", ""), ("partly mixed", "†"), ("mixed", "‡"), ("", "")):
        pairs = each(found.comparisons, modes=modes, verdict="invalid")
        content = json.loads(explorer.data(View(replace(found, comparisons=pairs)), PLENTY))
        place = content["letters"].index(content["blocks"][0][5])
        assert content["marks"][place // 5] == mark
        assert content["verdicts"][place % 5] == "invalid"
    assert len(set(content["letters"])) == len(content["letters"]) == 15
    assert "‡: in more than 10 % of the rounds" in content["legend"]


@pytest.mark.parametrize("ratio", [0.834962, 0.835038, 1.2450496, 1.00498, 0.08449, 3.00503])
def test_a_ratio_is_written_as_in_the_tables_though_the_data_is_coarse(ratio: float) -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()
    pairs = each(found.comparisons, ratio=ratio, low=ratio / 1.0102, high=ratio * 1.0097)
    content = json.loads(explorer.data(View(replace(found, comparisons=pairs)), PLENTY))
    middle, below, above = content["blocks"][0][6]
    shown = [math.exp(log / 1e4) for log in (middle, middle - below, middle + above)]
    wanted = [ratio, ratio / 1.0102, ratio * 1.0097]
    assert shown == pytest.approx(wanted, rel=2e-4)
    assert [figures.ratio(one) for one in shown] == [figures.ratio(one) for one in wanted]
    assert figures.ratio(1 / shown[0]) == figures.ratio(1 / ratio)


def test_a_cells_trials_are_reported_to_be_pooled() -> None:
    view = View(Factory(("3.9", "3.11"), ("pipe", "queue"), CONTEXTS[:1]).findings())
    told = {(key[0], key[1]): said for key, said in pooled(view).items()}
    assert told == {
        ("3.9", "pipe"): "in 2 blocks",
        ("3.9", "queue"): "with its control, in 2 blocks",
        ("3.11", "pipe"): "with its control, in 2 blocks",
        ("3.11", "queue"): "with its control, in 2 blocks",
    }
    content = json.loads(explorer.data(view, PLENTY))
    assert content["names"][content["cells"][0][9]] == "in 2 blocks"


def test_a_cell_of_one_arm_of_one_block_is_not_reported_to_be_pooled() -> None:
    view = View(Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings())
    assert {key[1]: said for key, said in pooled(view).items()} == {"queue": "with its control"}


def test_percentiles_that_trials_are_too_short_for_are_not_in_the_data() -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[10:11]).findings()
    for trips, known in (
        (99, (True, False, False)),
        (368, (True, True, False)),
        (1000, (True,) * 3),
    ):
        cells = each(found.cells, messages_median=trips)
        content = json.loads(explorer.data(View(replace(found, cells=cells)), PLENTY))
        places = [10 + content["figures"].index(f"latency_{one}") for one in ("p90", "p99", "p999")]
        assert tuple(content["cells"][0][one] is not None for one in places) == known


def trials_of(found: Findings, room: int) -> Any:
    return json.loads(explorer.data(View(found), room))["trials"]


def test_a_cells_trials_are_in_the_data_with_four_digits() -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1], sessions=2).findings()
    rates = {"rate": 123_456.7, "send_rate": 12.3456, "join_rate": None}
    first, second, *others = found.trials
    trials = [first, *each([second], **rates), *others]
    kinds, cells = trials_of(replace(found, trials=trials), PLENTY)
    assert [(place, len(flat)) for place, flat in cells] == [(0, 7 * 80), (1, 7 * 80)]
    assert cells[0][1][7:14] == [0, 2, 123_500, 12.35, None, 162, 2]
    assert [(session, control) for _, session, control, _ in kinds] == [
        (1, 0),
        (2, 0),
        (1, 1),
        (2, 1),
    ]


def test_trials_are_thinned_to_the_space_and_the_last_stays() -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()
    without = len(explorer.data(View(found), 0))
    whole = len(explorer.data(View(found), PLENTY)) - without
    _, cells = trials_of(found, without + whole // 2)
    assert [flat[1::7] for _, flat in cells] == [list(range(2, 41, 2))] * 2


def test_where_few_trials_would_fit_none_are_kept() -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()
    without = len(explorer.data(View(found), 0))
    assert trials_of(found, without + 200) == [[], []]
    assert trials_of(found, 0) == [[], []]


def test_findings_without_trials_make_a_page() -> None:
    found = Factory(("3.9",), ("pipe", "queue"), CONTEXTS[:1]).findings()
    bare = replace(found, trials=())
    assert embedded(made(bare))["trials"] == [[], []]


@pytest.mark.slow
def test_eleven_interpreters_and_eight_transports_have_their_trials() -> None:
    html = made(Factory((*PYTHONS, "3.14", "3.15")).findings(), pictures=True)
    assert len(html.encode()) < 2_000_000
    _, cells = embedded(html)["trials"]
    failed, *others = sorted(len(flat) // 7 for _, flat in cells)
    assert failed == 3
    assert min(others) >= 8


@pytest.mark.slow
def test_eleven_interpreters_and_twenty_transports_fit_a_page_and_githubs_limits() -> None:
    more = ["pipe_bytes", "pipe_buffered", "pipe_locked", *(f"transport_{i}" for i in range(9))]
    factory = Factory((*PYTHONS, "3.14", "3.15"), (*TRANSPORTS, *more))
    assert len(factory.transports) == 20
    findings = factory.findings()
    assert len(made(findings, pictures=True).encode()) < 2_000_000
    assert len(summary.summary(findings).encode()) <= 1024 * 1000
    assert 500 < len(summary.comment(findings)) < 65_536
