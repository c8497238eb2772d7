"""`ipcmatrix export kubernetes`: the manifest holds the matrix, and only what was asked for."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from runner.cli import commands
from runner.errors import BadInputError
from runner.pipeline.export import _block, export_kubernetes
from runner.pipeline.init import MATRIX

SHOWN = Path(__file__).parents[2] / "docs" / "kubernetes.yaml"


def exported(capsys: pytest.CaptureFixture[str], folder: Path, **changes: Any) -> str:
    (folder / "matrix.yaml").write_text(MATRIX)
    known: dict[str, Any] = {
        "shards": 8,
        "image": "registry.example/ipcmatrix:0.2.0",
        "claim": "results",
        "name": "ipcmatrix",
        "budget": "30m",
        "cpus": 2,
        "matrix": folder / "matrix.yaml",
        "profile": None,
    }
    assert export_kubernetes(**{**known, **changes}) == 0
    return capsys.readouterr().out


@pytest.mark.slow
def test_the_example_in_the_documents_is_what_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert SHOWN.read_text("utf-8") == exported(capsys, tmp_path)


def test_the_job_measures_the_matrix_in_shards(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, job = yaml.safe_load_all(exported(capsys, tmp_path, shards=3, name="weekly", cpus=4))
    assert config["data"] == {"matrix.yaml": MATRIX}
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert volumes["matrix"]["configMap"]["name"] == config["metadata"]["name"] == "weekly-matrix"
    assert job["spec"]["completions"] == job["spec"]["parallelism"] == 3
    assert container["resources"]["limits"] == container["resources"]["requests"]
    assert container["resources"]["limits"]["cpu"] == "4"
    words = container["args"]
    assert words[words.index("--shard-index") + 1 :][:3] == ["$(SHARD)", "--shards", "3"]
    known = {flag for option in commands.commands["run"].params for flag in option.opts}
    assert {one for one in words if one.startswith("--")} <= known


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"claim": "a: b"}, "--claim 'a: b'"),
        ({"name": "Weekly"}, "--name 'Weekly'"),
        ({"name": "a" * 60}, "--name"),
        ({"image": "x y"}, "--image 'x y'"),
        ({"image": "x\n"}, "--image"),
        ({"budget": "soon"}, "budget"),
        ({"profile": "none"}, "none"),
    ],
)
def test_what_kubernetes_or_the_matrix_does_not_take_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadInputError, match=re.escape(told)):
        exported(capsys, tmp_path, **changes)


def test_a_job_lasts_as_long_as_its_shards_may(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for budget, seconds in (("10s", 4 * 3600), ("30m", 4 * 3600), ("3h", 24 * 3600)):
        _, job = yaml.safe_load_all(exported(capsys, tmp_path, budget=budget))
        assert job["spec"]["activeDeadlineSeconds"] == seconds


def test_a_matrix_that_a_pod_could_not_read_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.yaml"
    (tmp_path / "own.py").write_text("def order(number):\n    return number\n")
    path.write_text("axes: {python: [found], transport: [pipe], payload: ['./own.py:order']}\n")
    with pytest.raises(BadInputError, match=r"own\.yaml: takes \./own\.py, a file of your own"):
        exported(capsys, tmp_path, matrix=path)


@given(
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\n\t")
    )
)
@example("a:\n  - b # c\n\n d\n")
@example("  a\nb\n")
@example("a\n\n")
@example(" \n")
@example("a \nb")
@example("\u2028a\x85\n")
@example("😀\ufeff")
def test_a_block_holds_any_text(text: str) -> None:
    assert yaml.safe_load(f"data:\n  key: {_block(text)}\nnext: 1\n") == {
        "data": {"key": text},
        "next": 1,
    }
