"""What the sections on grounds say: noise, failures, claims, probes, history, machine."""

from collections.abc import Mapping
from dataclasses import fields, replace

import pytest
from findings_factory import CONTEXTS, RUN, Factory
from section_tables import row_of, small_view, titles

from runner.model import AXES
from runner.report import markdown, page
from runner.report.document import Document
from runner.report.sections.claims import claims
from runner.report.sections.failures import failures
from runner.report.sections.history import history
from runner.report.sections.machine import command, machine
from runner.report.sections.noise import noise
from runner.report.view import View
from runner.results import ClaimVerdict, HistoryPoint, ProbeResult
from tests.rows import made

SEED_COUNTS = 3


def verdicts_of(*rows: tuple[object, ...]) -> list[ClaimVerdict]:
    names = [one.name for one in fields(ClaimVerdict)]
    return [made(ClaimVerdict, **dict(zip(names, row, strict=True))) for row in rows]


def answers_of(*rows: tuple[object, ...]) -> list[ProbeResult]:
    names = [one.name for one in fields(ProbeResult)]
    return [made(ProbeResult, **dict(zip(names, row, strict=True))) for row in rows]


@pytest.fixture(scope="module")
def view() -> View:
    return small_view()


def test_noise_tells_the_twins_and_counts_the_flags(view: View) -> None:
    section = noise(view)
    assert "5 of 96 twins lie apart from 1" in section.sentences[1]
    assert row_of(section.tables[1], "bimodal")[1].value == 4 * (len(CONTEXTS) - SEED_COUNTS) - 1


def test_failures_hold_their_tracebacks() -> None:
    section = failures(View(Factory(pythons=("3.6", "3.9")).findings()))
    assert section.sentences == ["3 trials failed, in 1 way."]
    assert section.excerpts[0].title == (
        "3.6, JoinableQueue, int, fan_out, 8 workers: failed, 3 trials"
    )
    assert section.tables[0].rows[0][5].text.startswith("ValueError: pickle protocol 5")


def test_claims_lead_from_verdict_to_grounds_to_cells(view: View) -> None:
    block = "transport:3.9:int:one_to_one:1:default:free:auto"
    rows = [
        ("10", "001", "later", "3.9", "refuted", "1.03 [1.01–1.05]", (block,), "claim-10-3-9"),
        ("2", "001", "a fifth", "3.13", "depends", "on", ("probe:x", "gone"), "claim-2-3-13"),
        ("2", "001", "a fifth", "3.9", "holds", "1.25", (), "claim-2-3-9"),
    ]
    asked: list[tuple[object, ...]] = [("vm-1", "3.13", "x", "yes", "seen", {})]
    judged = replace(
        view.findings,
        claims=verdicts_of(*rows),
        probes=answers_of(*asked),
    )
    verdicts, grounds, blocks, answers, details = claims(View(judged)).tables
    assert [one.text for one in verdicts.rows[0]] == ["2", "a fifth", "001", "holds", "depends"]
    assert [one.text for one in verdicts.rows[1]] == ["10", "later", "001", "refuted", "–"]
    assert verdicts.rows[1][3].link == "#claim-10-3-9"
    assert [row[0].anchor for row in grounds.rows] == [
        "claim-2-3-9",
        "claim-2-3-13",
        "claim-10-3-9",
    ]
    anchor = "block-transport-3-9-int-one-to-one-1-default-free-auto"
    assert grounds.rows[2][4].links == ((block, f"#{anchor}"),)
    assert grounds.rows[1][4].links == (("probe:x", "#probe-x-3-13"), ("gone", ""))
    assert [row[0].anchor for row in blocks.rows].count(anchor) == 1
    assert blocks.rows[0][0].link.startswith("#explore?compare=transport&python=3.9&")
    assert answers.rows[0][1].link == "#probe-x-3-13"
    assert details.rows[0][0].anchor == "probe-x-3-13"


