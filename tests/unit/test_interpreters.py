"""Interpreters: found where they are, asked what they are, chosen by name."""

import json
import os
import platform
import sys
import venv
from pathlib import Path

import pytest

from runner import interpreters
from runner.errors import EnvironmentLacksError
from runner.interpreters.candidates import Candidate, Unsearched, candidates
from runner.interpreters.choice import exact_name
from runner.interpreters.question import ask
from runner.model import Interpreter


def fake(path: Path, version: str = "3.11.7", **said: object) -> Path:
    """Write a program that answers as an interpreter of that version would."""
    digits = version.replace("rc1", "").replace("rc2", "").split(".")
    numbers = [int(part) for part in digits]
    answer = {
        "version": version,
        "numbers": numbers,
        "final": "rc" not in version,
        "implementation": "CPython",
        "threaded": False,
        "debug": False,
        "executable": str(path),
        "virtual": False,
        "base": "",
        "lacks": [],
        **said,
    }
    return program(path, f"echo noise of a sitecustomize\ncat <<'END'\n{json.dumps(answer)}\nEND\n")


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}")
    path.chmod(0o755)
    return path


def entry(name: str, version: str, duplicate: bool = False, broken: str = "") -> Interpreter:
    path = f"/opt/python{name}"
    return Interpreter(name, version, "CPython", path, "PATH", (), broken, duplicate)


def test_the_newest_patch_wins_and_the_others_are_duplicates(tmp_path: Path) -> None:
    old = fake(tmp_path / "a/python3.11", "3.11.2")
    new = fake(tmp_path / "b/python3.11", "3.11.10")
    found = interpreters.find([Candidate(old, "PATH"), Candidate(new, "pyenv")])
    assert [(one.version, one.found, one.duplicate) for one in found] == [
        ("3.11.10", "pyenv", False),
        ("3.11.2", "PATH", True),
    ]


def test_of_equal_patches_the_first_place_wins(tmp_path: Path) -> None:
    first = fake(tmp_path / "a/python3.11")
    second = fake(tmp_path / "b/python3.11")
    found = interpreters.find([Candidate(first, "PATH"), Candidate(second, "pyenv")])
    assert [(one.found, one.duplicate) for one in found] == [("PATH", False), ("pyenv", True)]


@pytest.mark.parametrize(
    ("older", "newer"),
    [("3.14.0rc1", "3.14.0"), ("3.14.0rc1", "3.14.0rc2"), ("3.14.0", "3.14.1")],
)
def test_a_final_version_is_newer_than_its_candidates(
    tmp_path: Path, older: str, newer: str
) -> None:
    places = [
        Candidate(fake(tmp_path / "a/python3.14", older), "PATH"),
        Candidate(fake(tmp_path / "b/python3.14", newer), "uv"),
    ]
    used = interpreters.find(places)[0]
    assert (used.version, used.duplicate) == (newer, False)


def test_one_file_under_many_names_is_asked_once(tmp_path: Path) -> None:
    real = fake(tmp_path / "python3.11")
    (tmp_path / "python3").symlink_to(real)
    (tmp_path / "python3.11m").hardlink_to(real)
    names = ("python3", "python3.11", "python3.11m")
    found = interpreters.find([Candidate(tmp_path / name, "PATH") for name in names])
    assert [one.path for one in found] == [str(real)]


@pytest.mark.parametrize(
    ("version", "said", "name"),
    [
        ("2.7.18", {}, "2.7"),
        ("3.10.13", {}, "3.10"),
        ("3.14.0", {"threaded": True}, "3.14t"),
        ("3.11.13", {"implementation": "PyPy"}, "pypy3.11"),
        ("3.12.4", {"debug": True}, "3.12d"),
        ("3.12.5", {"implementation": "GraalVM"}, "graalvm3.12"),
    ],
)
def test_names_are_those_of_the_matrix(
    tmp_path: Path, version: str, said: dict[str, object], name: str
) -> None:
    path = fake(tmp_path / "python", version, **said)
    assert [one.name for one in interpreters.find([Candidate(path, "PATH")])] == [name]


def test_interpreters_are_sorted_as_versions(tmp_path: Path) -> None:
    versions = ["3.10.1", "2.7.18", "3.9.1", "3.13.0"]
    places = [Candidate(fake(tmp_path / one / "python", one), "PATH") for one in versions]
    assert interpreters.names(interpreters.find(places)) == ("2.7", "3.9", "3.10", "3.13")


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("sleep 60", "it did not answer within 0.5 s"),
        ("echo 'libpython3.9.so: cannot open' >&2; exit 127", "code 127: libpython3.9.so: cannot"),
        ("exit 3", "it ended with code 3 and said nothing"),
        ("echo hello", "it answered what no Python answers: 'hello'"),
        ("echo '[1]'", "it answered what no Python answers: '[1]'"),
        ("echo '{}'", "it answered what no Python answers: '{}'"),
    ],
)
def test_a_broken_interpreter_is_listed_with_its_reason(
    tmp_path: Path, script: str, reason: str
) -> None:
    broken = program(tmp_path / "python3.9", script + "\n")
    works = fake(tmp_path / "python3.11")
    places = [Candidate(broken, "PATH"), Candidate(works, "PATH")]
    found = interpreters.find(places, timeout=0.5 if "sleep" in script else 20.0)
    assert interpreters.names(found) == ("3.11",)
    assert found[1].path == str(broken)
    assert reason in found[1].broken


def test_a_file_that_is_no_program_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "python3.9"
    path.write_bytes(b"\x7fELF nonsense")
    path.chmod(0o755)
    assert "cannot be started" in interpreters.find([Candidate(path, "PATH")])[0].broken


