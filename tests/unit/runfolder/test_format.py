"""run.json, read for every stage: its kinds, and what cannot be read."""

import json
from pathlib import Path

import pytest

from run_folders import HEAD
from runner.errors import BadInputError
from runner.runfolder.head import read_head
from tests.registry import REGISTRY

MEASURE: dict[str, object] = {"precision": 0.05, "gate_load": 0.25, "warmup_rounds": 0}
RESTORE = "restore the file from a copy of the run"


def said(folder: Path, text: str) -> str:
    (folder / "run.json").write_text(text)
    with pytest.raises(BadInputError) as caught:
        read_head(folder)
    assert caught.value.exit_code == 2
    return str(caught.value).replace(str(folder), "RUN")


RUN = {**HEAD, "run": "r1"}
TWICE = {"name": "twice", "label": "Twice"}
ODD_ROLE, ODD_NAME = {**TWICE, "role": "x"}, {**TWICE, "name": "a b"}


def test_what_a_later_version_adds_is_kept(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({**RUN, "later": None}))
    assert read_head(tmp_path) == {**RUN, "later": None}


@pytest.mark.parametrize("name", ["run", "machine", "matrix", "measure", "compare"])
def test_what_no_run_can_lack_is_named(tmp_path: Path, name: str) -> None:
    left = {key: value for key, value in RUN.items() if key != name}
    assert said(tmp_path, json.dumps(left)) == f"RUN/run.json: {name}: is missing: {RESTORE}"


def test_a_run_from_before_it_kept_its_names_is_refused(tmp_path: Path) -> None:
    old = {key: value for key, value in RUN.items() if key != "registry"}
    assert said(tmp_path, json.dumps(old)) == (
        "RUN/run.json: registry: is missing: the run was made before runs kept the names and "
        "labels of what they measured: use the version of ipcmatrix that wrote it"
    )


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_brackets_without_end_are_no_run(tmp_path: Path, opening: str) -> None:
    told = said(tmp_path, opening * 100_000)
    assert told == f"RUN/run.json: is not a run's JSON (nested too deeply): {RESTORE}"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("run", [], "a list, not text"),
        ("run", {}, "a mapping, not text"),
        ("machine", 3, "a number, not text"),
        ("executor", None, "null, not text"),
        ("harness", True, "a truth value, not text"),
        ("matrix", "x", "text, not a mapping"),
        ("compare", [1], "a list, not a mapping"),
        ("places", 1.5, "a number, not a mapping"),
        ("starts", {}, "a mapping, not a list"),
        ("sessions", "x", "text, not a list"),
    ],
)
def test_an_entry_of_another_kind_is_named(
    tmp_path: Path, name: str, value: object, what: str
) -> None:
    told = said(tmp_path, json.dumps({**RUN, name: value}))
    assert told == f"RUN/run.json: {name}: is {what}: {RESTORE}"


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("measure", {**MEASURE, "precision": "x"}, "measure.precision: is text, not a number"),
        ("measure", {**MEASURE, "gate_load": True}, "measure.gate_load: is a truth value, not a"),
        ("measure", {**MEASURE, "warmup_rounds": -1}, "measure.warmup_rounds: '-1' is not taken"),
        ("compare", {"margin": 0.1}, "compare.baseline: is missing"),
        ("compare", {"baseline": {"a": 1}, "margin": 1}, "compare.baseline.a: is a number, not"),
        ("sessions", [{}], "sessions.0.session: is missing"),
        ("sessions", [{"session": 1.5}], "sessions.0.session: is a number, not a whole number"),
        ("sessions", [{"session": 1, "before": {"at": 1}}], "sessions.0.before.at: is a number"),
        ("starts", [[]], "starts.0: is a list, not a mapping"),
        ("starts", [{"timed_seconds": "1"}], "starts.0.timed_seconds: is text, not a num"),
        ("interpreters", {"3.11\n": {"gil": 1}}, "interpreters.3.11\\n.gil: is a number, not"),
        ("machine", "a/b", "machine: 'a/b' is not taken"),
        ("run", "", "run: '' is not taken"),
        ("registry", {}, "registry.transport: is missing"),
        ("registry", {**REGISTRY, "payload": [{}]}, "registry.payload.0.name: is missing"),
        ("registry", {**REGISTRY, "probe": [TWICE, TWICE]}, "registry.probe: "),
        (
            "registry",
            {**REGISTRY, "transport": [{**TWICE, "role": "x"}]},
            "registry.transport.0.role",
        ),
        (
            "registry",
            {**REGISTRY, "topology": [{**TWICE, "name": "a b"}]},
            "registry.topology.0.name",
        ),
    ],
)
def test_an_entry_inside_another_is_named_by_its_path(
    tmp_path: Path, name: str, value: object, what: str
) -> None:
    assert said(tmp_path, json.dumps({**RUN, name: value})).startswith(f"RUN/run.json: {what}")


@pytest.mark.parametrize(
    "text", ['{"format": NaN}', '{"format": 1, "machine": -Infinity}', '{"a": ' + "9" * 5000 + "}"]
)
def test_what_is_not_json_is_reported(tmp_path: Path, text: str) -> None:
    assert said(tmp_path, text).startswith("RUN/run.json: is not JSON (")


@pytest.mark.parametrize("found", ["true", "1.0", '"1"', "null", "1e400", "[1]"])
def test_what_is_not_a_format_is_refused(tmp_path: Path, found: str) -> None:
    told = said(tmp_path, f'{{"format": {found}}}')
    assert told.startswith("RUN/run.json: format: is ")
    assert told.endswith("reads 2: the version that wrote it reads it")


def test_an_older_run_folder_names_the_version_that_reads_it(tmp_path: Path) -> None:
    told = said(tmp_path, '{"format": 1, "version": "0.1.3"}')
    assert told.endswith("reads 2: ipcmatrix 0.1.3, which wrote it, reads it")


def test_a_stray_byte_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_bytes(b"{\n\xff")
    with pytest.raises(BadInputError, match=r"run\.json:2: byte 0xff is not UTF-8: restore"):
        read_head(tmp_path)
