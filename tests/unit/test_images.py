import errno
import io
import tarfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from requests.exceptions import ConnectionError as RequestsConnectionError

from runner.errors import BadInputError, EnvironmentLacksError
from runner.images import shortened
from runner.images.base import Base, CancelledBuildError, ImageStep, NotHadError, Workshop
from runner.images.building import build, reporter
from runner.images.recipe import Recipe, fit_for_tag, read_recipe, tag_of, write_context
from runner.images.sources import ORDERS, Sources, candidates

BASE = Base("ipcmatrix/base:x", "sha256:aa", "debian", "/usr/bin/python3.14")
RECIPE = Recipe(b"FROM x\n", {"__main__.py": b"1\n", "transports/pipe.py": b"2\n"})


def members(recipe: Recipe, packages: Path) -> dict[str, tarfile.TarInfo]:
    out = io.BytesIO()
    write_context(out, recipe, BASE, packages)
    with tarfile.open(fileobj=out) as archive:
        return {member.name: member for member in archive.getmembers()}


def test_a_tag_names_the_interpreter_and_ends_with_a_digest() -> None:
    assert tag_of("3.14", RECIPE, BASE, {}) == "ipcmatrix/python:3.14-51b93ec3a936"


@pytest.mark.parametrize(
    "other",
    [
        tag_of("3.15", RECIPE, BASE, {}),
        tag_of("3.14", RECIPE._replace(dockerfile=b"FROM y\n"), BASE, {}),
        tag_of("3.14", RECIPE._replace(harness={"__main__.py": b"3\n"}), BASE, {}),
        tag_of("3.14", RECIPE, BASE._replace(digest="sha256:bb"), {}),
        tag_of("3.14", RECIPE, BASE._replace(interpreter="/usr/bin/python3"), {}),
        tag_of("3.14", RECIPE, BASE, {"numpy": "2.5.5"}),
    ],
)
def test_all_that_goes_into_an_image_is_in_its_digest(other: str) -> None:
    assert other.rpartition("-")[2] != tag_of("3.14", RECIPE, BASE, {}).rpartition("-")[2]


def test_the_same_base_under_another_name_is_the_same_image() -> None:
    renamed = BASE._replace(reference="elsewhere:y", source="host")

    assert tag_of("3.14", RECIPE, renamed, {}) == tag_of("3.14", RECIPE, BASE, {})


def test_what_moves_between_two_files_is_another_recipe() -> None:
    one = RECIPE._replace(harness={"a.py": b"xy", "b.py": b"z"})
    other = RECIPE._replace(harness={"a.py": b"x", "b.py": b"yz"})

    assert tag_of("3.14", one, BASE, {}) != tag_of("3.14", other, BASE, {})


@pytest.mark.parametrize(
    ("name", "fit"), [("3.14t", "3.14t"), ("pypy3.11", "pypy3.11"), ("a b/c", "a_b_c")]
)
def test_a_tag_holds_only_what_a_tag_may_hold(name: str, fit: str) -> None:
    assert fit_for_tag(name) == fit


