"""`report RUN --format NAME`: one format on stdout or in a file, and no folder."""

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from findings_factory import Factory

from runner.cli import commands
from runner.errors import BadInputError
from runner.pipeline import printing
from runner.results import Findings

RUN = [Path("a-run")]


@pytest.fixture(autouse=True)
def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Factory(pythons=("3.9",), transports=("pipe", "queue")).findings()

    def of(folders: object) -> Findings:
        return found

    monkeypatch.setattr(printing, "findings_of", of)
    monkeypatch.setattr("runner.pipeline.probing.read_probes", lambda _: [])


def printed(style: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert printing.print_format(RUN, style, None) == 0
    return capsys.readouterr().out


def test_short_is_the_finding_and_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed("short", capsys).splitlines()
    assert lines[0].startswith("## Pipe or Queue? On Python 3.9, Pipe: ")
    assert sum(line.startswith("| If you…") for line in lines) == 1
    assert len(lines) < 25


def test_md_is_the_report_without_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed("md", capsys)
    assert text.startswith("# Pipe or Queue?")
    assert "<picture>" not in text


def test_csv_and_json_are_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(printed("csv", capsys))))
    assert float(rows[0]["ratio"]) > 0
    told = json.loads(printed("json", capsys))
    assert told["version"] == 1
    assert told["title"].startswith("Pipe or Queue?")
    first = told["situations"][0]
    assert first["low"] < first["ratio"] < first["high"]


def test_png_goes_into_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "finding.png"
    printing.print_format(RUN, "png", target)
    assert target.read_bytes().startswith(b"\x89PNG")
    assert capsys.readouterr().err == f"ipcmatrix: written: {target}\n"


def test_badge_and_interchange_are_formats_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed("badge", capsys).startswith("<svg ")
    assert "pipe, 3.9, int, one_to_one" in json.loads(printed("bmf", capsys))
    assert len(json.loads(printed("github-action-benchmark", capsys))) > 2


@pytest.mark.parametrize("words", ["gif", "svg,jpeg", ""])
def test_unknown_formats_of_pictures_are_refused_with_the_known(words: str) -> None:
    refused = CliRunner().invoke(commands, ["report", "a-run", "--pictures", words])
    assert refused.exit_code == 2
    assert "known: svg, png" in refused.output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], ("svg",)),
        (["--pictures", "svg,png"], ("svg", "png")),
        (["--pictures", "png"], ("png",)),
        (["--no-pictures"], ()),
    ],
)
def test_the_formats_of_pictures_are_handed_on(
    words: list[str], expected: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr("runner.pipeline.report.report", lambda **given: asked.append(given))
    CliRunner().invoke(commands, ["report", "a-run", *words])
    (given,) = asked
    assert isinstance(given, dict)
    assert given["pictures"] == expected
    assert "no_pictures" not in given


def test_a_terminal_gets_no_png(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    with pytest.raises(BadInputError, match="name a file with -o"):
        printing.print_format(RUN, "png", None)
