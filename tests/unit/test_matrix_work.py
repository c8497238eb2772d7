"""Small texts that once cost minutes: the work grows with the text, or the text is refused."""

import difflib
import sys
from collections.abc import Callable, Iterator, Sequence
from types import FrameType

import pytest

from runner.errors import BadInputError
from runner.matrix import checks
from runner.matrix.names import nearest
from small_world import mistakes, read

AXES = "axes: {python: [found], transport: [pipe, queue]}\n"


def joined(count: int, text: str, separator: str = ", ") -> str:
    return separator.join(text.replace("#", str(number)) for number in range(1, count + 1))


def counted(count: int) -> str:
    return f"axes: {{python: [found], transport: [pipe], messages: [{joined(count, '#')}]}}\n"


def excludes(count: int) -> str:
    return f"exclude: [{joined(count, '{messages: #}')}]\n"


def profiles(count: int, changes: str) -> str:
    return f"profiles: {{{joined(count, 'p#: ' + changes)}}}\n"


def work(text: str) -> int:
    """Return how many functions are called to read a text, rightly or not."""
    calls = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        read(text)
    except BadInputError:
        pass
    finally:
        sys.setprofile(before)
    return calls


GROWING: dict[str, Callable[[int], str]] = {
    "profiles without changes": lambda n: counted(n) + excludes(n - 1) + profiles(n, "{}"),
    "profiles that measure otherwise": lambda n: (
        counted(n) + excludes(n - 1) + profiles(n, "{measure: {seed: #}}")
    ),
    "profiles with a mistake each": lambda n: (
        AXES + profiles(n, "{axes: {transport: [simple_queu#]}}")
    ),
    "excludes that match nothing": lambda n: (
        counted(n) + f"exclude: [{joined(n, '{messages: #00000}')}]\n"
    ),
    "includes": lambda n: (
        AXES + f"include: [{joined(n, '{python: found, transport: pipe, messages: #}')}]\n"
    ),
    "includes that join nothing": lambda n: (
        AXES + f"include: [{joined(n, '{transport: os_pipe, messages: #}')}]\n"
    ),
    "filters that match nothing": lambda n: (
        counted(n) + f"compare: {{axes: {{transport: {{messages: [{joined(n, '#00000')}]}}}}}}\n"
    ),
    "every cell excluded": lambda n: counted(n) + excludes(n),
    "unknown names": lambda n: (
        f"axes: {{python: [found], transport: [{joined(n, 'simple_queu#')}]}}"
    ),
    "unknown keys": lambda n: AXES + joined(n, "measur#: 1\n", ""),
    "one key again and again": lambda n: AXES + f"measure: {{{joined(n, 'seed: #')}}}\n",
    "one value again and again": lambda n: (
        f"axes: {{python: [found], transport: [{joined(n, 'pipe')}]}}"
    ),
    "merge keys": lambda n: AXES + f"measure: {{{joined(n, '<<: #')}}}\n",
    "packages": lambda n: AXES + f"packages: {{'3.9': {{{joined(n, 'package#: x')}}}}}\n",
}


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_twice_the_text_is_twice_the_work(text: Callable[[int], str]) -> None:
    some, more = work(text(150)), work(text(300))
    assert more < 2.3 * some


def test_the_nearest_name_is_looked_for_only_where_it_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked: list[str] = []

    def look(word: str, known: Sequence[str], n: int, cutoff: float) -> list[str]:
        looked.append(word)
        return difflib.get_close_matches(word, known, n, cutoff)

    monkeypatch.setattr("runner.matrix.names.get_close_matches", look)
    told = mistakes(GROWING["unknown names"](500))
    assert "did you mean simple_queue?" in told[0]
    assert len(told) == 101
    assert len(looked) == 100


def test_what_is_known_is_listed_up_to_a_bound_and_then_counted() -> None:
    (told,) = mistakes(counted(1000) + "exclude: [{messages: 2000}]\n")
    assert told.endswith(", 62, 63, 64 and 936 more")


def test_long_names_are_listed_as_far_as_a_message_stays_readable() -> None:
    known = [f"a_transport_with_a_long_name_{n}" for n in range(40)]
    message = nearest("pigeon", known)
    assert message.startswith(f"known: {known[0]}, ")
    assert message.endswith(f", {known[11]} and 28 more")
    close = nearest("a_transport_with_a_long_name_39x", known)
    assert close.startswith(f"did you mean {known[39]}")


def refused() -> Iterator[tuple[str, str]]:
    yield (
        counted(700) + excludes(699) + profiles(700, "{axes: {workers: [#]}}"),
        "hold more than 200,000 values and entries of exclude and include; "
        "make several matrices of it",
    )
    yield (
        f"axes: {{python: [found], transport: [{joined(11_000, 'pipe')}], "
        f"messages: [{joined(11_000, '#')}]}}",
        "more than 20,000 keys and values with all aliases written out; write a smaller matrix",
    )
    long = "x" * 900_000
    yield (
        f"axes: {{python: [found], transport: [&long {long}, {joined(20, '*long')}]}}",
        "more than 20,000 keys and values with all aliases written out; write a smaller matrix",
    )


@pytest.mark.parametrize(("text", "why"), list(refused()))
def test_what_would_cost_too_much_is_refused(text: str, why: str) -> None:
    told = mistakes(text)
    assert len(told) == 1
    assert told[0].endswith(why)


def test_excludes_over_more_cells_than_can_be_looked_at_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = counted(40) + excludes(40)
    assert "every cell is excluded" in mistakes(text)[0]
    monkeypatch.setattr(checks, "MOST_EXCLUDED", 79)
    assert mistakes(text) == [
        "matrix.yaml:2:1: profile default: these excludes match cells 40 times; "
        "write fewer, or make several matrices of it"
    ]


@pytest.mark.parametrize(("left", "axis"), [(0, "[pipe, queue]"), (1, "[pipe, queue, os_pipe]")])
def test_excludes_that_overlap_leave_what_they_leave(left: int, axis: str) -> None:
    text = f"""
        axes: {{python: [found, 3.9], transport: {axis}, workers: [1, 2]}}
        exclude:
          - {{transport: pipe, workers: 1}}
          - {{transport: pipe, workers: 2}}
          - {{transport: queue}}
          - {{transport: queue, workers: 2}}
          - {{python: 3.9, transport: os_pipe}}
          - {{python: 3.8, workers: 1}}
    """
    if left:
        assert len(read(text).exclude) == 6
    else:
        assert any("every cell is excluded" in line for line in mistakes(text))
