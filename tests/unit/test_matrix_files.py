import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import BadInputError
from runner.matrix import parse, read_text
from small_world import VOCABULARY, mistakes

GOOD = "axes: {python: [3.10], transport: [pipe]}\n"


def refused(path: Path) -> str:
    with pytest.raises(BadInputError) as caught:
        parse(read_text(path), str(path), VOCABULARY)
    return str(caught.value).replace(str(path), "FILE")


def told(text: str) -> list[str]:
    try:
        parse(text, "matrix.yaml", VOCABULARY)
    except BadInputError as error:
        return str(error).splitlines()
    return []


def test_a_file_is_read_and_named_in_the_matrix(tmp_path: Path) -> None:
    path = tmp_path / "matrix.yaml"
    path.write_text("\ufeff" + GOOD, "utf-8")
    matrix = parse(read_text(path), str(path), VOCABULARY)
    assert matrix.source == str(path)
    assert matrix.text == GOOD


def test_a_file_of_100_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.touch()
    os.truncate(path, 100_000_000)
    assert refused(path) == (
        "FILE:1:1: the file has 100,000,000 bytes or more; a matrix has at most 1,000,000"
    )


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == (
        "FILE:1:1: this is a directory; give a file, as in FILE/matrix.yaml"
    )


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    assert refused(path) == "FILE:1:1: this is not a regular file; give a YAML file"


def test_a_missing_file_says_how_to_name_one(tmp_path: Path) -> None:
    assert refused(tmp_path / "none.yaml") == (
        "FILE:1:1: cannot be read (No such file or directory); name the file with --matrix FILE"
    )


def test_binary_is_refused_at_its_first_zero(tmp_path: Path) -> None:
    path = tmp_path / "binary.yaml"
    path.write_bytes(b"axes:\n  \x00\xff")
    assert refused(path) == "FILE:2:3: this is a binary file; a matrix is YAML text in UTF-8"


def test_what_is_not_utf_8_is_refused_at_its_byte(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("# ä\naxes: é".encode("latin-1"))
    assert refused(path) == "FILE:1:3: byte 0xe4 is not UTF-8; save the file as UTF-8"


def test_control_characters_are_refused_at_their_place() -> None:
    assert mistakes("axes:\n  a\x07b: 1") == [
        "matrix.yaml:2:4: character '\\x07' is not allowed; write text in UTF-8"
    ]


def test_an_empty_file_says_what_is_needed() -> None:
    for text in ("", "# nothing but a comment\n", "---\n"):
        assert len(mistakes(text)) == 1
    assert mistakes("") == [
        "matrix.yaml:1:1: the file is empty; a matrix needs at least the key axes"
    ]


def test_a_second_document_is_refused_at_its_start() -> None:
    assert mistakes(GOOD + "---\naxes: {}\n") == [
        "matrix.yaml:2:1: a second document; a matrix is one document"
    ]


def test_a_list_at_the_top_is_refused() -> None:
    assert mistakes("- axes\n") == [
        "matrix.yaml:1:1: the top must be a mapping; start with the key axes:"
    ]


def test_broken_yaml_names_its_place() -> None:
    assert mistakes("axes: {python: [3.10\nexecutor: local\n") == [
        "matrix.yaml:2:9: not YAML: while parsing a flow sequence expected ',' or ']', but got "
        "':'; put the text in quotes if it is meant as text"
    ]
    assert mistakes("axes:\n\tpython: [3.10]\n")[0].startswith("matrix.yaml:2:1: not YAML: ")


def test_an_alias_bomb_is_refused_before_it_goes_off() -> None:
    lines = ["l0: &l0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = mistakes("\n".join(lines))
    assert found == [
        "matrix.yaml:5:10: more than 20,000 keys and values with all aliases written out; "
        "write a smaller matrix"
    ]


def test_an_alias_inside_itself_is_refused() -> None:
    assert mistakes("axes: &a {python: *a}") == [
        "matrix.yaml:1:19: *a contains itself; write the values out"
    ]


def test_an_alias_without_an_anchor_is_refused() -> None:
    assert mistakes("axes: *nowhere") == [
        "matrix.yaml:1:7: not YAML: found undefined alias 'nowhere'; "
        "put the text in quotes if it is meant as text"
    ]


@pytest.mark.parametrize(("opening", "column"), [("[", 17), ("{a: ", 62)])
def test_a_depth_bomb_is_refused(opening: str, column: int) -> None:
    assert mistakes(opening * 100_000) == [
        f"matrix.yaml:1:{column}: nested too deeply; at most 16 levels"
    ]


def test_a_huge_scalar_is_not_repeated_in_the_message() -> None:
    found = mistakes(f"axes: {{python: [3.10], transport: [{'x' * 500_000}]}}")
    assert len(found) == 1
    assert len(found[0]) < 700


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_brings_anything_but_a_matrix_or_reported_mistakes(text: str) -> None:
    assert all(line.startswith("matrix.yaml:") for line in told(text))


WORDS = st.sampled_from(
    [
        "axes",
        "python",
        "transport",
        "pipe",
        "found",
        "[",
        "]",
        "{",
        "}",
        ":",
        ",",
        "-",
        "&a",
        "*a",
        "<<",
        "exclude",
        "profiles",
        "profile",
        "!x",
        "#",
        "\n",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_no_heap_of_keys_brings_anything_but_reported_mistakes(text: str) -> None:
    assert all(line.startswith("matrix.yaml:") for line in told(text))
