import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.matrix import Flags, Vocabulary, override
from runner.model import Images, Limits, Measure, python_name
from small_world import EXECUTORS, VOCABULARY, answers, read

LEAST = """
    axes:
      python: [found]
      transport: [pipe]
"""
EVERY_KEY = """
    axes:
      python: [found, 3.14t]
      transport: [pipe, queue]
      start_method: [default, spawn]
      placement: [together]
      topology: ["scatter_gather:20"]
    exclude:
      - {transport: queue, start_method: spawn}
    include:
      - {python: found, transport: pipe, topology: fan_out, workers: 2}
    compare:
      axes:
        python: {transport: [pipe, queue]}
        start_method: {}
      baseline: {transport: pipe, python: "3.11"}
      margin: 2.5 %
    measure:
      target: 50ms
      rounds: 100
      min_rounds: 10
      warmup_rounds: 0
      precision: 0.02
      budget: 3m
      timeout: 5s
      seed: 7
      free_rounds: 3
      block_time: 2m
      slowest: 2.5
      gate_load: 50%
      gate_wait: 0s
      invocation: fresh
      sessions: 3
      pause: 1h
    executor: docker
    limits: {cpuset: "0-1,3", memory: 1.5GiB, shm_size: 64MB, pids: 100}
    images:
      source: debian
    packages: {3.10: {numpy: 2.2.6}}
"""
EVERY_MEASURE = Measure(
    target=0.05,
    rounds=100,
    min_rounds=10,
    warmup_rounds=0,
    precision=0.02,
    budget=180.0,
    timeout=5.0,
    seed=7,
    free_rounds=3,
    block_time=120.0,
    slowest=2.5,
    gate_load=0.5,
    gate_wait=0.0,
    invocation="fresh",
    sessions=3,
    pause=3600.0,
)


def test_the_least_matrix_takes_every_default_of_the_model() -> None:
    matrix = read(LEAST)
    assert matrix.axes == {"python": ("found",), "transport": ("pipe",)}
    assert matrix.measure == Measure()
    assert matrix.limits == Limits()
    assert matrix.images == Images()
    assert matrix.executor == "local"
    assert matrix.profile == "default"
    assert matrix.exclude == ()
    assert matrix.include == ()
    assert matrix.compare.axes == {"transport": {}, "python": {}}
    assert matrix.compare.baseline == {}
    assert matrix.compare.margin == 0.03
    assert matrix.source == "matrix.yaml"
    assert matrix.text.startswith("axes:")


@pytest.mark.parametrize(
    "version", ["2.7", "3.1", "3.10", "3.11.7", "3.14t", "3.15.0rc1", "pypy3.11", "pypy2.7"]
)
def test_a_version_stays_text_with_quotes_and_without(version: str) -> None:
    for written in (version, f'"{version}"', f"'{version}'"):
        matrix = read(f"axes: {{python: [{written}], transport: [pipe]}}")
        assert matrix.axes["python"] == (version,)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("3.11d", "3.11d"),
        ("3.13dt", "3.13td"),
        ("python3.11", "3.11"),
        ("python3.11-dbg", "3.11d"),
        ("python3.11d", "3.11d"),
        ("python3.8dm", "3.8d"),
        ("python3.6m", "3.6"),
        ("python2.7mu", "2.7"),
        ("python3.13t", "3.13t"),
        ("python3.13-nogil", "3.13t"),
        ("3.11.2d", "3.11.2d"),
        ("graalpy3.12", "graalvm3.12"),
    ],
)
def test_a_program_and_a_debug_build_have_their_own_names(written: str, name: str) -> None:
    """Whatever doctor and plan show is accepted."""
    matrix = read(f"axes: {{python: [found, {written}], transport: [pipe]}}")
    assert matrix.axes["python"] == ("found", name)
    only = override(matrix, Flags(only=[f"python={written}"]), VOCABULARY)
    assert only.only == {"python": (name,)}
    assert python_name(name) == name


@given(st.integers(0, 99), st.booleans())
def test_no_version_ever_becomes_a_number(minor: int, quoted: bool) -> None:
    version = f"3.{minor}"
    written = f'"{version}"' if quoted else version
    matrix = read(
        f"axes: {{python: [{written}], transport: [pipe]}}\n"
        f"compare: {{baseline: {{python: {written}}}}}\n"
        f"exclude: [{{python: {written}, transport: pipe}}]\n"
        f"include: [{{python: {written}, transport: queue}}]\n"
    )
    assert matrix.axes["python"] == (version,)
    assert matrix.compare.baseline == {"python": version}
    assert matrix.exclude == ({"python": version, "transport": "pipe"},)
    assert matrix.include == ({"python": version, "transport": "queue"},)


