"""What the documents say is so: commands run, names and verbs stand in them, paths exist."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click import Choice, Command, Group

from runner.analysis.changes.history import METRICS
from runner.cli import commands
from runner.sessions import visible
from tests.forked import forked
from tests.small_runs import few_interpreters

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "CHANGELOG.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
    ROOT / "images" / "README.md",
]
TEXTS = {path: path.read_text(encoding="utf-8") for path in DOCUMENTS}
OWN = ROOT / "docs" / "your-own-code.md"
EXAMPLE = TEXTS[ROOT / "docs" / "add-a-transport.md"]


def shown_commands() -> list[str]:
    """Return the command lines of shell blocks and of inline code, without variables before."""
    found: set[str] = set()
    for text in TEXTS.values():
        for block in re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL):
            found.update(line.strip() for line in block.splitlines() if line.strip())
        found.update(re.findall(r"`((?:ipcmatrix|python[0-9.]*) [^`]+)`", text))
    return sorted({re.sub(r"^(?:[A-Z_]+=\S+ +)+", "", command) for command in found})


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
        if re.match("ipcmatrix (check|list|plan|schema|init)", one)
        and "fifo.yaml" not in one  # needs the transport that is added there
    ],
)
def test_commands_that_measure_nothing_run(command: str, tmp_path: Path) -> None:
    words = parts(command)[1:]
    for name in ("reports", "matrix.yaml"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "first.yaml").write_text(shown_matrix("tutorial.md"), encoding="utf-8")
    for name, text in shown_files("your-own-code.md").items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    plugins = re.findall(r"```yaml\n(plugins:.*?)```", TEXTS[OWN], flags=re.DOTALL)
    (tmp_path / "plugins.yaml").write_text(plugins[0], encoding="utf-8")
    if "--only" in words:  # another Python than the reader's
        words[words.index("--only") + 1] = "transport=pipe,queue"
    few = few_interpreters(tmp_path / "home")  # a plan starts every one that it finds
    needed = words[0] != "plan" or "plugins.yaml" in words  # which names two
    finished = forked(*words, cwd=tmp_path, env={**os.environ, **({} if needed else few)})
    assert finished.returncode == 0, finished.stderr


def test_the_commands_of_the_page_on_formats_run(tmp_path: Path) -> None:
    """One after the other, in one folder: the later ones read what the earlier wrote.

    Small runs stand for the published ones.
    """
    (tmp_path / "reports" / "published").mkdir(parents=True)
    for published, small in (("nine-interpreters", "first"), ("eleven-containers", "second")):
        there = tmp_path / "reports" / "published" / published
        there.symlink_to(ROOT / "tests" / "data" / "aa" / small)
    page = TEXTS[ROOT / "docs" / "interchange.md"]
    blocks = re.findall(r"```sh\n(.*?)```", page, flags=re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    shown: set[str] = set()
    for line in lines:
        program, *words = parts(line)
        if program == "ipcmatrix":
            finished = forked(*words, cwd=tmp_path)
        else:
            assert program == "pyperf", line
            command = [sys.executable, "-m", program, *words]
            finished = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, check=False
            )
        assert finished.returncode == 0, (line, finished.stderr)
        assert "-o" in words or finished.stdout.strip(), line
        shown.update(words)
    (styles,) = (one.type for one in commands.commands["report"].params if one.name == "style")
    assert isinstance(styles, Choice)
    table = re.findall(r"^\| `([a-z-]+)` \|", page.partition("```")[0], flags=re.MULTILINE)
    assert table == list(styles.choices)
    assert {"badge.svg", "bmf.json", "action.json"} <= {one.name for one in tmp_path.iterdir()}
    assert {"pyperf", "bmf", "github-action-benchmark", "badge", "short"} <= shown


def test_the_columns_of_the_change_point_tables_are_on_their_page() -> None:
    page = TEXTS[ROOT / "docs" / "interchange.md"].partition("## Change points")[2]
    columns = re.findall(r"^\| `(\w+)` \|", page, flags=re.MULTILINE)
    assert columns == ["time", "run", *METRICS]


def shown_matrix(name: str) -> str:
    """Return the matrix file that a document shows."""
    found = re.findall(r"```yaml\n(.*?)```", TEXTS[ROOT / "docs" / name], flags=re.DOTALL)
    assert len(found) == 1, name
    return str(found[0])


def shown_files(name: str) -> dict[str, str]:
    """Return the files that a document shows whole: Python that begins with their name."""
    found = re.findall(
        r"```python\n# (\w+\.py)\n(.*?)```", TEXTS[ROOT / "docs" / name], flags=re.DOTALL
    )
    return dict(found)


def test_the_piece_of_a_report_is_that_of_the_published_run() -> None:
    readme = TEXTS[ROOT / "README.md"]
    piece = readme.partition("## Example results\n")[2].partition("Full report:")[0]
    shown = [line for line in piece.splitlines() if line.startswith(("|", "**", "<sub>"))]
    published = ROOT / "reports" / "published" / "nine-interpreters" / "report.md"
    known = {_narrow(line) for line in published.read_text(encoding="utf-8").splitlines()}
    known |= {f"**{line[2:]}**" for line in known if line.startswith("# ")}
    assert len(shown) > 8
    assert [line for line in shown if _narrow(line) not in known] == []


def _narrow(line: str) -> str:
    return re.sub(r" +", " ", re.sub(r"-+", "-", line)).strip()


BY_HAND = [one for one in shown_commands() if re.search(r"python[0-9.]* runner/harness", one)]


@pytest.mark.parametrize(
    "command", [one for one in BY_HAND if not re.search('"fifo"|harness transports', one)]
)
def test_trials_by_hand_run(command: str) -> None:
    finished = by_hand(command, ROOT, sys.executable)
    told = [json.loads(line) for line in finished.stdout.splitlines()] if "|" in command else []
    records = told or [json.loads(finished.stdout)]
    assert all(records), finished.stderr
    expected = "timeout" if "hang" in command else "ok"
    assert records[-1].get("status", "ok") == expected, finished.stdout
    assert finished.returncode == (expected != "ok"), finished.stderr


@pytest.fixture(scope="module")
def with_the_example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the harness, to which the diff of add-a-transport.md was applied."""
    folder = tmp_path_factory.mktemp("example")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "runner" / "harness", folder / "runner" / "harness", ignore=ignored)
    diff = re.findall(r"```diff\n(.*?)```", EXAMPLE, flags=re.DOTALL)[0]
    subprocess.run(["git", "apply", "-"], cwd=folder, input=diff, text=True, check=True)
    return folder


