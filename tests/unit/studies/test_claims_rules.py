"""The rules of the claims that set a bound, on rows with literal figures."""

import math
from dataclasses import replace

import pytest
from claims_judged import judged, near
from hypothesis import given
from hypothesis import strategies as st

from claims_rows import comparison
from runner.results import Comparison
from runner.studies.pipe_vs_queue.data import Band, Verdict
from tests.rows import each


class TestBand:
    @pytest.mark.parametrize(
        ("low", "high", "expected"),
        [
            (1.15, 1.25, Verdict.HOLDS),
            (1.1, 1.3, Verdict.HOLDS),
            (1.31, 1.4, Verdict.REFUTED),
            (0.9, 1.09, Verdict.REFUTED),
            (1.25, 1.35, Verdict.NOT_DECIDED),
            (0.5, 2.0, Verdict.NOT_DECIDED),
        ],
    )
    def test_an_interval_holds_inside_is_refuted_outside_and_else_open(
        self, low: float, high: float, expected: Verdict
    ) -> None:
        assert Band(1.1, 1.3).verdict(low, high) is expected

    @given(st.floats(0.1, 10), st.floats(1.0, 3.0), st.floats(0.1, 10), st.floats(1.0, 3.0))
    def test_the_inverse_interval_has_the_same_verdict_in_the_inverse_band(
        self, low: float, width: float, bound: float, breadth: float
    ) -> None:
        band, inverse = Band(bound, bound * breadth), Band(1 / (bound * breadth), 1 / bound)
        high = low * width
        edges = [abs(math.log(x / y)) for x in (low, high) for y in (band.low, band.high)]
        if min(edges) > 1e-9:
            assert band.verdict(low, high) is inverse.verdict(1 / high, 1 / low)

    @given(st.floats(0.1, 10), st.floats(1.0, 3.0))
    def test_a_reading_turned_twice_is_the_reading(self, ratio: float, width: float) -> None:
        low, high = ratio / width, ratio * width
        again = comparison("pipe", "queue", (ratio, low, high)).flipped().flipped()
        assert (again.a, again.b) == ("pipe", "queue")
        assert (again.ratio, again.low, again.high) == pytest.approx((ratio, low, high))


class TestSpeed:
    def test_pairs_are_found_whichever_arm_is_first(self) -> None:
        assert judged(2, comparison("queue", "pipe", near(1 / 1.2)))[0] == "holds"

    def test_placements_that_disagree_make_it_depend_with_both_figures(self) -> None:
        verdict, basis = judged(
            2,
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(0.9), placement="together"),
        )
        assert verdict == "depends"
        assert "pipe/queue 1.2 [1.19\u20131.21] (free)" in basis
        assert "not so: pipe/queue 0.9 [0.891\u20130.909] (together)" in basis

    def test_clocks_of_delivery_that_disagree_make_it_depend(self) -> None:
        verdict, basis = judged(
            14,
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(0.8), clock="join"),
        )
        assert verdict == "depends"
        assert "join time" in basis

    def test_the_send_time_is_reported_but_not_judged_by(self) -> None:
        verdict, basis = judged(
            14,
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", near(0.2), clock="send"),
        )
        assert verdict == "holds"
        assert "until the last send returned: pipe/queue 0.2" in basis

    def test_the_clock_of_cpu_is_not_evidence(self) -> None:
        assert judged(14, comparison("pipe", "queue", near(1.2), clock="cpu"))[0] == "not decided"

    def test_an_interval_across_the_bound_says_the_rounds_that_are_missing(self) -> None:
        row = comparison("pipe", "queue", (1.3, 1.25, 1.35), rounds_needed=80.0)
        verdict, basis = judged(2, row)
        assert verdict == "not decided"
        assert "about 80 rounds" in basis

    def test_no_rounds_are_reported_where_one_of_the_readings_has_no_number(self) -> None:
        few = comparison("pipe", "queue", (1.3, 1.25, 1.35), rounds=12, rounds_needed=50.0)
        many = comparison("pipe", "queue", (1.3, 1.2, 1.4), rounds=60, placement="apart")
        basis = judged(2, few, many)[1]
        assert "; more rounds narrow it (--rounds)" in basis
        assert "about" not in basis

    def test_pooled_sessions_ask_for_sessions(self) -> None:
        basis = judged(2, comparison("pipe", "queue", (1.3, 1.25, 1.35), tau=0.0, sessions=3))[1]
        assert "; more sessions narrow it (--sessions)" in basis

    @pytest.mark.parametrize("number", [2, 14])
    def test_one_open_context_keeps_a_claim_on_all_contexts_undecided(self, number: int) -> None:
        verdict, basis = judged(
            number,
            comparison("pipe", "queue", near(1.2)),
            comparison("pipe", "queue", (1.05, 0.8, 1.4), placement="apart"),
        )
        assert verdict == "not decided"
        assert "pipe/queue 1.05 [0.8\u20131.4] (apart) reaches across the bound" in basis
        assert "inside it: pipe/queue 1.2 [1.19\u20131.21] (free)" in basis

    def test_one_open_pair_of_queues_keeps_it_undecided_that_all_are_alike(self) -> None:
        alike = comparison("queue", "simple_queue", near(1.0))
        open_one = comparison("queue", "joinable_queue", (1.1, 1.0, 1.2))
        assert judged(3, alike)[0] == "holds"
        assert judged(3, alike, open_one)[0] == "not decided"

    def test_one_context_outside_refutes_beside_an_open_one_which_is_reported(self) -> None:
        verdict, basis = judged(
            14,
            comparison("pipe", "queue", near(0.8)),
            comparison("pipe", "queue", (1.05, 0.8, 1.4), placement="apart"),
        )
        assert verdict == "refuted"
        assert "across the bound: pipe/queue 1.05 [0.8\u20131.4] (apart)" in basis

    def test_one_pair_of_queues_apart_refutes_that_all_are_alike(self) -> None:
        verdict, basis = judged(
            3,
            comparison("queue", "simple_queue", near(1.0)),
            comparison("queue", "joinable_queue", near(1.4)),
        )
        assert verdict == "refuted"
        assert "queue/joinable_queue 1.4" in basis

    def test_queues_alike_in_one_placement_only_depend_on_it(self) -> None:
        verdict, _ = judged(
            3,
            comparison("queue", "simple_queue", near(1.05)),
            comparison("queue", "simple_queue", near(1.5), placement="together"),
        )
        assert verdict == "depends"

    def test_a_manager_ten_times_as_slow_has_a_drawback(self) -> None:
        assert judged(26, comparison("queue", "manager_queue", near(10.0)))[0] == "refuted"

    def test_rounds_too_few_for_an_interval_decide_nothing(self) -> None:
        for pair in (("pipe", "queue"), ("queue", "pipe")):
            row = comparison(*pair, (1.2, 0.0, math.inf), rounds=3)
            verdict, basis = judged(14, row)
            assert verdict == "not decided"
            assert "[no interval from 3 rounds]" in basis