@pytest.mark.parametrize("version", ["2.6.9", "3.5.10", "3.0.1"])
def test_what_is_too_old_for_the_harness_is_said_to_be(tmp_path: Path, version: str) -> None:
    path = fake(tmp_path / "python", version)
    assert "is older than" in interpreters.find([Candidate(path, "PATH")])[0].broken


def test_a_place_that_cannot_be_searched_is_listed() -> None:
    found = interpreters.find([Unsearched("pyenv", "Permission denied: /somewhere")])
    assert found[0].broken == "could not be looked through: Permission denied: /somewhere"


def test_a_virtual_environment_stands_for_its_interpreter(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=False)
    copy = tmp_path / "env/bin/python"
    base = os.path.realpath(sys._base_executable)  # type: ignore[attr-defined]
    assert os.path.realpath(copy) != base
    assert [one.path for one in interpreters.find([Candidate(copy, "PATH")])] == [base]


def test_a_virtual_environment_of_nothing_is_broken(tmp_path: Path) -> None:
    path = fake(tmp_path / "python", virtual=True)
    assert "virtual environment" in interpreters.find([Candidate(path, "PATH")])[0].broken


def test_this_interpreter_tells_what_it_is() -> None:
    told = ask(Path(sys.executable), timeout=20.0)
    assert not isinstance(told, str), told
    assert told.version == platform.python_version()
    assert told.name == f"3.{sys.version_info.minor}"
    assert {"ctypes", "sem_open", "faulthandler"}.isdisjoint(told.lacks)


def test_every_known_place_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    places = {
        tmp_path / "bin/python3": "PATH",
        tmp_path / "pyenv/versions/2.7.18/bin/python2.7": "pyenv",
        tmp_path / "uv/cpython-3.13.0-linux/bin/python3": "uv",
        home / ".asdf/installs/python/3.12.0/bin/python3.12": "asdf",
        home / ".local/share/mise/installs/python/3.10/bin/python3.10": "mise",
        tmp_path / "cache/Python/3.9.1/x64/bin/python3.9": "tool cache",
    }
    for path in places:
        fake(path)
    shim = fake(tmp_path / "pyenv/shims/python3.13")
    fake(tmp_path / "bin/python3-config")
    (tmp_path / "bin/python3.12").write_text("not executable")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{shim.parent}:{tmp_path / 'bin'}:/nowhere")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    environment = {"HOME": str(home), "RUNNER_TOOL_CACHE": str(tmp_path / "cache")}
    found = {
        place.path: place.found
        for place in candidates(environment)
        if isinstance(place, Candidate) and tmp_path in place.path.parents
    }
    assert found == places


def test_a_series_resolves_to_the_one_in_use_and_an_exact_version_to_any() -> None:
    new = entry("3.11", "3.11.7")
    old = entry("3.11", "3.11.2", duplicate=True)
    chosen = interpreters.resolve(["3.11", "3.11.2", "3.11.7"], [new, old])
    assert chosen == {"3.11": new, "3.11.2": old, "3.11.7": new}


@pytest.mark.parametrize(
    ("name", "version", "exact"),
    [
        ("3.14t", "3.14.0rc1", "3.14.0rc1t"),
        ("pypy3.11", "3.11.13", "pypy3.11.13"),
        ("2.7", "2.7.18", "2.7.18"),
    ],
)
def test_an_exact_name_holds_the_full_version(name: str, version: str, exact: str) -> None:
    one = entry(name, version)
    assert exact_name(one) == exact
    assert interpreters.resolve([exact], [one]) == {exact: one}


def test_what_is_missing_says_how_to_get_it() -> None:
    chosen = interpreters.resolve(["3.11", "3.14"], [entry("3.11", "3.11.7")])
    assert chosen["3.14"] == (
        "no interpreter 3.14 on this machine (found: 3.11); `pyenv install 3.14` or "
        "`uv python install 3.14` brings it, or measure in containers with `--executor docker`"
    )


def test_what_uv_does_not_have_is_not_asked_of_it() -> None:
    message = interpreters.missing("2.7", [])
    assert "(found: none); `pyenv install 2.7` brings it" in message


def test_what_is_missing_because_it_is_broken_says_so() -> None:
    broken = Interpreter("", "", "", "/opt/bin/python3.14", "PATH", broken="it hangs")
    message = interpreters.missing("3.14", [entry("3.11", "3.11.7"), broken])
    assert "(found: 3.11; /opt/bin/python3.14: it hangs)" in message


def test_nothing_at_all_is_an_error_that_names_everything() -> None:
    with pytest.raises(EnvironmentLacksError) as caught:
        interpreters.resolve(["3.14", "pypy3.11"], [entry("3.11", "3.11.7")])
    assert "no interpreter 3.14 on" in str(caught.value)
    assert "no interpreter pypy3.11 on" in str(caught.value)


def test_a_broken_or_debug_interpreter_is_never_chosen_for_a_plain_name() -> None:
    found = [entry("3.13d", "3.13.0"), entry("3.12", "3.12.1", broken="it hangs")]
    with pytest.raises(EnvironmentLacksError):
        interpreters.resolve(["3.13", "3.12"], found)


@pytest.mark.interpreters
def test_every_interpreter_of_pyenv_is_found() -> None:
    versions = Path.home() / ".pyenv/versions"
    installed = {path.name for path in versions.glob("[23].*") if (path / "bin/python").exists()}
    if not installed:
        pytest.skip("pyenv has no interpreter on this machine")
    found = interpreters.find(timeout=20.0)
    assert installed <= {exact_name(one) for one in found if not one.broken}
