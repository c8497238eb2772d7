"""A run goes on only with the executor, the harness and the images that it began with."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from run_folders import HEAD
from runner.errors import BadInputError
from runner.pipeline.one_machine import check_same_place

BUILDS = {"3.9": {"version": "3.9.18", "clock_resolution": "1e-9", "lto": "no"}}
PLACES = {"3.9": {"image_digest": "sha256:a", "cores": "0"}, "3.13": {"path": "python3.13"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run: dict[str, object] = {**HEAD, "run": "r1", "executor": "docker", "harness": "aa"}
    run |= {"places": PLACES, "interpreters": BUILDS}
    (tmp_path / "run.json").write_text(json.dumps(run))
    return tmp_path


def test_the_same_place_is_taken_whatever_else_is_known_of_it(folder: Path) -> None:
    now = {"3.9": {"image_digest": "sha256:a", "cores": "1"}, "3.13": {}, "3.14": {"path": "x"}}
    builds = {"3.9": {**BUILDS["3.9"], "clock_resolution": "2e-9"}, "3.14": {"version": "3.14.0"}}
    check_same_place(folder, "docker", "aa", now, builds)


@pytest.mark.parametrize(
    ("executor", "harness", "places", "told"),
    [
        ("local", "aa", {}, r"the executor is not .*was docker, is local.*--executor"),
        ("docker", "bb", {}, r"the harness is not .*was aa, is bb.*use the version"),
        ("docker", "aa", {"3.9": {"image_digest": "sha256:b"}}, r"image of 3\.9 .*sha256:a, is"),
        ("docker", "aa", {"3.9": {}}, r"image of 3\.9 is not .*was sha256:a, is none"),
        ("docker", "aa", {"3.13": {"image_digest": "sha256:c"}}, r"image of 3\.13 .*was none"),
    ],
)
def test_another_place_is_refused_with_what_differs_and_what_to_do(
    folder: Path, executor: str, harness: str, places: Mapping[str, Mapping[str, str]], told: str
) -> None:
    with pytest.raises(BadInputError, match=told) as refused:
        check_same_place(folder, executor, harness, places, BUILDS)
    assert str(refused.value).endswith(", or begin a new run")


@pytest.mark.parametrize(
    ("build", "told"),
    [
        ({"version": "3.9.19", "lto": "no"}, r"3\.9's version .*was 3\.9\.18, is 3\.9\.19"),
        ({"version": "3.9.18", "lto": "yes"}, r"interpreter 3\.9's lto .*was no, is yes"),
        ({"version": "3.9.18"}, r"3\.9's lto .*was no, is unknown.*the build that began"),
    ],
)
def test_another_build_of_an_interpreter_is_refused(
    folder: Path, build: Mapping[str, str], told: str
) -> None:
    with pytest.raises(BadInputError, match=told):
        check_same_place(folder, "docker", "aa", {}, {"3.9": build})
