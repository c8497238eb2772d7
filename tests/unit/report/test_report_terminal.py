import io
import re
from contextlib import redirect_stdout

import pytest
from findings_factory import CONTEXTS, Factory, hostile

from runner.report import terminal
from runner.results import Findings

FACTORY = Factory(pythons=("3.9", "3.10"), transports=("pipe", "queue"), contexts=CONTEXTS[:1])


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def show(findings: Findings, screen: io.StringIO) -> None:
    with redirect_stdout(screen):
        terminal.show(findings)


@pytest.mark.parametrize("variable", ["NONE", "FORCE_COLOR", "TTY_COMPATIBLE", "CLICOLOR_FORCE"])
def test_lines_are_plain_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    out = io.StringIO()
    show(FACTORY.findings(), out)
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0].startswith("Pipe or Queue? On Python 3.10, Pipe: 1.3× for small")
    place = next(number for number, line in enumerate(lines) if line.startswith("if you…"))
    assert lines[place].split() == ["if", "you…", "use,", "instead", "of", "Queue"]
    assert re.fullmatch(r"stream small objects +  Pipe", lines[place + 1])
    assert re.fullmatch(r"  1\.2\d× \[.*\] · clear, one session", lines[place + 2])
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("columns", "lines"), [("80", 2), ("120", 1)])
def test_a_situation_has_a_line_where_there_is_room_else_two(
    monkeypatch: pytest.MonkeyPatch, columns: str, lines: int
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", columns)
    screen = Screen()
    show(FACTORY.findings(), screen)
    found = re.sub(r"\x1b\[[0-9;]*m", "", screen.getvalue()).splitlines()
    assert max(len(line.rstrip()) for line in found) <= int(columns)
    place = next(number for number, line in enumerate(found) if line.startswith("stream small"))
    words = " ".join(" ".join(found[place : place + lines]).split())
    assert re.fullmatch(r"stream small objects Pipe 1\.2\d× \[.*\] · clear, one session", words)


def test_a_terminal_gets_bold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    show(FACTORY.findings(), screen)
    assert "\x1b[1m" in screen.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    show(FACTORY.findings(), screen)
    assert "\x1b[3" not in screen.getvalue()


def test_names_cannot_write_to_the_terminal() -> None:
    out = io.StringIO()
    show(hostile(), out)
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()


def test_nothing_measured_is_said() -> None:
    out = io.StringIO()
    show(Factory(pythons=(), failures=False).findings(), out)
    assert out.getvalue().startswith("Nothing was measured\n")


def test_what_has_no_figures_is_counted() -> None:
    out = io.StringIO()
    show(Factory(pythons=("2.7", "3.9")).findings(), out)
    assert "without figures" in out.getvalue()
    assert "not possible here" in " ".join(out.getvalue().split())