def test_claims_that_nothing_decides_are_folded_and_counted(view: View) -> None:
    rows = [
        ("1", "001", "both ways", "3.9", "not decided", "not measured", (), "claim-1-3-9"),
        ("2", "001", "a fifth", "3.9", "holds", "1.25", (), "claim-2-3-9"),
        ("2", "001", "a fifth", "3.13", "not decided", "wide", (), "claim-2-3-13"),
        ("3", "001", "at once", "3.9", "not decided", "not asked", (), "claim-3-3-9"),
    ]
    section = claims(View(replace(view.findings, claims=verdicts_of(*rows))))
    told, undecided, grounds = section.tables
    assert [row[0].text for row in told.rows] == ["2"]
    assert [row[0].text for row in undecided.rows] == ["1", "3"]
    assert (told.folded, undecided.folded) == (False, True)
    assert section.sentences[1].startswith("2 claims of 3 are decided under no Python")
    assert len(grounds.rows) == len(rows)


def test_a_version_that_a_claim_does_not_speak_of_is_not_counted_as_undecided(view: View) -> None:
    rows = [
        ("1", "001", "of 2.7", "2.7", "holds", "3.2", (), "claim-1-2-7"),
        ("1", "001", "of 2.7", "3.9", "–", "speaks of Python 2.7 alone", (), "claim-1-3-9"),
        ("2", "001", "of 3", "2.7", "–", "speaks of Python 3 alone", (), "claim-2-2-7"),
        ("2", "001", "of 3", "3.9", "not decided", "wide", (), "claim-2-3-9"),
    ]
    section = claims(View(replace(view.findings, claims=verdicts_of(*rows))))
    told, undecided, _ = section.tables
    assert [one.text for one in told.rows[0]][3:] == ["holds", "–"]
    assert [one.text for one in undecided.rows[0]][3:] == ["–", "not decided"]
    assert told.rows[0][4].link == "#claim-1-3-9"
    assert section.sentences[1].startswith("1 claim of 2 is decided under no Python")


def test_paper_and_page_show_the_same_grounds_whole_and_without_backticks(view: View) -> None:
    basis = "to measure it: ipcmatrix run --profile pipe_vs_queue; " + "y" * 580
    rows = [("1", "001", "both", "3.9", "not decided", basis, (), "claim-1-3-9")]
    given = replace(view.findings, claims=verdicts_of(*rows))
    document = Document("t", "", [claims(View(given))])
    paper, html = markdown.render(document), page.render(document, lambda _: "{}")
    assert basis in paper
    assert basis in html
    assert "`" not in paper


def test_every_block_and_probe_of_a_verdict_is_led_to_on_paper_and_page(view: View) -> None:
    ids = ("transport:3.9:int:one_to_one:1:default:free:auto", "probe:x")
    claim = ("2", "001", "a fifth", "3.9", "holds", "1.25", ids, "claim-2-3-9")
    given = replace(
        view.findings,
        claims=verdicts_of(claim),
        probes=answers_of(("vm-1", "3.9", "x", "yes", "", {})),
    )
    document = Document("t", "", [claims(View(given))])
    anchors = ("block-transport-3-9-int-one-to-one-1-default-free-auto", "probe-x-3-9")
    paper, html = markdown.render(document), page.render(document, lambda _: "{}")
    for one in anchors:
        assert f"](#{one})" in paper
        assert paper.count(f'<a id="{one}"></a>') == 1
        assert f'href="#{one}"' in html
        assert html.count(f'id="{one}"') == 1


def test_probes_answer_for_each_python(view: View) -> None:
    rows: list[tuple[object, ...]] = [
        ("vm-1", "3.10", "join_before_drain", "hang", "from 70000 bytes on", {}),
        ("vm-1", "3.9", "join_before_drain", "yes", "", {}),
    ]
    asked = replace(view.findings, probes=answers_of(*rows))
    answers, details = claims(View(asked)).tables
    assert titles(answers) == ["probe", "3.9", "3.10"]
    assert [one.text for one in answers.rows[0]] == ["join_before_drain", "yes", "hang"]
    assert [one.text for one in details.rows[0]][3] == "–"
    assert [one.text for one in details.rows[1]][3] == "from 70000 bytes on"


