from dataclasses import replace

import pytest

from runner.errors import BadInputError
from runner.matrix import Flags, override
from runner.model import Capabilities, Cell, Plan, Status, SupportRule, python_order
from runner.plan import plan, pythons_of, resolve_pythons
from small_world import VOCABULARY, answers, read

HERE = ("2.7", "3.9", "3.10", "3.14t")


def planned(
    text: str,
    found: tuple[str, ...] = HERE,
    flags: Flags | None = None,
    lacks: dict[str, Capabilities | str] | None = None,
) -> Plan:
    matrix = resolve_pythons(override(read(text), flags or Flags(), VOCABULARY), found)
    return plan(matrix, {name: answers(name) for name in pythons_of(matrix)} | (lacks or {}))


def by_status(made: Plan, status: Status) -> list[Cell]:
    return [each.cell for each in made.cells if each.status is status]


def test_the_product_is_in_the_order_of_the_axes() -> None:
    made = planned(
        """
        axes: {python: [3.10, 3.9], transport: [queue, pipe], workers: [1, 2]}
        """
    )
    assert [each.cell[:5] for each in made.cells] == [
        ("3.10", "queue", "int", "one_to_one", 1),
        ("3.10", "queue", "int", "one_to_one", 2),
        ("3.10", "pipe", "int", "one_to_one", 1),
        ("3.10", "pipe", "int", "one_to_one", 2),
        ("3.9", "queue", "int", "one_to_one", 1),
        ("3.9", "queue", "int", "one_to_one", 2),
        ("3.9", "pipe", "int", "one_to_one", 1),
        ("3.9", "pipe", "int", "one_to_one", 2),
    ]
    assert {each.status for each in made.cells} == {Status.PLANNED}


def test_an_axis_that_is_not_listed_has_its_default() -> None:
    made = planned("axes: {python: [3.9], transport: [pipe]}")
    assert [each.cell for each in made.cells] == [
        Cell("3.9", "pipe", "int", "one_to_one", 1, "default", "free", "auto")
    ]


def test_found_means_the_interpreters_here_in_version_order() -> None:
    made = planned(
        "axes: {python: [found], transport: [pipe]}",
        found=("pypy3.11", "3.14t", "3.10", "2.7", "3.9", "3.14"),
    )
    assert [each.cell.python for each in made.cells] == [
        "2.7",
        "3.9",
        "3.10",
        "3.14",
        "3.14t",
        "pypy3.11",
    ]


def test_versions_have_an_order_of_their_own() -> None:
    names = ["2.7", "3.6", "3.9", "3.10", "3.10.4", "3.10.13", "3.14", "3.14t", "3.14d", "3.14td"]
    names += ["pypy2.7", "graalvm3.12", "?"]
    assert sorted(sorted(names), key=python_order) == names


def test_an_exclude_takes_away_partial_matches_and_says_where_it_is() -> None:
    made = planned(
        """
        axes: {python: [2.7, 3.9], transport: [pipe, queue], payload: [int, dict]}
        exclude:
          - {python: 2.7, payload: dict}
          - {transport: queue}
        """
    )
    excluded = {each.cell[:3]: each.reason for each in made.cells if each.reason}
    assert excluded == {
        ("2.7", "pipe", "dict"): "by matrix.yaml:3:5",
        ("2.7", "queue", "dict"): "by matrix.yaml:3:5",
        ("2.7", "queue", "int"): "by matrix.yaml:4:5",
        ("3.9", "queue", "int"): "by matrix.yaml:4:5",
        ("3.9", "queue", "dict"): "by matrix.yaml:4:5",
    }
    assert len(by_status(made, Status.EXCLUDED)) == 5