@pytest.mark.parametrize("command", [one for one in BY_HAND if '"fifo"' in one])
def test_the_transport_of_the_example_works(command: str, with_the_example: Path) -> None:
    asked = command.partition(" ")[0].removeprefix("python")
    pythons = {str(visible().get(asked, sys.executable)), sys.executable}
    for python in pythons if "spawn" not in command else {sys.executable}:
        finished = by_hand(command, with_the_example, python)
        assert json.loads(finished.stdout)["status"] == "ok", finished.stdout
    assert by_hand(command, ROOT, sys.executable).returncode == 1, "it is there already"


def by_hand(command: str, folder: Path, python: str) -> subprocess.CompletedProcess[str]:
    called = re.sub(r"python[0-9.]* (?=runner)", f"{shlex.quote(python)} -B ", command)
    return subprocess.run(
        called, cwd=folder, shell=True, capture_output=True, text=True, check=False
    )


def test_python_shown_in_debugging_runs() -> None:
    code = re.findall(r"```python\n(.*?)```", TEXTS[ROOT / "docs" / "debugging.md"], re.DOTALL)
    assert len(code) == 1
    finished = subprocess.run(
        [sys.executable, "-c", code[0]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "ok" in finished.stdout


@pytest.mark.parametrize("command", shown_commands())
def test_files_and_modules_of_commands_exist(command: str) -> None:
    words = parts(command.partition("|")[0])
    for word in words:
        if re.match(r"(?:runner|tests|images|reports/published)/", word):
            assert (ROOT / word).exists(), f"{command}: {word}"
    if "-p" in words:  # of unittest
        assert list((ROOT / "tests" / "harness").glob(words[words.index("-p") + 1])), command
    for module in re.findall(r"-m ((?:tests|runner|ipcmatrix)[\w.]*)", command):
        place = ROOT / module.replace(".", "/")
        assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), command


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


def test_every_verb_is_in_the_documents() -> None:
    whole = "\n".join(TEXTS.values())
    for name in commands.commands:
        assert f"ipcmatrix {name}" in whole, name


def test_every_package_is_in_the_architecture() -> None:
    text = TEXTS[ROOT / "docs" / "architecture.md"]
    packages = [path.name for path in (ROOT / "runner").iterdir() if "__init__" not in path.name]
    known = {name for name in packages if f"`{name}`" in text or f"`runner/{name}`" in text}
    assert {*packages} - known - {"__pycache__"} == set()


def test_every_linked_file_exists() -> None:
    for path, text in TEXTS.items():
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (path.parent / target).exists(), f"{path}: {target}"


def test_every_named_file_exists() -> None:
    """Those of decisions are of their time."""
    for path, text in TEXTS.items():
        if path.parent.name == "adr":
            continue
        for name in re.findall(
            r"`((?:runner|tests|docs|images|reports/published)/[\w./-]+)`", text
        ):
            made = "NAME" in name or name.endswith("transports/fifo.py")
            assert made or (ROOT / name).exists(), f"{path}: {name}"


def test_the_readme_keeps_to_its_length() -> None:
    assert len(TEXTS[ROOT / "README.md"].splitlines()) <= 120


def test_nothing_speaks_of_a_machine_or_a_registry() -> None:
    private = re.compile(r"/home/\w+|/root/|\bpypi\.org|files\.pythonhosted|deb\.debian\.org")
    for path, text in TEXTS.items():
        assert not private.search(text), path
