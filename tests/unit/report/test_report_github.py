import json
from pathlib import Path

import pytest
from findings_factory import Factory, hostile

from runner.pipeline.report import Written, print_report
from runner.report import summary


def test_the_summary_begins_with_the_finding_and_links_the_report() -> None:
    text = summary.summary(Factory(pythons=("3.9",)).findings(), link="https://x.org/r (1)")
    lines = text.splitlines()
    assert lines[0].startswith("## Pipe or Queue? On Python 3.9, Pipe: 1.3× for small messages")
    assert lines[2].endswith(" · 2026-01-02-quick")
    assert "[The whole report](https://x.org/r%20%281%29)" in lines


def test_what_does_not_fit_is_left_out_whole_and_said() -> None:
    text = summary.fit(["first", "x" * 300, "third"], 200)
    assert text.startswith("first\n\n*Cut here")
    assert "x" not in text.replace("matrix", "")[:5]
    assert len(text.encode()) <= 200


def test_hostile_names_do_no_harm() -> None:
    text = summary.summary(hostile())
    assert "<script" not in text
    assert "\u202e" not in text


def test_for_github_the_comment_is_printed_with_the_jobs_link(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example")
    monkeypatch.setenv("GITHUB_REPOSITORY", "them/theirs")
    monkeypatch.setenv("GITHUB_RUN_ID", "17")
    findings = Factory(pythons=("3.9",)).findings()
    link = "https://github.example/them/theirs/actions/runs/17"
    print_report(Written(findings, []), Path("run-1"), github=True, as_json=False)
    told = capsys.readouterr().out
    assert told == summary.comment(findings, link)
    assert f"[The whole report]({link})" in told


def test_json_stays_json_for_github_too(capsys: pytest.CaptureFixture[str]) -> None:
    findings = Factory(pythons=("3.9",)).findings()
    print_report(Written(findings, []), Path("run-1"), github=True, as_json=True)
    assert json.loads(capsys.readouterr().out)["report"] == str(Path("run-1/report.md"))
