"""Groups of blocks, and how they are spread over machines."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from run_folders import HEAD, TWO, a_run
from runner.errors import BadInputError
from runner.model import Arm, Block, Cell, Matrix
from runner.pipeline.sharding import Chosen, begun, chosen_shard
from runner.plan import plan, pythons_of
from runner.plan.shards import digest, groups, shards, speed_up, useful
from small_world import answers
from test_plan_properties import matrices


def block(name: str, compared_axis: str, *cells: Cell) -> Block:
    return Block(name, compared_axis, tuple(Arm(cell) for cell in cells))


PIPE, QUEUE = Cell("3.9", "pipe"), Cell("3.9", "queue")


def names(*blocks: Block) -> list[list[str]]:
    return [[one.id for one in group] for group in groups(blocks)]


def test_blocks_that_share_a_cell_stay_together() -> None:
    of_pipe = block("b", "python", PIPE, Cell("3.13", "pipe"))
    strange = block("c", "transport", *(cell._replace(payload="str:10") for cell in (PIPE, QUEUE)))
    assert names(block("a", "transport", PIPE, QUEUE), strange, of_pipe) == [["a", "b"], ["c"]]


def test_blocks_that_differ_in_workers_only_make_one_curve_and_stay_together() -> None:
    fans = [
        block(f"w{n}", "transport", *(cell._replace(topology="fan_out", workers=n) for cell in two))
        for n in (1, 2, 8)
        for two in [(PIPE, QUEUE)]
    ]
    other = block("w", "python", Cell("3.9", "pipe", workers=2), Cell("3.13", "pipe", workers=2))
    assert names(*fans, other) == [["w1", "w2", "w8"], ["w"]]


def curves(group: Sequence[Block]) -> set[object]:
    return {
        (one.compared_axis, one.baseline._replace(workers=0, **{one.compared_axis: 0}))  # type: ignore[arg-type]
        for one in group
    }


@settings(max_examples=60)
@given(matrices())
def test_no_comparison_spans_two_groups(matrix: Matrix) -> None:
    found = plan(matrix, {name: answers() for name in pythons_of(matrix)})
    grouped = groups(found.blocks)
    assert {one.id for group in grouped for one in group} == {one.id for one in found.blocks}
    assert sum(map(len, grouped)) == len(found.blocks)
    for one, other in combinations(grouped, 2):
        cells = [{arm.cell for each in group for arm in each.arms} for group in (one, other)]
        assert not cells[0] & cells[1]
        assert not curves(one) & curves(other)


@given(st.lists(st.floats(0, 1000), max_size=40), st.integers(1, 12))
def test_every_group_is_in_one_shard_and_none_is_much_above_the_mean(
    seconds: list[float], count: int
) -> None:
    grouped = [[f"a{place}", f"b{place}"] for place in range(len(seconds))]
    found = shards(grouped, seconds, count)
    assert found == shards(grouped, seconds, count)
    blocks = [block for one in found for block in one.blocks]
    assert sorted(blocks) == sorted(block for group in grouped for block in group)
    assert len(found) == min(count, len(grouped))
    assert [one.number for one in found] == list(range(1, len(found) + 1))
    most = max((one.seconds for one in found), default=0.0)
    assert most <= sum(seconds) / count + max(seconds, default=0.0) + 1e-6


def test_machines_without_a_group_cost_nothing() -> None:
    found = shards([["a"], ["b"]], [1.0, 2.0], 10**9)
    assert [(one.number, one.of, one.blocks) for one in found] == [
        (1, 10**9, ("b",)),
        (2, 10**9, ("a",)),
    ]


def test_a_group_that_is_a_third_of_the_whole_lets_three_machines_help() -> None:
    grouped = [[str(place)] for place in range(21)]
    seconds = [100.0, *[10.0] * 20]
    assert speed_up(shards(grouped, seconds, 8)) == pytest.approx(3.0)
    assert useful(grouped, seconds) == pytest.approx((3, 3.0))
    assert useful([["a"]], [5.0]) == (1, 1.0)


def test_the_digest_is_that_of_the_set_of_blocks() -> None:
    assert digest(["a", "b"]) == digest(["b", "a"]) != digest(["ab"])


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((None, None, None), None),
        (("3/8", None, None), Chosen(3, 8)),
        ((None, 0, 8), Chosen(1, 8)),
        ((None, 7, 8), Chosen(8, 8)),
    ],
)
def test_a_shard_is_named_from_1_or_by_an_index_from_0(
    given: tuple[str | None, int | None, int | None], found: Chosen | None
) -> None:
    assert chosen_shard(*given) == found


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("0/8", None, None), "I/N"),
        (("9/8", None, None), "I from 1 to N"),
        (("3", None, None), "such as 3/8"),
        (("3/8", 2, 8), "give one"),
        ((None, 8, 8), "0 to 7"),
        ((None, 2, None), "needs --shards"),
        ((None, None, 8), "--shard I/N"),
    ],
)
def test_what_is_not_a_shard_is_refused(
    given: tuple[str | None, int | None, int | None], said: str
) -> None:
    with pytest.raises(BadInputError, match=said):
        chosen_shard(*given)


def test_a_job_that_is_tried_again_continues_its_own_run_only(tmp_path: Path) -> None:
    """Of the runs that are there, one is damaged, and none says what --only was."""
    shard = {"number": 1, "of": 3, "filled": 2, "plan": "0123456789ab"}
    own = a_run(tmp_path / "r1", TWO, shard=shard)
    a_run(tmp_path / "r2", TWO, shard={**shard, "number": 2})
    (tmp_path / "r3").mkdir()
    (tmp_path / "r3" / "run.json").write_text('{"format": 2')
    now = {**HEAD, "shard": shard}
    assert begun(tmp_path, now) == (own, [])
    assert begun(tmp_path, {**now, "machine": "m2"}) == (None, ["r1"])
    matrix = {**dict(HEAD["matrix"]), "only": {"python": ["3.10"]}}  # type: ignore[call-overload]
    assert begun(tmp_path, {**now, "matrix": matrix}) == (None, [])
    studied = {**dict(HEAD["matrix"]), "study": "pipe_vs_queue"}  # type: ignore[call-overload]
    assert begun(tmp_path, {**now, "matrix": studied}) == (None, [])
    other = [{"path": "orders.pickle", "sha256": "0" * 64}]
    assert begun(tmp_path, {**now, "files": other}) == (None, [])
    assert begun(tmp_path / "nowhere", now) == (None, [])
