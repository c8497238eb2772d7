"""What the study adds to a report: claims with their grounds, probes, the published table."""

from dataclasses import fields, replace

import pytest
from findings_factory import CONTEXTS, Factory
from section_tables import row_of, small_view, titles

from runner.report import markdown, page
from runner.report.document import Document
from runner.report.view import View
from runner.results import ProbeResult
from runner.studies.pipe_vs_queue.figures import published
from runner.studies.pipe_vs_queue.rows import ClaimVerdict, Judged
from runner.studies.pipe_vs_queue.section import claims
from tests.rows import made


def verdicts_of(*rows: tuple[object, ...]) -> list[ClaimVerdict]:
    names = [one.name for one in fields(ClaimVerdict)]
    return [made(ClaimVerdict, **dict(zip(names, row, strict=True))) for row in rows]


def answers_of(*rows: tuple[object, ...]) -> list[ProbeResult]:
    names = [one.name for one in fields(ProbeResult)]
    return [made(ProbeResult, **dict(zip(names, row, strict=True))) for row in rows]


@pytest.fixture(scope="module")
def view() -> View:
    return small_view()


def test_claims_lead_from_verdict_to_evidence_to_cells(view: View) -> None:
    block = "transport:3.9:int:one_to_one:1:default:free:auto"
    rows = [
        ("10", "001", "later", "3.9", "refuted", "1.03 [1.01–1.05]", (block,), "claim-10-3-9"),
        ("2", "001", "a fifth", "3.13", "depends", "on", ("probe:x", "gone"), "claim-2-3-13"),
        ("2", "001", "a fifth", "3.9", "holds", "1.25", (), "claim-2-3-9"),
    ]
    asked: list[tuple[object, ...]] = [("vm-1", "3.13", "x", "yes", "seen", {})]
    judged = Judged(claims=verdicts_of(*rows), probes=answers_of(*asked))
    verdicts, grounds, blocks, answers, details = claims(view, judged).details
    assert [one.text for one in verdicts.rows[0]] == ["2", "a fifth", "001", "true", "depends"]
    assert [one.text for one in verdicts.rows[1]] == ["10", "later", "001", "false", "–"]
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


def test_claims_that_nothing_decides_are_apart_and_counted(view: View) -> None:
    rows = [
        ("1", "001", "both ways", "3.9", "not decided", "not measured", (), "claim-1-3-9"),
        ("2", "001", "a fifth", "3.9", "holds", "1.25", (), "claim-2-3-9"),
        ("2", "001", "a fifth", "3.13", "not decided", "wide", (), "claim-2-3-13"),
        ("3", "001", "at once", "3.9", "not decided", "not asked", (), "claim-3-3-9"),
    ]
    section = claims(view, Judged(claims=verdicts_of(*rows)))
    told, undecided, grounds = section.details
    assert [row[0].text for row in told.rows] == ["2"]
    assert [row[0].text for row in undecided.rows] == ["1", "3"]
    assert section.sentences[1] == "2 of 3 claims could not be decided on any Python."
    assert len(grounds.rows) == len(rows)


def test_a_version_that_a_claim_does_not_speak_of_is_not_counted_as_undecided(view: View) -> None:
    rows = [
        ("1", "001", "of 2.7", "2.7", "holds", "3.2", (), "claim-1-2-7"),
        ("1", "001", "of 2.7", "3.9", "–", "is about Python 2.7 only", (), "claim-1-3-9"),
        ("2", "001", "of 3", "2.7", "–", "is about Python 3 only", (), "claim-2-2-7"),
        ("2", "001", "of 3", "3.9", "not decided", "wide", (), "claim-2-3-9"),
    ]
    section = claims(view, Judged(claims=verdicts_of(*rows)))
    told, undecided, _ = section.details
    assert [one.text for one in told.rows[0]][3:] == ["true", "n/a"]
    assert [one.text for one in undecided.rows[0]][3:] == ["n/a", "undecided"]
    assert told.rows[0][4].link == "#claim-1-3-9"
    assert section.sentences[1] == "1 of 2 claims could not be decided on any Python."


def test_the_page_shows_the_evidence_whole_and_paper_counts(view: View) -> None:
    basis = "to measure it: ipcmatrix run --profile pipe_vs_queue; " + "y" * 580
    rows = [("1", "001", "both", "3.9", "not decided", basis, (), "claim-1-3-9")]
    given = Judged(claims=verdicts_of(*rows))
    document = Document("t", "", [claims(view, given)])
    paper, html = markdown.render(document), page.render(document, lambda _: "{}")
    assert basis not in paper
    assert basis in html
    assert "`" not in paper


def test_every_block_and_probe_of_a_verdict_is_led_to_on_the_page(view: View) -> None:
    ids = ("transport:3.9:int:one_to_one:1:default:free:auto", "probe:x")
    claim = ("2", "001", "a fifth", "3.9", "holds", "1.25", ids, "claim-2-3-9")
    given = Judged(
        claims=verdicts_of(claim),
        probes=answers_of(("vm-1", "3.9", "x", "yes", "", {})),
    )
    document = Document("t", "", [claims(view, given)])
    anchors = ("block-transport-3-9-int-one-to-one-1-default-free-auto", "probe-x-3-9")
    html = page.render(document, lambda _: "{}")
    for one in anchors:
        assert f'href="#{one}"' in html
        assert html.count(f'id="{one}"') == 1


