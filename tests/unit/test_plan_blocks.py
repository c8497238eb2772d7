import pytest

from runner.model import Arm, Block, Capabilities, Cell, Plan
from runner.plan import plan, pythons_of, resolve_pythons
from small_world import answers, read


def planned(
    text: str,
    found: tuple[str, ...] = (),
    lacks: dict[str, Capabilities | str] | None = None,
) -> Plan:
    matrix = resolve_pythons(read(text), found)
    return plan(matrix, {name: answers(name) for name in pythons_of(matrix)} | (lacks or {}))


def shape(block: Block) -> tuple[str, list[str]]:
    """Return the block's id and its arms by the value compared, a control marked by =."""
    place = Cell._fields.index(block.compared_axis)
    return block.id, [f"{arm.cell[place]}{'=' * arm.control}" for arm in block.arms]


TWO_AXES = """
    axes: {python: [3.9, 3.10], transport: [queue, pipe, os_pipe], payload: [int, dict]}
    compare:
      axes: {transport: {}, python: {transport: [pipe, queue], payload: [int]}}
      baseline: {transport: pipe, python: 3.10}
"""


def test_a_block_holds_what_differs_in_one_axis_the_baseline_and_its_control_first() -> None:
    assert [shape(block) for block in planned(TWO_AXES).blocks] == [
        ("transport-3.9", ["pipe", "pipe=", "queue", "os_pipe"]),
        ("transport-3.9-dict", ["pipe", "pipe=", "queue", "os_pipe"]),
        ("transport-3.10", ["pipe", "pipe=", "queue", "os_pipe"]),
        ("transport-3.10-dict", ["pipe", "pipe=", "queue", "os_pipe"]),
        ("python-queue", ["3.10", "3.10=", "3.9"]),
        ("python-pipe", ["3.10", "3.10=", "3.9"]),
    ]
    assert planned(TWO_AXES).notes == ()


def test_a_control_is_the_baseline_once_more() -> None:
    for block in planned(TWO_AXES).blocks:
        assert block.arms[1] == Arm(block.baseline, control=True)
        assert [arm.control for arm in block.arms].count(True) == 1


def test_an_id_is_stable_and_made_of_what_the_cells_share() -> None:
    made = planned(
        """
        axes:
          python: [3.9]
          transport: [pipe, queue]
          payload: ["ndarray:4x4"]
          topology: ["scatter_gather:20"]
          workers: [4]
          start_method: [spawn]
          placement: [apart]
          messages: [10_000]
        compare: {axes: {transport: {}}}
        """
    )
    assert [block.id for block in made.blocks] == [
        "transport-3.9-ndarray:4x4-scatter_gather:20-w4-spawn-apart-m10000"
    ]


def test_a_block_without_its_baseline_takes_the_first_cell_and_a_note_says_so() -> None:
    made = planned(TWO_AXES, lacks={"3.9": answers(lacks={"pipe": "no pipe here"})})
    assert [shape(block) for block in made.blocks[:2]] == [
        ("transport-3.9", ["queue", "queue=", "os_pipe"]),
        ("transport-3.9-dict", ["queue", "queue=", "os_pipe"]),
    ]
    assert made.notes == (
        "compare.axes.transport: pipe cannot run in 2 of 4 blocks; "
        "there the first cell that can is the baseline: queue with python 3.9",
    )


VERSIONS = """
    axes: {python: [found], transport: [pipe, queue]}
    compare: {axes: {python: {}}, baseline: {python: 3.11}}
"""


def test_the_newest_ordinary_interpreter_replaces_one_that_is_not_here() -> None:
    made = planned(VERSIONS, found=("2.7", "3.9", "3.10", "3.13t", "pypy3.11"))
    assert [shape(block) for block in made.blocks] == [
        ("python-pipe", ["3.10", "3.10=", "2.7", "3.9", "3.13t", "pypy3.11"]),
        ("python-queue", ["3.10", "3.10=", "2.7", "3.9", "3.13t", "pypy3.11"]),
    ]
    assert made.notes == (
        "baseline python 3.11: not among the interpreters of this plan; "
        "3.10, the newest, is used instead",
    )


def test_a_baseline_that_is_unavailable_is_reported_with_its_reason() -> None:
    made = planned(VERSIONS, found=("3.9", "3.11"), lacks={"3.11": "the build failed"})
    assert [shape(block) for block in made.blocks] == [
        ("python-pipe", ["3.9", "3.9="]),
        ("python-queue", ["3.9", "3.9="]),
    ]
    assert made.notes == (
        "baseline python 3.11: the build failed; 3.9, the newest, is used instead",
    )


def test_an_axis_without_a_baseline_takes_its_first_value() -> None:
    made = planned(
        """
        axes: {python: [3.9], transport: [queue, pipe], payload: [dict, int]}
        compare: {axes: {payload: {}}}
        """
    )
    assert [shape(block) for block in made.blocks] == [
        ("payload-3.9-queue", ["dict", "dict=", "int"]),
        ("payload-3.9-pipe", ["dict", "dict=", "int"]),
    ]
    assert made.notes == ()


def test_a_cell_that_is_compared_elsewhere_has_no_block_of_its_own() -> None:
    made = planned(
        """
        axes: {python: [3.9], transport: [pipe, queue]}
        compare: {axes: {python: {}, transport: {}}}
        """
    )
    assert [shape(block) for block in made.blocks] == [
        ("transport-3.9", ["pipe", "pipe=", "queue"]),
    ]


def test_a_cell_with_nothing_to_be_compared_with_is_measured_once_with_its_control() -> None:
    made = planned("axes: {python: [3.9], transport: [pipe]}")
    assert [shape(block) for block in made.blocks] == [("transport-3.9", ["pipe", "pipe="])]


def test_only_what_can_run_is_in_a_block() -> None:
    made = planned(
        TWO_AXES,
        lacks={"3.9": "not here", "3.10": answers(lacks={"os_pipe": "not built in"})},
    )
    in_blocks = {arm.cell for block in made.blocks for arm in block.arms}
    assert {cell[:2] for cell in in_blocks} == {("3.10", "pipe"), ("3.10", "queue")}


def test_cells_of_an_include_are_compared_too() -> None:
    made = planned(
        """
        axes: {python: [found], transport: [pipe, queue], topology: [one_to_one]}
        include:
          - {python: found, transport: pipe, topology: fan_out, workers: 2}
          - {python: found, transport: manager_queue, topology: fan_out, workers: 2}
        compare: {axes: {transport: {}}, baseline: {transport: pipe}}
        """,
        found=("3.9",),
    )
    assert [shape(block) for block in made.blocks] == [
        ("transport-3.9", ["pipe", "pipe=", "queue"]),
        ("transport-3.9-fan_out-w2", ["pipe", "pipe=", "manager_queue"]),
    ]


def test_cells_and_blocks_are_the_same_by_number_by_slice_and_in_turn() -> None:
    made = planned(TWO_AXES)
    assert len(made.cells) == 12
    assert len(made.blocks) == 6
    for found in (made.cells, made.blocks):
        each = list(found)
        assert [found[number] for number in range(len(found))] == each
        assert [found[-1], *found[1:5:2]] == [each[-1], *each[1:5:2]]
        with pytest.raises(IndexError):
            found[len(found)]
