"""What a shell completes: by click's own protocol, and in a real bash."""

import os
import pty
import re
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import CompletionItem

from runner.cli import commands
from runner.pipeline import completing
from runner.process import AWAKE

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
RUNS = ROOT / "tests" / "data" / "aa"
SHELLS = ("bash", "zsh", "fish")
WITHIN = 60.0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with a matrix of two profiles and a run."""
    (tmp_path / "reports").mkdir()
    shutil.copytree(RUNS / "first", tmp_path / "reports" / "20270101-first")
    (tmp_path / "matrix.yaml").write_text(
        "axes: {transport: [pipe, queue]}\nprofiles: {brief: {}, broad: {}}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def values(found: list[CompletionItem]) -> list[str]:
    return [one.value for one in found]


def test_runs_are_completed_and_else_folders(here: Path) -> None:
    assert values(completing.runs({}, "")) == ["reports/20270101-first"]
    (other,) = completing.runs({}, "elsewhere/")
    assert (other.value, other.type) == ("elsewhere/", "dir")


def test_profiles_are_those_of_the_matrix(here: Path) -> None:
    assert values(completing.profiles({}, "br")) == ["brief", "broad"]
    assert values(completing.profiles({"matrix": ROOT / "matrix.yaml"}, "q")) == ["quick"]
    (here / "matrix.yaml").write_text("profiles: [")
    assert completing.profiles({}, "") == []
    (here / "matrix.yaml").unlink()
    assert "quick" in values(completing.profiles({}, ""))


def test_axes_and_the_names_behind_them_are_completed() -> None:
    assert values(completing.axis_values({}, "tr")) == ["transport="]
    assert values(completing.axis_values({}, "transport=pipe_s")) == ["transport=pipe_simplex"]
    assert values(completing.axis_values({}, "transport=queue,pipe_s")) == [
        "transport=queue,pipe_simplex"
    ]
    assert completing.axis_values({}, "workers=") == []


def test_words_of_ask_are_those_of_the_run(here: Path, tmp_path: Path) -> None:
    assert {"pipe", "queue", "int", "one_to_one", "3.11", "workers=1"} <= set(
        values(completing.words({}, ""))
    )
    assert values(completing.words({"run": "20270101-first"}, "qu")) == ["queue"]
    shutil.rmtree(here / "reports")
    assert "simple_queue" in values(completing.words({}, ""))


def test_options_and_arguments_name_what_completes_them() -> None:
    for verb, name in (("ask", "words"), ("ask", "run"), ("open", "run"), ("report", "runs")):
        command = commands.commands[verb]
        assert any(one.name == name and one._custom_shell_complete for one in command.params), verb


def called(**variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ipcmatrix"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(shell: str) -> None:
    script = called(_IPCMATRIX_COMPLETE=f"{shell}_source")
    assert f"_IPCMATRIX_COMPLETE={shell}_complete" in script
    if program := shutil.which(shell):
        checked = subprocess.run([program, "-n"], input=script, text=True, check=False)
        assert checked.returncode == 0


@pytest.mark.parametrize(
    ("shell", "words", "number", "answer"),
    [
        ("bash", "ipcmatrix open reports/2", "2", "plain,reports/20270101-first"),
        ("bash", "ipcmatrix run --profile bro", "3", "plain,broad"),
        ("bash", "ipcmatrix run --profile = bro", "4", "plain,broad"),
        ("bash", "ipcmatrix run --only transport = pipe_s", "5", "plain,pipe_simplex"),
        ("zsh", "ipcmatrix run --only transport=pipe_s", "3", "plain\ntransport=pipe_simplex\n_"),
        ("zsh", "ipcmatrix ask 3.11 qu", "3", "plain\nqueue\n_"),
        ("fish", "ipcmatrix ask 3.11 qu", "qu", "plain,queue"),
    ],
)
def test_a_shell_gets_the_names(
    shell: str, words: str, number: str, answer: str, here: Path
) -> None:
    asked = {"_IPCMATRIX_COMPLETE": f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": number}
    assert called(**asked).strip() == answer


@pytest.fixture
def bash(here: Path) -> Iterator[int]:
    """A real bash on a terminal of its own, which has sourced the script."""
    program = shutil.which("bash")
    if program is None:
        pytest.skip("no bash here")
    script = here / "complete.bash"
    script.write_text(called(_IPCMATRIX_COMPLETE="bash_source"))
    folder = here / "programs"
    folder.mkdir()
    (folder / "ipcmatrix").write_text(f'#!/bin/sh\nexec {sys.executable} -m ipcmatrix "$@"\n')
    (folder / "ipcmatrix").chmod(0o755)
    pid, terminal = pty.fork()
    if not pid:
        environment = {
            "PATH": f"{folder}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "TERM": "dumb",
            "HOME": str(here),
        }
        os.execve(program, [program, "--norc", "--noprofile", "-i"], environment)
    type_in(terminal, "PS1='ready$ '; bind 'set enable-bracketed-paste off'\n")
    type_in(terminal, f". {script}\n")
    yield terminal
    os.close(terminal)
    os.waitpid(pid, 0)


def type_in(terminal: int, text: str) -> None:
    os.write(terminal, text.encode())


def shown(terminal: int, wanted: str) -> str:
    """Return what the terminal shows until it shows the wanted text."""
    text, deadline = "", AWAKE.now() + WITHIN
    while not re.search(wanted, text):
        assert AWAKE.now() < deadline, text
        if select.select([terminal], [], [], 1.0)[0]:
            text += os.read(terminal, 4096).decode(errors="replace")
    return text


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("ipcmatrix ask 3.11 qu\t", r"ipcmatrix ask 3\.11 queue"),
        ("ipcmatrix open rep\t", "ipcmatrix open reports/20270101-first"),
        ("ipcmatrix run --profile bri\t", "ipcmatrix run --profile brief"),
        ("ipcmatrix plan --only transport=pipe_simp\t", "--only transport=pipe_simplex"),
        ("ipcmatrix doc\t", "ipcmatrix doctor"),
    ],
)
def test_a_real_bash_completes(bash: int, typed: str, completed: str) -> None:
    type_in(bash, typed)
    shown(bash, completed)
