"""The pages of a site: what they say, that nothing in them acts, and the verb that writes."""

import csv
import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from findings_factory import Factory

from run_folders import a_run, row
from runner.analysis.change_points import change_points, history_series
from runner.errors import BadInputError, EnvironmentLacksError
from runner.history import RUNS, SUMMARY, KeptRun
from runner.pipeline.publish import publish
from runner.report import site
from tests.kept_runs import put, ratio, run, weekly

EVIL = '"><script>alert(1)</script>\u202e\x1b[2J]]>&amp;'


def site_of(runs: list[KeptRun]) -> site.Site:
    followed = history_series(runs)
    return site.Site(runs, followed, change_points(followed, 0.03))


def publishing(folder: Path, *runs: Path, **changes: object) -> int:
    given = {"url": None, "fail_on": None, "github": False, "as_json": False, **changes}
    return publish(folder=folder, runs=runs, **given)  # type: ignore[arg-type]


def test_a_summary_holds_the_ratios_of_the_findings_and_their_labels() -> None:
    found = Factory(pythons=("3.9", "3.13")).findings()
    found = replace(found, run={**found.run, "run": "20270105-031700-weekly-0001"})
    kept = site.kept_of(found)
    wanted = [one for one in found.comparisons if one.of_report and one.to_baseline]
    assert sorted((one.option, one.baseline, one.ratio) for one in kept.ratios) == sorted(
        (one.a, one.b, one.ratio) for one in wanted
    )
    assert (kept.ratios[0].axis, kept.ratios[0].payload) == ("transport", "int")
    assert kept.label("transport", "queue") == "Queue"
    assert kept.time == "2027-01-05T03:17:00Z"
    assert kept.headlines[0].startswith("Pipe or Queue? On Python 3.13, Pipe: ")
    files = site.files_of(kept)
    name = f"{RUNS}/{kept.run}"
    assert KeptRun.model_validate_json(files[f"{name}/{SUMMARY}"]) == kept
    rows = list(csv.DictReader(io.StringIO(files[f"{name}/summary.csv"])))
    assert [float(one["ratio"]) for one in rows] == [one.ratio for one in kept.ratios]


@pytest.mark.parametrize(
    ("name", "told"),
    [("a/../b", "id is letters, digits"), ("a", "nothing was measured")],
)
def test_a_run_without_a_usable_name_or_time_is_refused(name: str, told: str) -> None:
    found = Factory(pythons=("3.9",)).findings()
    with pytest.raises(BadInputError, match=told):
        site.kept_of(replace(found, run={**found.run, "run": name}))


def test_the_first_page_leads_with_the_newest_finding_and_the_changes() -> None:
    runs = weekly([0.8] * 8 + [0.95] * 4)
    page = site.pages(site_of(runs))["index.html"]
    newest = page.index("week 11.")
    change = page.index("Queue over Pipe (3.13, int, one_to_one)")
    assert newest < change < page.rindex(f"runs/{runs[-1].run}/report.html")
    assert "as fast as before [" in page
    assert "8 runs before, 4 since" in page
    assert all(f"runs/{one.run}/summary.csv" in page for one in runs)


def test_every_link_inside_the_site_leads_somewhere() -> None:
    made = site.pages(site_of(weekly([0.8] * 8 + [0.95] * 4)))
    ids = {name: set(re.findall(r'id="([^"]+)"', text)) for name, text in made.items()}
    links = {link for text in made.values() for link in re.findall(r'href="([^"]+)"', text)}
    for link in links - {one for one in links if one.startswith("runs/")}:
        page, _, anchor = link.partition("#")
        assert page in {"", *made}
        assert not anchor or anchor in (ids[page] if page else ids["index.html"])
    assert len(links) > 12


def test_the_same_runs_give_the_same_bytes() -> None:
    runs = weekly([0.8] * 8 + [0.95] * 4)
    url = "https://me.example/x/"
    assert site.pages(site_of(runs), url) == site.pages(site_of(runs), url)


