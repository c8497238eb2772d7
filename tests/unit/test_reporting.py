"""The verb `report`: what it refuses, links and prints."""

import zipfile
from pathlib import Path

import pytest

from run_folders import a_run, row
from runner.errors import BadInputError
from runner.pipeline.report import link_of_job, report

JOB = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "them/theirs",
    "GITHUB_RUN_ID": "17",
}


def test_the_link_is_that_of_the_job() -> None:
    assert link_of_job(JOB) == "https://github.example/them/theirs/actions/runs/17"


@pytest.mark.parametrize("missing", JOB)
def test_without_a_job_there_is_no_link(missing: str) -> None:
    assert link_of_job({**JOB, missing: ""}) == ""
    assert link_of_job({name: text for name, text in JOB.items() if name != missing}) == ""


def test_a_bundle_of_several_runs_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"a bundle holds one run .* 2 were given"):
        report(
            runs=[tmp_path / "a", tmp_path / "b"],
            out=tmp_path / "out",
            bundle=tmp_path / "out.zip",
            github=False,
            pictures=(),
            as_json=False,
        )
    assert not list(tmp_path.iterdir())


def test_what_an_older_run_says_of_homes_is_neither_reported_nor_bundled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/alice")
    failed = row(status="failed", round_size=1, detail="File /home/alice/x.py in f")
    notes = ["local, since /home/alice/.docker is not there"]
    folder = a_run(tmp_path / "alice" / "a", [failed], notes=notes)
    assert "alice" in (folder / "run.json").read_text()
    out = tmp_path / "out"
    report(
        runs=[folder],
        out=out,
        bundle=out / "a.zip",
        github=False,
        pictures=(),
        as_json=True,
    )
    with zipfile.ZipFile(out / "a.zip") as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    content |= {str(path): path.read_bytes() for path in out.rglob("*.*") if path.suffix != ".zip"}
    assert len(content) > 20
    assert [name for name, text in content.items() if b"alice" in text] == []