def test_answers_of_two_machines_stand_side_by_side(view: View) -> None:
    rows: list[tuple[object, ...]] = [
        ("vm-1", "3.9", "x", "yes", "a", {}),
        ("vm-2", "3.9", "x", "no", "b", {}),
    ]
    asked = replace(view.findings, probes=answers_of(*rows))
    answers, details = claims(View(asked)).tables
    assert answers.rows[0][1].text == "yes / no"
    assert [row[3].text for row in details.rows] == ["vm-1: a", "vm-2: b"]
    assert [row[0].anchor for row in details.rows] == ["probe-x-3-9", ""]


def test_history_has_a_column_for_each_run_in_the_order_of_time() -> None:
    found = Factory(pythons=("3.9",), transports=("pipe", "queue"), contexts=CONTEXTS[:1])
    both = [
        made(
            HistoryPoint,
            **{name: getattr(cell, name) for name in ("machine", *AXES)},
            time=f"2026-0{month}-01T00:00:00Z",
            run=run,
            ratio=ratio if cell.transport == "pipe" else None,
            rate=rate,
        )
        for month, run, ratio, rate in ((2, "b", 1.25, 3e5), (1, "z", 1.2, 2e5))
        for cell in found.findings().cells
    ]
    table = history(View(replace(found.findings(), history=both))).tables[0]
    assert titles(table) == ["transport", "Python", "z", "b"]
    assert [(one.text, one.note) for one in table.rows[0][2:]] == [
        ("1.20", "200 k/s"),
        ("1.25", "300 k/s"),
    ]


def test_the_command_is_the_one_that_measured() -> None:
    assert command(RUN) == "ipcmatrix run --matrix matrix.yaml --profile quick --seed 7"
    assert command({"command": ["ipcmatrix", "run", "--only", "python=3.9 x"]}) == (
        "ipcmatrix run --only 'python=3.9 x'"
    )
    told: Mapping[str, object] = {"matrix": {"source": "m.yaml", "profile": "full"}}
    assert command(told) == "ipcmatrix run --matrix m.yaml --profile full"


def test_the_machine_section_holds_matrix_facts_and_torn_tails(view: View) -> None:
    torn = replace(view.findings, torn=("trials/vm-1.csv:12: half a line",))
    section = machine(View(torn))
    assert "Not whole: trials/vm-1.csv:12: half a line." in section.sentences
    assert [one.title for one in section.excerpts] == ["To measure it again", "The matrix as used"]
    facts = next(one for one in section.tables if one.title == "Facts: machines")
    assert row_of(facts, "vm-1.cpu")[1].text == "Example CPU @ 3.0 GHz"


def test_each_container_has_a_row_with_its_digests(view: View) -> None:
    places = {
        f"3.{minor}": {
            "image": f"ipcmatrix/python:3.{minor}",
            "image_digest": f"sha256:{minor:064}",
            "image_base": "debian:12",
            "image_base_digest": f"sha256:{minor + 1:064}",
            "image_source": "host",
            **{f"fact_{i}": "x" for i in range(60)},
        }
        for minor in (13, 9, 10)
    }
    section = machine(View(replace(view.findings, run={**RUN, "places": places})))
    table = next(one for one in section.tables if one.id == "containers")
    assert [row[0].text for row in table.rows] == ["3.9", "3.10", "3.13"]
    assert [one.text for one in table.rows[2]][2:] == [
        f"sha256:{13:064}", "debian:12", f"sha256:{14:064}", "host",
    ]  # fmt: skip
    assert "containers" not in [one.id for one in machine(view).tables]
