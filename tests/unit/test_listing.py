"""`ipcmatrix list`: the names of each kind, with what reports call them."""

import json
from pathlib import Path

import click
import pytest

from runner.cli import commands
from runner.model import Interpreter
from runner.pipeline import listing

MATRIX = """
profile: small
axes: {python: [found], transport: [pipe, queue]}
profiles:
  # Which one is faster?
  # Nobody knows.
  small: {}
  large:
    axes: {transport: [pipe, queue, simple_queue], payload: [int, dict]}
"""
FOUND = (
    Interpreter("3.9", "3.9.18", "CPython", "/opt/python3.9", "PATH"),
    Interpreter("3.9", "3.9.2", "CPython", "/usr/bin/python3.9", "PATH", duplicate=True),
    Interpreter("", "", "", "/opt/python3.8", "PATH", broken="it hangs"),
)


@pytest.fixture
def matrix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("runner.machine.interpreters.find", lambda: FOUND)
    path = tmp_path / "matrix.yaml"
    path.write_text(MATRIX)
    return path


def listed(
    capsys: pytest.CaptureFixture[str], matrix: Path, kind: str | None, as_json: bool = False
) -> str:
    assert listing.list_names(kind=kind, matrix=matrix, profile=None, as_json=as_json) == 0
    return capsys.readouterr().out


def test_each_name_has_a_line_with_what_reports_call_it(
    matrix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = listed(capsys, matrix, "transports").splitlines()
    (line,) = (one for one in lines if one.split()[0] == "pipe_simplex")
    assert line.startswith("  pipe_simplex             Pipe(duplex=False): ")
    (payload,) = (
        one for one in listed(capsys, matrix, "payloads").splitlines() if " str:… " in one
    )
    assert payload.endswith("; after the colon characters")
    assert "one_to_one" in listed(capsys, matrix, "topologies")


def test_pythons_are_those_of_this_machine(
    matrix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [one.split() for one in listed(capsys, matrix, "pythons").splitlines()] == [
        ["3.9", "CPython", "3.9.18,", "/opt/python3.9", "(PATH)"],
        ["-", "left", "out:", "/opt/python3.8", "(PATH):", "it", "hangs"],
    ]


def test_profiles_say_what_their_comment_says_or_their_size(
    matrix: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [" ".join(one.split()) for one in listed(capsys, matrix, "profiles").splitlines()] == [
        "small Which one is faster? Nobody knows. (used unless another is named)",
        "large 1 python × 3 transport × 2 payload",
    ]


def test_without_a_kind_there_are_all(matrix: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heads = [one for one in listed(capsys, matrix, None).splitlines() if one[:1] != " "]
    assert heads == [f"{one}:" for one in listing.KINDS]
    whole = json.loads(listed(capsys, matrix, None, as_json=True))
    assert list(whole) == ["version", "axes", "pythons", "profiles"]
    assert list(whole["axes"]) == ["transport", "payload", "topology"]
    assert {"name", "label", "summary"} <= {*whole["axes"]["transport"][0]}
    alone = json.loads(listed(capsys, matrix, "pythons", as_json=True))
    assert [one["name"] for one in alone["pythons"]] == ["3.9", "-"]
    assert list(alone) == ["version", "pythons"]


def test_the_command_line_knows_every_kind() -> None:
    (kind,) = (one for one in commands.commands["list"].params if one.name == "kind")
    assert isinstance(kind.type, click.Choice)
    assert tuple(kind.type.choices) == listing.KINDS
