"""Requests for a part from a driver elsewhere, and for a trial of a file: what is wrong is said."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from runner.cluster.meeting import packed, unpacked
from runner.errors import BadInputError
from runner.model.parts import PackedFile, PartRequest
from runner.pipeline import contract_matrix, part

FILE: dict[str, Any] = {
    "path": "./own.py",
    "content": packed(b"x"),
    "functions": ["order"],
    "plugin": False,
}


def request(**changes: Any) -> PartRequest:
    given: dict[str, Any] = {"ask": "plan", "run": "r1", "machine": "h1", "source": "m.yaml"}
    given |= {"text": "axes: {}", "profile": "", "flags": {}}
    return PartRequest.decoded(json.dumps(given | changes))


def test_a_request_is_read_as_it_was_written() -> None:
    sent = request(files=[FILE], blocks=["b1"], budget=3.5)
    assert sent.files == [PackedFile(**FILE)]
    assert PartRequest.decoded(sent.encoded()) == sent
    assert asdict(sent)["files"] == [FILE]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"run": "a/b"}, "run: "),
        ({"run": ""}, "run: "),
        ({"machine": "../h1"}, "machine: "),
        ({"budget": -1.0}, "budget: "),
        ({"budget": float("inf")}, "budget"),
        ({"files": [{"path": "./own.py"}]}, "files.0.content: Field required"),
        ({"files": [{**FILE, "path": 3}]}, "files.0.path: "),
        ({"files": [{**FILE, "more": 3}]}, "files.0.more: "),
    ],
)
def test_what_no_driver_writes_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        request(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"path": "../own.py"},
        {"path": "/etc/own.py"},
        {"path": ""},
        {"content": "no base64"},
        {"content": "AAAA"},
        {"content": "\u00e4"},
    ],
)
def test_a_file_that_no_driver_sends_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(BadInputError, match="a file of the request is not one of this version"):
        part.matrix_of(request(files=[{**FILE, **changes}]))


def test_a_flag_that_this_version_does_not_have_is_refused() -> None:
    text = "axes: {python: [3.9], transport: [pipe]}"
    with pytest.raises(BadInputError, match="the flags of the request are of another version"):
        part.matrix_of(request(text=text, flags={"moon": "1"}))


def test_what_is_not_packed_is_a_value_error() -> None:
    assert unpacked(packed(b"abc")) == b"abc"
    with pytest.raises(ValueError, match="while decompressing"):
        unpacked("AAAA")


@pytest.mark.parametrize("python", ["fuond", "3", "3.9,", "no"])
def test_interpreters_that_are_none_are_refused_by_try(tmp_path: Path, python: str) -> None:
    file = tmp_path / "own.py"
    file.write_text("def order(number):\n    return 1\n")
    with pytest.raises(BadInputError, match=r"^--python: "):
        contract_matrix.matrix_of(file, "order", python)
