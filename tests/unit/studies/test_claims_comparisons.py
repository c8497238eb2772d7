"""The rules of the claims that compare comparisons, and of those that probes decide."""

import math
from dataclasses import replace

import pytest
from claims_judged import judged, near, run_on

from claims_rows import answers, comparison
from tests.rows import each


class TestComparisons:
    def test_payloads_without_intervals_are_not_taken_as_equal(self) -> None:
        rows = (
            comparison("pipe", "queue", (1.2, 0.0, math.inf)),
            comparison("pipe", "queue", (1.2, 0.0, math.inf), payload="object"),
        )
        assert judged(7, *rows)[0] == "not decided"

    def test_payloads_whose_intervals_are_apart_change_the_comparison(self) -> None:
        rows = (
            comparison("pipe", "queue", near(1.3)),
            comparison("pipe", "queue", near(1.1), payload="object"),
        )
        verdict, basis = judged(7, *rows)
        assert verdict == "holds"
        assert (
            "1.3 [1.29\u20131.31] (free) against pipe/queue 1.1 [1.09\u20131.11] (free, object)"
            in basis
        )

    def test_payloads_within_a_tenth_do_not(self) -> None:
        rows = (
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(1.21), payload="object"),
        )
        assert judged(7, *rows)[0] == "refuted"

    def test_wide_intervals_that_overlap_decide_nothing(self) -> None:
        rows = (
            comparison("pipe", "queue", (1.2, 1.0, 1.4)),
            comparison("pipe", "queue", (1.3, 1.1, 1.6), payload="object"),
        )
        assert judged(7, *rows)[0] == "not decided"

    def test_payloads_alike_in_one_placement_and_open_in_another_decide_nothing(self) -> None:
        alike = (
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(1.2), payload="object"),
        )
        wide = [replace(row, placement="together", low=1.0, high=1.4) for row in alike]
        assert judged(7, *alike)[0] == "refuted"
        assert judged(7, *alike, *wide)[0] == "not decided"

    def test_payloads_of_two_placements_are_not_compared(self) -> None:
        rows = (
            comparison("pipe", "queue", near(1.3)),
            comparison("pipe", "queue", near(1.1), payload="object", placement="together"),
        )
        assert judged(7, *rows)[0] == "not decided"

    def test_another_ratio_for_four_workers_makes_it_another_comparison(self) -> None:
        rows = (
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(2.0), topology="fan_out", workers=4),
        )
        assert judged(8, *rows)[0] == "holds"

    def test_a_send_time_that_turns_the_ratio_refutes_that_it_may_be_used(self) -> None:
        rows = (
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(0.2), clock="send"),
        )
        assert judged(32, *rows)[0] == "refuted"

    def test_a_gap_is_compared_with_that_of_27_in_the_same_context(self) -> None:
        rows = (
            comparison("pipe", "queue", near(3.0), python="2.7"),
            comparison("pipe", "queue", near(1.2)),
        )
        assert judged(29, *rows)[0] == "holds"
        assert judged(29, rows[1])[0] == "not decided"
        assert "2.7 is needed in the same run" in judged(29, rows[1])[1]

    def test_a_gap_that_is_smaller_in_one_placement_and_open_in_another_is_not_decided(
        self,
    ) -> None:
        rows = [
            comparison("pipe", "queue", near(3.0), python="2.7"),
            comparison("pipe", "queue", near(1.2)),
        ]
        wide = [replace(row, placement="together", low=1.0, high=4.0) for row in rows]
        assert judged(29, *rows, *wide)[0] == "not decided"

    def test_queue_gains_when_arrays_have_to_be_made(self) -> None:
        shape = ":400x400x3"
        made = comparison("queue", "pipe_simplex", near(1.5), payload="made_ndarray" + shape)
        kept = comparison("queue", "pipe_simplex", near(0.9), payload="ndarray" + shape)
        assert judged(31, made, kept)[0] == "holds"
        turned = (replace(made, payload=kept.payload), replace(kept, payload=made.payload))
        assert judged(31, *turned)[0] == "refuted"

    def test_queue_that_gains_where_free_and_not_where_bound_depends(self) -> None:
        made, kept = "made_ndarray:400x400x3", "ndarray:400x400x3"
        rows = [
            comparison("queue", "pipe_simplex", near(ratio), payload=payload, placement=placement)
            for placement, *ratios in (("free", 1.5, 0.9), ("apart", 0.91, 0.9))
            for ratio, payload in zip(ratios, (made, kept), strict=True)
        ]
        assert judged(31, *rows)[0] == "depends"
        assert judged(31, *rows[2:])[0] == "refuted"
        wide = [replace(row, low=0.8, high=1.0) for row in rows[2:]]
        verdict, basis = judged(31, *wide)
        assert verdict == "not decided"
        assert "more rounds narrow them" in basis
        assert judged(31, *rows[:2], *wide)[0] == "not decided"

    def test_two_intervals_that_overlap_may_yet_be_certainly_apart(self) -> None:
        """Each is within 6 %, their quotient within 8.5 %: half-widths are added squared."""
        made, kept = (
            comparison("queue", "pipe_simplex", (one, one / 1.06, one * 1.06), payload=payload)
            for one, payload in ((1.1, "made_ndarray:400x400x3"), (1.0, "ndarray:400x400x3"))
        )
        verdict, basis = judged(31, made, kept)
        assert verdict == "holds"
        assert "1.1 [1.01\u20131.19] times" in basis
        assert judged(31, replace(made, ratio=1.05, low=0.99, high=1.11), kept)[0] == "not decided"

    def test_the_making_is_the_share_of_the_time_that_threads_need(self) -> None:
        payload = "made_ndarray:400x400x3"
        most = comparison("thread_queue", "pipe_buffered", near(1 / 0.85), payload=payload)
        assert judged(18, most)[0] == "holds"
        little = comparison("thread_queue", "pipe_buffered", near(4.0), payload=payload)
        assert judged(18, little)[0] == "refuted"

    def test_the_reason_depends_on_the_pipe_when_the_two_way_one_is_the_slower(self) -> None:
        base = comparison("pipe_simplex", "queue", near(1.4))
        assert judged(5, base)[0] == "holds"
        verdict, basis = judged(5, base, comparison("pipe", "queue", near(0.8)))
        assert verdict == "depends"
        assert basis.startswith("on which Pipe")


