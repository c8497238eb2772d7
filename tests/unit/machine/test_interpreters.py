"""Interpreters: found where they are, asked what they are, chosen by name."""

import errno
import json
import os
import platform
import shutil
import sys
import threading
import venv
from pathlib import Path
from unittest.mock import Mock

import pytest

from runner.errors import EnvironmentLacksError
from runner.executors.local import LocalExecutor
from runner.machine import interpreters
from runner.machine import interpreters as finding
from runner.machine.candidates import (
    Candidate,
    Unsearched,
    Unusable,
    _in_folder,
    candidates,
)
from runner.machine.interpreters import _distinct, exact_name
from runner.machine.question import SelfReport, ask
from runner.model import Cell, Interpreter, Trial


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
        "same": [str(path)],
        "virtual": False,
        "base": "",
        "lacks": [],
        **said,
    }
    return program(
        path,
        "printf 'noise of a sitecustomize, no line'\n"
        "mark=$(printf '%s' \"$4\" | sed -n \"s/^mark = '\\(.*\\)'$/\\1/p\")\n"
        f"printf '\\n%s' \"$mark\"\ncat <<'END'\n{json.dumps(answer)}\nEND\n",
    )


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
    assert [one.path for one in found] == [str(tmp_path / "python3")]
    assert real.samefile(found[0].path)


def test_a_program_that_looks_at_its_own_name_is_started_by_it(tmp_path: Path) -> None:
    """Snap, firejail, shims and compiler caches: many names, one program behind them."""
    for name in ("3.9.1", "3.11.2"):
        fake(tmp_path / "opt" / name, name)
    launcher = program(
        tmp_path / "launcher",
        f'case $0 in *3.9) exec {tmp_path}/opt/3.9.1 "$@";; *3.11) exec {tmp_path}/opt/3.11.2'
        ' "$@";; esac\necho "launcher: no interpreter of my own" >&2\nexit 1\n',
    )
    for name in ("python3.9", "python3.11"):
        (tmp_path / name).symlink_to(launcher)
    (tmp_path / "python3").hardlink_to(launcher)
    places = [Candidate(tmp_path / name, "PATH") for name in ("python3", "python3.9", "python3.11")]
    told = [(one.name, one.path, one.broken) for one in interpreters.find(places)]
    assert told == [
        ("3.9", str(tmp_path / "python3.9"), ""),
        ("3.11", str(tmp_path / "python3.11"), ""),
        ("", str(tmp_path / "python3"), "it ended with code 1: launcher: no interpreter of my own"),
    ]


@pytest.mark.parametrize(
    ("name", "may_be"),
    [
        *(
            (name, True)
            for name in ("python", "python3", "python3.13t", "python3.13td", "pypy3.10")
        ),
        *((name, True) for name in ("python3.11-dbg", "python3.11d", "python2.7", "python3.6m")),
        *((name, True) for name in ("pypy", "graalpy", "python3.13-nogil", "python3.11.7")),
        *(
            (name, False)
            for name in ("python3-config", "python3.11-gdb.py", "pythonfoo", "ipython")
        ),
        *((name, False) for name in ("python3.11-config", "python3.py", "pypy3.10-c.debug")),
    ],
)
def test_programs_are_known_by_their_names(tmp_path: Path, name: str, may_be: bool) -> None:
    program(tmp_path / name, "exit 1\n")
    assert [one.path.name for one in _in_folder(tmp_path, "PATH")] == [name] * may_be  # type: ignore[union-attr]


def test_a_name_that_is_not_utf_8_is_reported_so_that_it_can_be_published(tmp_path: Path) -> None:
    path = program(tmp_path / os.fsdecode(b"caf\xe9") / "python3.9", "exit 1\n")
    (one,) = interpreters.find([Candidate(path, "PATH")])
    told = interpreters.left_out(one)
    assert told.encode("utf-8")
    assert "/caf\\udce9/python3.9 (PATH): it ended with code 1" in told


def test_without_threads_interpreters_are_asked_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        message = "can't start new thread"
        raise RuntimeError(message)

    path = fake(tmp_path / "python3.11")
    monkeypatch.setattr(threading.Thread, "start", none)
    assert interpreters.names(interpreters.find([Candidate(path, "PATH")])) == ("3.11",)


