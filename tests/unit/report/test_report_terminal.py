import io
from contextlib import redirect_stdout

import pytest
from findings_factory import CONTEXTS, PYTHONS, Factory, hostile

from runner.report import phrases, terminal
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
    assert lines == [
        "Speed relative to Queue (int, one_to_one)",
        "transport     3.9    3.10",
        "Pipe       1.27 ▲  1.27 ▲",
        "Queue           1       1",
        "▲ faster, ▼ slower, = equal, ? open, or within x %: surely no further apart, ! no "
        "verdict;",
        "† ‡ modes mixed in few, in many rounds",
        "4 cells planned: 4 ok",
    ]


def test_the_legend_explains_every_mark_that_a_table_can_show() -> None:
    out = io.StringIO()
    show(FACTORY.findings(), out)
    legend = out.getvalue().partition("▲ faster")[2].join(("▲ faster", ""))
    for verdict, mark in phrases.MARKS.items():
        assert f"{mark} {'no verdict' if verdict == 'invalid' else verdict}" in legend
    for mark in phrases.MODES_MARKS.values():
        assert mark.strip() in legend


def test_a_terminal_gets_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    show(FACTORY.findings(), screen)
    assert "\x1b[33m1.27 ▲" in screen.getvalue()


def test_no_color_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    screen = Screen()
    show(FACTORY.findings(), screen)
    assert "\x1b[33m" not in screen.getvalue()


def test_names_cannot_write_to_the_terminal() -> None:
    out = io.StringIO()
    show(hostile(), out)
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert "<script>alert('name')</script>" in out.getvalue()


def test_nothing_measured_is_said() -> None:
    out = io.StringIO()
    show(Factory(pythons=(), failures=False).findings(), out)
    assert out.getvalue().strip() == "0 cells planned: none"


@pytest.mark.slow
def test_many_pythons_fit_the_plain_width() -> None:
    out = io.StringIO()
    show(Factory((*PYTHONS, "3.14", "3.15")).findings(), out)
    assert max(map(len, out.getvalue().splitlines())) <= 120
    assert " 3.15" in out.getvalue().splitlines()[1]