def test_an_exclude_that_matches_nothing_here_is_reported_with_its_place() -> None:
    matrix = read(
        """
        axes: {python: [2.7, 3.9], transport: [pipe, queue]}
        exclude: [{python: 2.7, transport: queue}, {transport: queue}]
        """
    )
    narrowed = replace(matrix, axes={"python": ("3.9",), "transport": ("pipe",)})
    with pytest.raises(BadInputError) as caught:
        plan(narrowed, {"3.9": answers()})
    assert [line[:42] for line in caught.value.args] == [
        "matrix.yaml:2:11: exclude: matches nothing",
        "matrix.yaml:2:44: exclude: matches nothing",
    ]


def test_an_exclude_of_an_interpreter_that_was_not_found_is_not_a_mistake() -> None:
    made = planned(
        """
        axes: {python: [found], transport: [pipe, queue]}
        exclude: [{python: 3.6, transport: queue}]
        """
    )
    assert len(by_status(made, Status.PLANNED)) == 8


def test_an_exclude_of_an_interpreter_that_only_a_grid_names_is_not_a_mistake() -> None:
    made = planned(
        """
        axes: {python: [found], transport: [pipe, queue]}
        grids: [{python: 3.6, transport: os_pipe}]
        exclude: [{python: 3.6, transport: queue}, {python: 3.9, transport: queue}]
        """,
        lacks={"3.6": "no interpreter 3.6 was found"},
    )
    assert by_status(made, Status.UNAVAILABLE) == [Cell("3.6", "os_pipe")]
    assert by_status(made, Status.EXCLUDED) == [Cell("3.9", "queue")]
    assert len(by_status(made, Status.PLANNED)) == 7


def test_an_include_that_joins_no_cell_says_what_it_lacks() -> None:
    with pytest.raises(BadInputError) as caught:
        planned(
            """
            axes: {python: [3.9], transport: [pipe, queue]}
            exclude: [{transport: queue}]
            include: [{transport: queue, placement: apart}]
            """
        )
    assert caught.value.args == (
        "matrix.yaml: include {transport: queue, placement: apart}: joins no cell, and a new cell "
        "needs python; name it, or leave the entry out",
    )


# The example of GitHub's documentation of `include`, with our axes: fruit is the transport,
# animal the payload, color the topology, shape the placement.
GITHUB = """
    axes: {python: [3.9], transport: [pipe, queue], payload: [int, dict]}
    include:
      - {topology: fan_out}
      - {topology: request_reply, payload: int}
      - {transport: pipe, placement: apart}
      - {python: 3.9, transport: os_pipe}
      - {python: 3.9, transport: os_pipe, payload: int}
"""


def test_include_does_what_github_documents() -> None:
    made = planned(GITHUB)
    assert [(c.transport, c.payload, c.topology, c.placement) for c in
            by_status(made, Status.PLANNED)] == [
        ("pipe", "int", "request_reply", "apart"),
        ("pipe", "dict", "fan_out", "apart"),
        ("queue", "int", "request_reply", "free"),
        ("queue", "dict", "fan_out", "free"),
        ("os_pipe", "int", "one_to_one", "free"),
    ]  # fmt: skip


def test_an_include_brings_back_what_was_excluded() -> None:
    made = planned(
        """
        axes: {python: [3.9], transport: [pipe, queue], payload: [int, dict]}
        exclude: [{transport: queue}]
        include: [{python: 3.9, transport: queue, payload: int}]
        """
    )
    assert {each.cell[:3]: each.status for each in made.cells} == {
        ("3.9", "pipe", "int"): Status.PLANNED,
        ("3.9", "pipe", "dict"): Status.PLANNED,
        ("3.9", "queue", "int"): Status.PLANNED,
        ("3.9", "queue", "dict"): Status.EXCLUDED,
    }


def test_an_include_of_found_makes_a_cell_for_each_interpreter() -> None:
    made = planned(
        """
        axes: {python: [found], transport: [pipe], topology: [one_to_one]}
        include: [{python: found, transport: queue, topology: fan_out, workers: 4}]
        """,
        found=("3.9", "3.10"),
    )
    assert [(c.python, c.transport, c.workers) for c in by_status(made, Status.PLANNED)] == [
        ("3.9", "pipe", 1),
        ("3.10", "pipe", 1),
        ("3.9", "queue", 4),
        ("3.10", "queue", 4),
    ]


