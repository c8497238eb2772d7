"""No verb lets text from outside steer the terminal, or fill it."""

import csv
import io
import json
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from run_folders import HEADER, TWO, a_run, row
from runner import cli, output

ROOT = Path(__file__).parent.parent.parent
ESCAPES = "\x1b]0;owned\x07\x1b[2K\x9b31m"
HOSTILE = {
    "escapes": f"a{ESCAPES}b",
    "lines": "a\nipcmatrix: all is well\r\nb\u2028c\u2029d\x85e\x0bf",
    "directions": "a\u202eb\u2066c\u200fd\u061ce",
    "hidden": "a\u200bb\ufeffc\u00add\x7fe\ue000f",
    "surrogates": "a\udcffb\udc80c",
    "long": "x" * 100_000,
    "wide": "word " * 20_000,
}
NAMES = [pytest.param(text, id=name) for name, text in HOSTILE.items()]
VERBS: list[Callable[[str], list[str]]] = [
    lambda text: ["check", "--matrix", text],
    lambda text: ["check", "--profile", text],
    lambda text: ["plan", "--only", f"transport={text}"],
    lambda text: ["plan", "--only", text],
    lambda text: ["plan", "--skip", f"{text}=pipe"],
    lambda text: ["plan", "--executor", text],
    lambda text: ["run", "--rounds", text],
    lambda text: ["run", "--budget", text],
    lambda text: ["run", "--resume", text],
    lambda text: ["run", "--pause", text, "--json"],
    lambda text: ["report", text],
    lambda text: ["report", "run", "--out", f"/dev/null/{text}"],
    lambda text: ["report", "--no-such-option", text],
    lambda text: ["report", f"--{text}"],
    lambda text: ["compare", text, "run"],
    lambda text: ["compare", "run", "other", "--fail-on", text],
    lambda text: ["compare", "--axis", text, "a", "b", "run"],
    lambda text: ["compare", "--axis", "transport", text, "pipe", "run"],
    lambda text: ["compare", "run", "other", "--by", text],
    lambda text: ["compare", "run", "other", "--format", text],
    lambda text: ["selftest", "--python", text],
    lambda text: ["selftest", "--rounds", text],
    lambda text: ["images", "build", "--matrix", text],
    lambda text: ["images", text],
    lambda text: [text],
]


def harmless(text: str, keep: str = "\n") -> bool:
    hidden = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return all(one in keep or unicodedata.category(one) not in hidden for one in text)


@pytest.fixture
def ground(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "matrix.yaml").write_text("axes: {python: [found], transport: [pipe, queue]}\n")
    a_run(tmp_path / "run", TWO)
    a_run(tmp_path / "other", TWO)
    return tmp_path


def ipcmatrix(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["ipcmatrix", *words])
    code = cli.main()
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("verb", range(len(VERBS)))
def test_words_of_the_command_line_are_shown_and_not_obeyed(
    ground: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    verb: int,
    text: str,
) -> None:
    code, out, err = ipcmatrix(monkeypatch, capsys, *VERBS[verb](text))
    assert code in (2, 3), err
    assert err
    assert harmless(out + err)
    assert len(err) < 6000
    assert not any(line.startswith("ipcmatrix: all is well") for line in err.splitlines())


def strange_matrix(text: str) -> str:
    """Return a matrix with the text, as YAML can hold it, as a key, a value and a profile."""
    quoted = json.dumps(text.encode("utf-8", "replace").decode())
    return (
        f"axes: {{python: [{quoted}], transport: [pipe, {quoted}], {quoted}: [1]}}\n"
        f"measure: {{budget: {quoted}}}\n"
    )


@pytest.mark.parametrize("text", NAMES)
def test_text_of_a_matrix_is_shown_and_not_obeyed(
    ground: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (ground / "matrix.yaml").write_text(strange_matrix(text), encoding="utf-8")
    code, out, err = ipcmatrix(monkeypatch, capsys, "check")
    assert code == 2
    assert harmless(out + err)
    assert len(err) < 6000
    assert all("matrix.yaml:" in line for line in err.splitlines())


@pytest.mark.parametrize("text", NAMES)
@pytest.mark.parametrize("place", ["column", "value", "status", "file", "run.json"])
def test_text_of_a_run_folder_is_shown_and_not_obeyed(
    ground: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    place: str,
    text: str,
) -> None:
    plain = text.encode("utf-8", "replace").decode()
    field = io.StringIO()
    csv.writer(field, lineterminator="").writerow([plain])
    trials = ground / "run" / "trials" / "m1.csv"
    rows = [HEADER, *TWO]
    if place == "column":
        rows[0] += "," + field.getvalue()
    elif place == "value":
        rows.append(row(round=2, seconds=field.getvalue()))
    elif place == "status":
        rows.append(row(round=2, status=field.getvalue()))
    elif place == "file":
        name = plain.replace("/", "")[:60]
        (trials.parent / f"{name}.csv").write_text("nothing of ours\n")
    else:
        head = json.loads((ground / "run" / "run.json").read_text())
        (ground / "run" / "run.json").write_text(json.dumps({**head, "format": plain}))
    trials.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="")
    for words in (["report", "run", "--no-pictures"], ["compare", "run", "other"]):
        code, out, err = ipcmatrix(monkeypatch, capsys, *words)
        assert code in (0, 2, 3), err
        assert harmless(out + err)
        assert len(err) < 6000


def test_json_stays_json(
    ground: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = "p" * 900
    matrix = f"axes: {{python: [found], transport: [pipe]}}\nprofiles: {{{long}: {{}}}}\n"
    (ground / "matrix.yaml").write_text(matrix)
    code, out, err = ipcmatrix(monkeypatch, capsys, "check", "--profile", long, "--json")
    assert code == 0, err
    assert json.loads(out)["profile"] == long


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=80))
def test_whatever_the_text_no_character_is_hidden_and_plain_text_stays(text: str) -> None:
    shown = output.visible(text)
    assert harmless(shown, "")
    if text.isascii() and text.isprintable():
        assert shown == text


def test_what_is_cut_keeps_beginning_and_end() -> None:
    cut = output.short(f"matrix.yaml:1:2: {'x' * 5000}: leave it out")
    assert len(cut) < 400
    assert cut.startswith("matrix.yaml:1:2: xxx")
    assert cut.endswith("x: leave it out")
    assert "(5,001 characters)" not in output.short("x" * output.WORD)


def test_streams_escape_what_goes_past_us() -> None:
    script = """
import sys, warnings
from runner import output
output.install()
print(sys.argv[1] + chr(9))
warnings.warn(sys.argv[1])
"""
    command = [sys.executable, "-c", script, f"odd {ESCAPES}\u202e"]
    environment = {"PYTHONUTF8": "1"}
    finished = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=True)
    shown = "odd \\x1b]0;owned\\x07\\x1b[2K\\x9b31m\\u202e"
    assert finished.stdout.decode() == f"{shown}\t\n"
    assert shown in finished.stderr.decode()
    assert b"\x1b" not in finished.stderr