class TestVirtualMachines:
    FREE = comparison("pipe", "queue", near(1.2), spread=0.12)
    PINNED = comparison("pipe", "queue", near(1.2), spread=0.02, placement="together")

    def test_pinning_that_calms_neither_blames_nor_clears_the_virtual_machine(self) -> None:
        verdict, basis = judged(6, self.FREE, self.PINNED, runs=[run_on("m", "kvm")])
        assert verdict == "not decided"
        assert "spread of the log-ratio 0.120 free, 0.020 pinned, on the same machine" in basis
        assert "virtualisation here is kvm, and one kind of machine does not decide" in basis
        assert "measure the same on one without virtualisation too" in basis

    @pytest.mark.parametrize(
        ("kind", "lacking"),
        [("none", "a virtual one"), ("docker", "a virtual one"), ("unknown", "one without")],
    )
    def test_what_is_missing_is_the_other_kind_of_machine(self, kind: str, lacking: str) -> None:
        verdict, basis = judged(6, self.FREE, runs=[run_on("m", kind)])
        assert verdict == "not decided"
        assert f"virtualisation here is {kind}" in basis
        assert f"measure the same on {lacking}" in basis

    def test_runs_without_facts_decide_nothing(self) -> None:
        assert "virtualisation here is unknown" in judged(6, self.FREE)[1]

    @pytest.mark.parametrize(
        ("spread", "expected"), [(0.05, "holds"), (0.08, "not decided"), (0.13, "refuted")]
    )
    def test_machines_of_both_kinds_decide(self, spread: float, expected: str) -> None:
        bare = replace(self.FREE, machine="bare", spread=spread)
        runs = [run_on("m", "kvm docker"), run_on("bare", "none")]
        verdict, basis = judged(6, self.FREE, bare, self.PINNED, runs=runs)
        assert verdict == expected
        assert f"0.120 on virtual machines, {spread:.3f} on bare ones" in basis

    def test_too_few_rounds_say_nothing_of_spread(self) -> None:
        verdict, basis = judged(6, replace(self.FREE, rounds=3), runs=[run_on("m", "kvm")])
        assert verdict == "not decided"
        assert "not measured from 10 rounds on" in basis