def test_only_keeps_and_skip_leaves_out_cells_of_includes_too() -> None:
    flags = Flags(only=["python=3.9,3.10", "topology=fan_out,one_to_one"], skip=["python=3.10"])
    made = planned(GITHUB.replace("python: [3.9]", "python: [3.9, 3.10]"), flags=flags)
    assert [(c.python, c.transport, c.payload) for c in by_status(made, Status.PLANNED)] == [
        ("3.9", "pipe", "dict"),
        ("3.9", "queue", "dict"),
        ("3.9", "os_pipe", "int"),
    ]


def test_an_interpreter_that_is_asked_for_and_not_here_is_unavailable() -> None:
    made = planned(
        "axes: {python: [found], transport: [pipe]}",
        flags=Flags(only=["python=3.9,3.6"]),
        lacks={"3.6": "no interpreter 3.6 was found"},
    )
    assert [tuple(each) for each in made.cells] == [
        (Cell("3.6", "pipe"), Status.UNAVAILABLE, "no interpreter 3.6 was found"),
        (Cell("3.9", "pipe"), Status.PLANNED, ""),
    ]


def test_what_an_interpreter_lacks_is_unsupported_with_its_reason() -> None:
    rules = [
        SupportRule(
            {"topology": ("fan_out",), "transport": ("pipe",)}, (2, 4), "two to four pipes"
        ),
        SupportRule({"start_method": ("spawn",), "payload": ("str",)}, None, "no str by spawn"),
    ]
    made = planned(
        """
        axes:
          python: [3.9]
          transport: [pipe, queue]
          payload: [int, "str:10", ndarray]
          topology: [fan_out]
          workers: [1, 2, 4, 5]
        """,
        lacks={
            "3.9": answers(lacks={"ndarray": "no numpy"}, rules=rules, default_start_method="spawn")
        },
    )
    reasons = {(*each.cell[1:3], each.cell.workers): each.reason for each in made.cells}
    for workers in (1, 2, 4, 5):
        for transport in ("pipe", "queue"):
            assert reasons[transport, "ndarray", workers] == "no numpy"
            in_span = transport == "pipe" and workers in (2, 4)
            assert reasons[transport, "int", workers] == ("two to four pipes" if in_span else "")
        assert reasons["queue", "str:10", workers] == "no str by spawn"
    assert len(by_status(made, Status.UNSUPPORTED)) == 4 * 4 + 2


def test_a_name_that_an_older_harness_does_not_know_is_unsupported() -> None:
    known = answers()
    older = replace(known, transports={"pipe": ""})
    made = planned("axes: {python: [3.9], transport: [pipe, queue]}", lacks={"3.9": older})
    assert [each.reason for each in made.cells] == [
        "",
        "its harness does not know this transport; known: pipe",
    ]


def test_a_cell_that_no_compared_axis_takes_is_excluded_and_says_so() -> None:
    made = planned(
        """
        axes: {python: [3.9, 3.10], transport: [pipe, queue]}
        compare: {axes: {python: {transport: [pipe]}}}
        """
    )
    assert [(each.cell.transport, each.status, each.reason) for each in made.cells] == [
        ("pipe", Status.PLANNED, ""),
        ("queue", Status.EXCLUDED, "no compared axis of compare takes this cell"),
    ] * 2


def test_a_plan_without_a_cell_says_what_left_none() -> None:
    text = "axes: {python: [found], transport: [pipe]}"
    with pytest.raises(BadInputError, match="no interpreter was found"):
        planned(text, found=())
    included = """
        axes: {python: [3.9], transport: [pipe], topology: [one_to_one], payload: [int, dict]}
        include: [{python: 3.9, transport: pipe, topology: fan_out}]
        """
    flags = Flags(only=["topology=fan_out", "payload=dict"])
    with pytest.raises(
        BadInputError, match=r"^--only topology=fan_out --only payload=dict: leaves"
    ):
        planned(included, flags=flags)


