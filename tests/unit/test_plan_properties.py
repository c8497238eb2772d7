"""Properties of plans of random matrices, and a slow reading of GitHub's rules to compare with."""

from collections.abc import Mapping, Sequence
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from runner.model import (
    AXES,
    Capabilities,
    Cell,
    Compare,
    Images,
    Limits,
    Matrix,
    Measure,
    Plan,
    Status,
    SupportRule,
)
from runner.plan import plan, pythons_of, resolve_pythons
from small_world import PAYLOADS, PLACEMENTS, TOPOLOGIES, TRANSPORTS, answers

PYTHONS = ("2.7", "3.9", "3.10", "3.14t")
VALUES: Mapping[str, Sequence[str]] = {
    "python": PYTHONS,
    "transport": TRANSPORTS[:3],
    "payload": ("int", "str:10", "dict"),
    "topology": TOPOLOGIES[:2],
    "workers": ("1", "2", "3"),
    "placement": PLACEMENTS[:2],
    "messages": ("auto", "1000"),
}
Point = Mapping[str, str]

some_values = {
    axis: st.lists(st.sampled_from(values), min_size=1, max_size=3, unique=True)
    for axis, values in VALUES.items()
}
axes = st.fixed_dictionaries(
    {axis: some_values[axis] for axis in ("python", "transport")},
    optional={
        axis: some_values[axis] for axis in some_values if axis not in ("python", "transport")
    },
).map(lambda found: {axis: tuple(found[axis]) for axis in AXES if axis in found})


def points(
    known: Mapping[str, Sequence[str]], must: Sequence[str] = ()
) -> st.SearchStrategy[Point]:
    values = {axis: st.sampled_from(known[axis]) for axis in known}
    return st.fixed_dictionaries(
        {axis: values[axis] for axis in must},
        optional={axis: values[axis] for axis in values if axis not in must},
    ).filter(bool)


@st.composite
def matrices(draw: st.DrawFn) -> Matrix:
    listed = draw(axes)
    return Matrix(
        axes=listed,
        exclude=tuple(draw(st.lists(points(listed), max_size=3))),
        include=tuple(draw(st.lists(points(VALUES, ("python", "transport")), max_size=4))),
        compare=Compare({"transport": {}, "python": {}}, {"transport": "pipe", "python": "3.10"}),
        measure=Measure(),
        executor="local",
        limits=Limits(),
        images=Images(),
        profile="default",
        text="",
        source="matrix.yaml",
    )


def github(matrix: Matrix) -> tuple[set[Cell], set[Cell]]:
    """Return the cells left and taken out, by GitHub's rules read word for word."""
    left: list[dict[str, str]] = []
    out: list[dict[str, str]] = []
    for values in product(*matrix.axes.values()):
        combination = dict(zip(matrix.axes, values, strict=True))
        matched = any(exclude.items() <= combination.items() for exclude in matrix.exclude)
        (out if matched else left).append(combination)
    originals = [dict(combination) for combination in left]
    for include in matrix.include:
        joined = False
        for original, combination in zip(originals, left, strict=False):
            if all(original.get(axis, value) == value for axis, value in include.items()):
                combination.update(include)
                joined = True
        if not joined:
            left.append(dict(include))
    kept = {cell(combination) for combination in left}
    return kept, {cell(combination) for combination in out} - kept


def cell(combination: Mapping[str, str]) -> Cell:
    made = Cell(**combination)  # type: ignore[arg-type]
    return made._replace(workers=int(made.workers))


def made_of(matrix: Matrix, lacks: Mapping[str, Capabilities | str]) -> Plan:
    return plan(matrix, {name: lacks.get(name, answers(name)) for name in pythons_of(matrix)})


lacking = st.dictionaries(
    st.sampled_from(PYTHONS),
    st.one_of(
        st.just("not here"),
        st.dictionaries(
            st.sampled_from((*TRANSPORTS[:3], *PAYLOADS, *PLACEMENTS)), st.just("lacks it")
        ).map(lambda lacks: answers(lacks=lacks)),
        st.integers(1, 3).map(
            lambda least: answers(
                rules=[SupportRule({"topology": ("fan_out",)}, (least, 3), "a rule")]
            )
        ),
    ),
)


@settings(max_examples=300, deadline=None)
@given(matrices())
def test_product_exclude_and_include_are_githubs(matrix: Matrix) -> None:
    made = made_of(matrix, {})
    kept, out = github(matrix)
    assert {each.cell for each in made.cells if each.status is not Status.EXCLUDED} == kept
    assert {each.cell for each in made.cells if each.status is Status.EXCLUDED} == out


@settings(max_examples=200, deadline=None)
@given(matrices(), lacking)
def test_each_cell_has_one_status_and_a_reason_unless_it_is_planned(
    matrix: Matrix, lacks: Mapping[str, Capabilities | str]
) -> None:
    made = made_of(matrix, lacks)
    kept, out = github(matrix)
    cells = [each.cell for each in made.cells]
    standing_in = {
        one._replace(placement="free")
        for one in kept
        if isinstance(answer := lacks.get(one.python), Capabilities)
        and answer.placements[one.placement]
    }
    assert {*cells} == kept | out | standing_in
    assert len(cells) == len({*cells})
    assert {each.status for each in made.cells} <= {
        Status.PLANNED,
        Status.EXCLUDED,
        Status.UNSUPPORTED,
        Status.UNAVAILABLE,
    }
    for each in made.cells:
        assert (each.reason == "") == (each.status is Status.PLANNED)
        if lacks.get(each.cell.python) == "not here":
            assert each.status in (Status.UNAVAILABLE, Status.EXCLUDED)


@settings(max_examples=200, deadline=None)
@given(matrices(), lacking)
def test_blocks_hold_every_planned_cell_and_differ_in_their_axis_only(
    matrix: Matrix, lacks: Mapping[str, Capabilities | str]
) -> None:
    made = made_of(matrix, lacks)
    runnable = {each.cell for each in made.cells if each.status is Status.PLANNED}
    assert {arm.cell for block in made.blocks for arm in block.arms} == runnable
    assert len({block.id for block in made.blocks}) == len(made.blocks)
    for block in made.blocks:
        place = AXES.index(block.compared_axis)
        rest = {arm.cell[:place] + arm.cell[place + 1 :] for arm in block.arms}
        assert len(rest) == 1
        own = [arm.cell for arm in block.arms if not arm.control]
        assert len(own) == len(set(own)) == len(block.arms) - 1
        if block.compared_axis == "transport" and any(each.transport == "pipe" for each in own):
            assert block.baseline.transport == "pipe"


@settings(max_examples=100, deadline=None)
@given(matrices(), st.lists(st.sampled_from(PYTHONS), unique=True))
def test_versions_stay_text_all_the_way(matrix: Matrix, found: list[str]) -> None:
    with_found = Matrix(
        **{name: getattr(matrix, name) for name in Matrix.__slots__}
        | {"axes": {**matrix.axes, "python": ("found", "3.10")}}
    )
    resolved = resolve_pythons(with_found, found)
    made = made_of(resolved, {})
    named = {point["python"] for point in matrix.include if "python" in point}
    assert {each.cell.python for each in made.cells} <= {*found, "3.10", *named}
    assert all(type(each.cell.python) is str for each in made.cells)