class TestMultiplicity:
    def test_the_adjusted_interval_decides_where_it_is_given(self) -> None:
        plain = comparison("pipe", "queue", (1.05, 1.01, 1.09))
        assert judged(14, plain)[0] == "holds"
        verdict, basis = judged(14, replace(plain, fcr_low=0.99, fcr_high=1.11))
        assert verdict == "not decided"
        assert "1.05 [0.99\u20131.11] (free)" in basis
        assert "(at least 1; FCR-adjusted intervals)" in basis

    def test_the_basis_says_that_plain_intervals_decided(self) -> None:
        row = comparison("pipe", "queue", near(1.2))
        assert "(bound: at least 1; plain 95 % intervals)" in judged(14, row)[1]

    def test_the_basis_counts_the_adjusted_intervals_among_others(self) -> None:
        row = comparison("pipe", "queue", near(1.2), fcr_low=1.15, fcr_high=1.25)
        basis = judged(14, row, comparison("pipe", "queue", near(1.2), clock="join"))[1]
        assert "1 of 2 intervals FCR-adjusted, else plain 95 %" in basis

    @pytest.mark.parametrize(("q", "expected"), [(0.04, "holds"), (0.06, "not decided")])
    def test_a_difference_that_may_not_be_claimed_among_all_is_none(
        self, q: float, expected: str
    ) -> None:
        assert judged(14, comparison("pipe", "queue", (1.05, 1.01, 1.09), q=q))[0] == expected

    def test_the_adjusted_interval_turns_with_its_arms(self) -> None:
        row = comparison("queue", "pipe", near(1 / 1.2), fcr_low=1 / 1.25, fcr_high=1 / 1.15)
        assert "pipe/queue 1.2 [1.15\u20131.25]" in judged(2, row)[1]

    def test_two_parts_are_adjusted_only_when_both_are(self) -> None:
        payload = "made_ndarray:400x400x3"
        first = comparison("pipe_buffered", "pipe", near(1.2), payload=payload)
        second = comparison("queue", "pipe", near(1.2), payload=payload)
        one, other = each([first, second], fcr_low=1.18, fcr_high=1.22)
        assert "plain 95 % intervals" in judged(17, one, second)[1]
        assert "FCR-adjusted intervals" in judged(17, one, other)[1]


class TestSplitBlocks:
    MADE = "made_ndarray:400x400x3"

    def rows(self) -> tuple[Comparison, ...]:
        return (
            comparison("pipe_buffered", "pipe", (1.2, 1.2 / 1.03, 1.2 * 1.03), payload=self.MADE),
            comparison("queue", "pipe", (1.2, 1.2 / 1.04, 1.2 * 1.04), payload=self.MADE),
        )

    def test_two_parts_are_compared_through_their_baseline_and_the_variances_add(self) -> None:
        verdict, basis = judged(17, *self.rows())
        assert verdict == "holds"
        # sqrt(ln(1.03)^2 + ln(1.04)^2) = 0.04911
        assert "pipe_buffered/queue 1 [0.952\u20131.05]" in basis
        assert "through pipe" in basis

    def test_a_direct_reading_is_taken_before_an_indirect_one(self) -> None:
        direct = comparison("pipe_buffered", "queue", near(2.0), payload=self.MADE)
        verdict, basis = judged(17, *self.rows(), direct)
        assert verdict == "refuted"
        assert "through" not in basis

    def test_parts_of_two_machines_are_never_compared(self) -> None:
        first, second = self.rows()
        assert judged(17, first, replace(second, machine="other"))[0] == "not decided"

    def test_a_part_without_an_interval_gives_none(self) -> None:
        first, second = self.rows()
        assert judged(17, first, replace(second, low=0.0, high=math.inf))[0] == "not decided"