def test_an_include_that_makes_half_a_cell_is_refused() -> None:
    text = """
        axes: {python: [3.9], transport: [pipe, queue], payload: [int, dict]}
        exclude: [{transport: queue, payload: dict}]
        include: [{transport: queue, payload: dict}]
        """
    with pytest.raises(BadInputError, match=r"include \{transport: queue, payload: dict\}: joins"):
        planned(text)


def test_a_plan_names_the_interpreters_that_compile_at_run_time() -> None:
    told = {"2.7": None, "3.9": "none", "3.10": "off", "3.13": "on", "pypy3.11": "pypy"}
    found = {
        name: replace(answers(name), facts={} if jit is None else {"jit": jit})
        for name, jit in told.items()
    }
    made = planned(
        "axes: {python: [2.7, 3.9, 3.10, 3.13, pypy3.11, 3.8], transport: [pipe]}",
        found=(*told, "3.8"),
        lacks={**found, "3.8": "not here"},
    )
    assert made.compiling == {"3.13", "pypy3.11"}


GRIDS = """
    axes: {python: [found], transport: [pipe, queue], payload: [int, dict]}
    grids:
      - {transport: pipe, topology: fan_out, workers: [2, 4]}
      - {python: 3.9, payload: [dict, "str:10"]}
    exclude:
      - {workers: 4}
      - {python: 3.9, transport: queue, payload: dict}
    include:
      - {payload: int, start_method: spawn}
"""


def test_grids_are_further_products_with_defaults_for_what_they_do_not_name() -> None:
    matrix = resolve_pythons(read(GRIDS), ("3.9", "3.10"))
    made = plan(matrix, {name: answers() for name in pythons_of(matrix)})
    shown = [
        (*each.cell[:6], each.status.value) for each in made.cells if each.cell.python == "3.9"
    ]
    assert shown == [
        ("3.9", "pipe", "int", "one_to_one", 1, "spawn", "planned"),
        ("3.9", "pipe", "dict", "one_to_one", 1, "default", "planned"),
        ("3.9", "queue", "int", "one_to_one", 1, "spawn", "planned"),
        ("3.9", "queue", "dict", "one_to_one", 1, "default", "excluded"),
        ("3.9", "pipe", "int", "fan_out", 2, "default", "planned"),
        ("3.9", "pipe", "int", "fan_out", 4, "default", "excluded"),
        ("3.9", "pipe", "str:10", "one_to_one", 1, "default", "planned"),
        ("3.9", "queue", "str:10", "one_to_one", 1, "default", "planned"),
    ]
    assert len(made.cells) == 8 + 6


def test_a_profile_replaces_the_grids_and_only_chooses_among_their_cells() -> None:
    text = """
        axes: {python: [3.9], transport: [pipe]}
        grids: [{workers: 2, topology: fan_out}]
        profiles: {more: {grids: [{python: [3.8, found], transport: queue}]}, less: {grids: []}}
    """
    assert read(text).grids == ({"topology": ("fan_out",), "workers": ("2",)},)
    assert read(text, "less").grids == ()
    more = override(read(text, "more"), Flags(only=["transport=queue"]), VOCABULARY)
    matrix = resolve_pythons(more, ("3.10",))
    assert pythons_of(matrix) == ("3.9", "3.8", "3.10")
    made = plan(matrix, {name: answers() for name in pythons_of(matrix)})
    assert [each.cell[:2] for each in made.cells] == [("3.8", "queue"), ("3.10", "queue")]


BOUND = """
    axes: {python: [3.9, 3.10], transport: [pipe, queue], placement: [apart]}
    grids: [{transport: [pipe], placement: [free, apart], topology: [fan_out]}]
    exclude: [{python: 3.9, transport: queue}]
    compare: {axes: {transport: {placement: [apart]}, placement: {}}}
"""