def test_foreign_text_does_nothing_in_any_page() -> None:
    runs = [
        run(
            week,
            [ratio(0.8 + week // 8, option=EVIL, payload=EVIL)],
            headlines=[EVIL],
            profile=EVIL,
            labels={"transport": {EVIL: EVIL}, "payload": {EVIL: EVIL}},
            interpreters={},
        )
        for week in range(16)
    ]
    whole = site_of(runs)
    assert whole.changes
    made = site.pages(whole, "https://me.example/")
    made["summary"] = site.summary(whole, whole.changes)
    for name, text in made.items():
        assert "<script" not in text, name
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert "script" in text
    ElementTree.fromstring(made["feed.xml"])


def test_a_feed_is_written_where_the_address_is_known() -> None:
    runs = weekly([0.8] * 8 + [0.95] * 4)
    made = site.pages(site_of(runs), site.checked_url("https://me.example/bench"))
    feed = ElementTree.fromstring(made["feed.xml"])
    space = {"a": "http://www.w3.org/2005/Atom"}
    ids = [one.text for one in feed.findall("a:entry/a:id", space)]
    assert ids[0] == f"https://me.example/bench/runs/{runs[-1].run}/report.html"
    assert len(ids) == len(runs)
    assert sum("Changed: Queue over Pipe" in (one.text or "") for one in feed.iter()) == 1
    assert "feed.xml" not in site.pages(site_of(runs))
    assert 'href="feed.xml"' in made["index.html"]


@pytest.mark.parametrize(
    "url",
    [
        *("", "me.example", "javascript:alert(1)", "https://x/?q=1", "ftp://x/"),
        *("https://[x", "https://\udcff/"),
    ],
)
def test_what_is_not_an_address_is_refused(url: str) -> None:
    with pytest.raises(BadInputError, match="--url"):
        site.checked_url(url)


def measured(folder: Path, start: int, seconds: float) -> Path:
    """Write a run of 20 rounds in which queue takes so long, and pipe 0.08 s."""
    when = f"2027-01-{start:02d}T03:17:00Z"
    rows = [
        row(
            round=number,
            trial=trial,
            transport=transport,
            seconds=took + number * 1e-5,
            started=when,
        )
        for number in range(1, 21)
        for trial, (transport, took) in enumerate((("pipe", 0.08), ("queue", seconds)), 1)
    ]
    name = f"202701{start:02d}-031700-weekly-0000"
    sessions = [{"session": 1, "machine": "m1", "before": {"at": when}, "after": {}}]
    facts = {"cpu": {"model": "EPYC", "cores": "4"}, "kernel": {"release": "6.8"}}
    return a_run(folder / name, rows, sessions=sessions, machine_facts=facts)


@pytest.mark.slow
def test_runs_are_published_one_by_one_and_a_change_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The reports' pages take the longest, and are made in the next test."""
    monkeypatch.setattr("runner.pipeline.publish.page_of", lambda *_: "a report")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    runs = [measured(tmp_path, day, 0.1 if day < 9 else 0.16) for day in range(1, 14)]
    folder = tmp_path / "site"
    gate = {"fail_on": "slower:5%", "github": True}
    assert publishing(folder, *runs[:8], **gate) == 0
    codes = [publishing(folder, one, **gate) for one in runs[8:]]
    assert sorted(codes) == [0, 0, 0, 0, 4], "one of them shows the change first"
    told = capsys.readouterr()
    assert told.out.count("since 2027-01-09 0.63× as fast as before") == 1
    assert "--fail-on slower:5%: 1 new change point beyond it" in told.err
    summary = (tmp_path / "summary.md").read_text()
    assert summary.count("Queue over Pipe") == 1
    assert (
        "13 runs, 1 combination followed; 0 new change points beyond the margin, 1 known" in summary
    )
    page = (folder / "index.html").read_text()
    assert page.count("report.html") == 1 + 1 + 13

    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert publishing(folder) == 0
    assert publishing(folder, runs[3]) == 0
    after = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert after == before, "the same run again changes nothing"


def test_a_published_report_is_whole_without_files_beside_it(tmp_path: Path) -> None:
    run = measured(tmp_path, 1, 0.1)
    assert publishing(tmp_path / "site", run) == 0
    place = tmp_path / "site" / RUNS / run.name
    assert {one.name for one in place.iterdir()} == {"report.html", SUMMARY, "summary.csv"}
    page = (place / "report.html").read_text()
    assert "<svg" in page
    assert "tables/" not in page[page.index("<footer>") :]


def test_json_says_what_is_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, weekly([0.8] * 8 + [0.95] * 4))
    assert publishing(tmp_path, as_json=True) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["runs"], told["combinations"], told["changes"], told["new"]) == (12, 11, 1, [])


def test_nothing_is_written_through_a_link_and_nothing_is_left_half(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    put(folder, weekly([0.8] * 3))
    (tmp_path / "precious").write_text("precious")
    (folder / "history.html").symlink_to(tmp_path / "precious")
    with pytest.raises(EnvironmentLacksError, match=r"history\.html: .* is a link"):
        publishing(folder)
    assert (tmp_path / "precious").read_text() == "precious"
    assert sorted(one.name for one in folder.iterdir()) == ["history.html", RUNS]


def test_an_old_feed_goes_with_the_address(tmp_path: Path) -> None:
    put(tmp_path, weekly([0.8] * 3))
    publishing(tmp_path, url="https://me.example/")
    assert (tmp_path / "feed.xml").is_file()
    publishing(tmp_path)
    assert not (tmp_path / "feed.xml").exists()


@pytest.mark.parametrize("name", ["index.html", "feed.xml", "badge.svg"])
def test_somebody_elses_pages_are_not_written_over(tmp_path: Path, name: str) -> None:
    run = measured(tmp_path, 1, 0.1)
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / name).write_text("mine\n")
    for runs in ([run], []):
        with pytest.raises(BadInputError, match=f"{name}: is not part of a site of ipcmatrix"):
            publishing(folder, *runs)
    assert [(one.name, one.read_text()) for one in folder.iterdir()] == [(name, "mine\n")]


def test_a_site_begins_with_a_run_and_may_lose_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runner.pipeline.publish.page_of", lambda *_: "a report")
    run, folder = measured(tmp_path, 1, 0.1), tmp_path / "site"
    with pytest.raises(BadInputError, match="site: holds no published run: name a RUN"):
        publishing(folder)
    assert not folder.exists()
    assert publishing(folder, run) == 0
    shutil.rmtree(folder / RUNS)
    assert publishing(folder) == 0
    assert "No run was published yet" in (folder / "index.html").read_text()
    assert publishing(folder, run) == 0
