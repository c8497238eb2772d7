from dataclasses import replace

import pytest

from runner.errors import BadInputError
from runner.matrix import Flags, override
from runner.model import Matrix, Measure
from small_world import VOCABULARY, read
from tests.registry import CATALOGUE

TEXT = """
    axes: {python: [found], transport: [pipe, queue], payload: [int, "str:100"]}
    include: [{python: found, transport: pipe, payload: int, topology: fan_out, workers: 2}]
    measure: {rounds: 100}
"""


def over(flags: Flags, text: str = TEXT) -> Matrix:
    return override(read(text), flags, VOCABULARY)


def refused(flags: Flags, text: str = TEXT) -> list[str]:
    with pytest.raises(BadInputError) as caught:
        over(flags, text)
    return str(caught.value).splitlines()


def test_no_flag_changes_nothing() -> None:
    assert over(Flags()) == read(TEXT)


def test_the_numbers_are_written_as_in_the_file() -> None:
    matrix = over(
        Flags(
            rounds="50",
            precision="2.5%",
            budget="90s",
            seed="1e3",
            sessions="3",
            pause="10m",
            executor="docker",
        )
    )
    assert matrix.measure == Measure(
        rounds=50, precision=0.025, budget=90.0, seed=1000, sessions=3, pause=600.0
    )
    assert matrix.executor == "docker"


def test_few_rounds_lower_the_minimum() -> None:
    measure = over(Flags(rounds="2")).measure
    assert (measure.rounds, measure.min_rounds) == (2, 2)


def test_cells_that_an_include_makes_have_the_payloads_of_the_flag_too() -> None:
    text = """
        axes: {python: [3.9], transport: [pipe]}
        include: [{transport: pipe, placement: apart}, {python: 3.9, transport: queue}]
    """
    made = {"python": "3.9", "transport": "queue"}
    assert over(Flags(payload=["dict", "str:10"]), text).include == (
        {"transport": "pipe", "placement": "apart"},
        {**made, "payload": "dict"},
        {**made, "payload": "str:10"},
    )


def test_only_and_skip_are_kept_by_axis_in_one_spelling() -> None:
    matrix = over(
        Flags(only=["python=2.7,3.10", "transport=queue", "python=3.14t"], skip=["payload=int"])
    )
    assert matrix.only == {"python": ("2.7", "3.10", "3.14t"), "transport": ("queue",)}
    assert matrix.skip == {"payload": ("int",)}


def test_the_labels_of_reports_are_taken_for_names() -> None:
    known = replace(VOCABULARY, catalogue=CATALOGUE)
    flags = Flags(only=["transport=Pipe,Queue"], skip=["transport=queue", "payload=str:100"])
    matrix = override(read(TEXT), flags, known)
    assert matrix.only == {"transport": ("pipe", "queue")}
    assert matrix.skip == {"transport": ("queue",), "payload": ("str:100",)}
    with pytest.raises(BadInputError) as caught:
        override(read(TEXT), Flags(only=["transport=Pipe(duplex=False)"]), known)
    assert str(caught.value) == (
        "--only transport=Pipe(duplex=False): 'pipe_simplex' is not in the matrix; "
        "known: pipe, queue"
    )


def test_values_of_includes_and_defaults_can_be_chosen() -> None:
    matrix = over(Flags(only=["topology=fan_out", "workers=2", "placement=free"]))
    assert matrix.only == {"topology": ("fan_out",), "workers": ("2",), "placement": ("free",)}


def test_only_a_listed_version_can_be_chosen_where_versions_are_listed() -> None:
    text = "axes: {python: [3.6, 3.10], transport: [pipe]}"
    assert over(Flags(only=["python=3.6"]), text).only == {"python": ("3.6",)}
    assert refused(Flags(only=["python=3.9"]), text) == [
        "--only python=3.9: '3.9' is not in the matrix; did you mean 3.6? known: 3.6, 3.10"
    ]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (
            Flags(only=["pyton=3.9"]),
            "--only pyton=3.9: unknown axis 'pyton'; did you mean python? known: python, "
            "transport, payload, topology, workers, start_method, placement, messages",
        ),
        (
            Flags(only=["transport=simple_queue"]),
            "--only transport=simple_queue: 'simple_queue' is not in the matrix; "
            "known: pipe, queue",
        ),
        (
            Flags(skip=["transport=quue"]),
            "--skip transport=quue: unknown transport 'quue'; did you mean queue? "
            "known: os_pipe, pipe, pipe_simplex, queue, simple_queue, manager_queue; one of your "
            "own: name its file under plugins",
        ),
        (
            Flags(only=["python=3.x"]),
            "--only python=3.x: '3.x' is not an interpreter; 2.7, 3.11, 3.11.7, 3.14t, pypy2.7, "
            "pypy3.11, or found in the axis python",
        ),
        (
            Flags(only=["python=fuond"]),
            "--only python=fuond: 'fuond' is not an interpreter; did you mean found? 2.7, 3.11, "
            "3.11.7, 3.14t, pypy2.7, pypy3.11, or found in the axis python",
        ),
        (
            Flags(only=["python"]),
            "--only python: expected axis=value,value, such as python=2.7,3.13",
        ),
        (
            Flags(skip=["transport=pipe,queue"]),
            "--skip transport=pipe,queue: nothing is left on the axis transport; "
            "leave one of pipe, queue",
        ),
        (
            Flags(only=["python=3.9"], skip=["python=3.9"]),
            "--skip python=3.9: nothing is left on the axis python; leave one of 3.9",
        ),
        (
            Flags(rounds="0"),
            "--rounds: '0' is out of range; "
            "a whole number from 1 to 1000000000, as in 10000, 10_000 or 1e4",
        ),
        (
            Flags(precision="5"),
            "--precision: '5' means 500 %; from 0.0001 % to 100 %, as in 5% or 0.05",
        ),
        (
            Flags(budget="3"),
            "--budget: '3' is not a duration with a unit; write 3s or 3ms",
        ),
        (
            Flags(executor="moon"),
            "--executor: unknown executor 'moon'; known: local, docker, auto",
        ),
    ],
)
def test_a_mistake_names_its_flag_and_what_is_allowed(flags: Flags, message: str) -> None:
    assert refused(flags) == [message]


def test_all_mistakes_of_the_flags_are_reported_at_once() -> None:
    flags = Flags(rounds="x", seed="-1", only=["transport=a,b"], skip=["planet=mars"])
    assert [line.partition(":")[0] for line in refused(flags)] == [
        "--rounds",
        "--seed",
        "--only transport=a,b",
        "--only transport=a,b",
        "--skip planet=mars",
    ]


def test_what_is_typed_is_repeated_so_that_it_fits_a_line_of_the_terminal() -> None:
    assert refused(Flags(only=["\x1b[2J\n"])) == [
        "--only '\\x1b[2J\\n': expected axis=value,value, such as python=2.7,3.13"
    ]
    (line,) = refused(Flags(skip=["x" * 10**6]))
    assert len(line) < 400