@pytest.mark.parametrize(
    ("link", "asked"), [("python3", 1), ("python", 1), ("snap", 3)], ids=["own", "plain", "foreign"]
)
def test_links_to_one_compiled_interpreter_are_one(tmp_path: Path, link: str, asked: int) -> None:
    real = tmp_path / link
    shutil.copy(os.path.realpath(sys.executable), real)
    names = [tmp_path / name for name in ("python3.11", "python3.10", "python3.9")]
    for name in names:
        name.symlink_to(real)
    assert len(_distinct(Candidate(name, "PATH") for name in names)) == asked


def test_what_cannot_be_asked_with_the_others_is_asked_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = fake(tmp_path / "python3.11")
    tries: list[Path] = []

    def short_at_first(path: Path, timeout: float) -> SelfReport | str:
        tries.append(path)
        few = "/x cannot be started: Too many open files (`ulimit -n` is low)"
        return few if len(tries) == 1 else ask(path, timeout)

    monkeypatch.setattr(finding, "ask", short_at_first)
    assert interpreters.names(interpreters.find([Candidate(path, "PATH")])) == ("3.11",)
    assert tries == [path, path]


@pytest.mark.parametrize(
    "chatter",
    [
        "print('hello from sitecustomize')",
        "import sys; sys.stdout.write('no end')",
        "import os; os.write(1, b'\\xef\\xbb\\xbf\\xff\\x00 10 %\\r20 %\\r')",
        "import os; os.write(1, b'x' * 5000000 + b'\\n' + b'y\\n' * 500000)",
        'print(\'{"ready": true, "protocol": 1, "pid": 1}\')',
        "import sys; print(sys.version); sys.stderr.write('warning: deprecated\\n')",
        "import atexit; atexit.register(lambda: print('bye'))",
        "import os\nos.fork() or os.execlp('sh', 'sh', '-c', 'while sleep .1; do echo; done')",
        "import os, sys; sys.stdout = open(os.devnull, 'w')",
        "import sys; sys.stdout = None",
    ],
)
@pytest.mark.slow
def test_an_interpreter_that_prints_is_asked_and_measured(tmp_path: Path, chatter: str) -> None:
    """Doctor and run agree: who answers what he is can be measured."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site/sitecustomize.py").write_text(chatter + "\n")
    wrapper = program(
        tmp_path / "python3.11",
        f'echo "starting $0 $@"\nPYTHONPATH={tmp_path}/site exec {sys.executable} "$@"\n',
    )
    assert not isinstance(ask(wrapper), str)
    with LocalExecutor({"3.11": wrapper}, "forked") as executor:
        agent = executor.open(["3.11"])["3.11"]
        assert not isinstance(agent, str), agent
        trial = Trial(Cell("3.11", "pipe"), messages=9, warmup=1, verify=1, timeout=20.0)
        records = agent.run([trial, trial])
    assert [record.status.value for record in records] == ["ok", "ok"], records


@pytest.mark.parametrize(
    ("version", "said", "name"),
    [
        ("2.7.18", {}, "2.7"),
        ("3.10.13", {}, "3.10"),
        ("3.14.0", {"threaded": True}, "3.14t"),
        ("3.11.13", {"implementation": "PyPy"}, "pypy3.11"),
        ("3.12.4", {"debug": True}, "3.12d"),
        ("3.13.1", {"debug": True, "threaded": True}, "3.13td"),
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
        ("echo '{}'", "it answered what no Python answers: '{}'"),
        ("true", "it answered what no Python answers: nothing"),
        ("yes", "it does not stop printing: "),
        ("yes | tr -d '\\n'", "it does not stop printing: "),
        ("yes >&2", "it did not answer within 0.5 s"),
    ],
)
def test_a_broken_interpreter_is_listed_with_its_reason(
    tmp_path: Path, script: str, reason: str
) -> None:
    broken = program(tmp_path / "python3.9", script + "\n")
    works = fake(tmp_path / "python3.11")
    places = [Candidate(broken, "PATH"), Candidate(works, "PATH")]
    found = interpreters.find(places, timeout=0.5 if "0.5" in reason else 30.0)
    assert interpreters.names(found) == ("3.11",)
    assert found[1].path == str(broken)
    assert reason in found[1].broken


@pytest.mark.parametrize("content", [b"\x7fELF nonsense", b'exec /usr/bin/python3 "$@"\n', b""])
def test_a_file_that_is_not_a_program_is_broken(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "python3.9"
    path.write_bytes(content)
    path.chmod(0o755)
    why = "cannot be started: Exec format error (made for another machine, or a script without #!)"
    assert why in interpreters.find([Candidate(path, "PATH")])[0].broken


@pytest.mark.parametrize("version", ["2.6.9", "3.5.10", "3.0.1"])
def test_what_is_too_old_for_the_harness_is_said_to_be(tmp_path: Path, version: str) -> None:
    path = fake(tmp_path / "python", version)
    assert "is older than" in interpreters.find([Candidate(path, "PATH")])[0].broken


def test_a_place_that_cannot_be_searched_is_listed() -> None:
    found = interpreters.find([Unsearched("pyenv", "Permission denied: /somewhere")])
    assert found[0].broken == "could not be looked through: Permission denied: /somewhere"


def test_a_virtual_environment_counts_as_its_interpreter(tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False, symlinks=False)
    copy = tmp_path / "env/bin/python"
    base = os.path.realpath(sys._base_executable)  # type: ignore[attr-defined]
    assert os.path.realpath(copy) != base
    found = interpreters.find([Candidate(copy, "PATH")])
    assert [os.path.realpath(one.path) for one in found] == [base]


def test_a_virtual_environment_of_nothing_is_broken(tmp_path: Path) -> None:
    path = fake(tmp_path / "python", virtual=True)
    assert "virtual environment" in interpreters.find([Candidate(path, "PATH")])[0].broken


def test_this_interpreter_says_what_it_is() -> None:
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
    (tmp_path / "bin/python3.13").symlink_to("/nowhere/python3.13")
    (tmp_path / "bin/python3.14").mkdir()
    os.mkfifo(tmp_path / "bin/pypy3")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", f"{shim.parent}:{tmp_path / 'bin'}:/nowhere:relative")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    environment = {"HOME": str(home), "RUNNER_TOOL_CACHE": str(tmp_path / "cache")}
    found = {
        place.path: place.found
        for place in candidates(environment)
        if isinstance(place, Candidate) and tmp_path in place.path.parents
    }
    assert found == places
    listed = list(candidates(environment))
    assert {one.path.name: one.reason for one in listed if isinstance(one, Unusable)} == {
        "python3.12": "it is not executable",
        "python3.13": "it is a broken link",
        "pypy3": "it is not a file",
    }
    reasons = [one.reason for one in listed if isinstance(one, Unsearched)]
    assert reasons == ["a folder of PATH that depends on the current one: relative"]


def test_a_home_with_the_characters_of_a_pattern_is_looked_into(tmp_path: Path) -> None:
    home = tmp_path / "a [b] **c"
    path = fake(home / ".local/share/mise/installs/python/3.10/bin/python3.10")
    found = candidates({"HOME": str(home)})
    assert [place.path for place in found if place.found == "mise"] == [path]  # type: ignore[union-attr]


def test_a_disk_that_has_gone_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shims", "versions"):
        (tmp_path / name).mkdir()
    gone = OSError(errno.ENOTCONN, "Transport endpoint is not connected")
    monkeypatch.setattr(os, "scandir", Mock(side_effect=gone))
    assert list(_in_folder(tmp_path / "shims", "pyenv")) == []


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
    assert "(found: 3.11; left out: /opt/bin/python3.14 (PATH): it hangs)" in message


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
@pytest.mark.slow
def test_every_interpreter_of_pyenv_is_found() -> None:
    versions = Path.home() / ".pyenv/versions"
    installed = {path.name for path in versions.glob("[23].*") if (path / "bin/python").exists()}
    if not installed:
        pytest.skip("pyenv has no interpreter on this machine")
    found = interpreters.find(timeout=20.0)
    assert installed <= {exact_name(one) for one in found if not one.broken}