def test_pythons_of_a_verdict_that_follow_each_other_are_a_range(view: View) -> None:
    verdicts = {"2.7": "holds", "3.6": "refuted", "3.8": "refuted", "3.9": "depends"}
    verdicts |= {"3.10": "refuted", "3.11": "refuted", "3.12": "refuted"}
    text = "word " * 25
    rows = [
        ("5", "x", text.strip(), python, verdict, "", (), f"claim-5-{python}")
        for python, verdict in verdicts.items()
    ]
    (table,) = (
        one
        for one in claims(view, Judged(claims=verdicts_of(*rows))).tables
        if one.id == "claims-changed"
    )
    number, claim, true, false = table.rows[0]
    assert (number.text, true.text, false.text) == ("5", "2.7", "3.6–3.8, 3.10–3.12")
    assert f"{claim.text} {claim.note}" == text.strip()
    assert len(claim.text) <= 76


def test_probes_answer_for_each_python(view: View) -> None:
    rows: list[tuple[object, ...]] = [
        ("vm-1", "3.10", "join_before_drain", "hang", "from 70000 bytes on", {}),
        ("vm-1", "3.9", "join_before_drain", "yes", "", {}),
    ]
    asked = Judged(probes=answers_of(*rows))
    answers, details = claims(view, asked).details
    assert titles(answers) == ["probe", "3.9", "3.10"]
    assert [one.text for one in answers.rows[0]] == ["join_before_drain", "yes", "hang"]
    assert [one.text for one in details.rows[0]][3] == "–"
    assert [one.text for one in details.rows[1]][3] == "from 70000 bytes on"


def test_answers_of_two_machines_are_side_by_side(view: View) -> None:
    rows: list[tuple[object, ...]] = [
        ("vm-1", "3.9", "x", "yes", "a", {}),
        ("vm-2", "3.9", "x", "no", "b", {}),
    ]
    asked = Judged(probes=answers_of(*rows))
    answers, details = claims(view, asked).details
    assert answers.rows[0][1].text == "yes / no"
    assert [row[3].text for row in details.rows] == ["vm-1: a", "vm-2: b"]
    assert [row[0].anchor for row in details.rows] == ["probe-x-3-9", ""]


def test_the_published_figures_are_next_to_ours(view: View) -> None:
    table = published(view).tables[0]
    theirs = row_of(table, "3.9.2 (theirs)", "Queue")
    assert [one.text for one in theirs[3:]] == ["0.170", "1.77", "17.8", "1.25"]
    assert "3.7.0, 3.9.2 on ThinkPad T430, Debian 11 under VMware" in table.note
    ours = row_of(table, "3.9", "Queue")
    assert not ours[5].text.startswith("~")
    assert ours[6].note.endswith("1,000,000")


def test_scaled_seconds_are_marked() -> None:
    table = published(View(Factory(pythons=("3.9",), contexts=CONTEXTS[:1]).findings())).tables[0]
    row = row_of(table, "3.9", "Pipe")
    assert [one.text[0] for one in row[3:6]] == ["~", "~", "~"]
    by_count = [one.value for one in row[3:6]]
    assert by_count[2] == pytest.approx(100 * (by_count[0] or 0))


def test_placements_in_which_published_counts_were_measured_have_rows_of_their_own() -> None:
    bound = (*CONTEXTS[-1][:4], "apart", "1000000")
    view = View(Factory(pythons=("3.9",), contexts=(*CONTEXTS, bound)).findings())
    rows = [row for row in published(view).tables[0].rows if row[0].text == "3.9"]
    pipes = [[one.text for one in row] for row in rows if row[1].text == "Pipe"]
    assert [row[2] for row in pipes] == ["free", "apart"]
    assert [row[3][0] + row[4][0] for row in pipes[1:]] == ["––"]
    assert "~" not in "".join("".join(row) for row in pipes)
    queue = next(row for row in rows if (row[1].text, row[2].text) == ("Queue", "apart"))
    assert queue[6].note.endswith("1,000,000")


def test_times_relative_to_pipe_are_found_through_the_baseline() -> None:
    found = Factory(pythons=("3.9",)).findings()
    against = [one for one in found.comparisons if "queue" in (one.a, one.b)]
    whole, part = (
        row_of(published(View(one)).tables[0], "3.9", "SimpleQueue")[6]
        for one in (found, replace(found, comparisons=against))
    )
    assert part.value == pytest.approx(whole.value)
    assert part.note.endswith("1,000,000")


def test_the_published_table_is_shown_even_where_nothing_was_measured() -> None:
    section = published(View(Factory(contexts=()).findings()))
    assert "--profile message_counts" in section.missing
    assert len(section.tables[0].rows) == 10
