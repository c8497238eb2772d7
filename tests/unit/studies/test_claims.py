"""The table of claims, and the verdicts that stand in it."""

import ast
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest

from claims_rows import answers, cell, comparison, findings
from runner.studies.pipe_vs_queue import PROBES
from runner.studies.pipe_vs_queue.comparisons import RULES
from runner.studies.pipe_vs_queue.data import data
from runner.studies.pipe_vs_queue.judging import anchor, contradictions, judge
from runner.studies.pipe_vs_queue.rows import ClaimVerdict

CLAIMS, CONTRADICTIONS = data().claims, data().contradictions
HARNESS = Path(__file__).parents[3] / "runner" / "harness"


def names_in(room: str) -> set[str]:
    """The literal NAMES of a room of the harness, read without importing the harness."""
    tree = ast.parse((HARNESS / room / "__init__.py").read_text())
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "NAMES":
            return set(ast.literal_eval(node.value))
    raise AssertionError(room)


def verdict(judged: Sequence[ClaimVerdict], number: int, python: str = "3.9") -> str:
    return of(judged, number, python).verdict


def basis(judged: Sequence[ClaimVerdict], number: int, python: str = "3.9") -> str:
    return of(judged, number, python).basis


def of(judged: Sequence[ClaimVerdict], number: int, python: str = "3.9") -> ClaimVerdict:
    (found,) = [one for one in judged if (one.number, one.python) == (str(number), python)]
    return found


class TestTable:
    def test_numbers_run_without_a_gap_or_a_double(self) -> None:
        assert [claim.number for claim in CLAIMS] == [*range(1, len(CLAIMS) + 1)]
        assert len(CLAIMS) >= 28

    def test_every_source_is_cited_by_its_title(self) -> None:
        assert {key for claim in CLAIMS for key in claim.sources} == {"article", "question"}
        assert data().sources["question"] == "“Multiprocessing - Pipe vs Queue”"
        (judged, *_) = judge(findings(cells=[cell("pipe")]), [])
        assert judged.source == data().sources["question"]

    def test_every_claim_has_one_thing_that_decides_it(self) -> None:
        for one in CLAIMS:
            assert bool(one.speed) + bool(one.rule) + bool(one.conditions) == 1
            assert bool(one.cells) == (not one.conditions)
        assert {claim.rule for claim in CLAIMS if claim.rule} == set(RULES)

    def test_no_claim_is_reported_twice(self) -> None:
        assert max(Counter(claim.text for claim in CLAIMS).values()) == 1

    def test_every_probe_that_the_study_names_is_one_of_the_harness(self) -> None:
        assert {probe for claim in CLAIMS for probe in claim.probes} == set(PROBES)
        assert set(PROBES) <= names_in("probes")

    @pytest.mark.parametrize(
        ("room", "axis"),
        [("transports", "transports"), ("payloads", "payloads"), ("topologies", "topologies")],
    )
    def test_every_value_that_a_claim_needs_is_one_of_the_harness(
        self, room: str, axis: str
    ) -> None:
        wanted = {v for claim in CLAIMS for cells in claim.cells for v in getattr(cells, axis)}
        assert wanted <= names_in(room)

    def test_contradictions_rest_on_claims_of_the_table(self) -> None:
        numbers = {claim.number for claim in CLAIMS}
        assert {number for said in CONTRADICTIONS for number in said.claims} <= numbers


class TestPublished:
    def test_the_published_ratio_of_27_is_three(self) -> None:
        seconds = data().published.machines[0].seconds
        assert seconds["queue"][-1] / seconds["pipe"][-1] == pytest.approx(3.203, abs=0.001)

    def test_every_count_of_a_transport_has_a_positive_time(self) -> None:
        published = data().published
        taken = [one for machine in published.machines for one in machine.seconds.values()]
        assert len(taken) == 10
        assert all(len(one) == len(published.counts) == 3 and min(one) > 0 for one in taken)


