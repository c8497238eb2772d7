"""Every command of the workflows that `init --github` writes, run as the jobs would run it.

What is GitHub's own is played: artifacts are folders, the repository is one on the disk, and
containers are left out, for they have tests of their own.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_command_line import NEWEST, SMALL

from tests.forked import forked
from tests.small_runs import few_interpreters

pytestmark = pytest.mark.machine

ROOT = Path(__file__).parents[2]
MATRIX = SMALL.replace("[found]", f'["{NEWEST}"]').replace(
    "queue]\n", "queue]\n  payload: [int, dict]\n"
)
PROGRAMS = {
    "ipcmatrix": f'exec {sys.executable} -m ipcmatrix "${{@/docker/local}}"',
    "gh": 'test "$*" = "auth setup-git" && test "$GH_TOKEN" = secret',
}


@dataclass
class Repository:
    """A repository with its artifacts and its settings, and what its jobs wrote."""

    folder: Path
    workflow: Mapping[str, Any]
    settings: Mapping[str, str]
    summary: str = ""
    ran: list[str] = field(default_factory=list)

    def job(self, name: str, **known: str) -> dict[str, str]:
        """Run a job's steps in a checkout of its own; return its outputs."""
        place = self.folder / "jobs" / f"{name}{len(list((self.folder / 'jobs').iterdir()))}"
        place.mkdir()
        outputs: dict[str, str] = {}
        for step in self.workflow["jobs"][name]["steps"]:
            used = str(step.get("uses", "")).partition("@")[0]
            given = {key: self.value(text, known) for key, text in step.get("with", {}).items()}
            if used == "actions/checkout":
                (place / "matrix.yaml").write_text(MATRIX)
            elif used == "actions/upload-artifact":
                to = self.folder / "artifacts" / given["name"]
                shutil.copytree(place / given["path"], to, dirs_exist_ok=True)
            elif used == "actions/download-artifact":
                one = given.get("name")
                for found in sorted((self.folder / "artifacts").glob(one or given["pattern"])):
                    shutil.copytree(found, place / given["path"] / ("" if one else found.name))
            elif "run" in step and "pip install" not in step["run"]:
                outputs |= self.script(step, place, known)
        return outputs

    def script(
        self, step: Mapping[str, Any], place: Path, known: Mapping[str, str]
    ) -> dict[str, str]:
        for name in ("output", "summary"):
            (place / name).write_text("")
        own = {**self.workflow["env"], **step.get("env", {})}
        few = few_interpreters(self.folder / "home")
        environment = {
            **few,
            "PATH": f"{self.folder / 'bin'}:{few['PATH']}",
            "HOME": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "GITHUB_SERVER_URL": f"file://{self.folder}",
            "GITHUB_REPOSITORY": "remote",
            "GITHUB_RUN_ID": "17",
            "GITHUB_OUTPUT": str(place / "output"),
            "GITHUB_STEP_SUMMARY": str(place / "summary"),
            **{key: self.value(text, known) for key, text in own.items()},
        }
        finished = subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=place,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.returncode == 0, finished.stdout + finished.stderr
        self.ran += re.findall(r"^\s*(ipcmatrix .*?)(?: >|$)", step["run"], re.MULTILINE)
        self.summary += (place / "summary").read_text()
        return dict(line.split("=", 1) for line in (place / "output").read_text().splitlines())

    def value(self, text: object, known: Mapping[str, str]) -> str:
        """Return a text with its expressions replaced, by the few rules that the workflow needs."""
        rules = {"github.token": "secret", **self.settings, **known}

        def replaced(match: re.Match[str]) -> str:
            alternatives = [one.strip() for one in match[1].split("||")]
            named = (
                rules.get(one, one[1:-1] if one.startswith("'") else "") for one in alternatives
            )
            return next((one for one in named if one), "")

        return re.sub(r"\$\{\{(.*?)\}\}", replaced, str(text))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    for name in ("jobs", "artifacts", "bin", "mine"):
        (tmp_path / name).mkdir()
    for name, text in PROGRAMS.items():
        program = tmp_path / "bin" / name
        program.write_text(f"#!/bin/bash\n{text}\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "remote")], check=True)
    assert forked("init", "--github", cwd=tmp_path / "mine").returncode == 0
    written = (tmp_path / "mine/.github/workflows/matrix.yml").read_text()
    settings = {"inputs.shards": "2", "vars.PAGES_URL": "https://me.example/bench/"}
    return Repository(tmp_path, yaml.safe_load(written), settings)


def site_of(repository: Repository) -> Sequence[str]:
    git = ["git", "-C", str(repository.folder / "remote"), "ls-tree", "-r", "--name-only"]
    listed = subprocess.run([*git, "ipcmatrix-site"], capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_the_weekly_workflow_plans_measures_merges_reports_and_publishes(
    repository: Repository,
) -> None:
    planned = repository.job("plan")
    assert planned == {"shards": "[1,2]"}
    for shard in ("1", "2"):
        repository.job("measure", **{"matrix.shard": shard})
    assert len(list((repository.folder / "artifacts").glob("shard-?/*/run.json"))) == 2
    repository.job("report")
    assert "Pipe" in repository.summary
    assert repository.job("publish") == {"pushed": "yes"}
    site = site_of(repository)
    assert {".nojekyll", "index.html", "history.html", "feed.xml"} <= set(site)
    assert len([one for one in site if one.endswith("summary.json")]) == 1
    assert "1 run, 2 combinations followed" in repository.summary

    assert repository.job("publish") == {"pushed": "yes"}, "again, with the branch that is there"
    assert site_of(repository) == site

    verbs = [one.split()[1] for one in repository.ran]
    assert verbs == ["plan", *["doctor", "run"] * 2, "merge", "report", *["publish"] * 2]
    shown = {
        one
        for path in (ROOT / ".github/workflows").glob("*.yml")
        for one in re.findall(r"ipcmatrix [a-z]+", path.read_text())
    }
    assert shown - {f"ipcmatrix {verb}" for verb in verbs} <= {"ipcmatrix init", "ipcmatrix plan"}


@pytest.mark.parametrize(
    ("event", "published"),
    [
        # What a schedule tells of the repository is nothing; it runs on the default branch only.
        ({"github.event_name": "schedule", "github.ref_name": "main"}, True),
        ({"github.event.repository.default_branch": "main", "github.ref_name": "main"}, True),
        ({"github.event.repository.default_branch": "main", "github.ref_name": "topic"}, False),
    ],
)
def test_only_the_default_branch_publishes_also_on_a_schedule(
    repository: Repository, event: Mapping[str, str], published: bool
) -> None:
    known = {"needs.report.result": "success", "github.event_name": "workflow_dispatch", **event}
    text = repository.workflow["jobs"]["publish"]["if"].strip("${} ")
    text = text.replace("!cancelled()", "True").replace("&&", "and").replace("||", "or")
    names = re.compile(r"\b(?:needs|github)\.[\w.]+")
    expression = names.sub(lambda found: repr(known.get(found[0], "")), text)
    assert eval(expression, {}) is published


def test_the_check_of_a_matrix_passes_on_the_one_that_init_writes(repository: Repository) -> None:
    mine = repository.folder / "mine"
    job = yaml.safe_load((mine / ".github/workflows/matrix-check.yml").read_text())["jobs"]["check"]
    scripts = [step["run"] for step in job["steps"] if "run" in step][1:]
    assert scripts == ["ipcmatrix check", "ipcmatrix plan"]
    env = {**os.environ, **few_interpreters(repository.folder / "home")}
    for script in scripts:
        finished = forked(*script.split()[1:], cwd=mine, env=env)
        assert finished.returncode == 0, finished.stderr
