"""What the documents say is so: commands run, names and verbs stand in them, paths exist."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click import Command, Group

from runner.cli import commands

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
    ROOT / "images" / "README.md",
]
TEXTS = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}


def shown_commands() -> list[str]:
    """Return the command lines of shell blocks and of inline code, without comments."""
    found: set[str] = set()
    for text in TEXTS.values():
        for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
            found.update(line.strip() for line in block.splitlines() if line.strip())
        found.update(re.findall(r"`((?:ipcmatrix|python[0-9.]*) [^`]+)`", text))
    return sorted(found)


def parts(command: str) -> list[str]:
    return shlex.split(command, comments=True)


@pytest.mark.parametrize(
    "command", [one for one in shown_commands() if one.startswith("ipcmatrix")]
)
def test_every_shown_verb_and_flag_exists(command: str) -> None:
    words = parts(command)[1:]
    chosen: Command = commands
    while isinstance(chosen, Group) and words and words[0] in chosen.commands:
        chosen = chosen.commands[words.pop(0)]
    known = {flag for option in chosen.params for flag in option.opts}
    flags = {word.split("=")[0] for word in words if word.startswith("--")}
    assert flags <= known | {"--help"}, f"{command}: {flags - known}"


@pytest.mark.parametrize(
    "command",
    [
        one
        for one in shown_commands()
        if one.startswith(("ipcmatrix check", "ipcmatrix plan", "ipcmatrix schema"))
        or one == "ipcmatrix report reports/published/nine-interpreters"
    ],
)
def test_commands_that_measure_nothing_run(command: str, tmp_path: Path) -> None:
    words = parts(command)[1:]
    if words[0] == "report":
        words += ["--out", str(tmp_path), "--no-pictures"]
    finished = subprocess.run(
        [sys.executable, "-m", "runner", *words], cwd=ROOT, capture_output=True, check=False
    )
    assert finished.returncode == 0, finished.stderr.decode()


def test_the_piece_of_a_report_is_that_of_the_published_run() -> None:
    readme = TEXTS[ROOT / "README.md"]
    piece = readme.partition("## What comes out\n")[2].partition("The whole of it is in")[0]
    shown = [line for line in piece.splitlines() if line.startswith(("- ", "|", "**", "<sub>"))]
    published = ROOT / "reports" / "published" / "nine-interpreters" / "report.md"
    known = {_narrow(line) for line in published.read_text(encoding="utf-8").splitlines()}
    assert len(shown) > 12
    assert [line for line in shown if _narrow(line) not in known] == []


def _narrow(line: str) -> str:
    return re.sub(r" +", " ", re.sub(r"-+", "-", line)).strip()


@pytest.mark.parametrize(
    "command", [one for one in shown_commands() if re.match(r"python[0-9.]* runner/harness", one)]
)
def test_trials_by_hand_run(command: str) -> None:
    words = [sys.executable, "-B", *parts(command)[1:]]
    finished = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    assert json.loads(finished.stdout)


def test_every_nox_session_shown_exists() -> None:
    declared = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    shown = {
        name
        for text in TEXTS.values()
        for names in re.findall(r"nox -s ((?:[a-z]+(?: (?=[a-z]))?)+)", text)
        for name in names.split()
    }
    missing = {name for name in shown if f"def {name}(" not in declared}
    assert shown
    assert not missing


def test_every_verb_stands_in_the_documents() -> None:
    whole = "\n".join(TEXTS.values())
    for name in commands.commands:
        assert f"ipcmatrix {name}" in whole, name


def test_every_linked_file_exists() -> None:
    for path, text in TEXTS.items():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (path.parent / target).exists(), f"{path}: {target}"


def test_the_readme_keeps_to_its_length() -> None:
    assert len(TEXTS[ROOT / "README.md"].splitlines()) <= 150


def test_nothing_speaks_of_a_machine_or_a_registry() -> None:
    private = re.compile(r"/home/\w+|/root/|\bpypi\.org|files\.pythonhosted|deb\.debian\.org")
    for path, text in TEXTS.items():
        assert not private.search(text), path