class TestJudge:
    def test_every_claim_has_one_row_for_each_interpreter(self) -> None:
        given = findings(cells=[cell("pipe"), cell("pipe", python="2.7")])
        judged = judge(given, answers({}))
        assert len(judged) == 2 * len(CLAIMS)
        assert [one.python for one in judged[:2]] == ["2.7", "3.9"]
        assert {one.verdict for one in judged} == {"not decided", "–"}

    def test_probes_are_enough_for_their_claims(self) -> None:
        judged = judge(findings(), answers({"pipe_full_duplex": "yes"}))
        assert verdict(judged, 50) == "refuted"
        assert "pipe_full_duplex saw it" in basis(judged, 50)

    def test_a_claim_on_one_version_has_no_verdict_elsewhere(self) -> None:
        given = findings(cells=[cell("pipe"), cell("pipe", python="2.7")])
        judged = judge(given, answers({}))
        outside = [one for one in judged if one.verdict == "–"]
        assert sorted({(one.number, one.python) for one in outside}) == [
            ("1", "3.9"),
            ("2", "2.7"),
            ("29", "2.7"),
            ("3", "2.7"),
            ("30", "2.7"),
            ("4", "3.9"),
            ("6", "2.7"),
        ]
        assert basis(judged, 1) == "is about Python 2.7 only"

    def test_the_figures_of_a_claim_on_27_are_reported_elsewhere(self) -> None:
        given = [
            comparison("pipe", "queue", (3.1, 3.0, 3.2), python="2.7"),
            comparison("pipe", "queue", (1.2, 1.19, 1.21), python="3.9"),
        ]
        judged = judge(findings(given), answers({}))
        assert verdict(judged, 1, "2.7") == "holds"
        assert verdict(judged, 1, "3.9") == "–"
        assert "is about Python 2.7 only; here: pipe/queue 1.2 [1.19\u20131.21]" in basis(judged, 1)

    def test_what_was_not_measured_names_the_command_that_does(self) -> None:
        judged = judge(findings(cells=[cell("pipe")]), answers({}))
        command = "ipcmatrix run --profile pipe_vs_queue --only python=3.9"
        assert f"to measure it: {command}" in basis(judged, 2)

    def test_no_basis_holds_a_backtick_that_renderers_would_show(self) -> None:
        judged = judge(findings(cells=[cell("pipe")]), answers({"send_blocks": "yes"}))
        assert not any("`" in one.basis for one in judged)

    def test_an_unsupported_cell_gives_its_reason(self) -> None:
        lacking = cell("queue", "unsupported", "numpy is not here", payload="made_ndarray:9x9")
        judged = judge(findings(cells=[lacking]), answers({}))
        assert verdict(judged, 16) == "not decided"
        assert "numpy is not here" in basis(judged, 16)

    def test_a_block_whose_control_differs_judges_nothing(self) -> None:
        given = comparison("pipe", "queue", (1.2, 1.19, 1.21), verdict="invalid")
        judged = judge(findings([given]), answers({}))
        assert verdict(judged, 14) == "not decided"
        assert "its own control" in basis(judged, 14)

    def test_a_verdict_rests_on_blocks_or_probes_that_are_named(self) -> None:
        given = comparison("pipe", "queue", (1.2, 1.19, 1.21))
        judged = judge(findings([given]), answers({"pipe_full_duplex": "yes"}))
        assert of(judged, 14).cells == (given.block,)
        assert of(judged, 50).cells == ("probe:pipe_full_duplex",)

    def test_anchors_are_unique_and_safe_in_a_link(self) -> None:
        given = findings(cells=[cell("pipe"), cell("pipe", python="3.14t")])
        anchors = [one.anchor for one in judge(given, answers({}))]
        assert len(set(anchors)) == len(anchors)
        assert all(re.fullmatch(r"[a-z0-9-]+", one) for one in anchors)
        assert anchor(7, "3.10") == "claim-7-3-10"

    def test_a_row_of_another_compared_axis_or_of_a_control_is_not_evidence(self) -> None:
        given = [
            comparison("pipe", "queue", (1.2, 1.19, 1.21), compared_axis="python"),
            comparison("pipe", "queue", (1.2, 1.19, 1.21), control=True),
        ]
        judged = judge(findings(given, [cell("pipe")]), answers({}))
        assert verdict(judged, 14) == "not decided"


class TestContradictions:
    def test_each_row_says_the_verdicts_that_settle_it(self) -> None:
        judged = judge(findings(), answers({"pipe_full_duplex": "yes", "queue_two_ways": "yes"}))
        told = contradictions(judged)
        assert len(told) == len(CONTRADICTIONS)
        (row,) = [one for one in told if one.claims == "12, 49"]
        assert row.verdicts == "12: refuted on 1; 49: holds on 1"

    def test_versions_that_a_claim_does_not_speak_of_are_not_counted(self) -> None:
        given = findings(cells=[cell("pipe"), cell("pipe", python="2.7")])
        told = contradictions(judge(given, answers({})))
        (row,) = [one for one in told if one.claims == "1, 2, 29"]
        assert row.verdicts == ("1: not decided on 1; 2: not decided on 1; 29: not decided on 1")