def test_where_nothing_can_be_bound_free_is_measured_in_its_place() -> None:
    made = planned(BOUND, lacks={"3.9": answers(lacks={"apart": "one core is allowed here"})})
    assert [tuple(cell[i] for i in (0, 1, 3, 6)) for cell in by_status(made, Status.PLANNED)] == [
        ("3.10", "pipe", "one_to_one", "apart"),
        ("3.10", "queue", "one_to_one", "apart"),
        ("3.9", "pipe", "fan_out", "free"),
        ("3.10", "pipe", "fan_out", "free"),
        ("3.10", "pipe", "fan_out", "apart"),
        ("3.9", "pipe", "one_to_one", "free"),
    ]
    assert made.notes == (
        "placement apart: one core is allowed here; free is measured in its place on 3.9",
    )
    lacking = [each for each in made.cells if each.status is Status.UNSUPPORTED]
    assert {each.reason for each in lacking} == {"one core is allowed here"}
    assert len(made.cells) == len(by_status(made, Status.PLANNED)) + len(lacking) + 1


def test_placements_are_compared_side_by_side() -> None:
    made = planned(BOUND)
    beside = [one for one in made.blocks if one.compared_axis == "placement"]
    assert [one.id for one in beside] == [f"placement-{v}-pipe-fan_out" for v in ("3.9", "3.10")]
    for one in beside:
        assert [arm.cell.placement for arm in one.arms] == ["free", "free", "apart"]
    assert made.notes == ()


@pytest.mark.parametrize(
    ("flags", "ends"),
    [
        (Flags(), ("2.7", "3.10")),
        (Flags(only=("python=3.9,3.14t",)), ("3.9", "3.9")),
        (Flags(skip=("python=2.7",)), ("3.9", "3.10")),
        (Flags(only=("python=newest",)), ("3.10", "3.10")),
        (Flags(only=("python=oldest,3.9",)), ("2.7", "3.9")),
        (Flags(only=("python=found",), skip=("python=newest",)), ("2.7", "3.9")),
        (Flags(only=("python=newest",), skip=("python=3.10",)), ("3.9", "3.9")),
    ],
)
def test_oldest_and_newest_are_of_what_is_measured(flags: Flags, ends: tuple[str, str]) -> None:
    made = planned(
        """
        axes: {python: [found], transport: [pipe, queue]}
        grids: [{python: [oldest], workers: 2}, {python: newest, workers: 3}]
        compare: {axes: {transport: {}, workers: {python: [newest]}}}
        """,
        flags=flags,
    )
    oldest, newest = ends
    assert {each.cell.python for each in made.cells if each.cell.workers == 2} == {oldest}
    assert {each.cell.python for each in made.cells if each.cell.workers == 3} == {newest}
    beside = [one for one in made.blocks if one.compared_axis == "workers"]
    assert {arm.cell.python for one in beside for arm in one.arms} == {newest}


@pytest.mark.parametrize(
    ("flags", "kept"),
    [
        (Flags(only=("python=newest",)), {"3.10"}),
        (Flags(only=("python=oldest,newest",)), {"2.7", "3.10"}),
        (Flags(only=("python=3.11,oldest",)), {"2.7", "3.11"}),
        (Flags(skip=("python=newest",)), {"2.7", "3.11"}),
        (Flags(only=("python=found",)), {"2.7", "3.10"}),
    ],
)
def test_flags_take_the_ends_of_what_is_here_of_the_interpreters_of_the_matrix(
    flags: Flags, kept: set[str]
) -> None:
    text = "axes: {python: [2.7, 3.10, 3.11], transport: [pipe, queue]}"
    made = planned(text, found=("2.7", "3.10", "3.14t"), flags=flags)
    assert {each.cell.python for each in made.cells} == kept