class TestAnswers:
    def test_a_hang_of_the_join_is_the_yes_that_it_may_deadlock(self) -> None:
        assert judged(23, probes=answers({"join_before_drain_queue": "hang"}))[0] == "holds"

    @pytest.mark.parametrize("answer", ["unsupported", "error"])
    def test_an_answer_that_is_none_decides_nothing_and_is_reported(self, answer: str) -> None:
        verdict, basis = judged(23, probes=answers({"join_before_drain_queue": answer}))
        assert verdict == "not decided"
        assert f"join_before_drain_queue: {answer}" in basis

    def test_a_probe_that_was_not_asked_is_named(self) -> None:
        said = answers({"send_blocks": "yes"})
        verdict, basis = judged(21, probes=said)
        assert verdict == "not decided"
        assert "not asked: put_returns_early" in basis

    def test_a_crash_that_a_process_prints_and_a_pool_keeps_depends(self) -> None:
        said = {"child_exception_stderr": "yes", "pool_exception_stderr": "no"}
        verdict, basis = judged(27, probes=answers(said))
        assert verdict == "depends"
        assert basis.startswith("on who runs the function")

    def test_runs_that_contradict_each_other_decide_nothing_and_are_both_reported(self) -> None:
        said = each(answers({"one_thread_at_once": "mixed"}), detail="yes in r1; no in r2")
        verdict, basis = judged(19, probes=said)
        assert verdict == "not decided"
        assert "one_thread_at_once: mixed (yes in r1; no in r2)" in basis

    def test_of_a_long_detail_the_parts_with_a_loss_are_reported_first(self) -> None:
        whole = "simplex, 16 bytes: 3000 frames planned: 3000 arrived whole, 0 times a reader met a truncated one, 0 arrived twice, 0 are missing"  # noqa: E501
        lost = "simplex, 100000 bytes: 300 frames planned: 18 arrived whole, 4 times a reader met a truncated one, 0 arrived twice, 282 are missing"  # noqa: E501
        said = answers({"shared_pipe_writers": "no", "shared_pipe_readers": "yes"})
        verdict, basis = judged(10, probes=each(said, detail=f"{whole}; {lost}"))
        assert verdict == "holds"
        assert f"shared_pipe_writers: no ({lost}; …)" in basis

    def test_a_cut_that_saves_little_is_not_made(self) -> None:
        said = answers({"one_thread_at_once": "yes"})
        assert "y" * 190 + ")" in judged(19, probes=each(said, detail="y" * 190))[1]
        assert "(" + "y" * 149 + "…)" in judged(19, probes=each(said, detail="y" * 191))[1]

    def test_a_machine_that_was_not_asked_does_not_make_it_depend(self) -> None:
        both = [
            *answers({"put_returns_early": "yes"}, machine="a"),
            *answers({"send_blocks": "yes", "put_returns_early": "yes"}, machine="b"),
        ]
        assert judged(21, probes=both)[0] == "holds"
        assert judged(21, probes=both[:1])[0] == "not decided"

    def test_answers_that_decide_nothing_say_how_to_ask_again(self) -> None:
        basis = judged(23, probes=answers({"join_before_drain_queue": "error"}))[1]
        assert "to ask again: ipcmatrix run --profile pipe_vs_queue --only python=3.9" in basis

    def test_machines_that_disagree_make_it_depend(self) -> None:
        both = [
            *answers({"one_thread_at_once": "yes"}, machine="a"),
            *answers({"one_thread_at_once": "no"}, machine="b"),
        ]
        verdict, basis = judged(19, probes=both)
        assert verdict == "depends"
        assert "a: holds" in basis
        assert "b: refuted" in basis