def test_values_that_yaml_would_guess_at_stay_what_they_are() -> None:
    matrix = read(
        """
        axes:
          python: [3.20]
          transport: [pipe]
          messages: [10_000, 1e5, 1000000, auto]
          payload: [int, str:100, "ndarray:400x400x3"]
          workers: [1, 1_024]
        """
    )
    assert matrix.axes["messages"] == ("10000", "100000", "1000000", "auto")
    assert matrix.axes["payload"] == ("int", "str:100", "ndarray:400x400x3")
    assert matrix.axes["workers"] == ("1", "1024")
    assert matrix.axes["python"] == ("3.20",)


def test_every_key_is_read() -> None:
    matrix = read(EVERY_KEY)
    assert matrix.measure == EVERY_MEASURE
    assert matrix.limits == Limits("0-1,3", 1610612736, 64_000_000, 100)
    assert matrix.images == Images("debian")
    assert matrix.packages == {"3.10": {"numpy": "2.2.6"}}
    assert matrix.executor == "docker"
    assert matrix.compare.margin == 0.025
    assert matrix.exclude_places == ("matrix.yaml:8:5",)
    assert list(matrix.compare.axes) == ["python", "start_method"]
    assert matrix.compare.axes["python"] == {"transport": ("pipe", "queue")}
    assert matrix.include[0]["python"] == "found"


def test_none_lifts_a_limit() -> None:
    matrix = read(
        LEAST
        + """
    measure: {budget: none, timeout: none}
    limits: {memory: none, cpuset: none}
    """
    )
    assert matrix.measure.budget is None
    assert matrix.measure.timeout is None
    assert matrix.limits.memory is None
    assert matrix.limits.cpuset is None


def test_few_rounds_lower_the_minimum_that_was_not_written() -> None:
    matrix = read(LEAST + "    measure: {rounds: 3}\n")
    assert (matrix.measure.rounds, matrix.measure.min_rounds) == (3, 3)


def test_an_alias_is_what_it_names() -> None:
    matrix = read(
        """
        axes: {python: &versions [3.6, 3.10], transport: [pipe, queue]}
        compare: {axes: {transport: {python: *versions}}}
        """
    )
    assert matrix.compare.axes["transport"] == {"python": ("3.6", "3.10")}


PROFILES = """
    profile: small
    axes: {python: [3.6, 3.10], transport: [pipe, queue], payload: [int, dict]}
    exclude: [{python: 3.6, payload: dict}]
    compare: {axes: {transport: {}, python: {}}, baseline: {transport: pipe}, margin: 2%}
    measure: {target: 50ms, rounds: 30}
    limits: {pids: 64}
    profiles:
      small:
        axes: {transport: [simple_queue, pipe]}
        measure: {rounds: 25}
        compare: {axes: {transport: {}}}
      bare:
        axes: {payload: [int]}
        exclude: []
        executor: auto
"""


def test_a_profile_replaces_key_by_key_in_its_sections() -> None:
    matrix = read(PROFILES)
    assert matrix.profile == "small"
    assert matrix.axes == {
        "python": ("3.6", "3.10"),
        "transport": ("simple_queue", "pipe"),
        "payload": ("int", "dict"),
    }
    assert (matrix.measure.target, matrix.measure.rounds) == (0.05, 25)
    assert matrix.compare.axes == {"transport": {}}
    assert matrix.compare.baseline == {"transport": "pipe"}
    assert matrix.compare.margin == 0.02
    assert matrix.limits.pids == 64
    assert matrix.exclude == ({"python": "3.6", "payload": "dict"},)


def test_a_profile_replaces_lists_and_words_as_a_whole() -> None:
    matrix = read(PROFILES, "bare")
    assert matrix.profile == "bare"
    assert matrix.exclude == ()
    assert matrix.executor == "auto"
    assert matrix.axes["transport"] == ("pipe", "queue")
    assert matrix.measure.rounds == 30


def test_an_exclude_need_match_in_one_of_the_profiles_only() -> None:
    text = """
        axes: {python: [3.6], transport: [pipe, queue]}
        exclude: [{transport: queue}]
        profiles:
          pipes: {axes: {transport: [pipe]}}
        """
    assert read(text).exclude == ({"transport": "queue"},)
    assert read(text, "pipes").exclude == ()


def test_the_vocabulary_is_what_the_harness_says() -> None:
    assert Vocabulary.of(answers(), EXECUTORS).payloads == {
        "int": "",
        "str": "characters",
        "dict": "",
        "ndarray": "shape",
    }
    assert Vocabulary.of(answers(), EXECUTORS).transports == VOCABULARY.transports
