"""Numbers and characters of a matrix that no machine has: refused with their place."""

from dataclasses import replace

import pytest

from runner.errors import BadInputError
from runner.matrix import quantities as q
from runner.model import AUTO
from runner.plan import plan, resolve_pythons
from small_world import answers, mistakes, read

MANY = f"workers: {list(range(1, 1001))}, messages: {list(range(1, 1001))}"


@pytest.mark.parametrize("digits", ["00110000", "FFFFFFFF"])
def test_an_escape_that_is_not_a_character_is_reported_at_its_place(digits: str) -> None:
    assert mistakes(f'axes:\n  python: ["\\U{digits}"]\n') == [
        f"matrix.yaml:2:13: not YAML: \\U{digits} is not a character; "
        "the last is \\U0010FFFF, write the text itself"
    ]


def test_an_escape_that_is_a_character_is_text() -> None:
    told = mistakes('axes:\n  python: ["\\U0001F600"]\n  transport: [pipe]\n')
    assert told[0].startswith(
        "matrix.yaml:2:12: axes.python[0]: '\U0001f600' is not an interpreter"
    )


def test_a_yaml_version_of_thousands_of_digits_is_reported_at_its_place() -> None:
    assert mistakes(f"%YAML {'9' * 5000}.1\n---\naxes: {{}}\n") == [
        "matrix.yaml:1:7: not YAML: unknown version; write %YAML 1.2, or leave it out"
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('axes: {python: [3.9], transport: [pipe]}\n"\\ud800": 1\n', "2:1"),
        ('axes: {python: [3.9], transport: ["\\udfff"]}\n', "1:35"),
    ],
)
def test_half_of_a_character_is_reported_at_its_place(text: str, place: str) -> None:
    (told,) = mistakes(text)
    assert told.startswith(f"matrix.yaml:{place}: '\\ud")
    assert told.endswith("write the character itself, or \\U and its 8 digits, as in \\U0001F600")


@pytest.mark.parametrize(
    ("cores", "message"),
    [
        ("5-1", "'5-1' ends before it begins; write 1-5"),
        ("0,7-6", "'7-6' ends before it begins; write 6-7"),
        ("0-99999999999", "'0-99999999999' names a core above 8191; cores from 0 to 8191"),
        ("0,8192", "'0,8192' names a core above 8191; cores from 0 to 8191"),
    ],
)
def test_cores_that_cannot_be_are_refused(cores: str, message: str) -> None:
    text = f'axes: {{python: [3.9], transport: [pipe]}}\nlimits: {{cpuset: "{cores}"}}\n'
    assert mistakes(text) == [f"matrix.yaml:2:18: limits.cpuset: {message}"]


def test_cores_that_can_be_are_taken_as_written() -> None:
    assert q.cpuset("0-0,3,8191") == "0-0,3,8191"
    with pytest.raises(ValueError, match="names a core above 8191"):
        q.cpuset("9" * 5000)


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        ("5", "write 5s or 5ms"),
        ("0", "80ms, 5s, 3m or 1h"),
        ("0.0001", "write 0.0001s"),
        ("40000000", "write 40000000ms"),
        ("9" * 5000, "80ms, 5s, 3m or 1h"),
    ],
)
def test_the_advice_for_a_number_without_a_unit_holds(number: str, advice: str) -> None:
    with pytest.raises(ValueError, match="with a unit") as caught:
        q.duration(number, least=1e-4)
    assert str(caught.value).endswith(f"is not a duration with a unit; {advice}")
    for word in advice.removeprefix("write ").replace(",", " or").split(" or "):
        assert q.duration(word.strip(), least=1e-4) > 0


def test_a_wait_of_nothing_may_be_advised() -> None:
    with pytest.raises(ValueError, match=r"; write 0s or 0ms$"):
        q.duration("0", least=0)
    assert q.duration("0ms", least=0) == 0


def test_the_range_of_a_duration_is_reported_in_its_own_spelling() -> None:
    with pytest.raises(ValueError, match="at least 1us and at most a year, 8760h"):
        q.duration("0s")
    assert (q.duration("1us"), q.duration("8760h")) == (1e-6, 31_536_000)


def test_more_cells_than_can_be_planned_are_refused_with_the_lengths_of_the_axes() -> None:
    text = f"axes: {{python: [3.9], transport: [pipe, queue, os_pipe], {MANY}}}"
    assert mistakes(text) == [
        "matrix.yaml:1:1: profile default: axes: 1 python × 3 transport × 1,000 workers × "
        "1,000 messages are 3,000,000 cells, at most 2,000,000 can be planned; leave out values, "
        "of workers first, or make several matrices of it"
    ]


def test_a_single_profile_may_be_too_large() -> None:
    told = mistakes(
        f"axes: {{python: [3.9], transport: [pipe]}}\n"
        f"profiles:\n  huge: {{axes: {{transport: [pipe, queue, os_pipe], {MANY}}}}}\n"
    )
    assert len(told) == 1
    assert "profile huge: axes: 1 python × 3 transport" in told[0]


def test_two_million_cells_are_not_too_many_but_one_of_include_more_is() -> None:
    text = f"axes: {{python: [3.9], transport: [pipe, queue], {MANY}}}\n"
    assert read(text).too_large == ""
    (told,) = mistakes(f"{text}include: [{{python: 3.8, transport: os_pipe}}]\n")
    assert "and 1 of include are 2,000,001 cells" in told


def test_interpreters_that_are_found_count_when_the_cells_are_planned() -> None:
    found = read(f"axes: {{python: [found], transport: [pipe, queue], {MANY}}}")
    names = ("3.9", "3.10")
    with pytest.raises(BadInputError) as caught:
        plan(resolve_pythons(found, names), {name: answers(name) for name in names})
    assert str(caught.value).startswith("matrix.yaml: axes: 2 python × 2 transport × 1,000 workers")


def test_the_size_of_a_matrix_is_known_without_its_cells() -> None:
    axes = {"python": ("3.9",), "transport": ("pipe",), "messages": (AUTO,) * 10**6}
    matrix = replace(read("axes: {python: [3.9], transport: [pipe]}"), axes=axes)
    assert matrix.too_large == ""
    assert (
        "1,000,000,000,000,000 cells"
        in replace(
            matrix, axes={**axes, "payload": ("int",) * 10**6, "topology": ("x",) * 1000}
        ).too_large
    )