def test_the_context_holds_interpreter_link_harness_and_packages(tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir(mode=0o700)
    (tmp_path / "numpy" / "core.so").touch(mode=0o700)

    found = members(RECIPE, tmp_path)

    assert sorted(found) == [
        "Dockerfile",
        "ipcmatrix",
        "ipcmatrix/harness",
        "ipcmatrix/harness/__main__.py",
        "ipcmatrix/harness/transports",
        "ipcmatrix/harness/transports/pipe.py",
        "ipcmatrix/packages",
        "ipcmatrix/packages/numpy",
        "ipcmatrix/packages/numpy/core.so",
        "ipcmatrix/python",
    ]
    assert found["ipcmatrix/python"].linkname == "/usr/bin/python3.14"


def test_every_file_of_the_context_can_be_read_by_a_user_that_is_not_root(tmp_path: Path) -> None:
    (tmp_path / "numpy").mkdir(mode=0o700)
    (tmp_path / "numpy" / "core.so").touch(mode=0o700)
    (tmp_path / "numpy" / "data").touch(mode=0o600)

    found = members(RECIPE, tmp_path)

    assert {oct(member.mode) for member in found.values() if member.isdir()} == {"0o755"}
    assert oct(found["ipcmatrix/packages/numpy/core.so"].mode) == "0o755"
    assert oct(found["ipcmatrix/packages/numpy/data"].mode) == "0o644"
    assert {member.uid for member in found.values()} == {0}


def test_contexts_of_the_same_content_are_the_same_bytes(tmp_path: Path) -> None:
    one, other = io.BytesIO(), io.BytesIO()

    write_context(one, RECIPE, BASE, tmp_path)
    write_context(other, RECIPE, BASE, tmp_path)

    assert one.read() == other.read()


def test_the_recipe_is_the_dockerfile_and_the_harness_without_its_bytecode(tmp_path: Path) -> None:
    (tmp_path / "harness" / "__pycache__").mkdir(parents=True)
    (tmp_path / "harness" / "__main__.py").write_bytes(b"1")
    (tmp_path / "harness" / "__pycache__" / "x.pyc").write_bytes(b"2")
    (tmp_path / "Dockerfile").write_bytes(b"FROM x")

    recipe = read_recipe(tmp_path / "harness", tmp_path / "Dockerfile")

    assert recipe == Recipe(b"FROM x", {"__main__.py": b"1"})


def test_the_real_recipe_is_fit_for_the_classic_builder() -> None:
    recipe = read_recipe()

    assert "__main__.py" in recipe.harness
    text = recipe.dockerfile.decode()
    assert "# syntax" not in text
    assert "--mount" not in text
    assert "<<" not in text


def test_a_missing_dockerfile_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").touch()

    with pytest.raises(EnvironmentLacksError, match=r"is missing.*--executor local"):
        read_recipe(tmp_path, tmp_path / "Dockerfile")


@pytest.mark.parametrize(
    ("python", "names", "program"),
    [
        ("3.10", ["python:3.10-slim", "python:3.10-rc-slim"], "/usr/local/bin/python"),
        ("2.7", ["python:2.7-slim", "python:2.7-rc-slim"], "/usr/local/bin/python"),
        ("3.15.0rc1", ["python:3.15.0rc1-slim"], "/usr/local/bin/python"),
        ("pypy3.11", ["pypy:3.11-slim"], "/opt/pypy/bin/pypy3"),
        ("pypy2.7", ["pypy:2.7-slim"], "/opt/pypy/bin/pypy"),
    ],
)
def test_the_hub_has_a_name_for_each_release(python: str, names: list[str], program: str) -> None:
    assert candidates(python) == (names, program)


@pytest.mark.parametrize("python", ["3.14t", "graalpy3.12", "latest", "3"])
def test_the_hub_has_no_name_for_what_is_not_a_release(python: str) -> None:
    with pytest.raises(NotHadError, match=python):
        candidates(python)


def test_auto_tries_the_hub_then_the_host_then_debian() -> None:
    assert ORDERS["auto"] == ("hub", "host", "debian")


def test_an_unknown_source_lists_the_known_ones() -> None:
    with pytest.raises(BadInputError, match="'nix' is not known; known are auto, hub, host"):
        Sources("nix", {}, None)  # type: ignore[arg-type]


def test_a_cancelled_workshop_ends_at_its_next_word() -> None:
    heard: list[ImageStep] = []
    workshop = Workshop(None, heard.append)  # type: ignore[arg-type]
    workshop.say("3.14", "base", "one")
    workshop.cancel()

    with pytest.raises(CancelledBuildError):
        workshop.say("3.14", "base", "two")
    assert heard == [ImageStep("3.14", "base", "one")]


def test_where_a_base_comes_from_is_said_once_for_each_interpreter() -> None:
    said: list[str] = []
    hear = reporter(said.append)
    for python in ("3.9", "3.13"):
        for _ in range(2):
            hear(ImageStep(python, "base", "pulling python:slim"))
    hear(ImageStep("3.9", "base", "from host, since hub: the registry does not answer"))
    assert said == [
        "ipcmatrix: image 3.9: base: pulling python:slim",
        "ipcmatrix: image 3.13: base: pulling python:slim",
        "ipcmatrix: image 3.9: base: from host, since hub: the registry does not answer",
    ]


def test_steps_of_a_build_and_what_is_ready_are_not_said() -> None:
    said: list[str] = []
    hear = reporter(said.append)
    hear(ImageStep("3.9", "build", "Step 1/9 : FROM scratch"))
    hear(ImageStep("3.9", "ready", "ipcmatrix/python:3.9"))
    hear(ImageStep("3.9", "failed", "no space"))
    assert said == ["ipcmatrix: image 3.9: failed: no space"]


def test_a_long_reason_becomes_one_short_line() -> None:
    said: list[str] = []
    reporter(said.append)(ImageStep("3.9", "failed", "first line\nsecond " + "x" * 500))
    assert said[0].startswith("ipcmatrix: image 3.9: failed: first line second xxx")
    assert len(said[0]) == 160
    assert said[0].endswith("x…")
    assert shortened("") == ""
    assert shortened("a" * 160) == "a" * 160


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "a file cannot be read or written here: [Errno 28] No space left on device",
        ),
        (RequestsConnectionError("no answer"), "the engine failed: no answer"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "the engine failed: [Errno 104] reset"),
    ],
)
def test_what_our_own_disk_refuses_is_not_laid_to_the_engine(
    error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sources, "base", Mock(side_effect=error))
    assert build({"3.11": ""}, "host", {}, Mock(), recipe=RECIPE) == {"3.11": reason}
