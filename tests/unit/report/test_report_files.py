"""What is written: names, bytes, tables beside the page, the bundle."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from findings_factory import CONTEXTS, RUN, Factory, hostile

from runner.errors import BadInputError
from runner.report.bundling import bundle
from runner.report.publication import compose, draw_pictures, write
from runner.report.view import View

FACTORY = Factory(pythons=("3.9", "3.10"), contexts=CONTEXTS[:2])


def test_the_same_findings_give_the_same_files(tmp_path: Path) -> None:
    first, second = (write(FACTORY.findings(), tmp_path / name) for name in ("a", "b"))
    assert [one.relative_to(tmp_path / "a") for one in first] == [
        one.relative_to(tmp_path / "b") for one in second
    ]
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in second]
    assert sorted(tmp_path.glob("a/**/.*")) == []


def test_only_the_asked_formats_are_written(tmp_path: Path) -> None:
    assert [one.name for one in write(FACTORY.findings(), tmp_path, formats=("md",))] == [
        "report.md"
    ]
    assert "<picture>" not in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="report formats pdf are unknown"):
        write(FACTORY.findings(), tmp_path, formats=("pdf",))


def test_pictures_that_the_markdown_embeds_are_there(tmp_path: Path) -> None:
    written = write(FACTORY.findings(), tmp_path, formats=("md", "svg"))
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    svgs = [one.relative_to(tmp_path).as_posix() for one in written if one.suffix == ".svg"]
    assert svgs
    assert all(f'"{name}"' in text for name in svgs)
    assert text.count("<picture>") * 2 == len(svgs)


def test_every_table_is_there_as_csv_and_json(tmp_path: Path) -> None:
    written = write(FACTORY.findings(), tmp_path, formats=("tables",))
    names = {one.relative_to(tmp_path / "tables").as_posix() for one in written}
    for name in ("cells", "head_to_heads", "winners", "crossovers", "failures", "noise",
                 "shown/winners", "shown/ratios-c0", "shown/transport-pairs-c0"):  # fmt: skip
        assert {f"{name}.csv", f"{name}.json"} <= names
    cells = list(csv.DictReader(io.StringIO((tmp_path / "tables/cells.csv").read_text("utf-8"))))
    assert len(cells) == FACTORY.findings().planned
    assert float(cells[0]["rate"]) == FACTORY.findings().cells["rate"].iloc[0]


def test_shown_tables_hold_the_unrounded_numbers_too(tmp_path: Path) -> None:
    write(FACTORY.findings(), tmp_path, formats=("tables",))
    table = json.loads((tmp_path / "tables/shown/ratios-c0.json").read_text("utf-8"))
    assert table["columns"][:3] == ["transport", "3.9", "3.9 (number)"]
    pipe = next(row for row in table["data"] if row[0] == "Pipe")
    assert pipe[1].startswith("1.27 ▲ [")
    assert round(pipe[2], 2) == 1.27


def test_hostile_texts_survive_in_tables_as_data(tmp_path: Path) -> None:
    write(hostile(), tmp_path, formats=("tables",))
    frame = json.loads((tmp_path / "tables/cells.json").read_text("utf-8"))
    assert "<script>alert('name')</script>" in frame["transport"]


def test_a_page_without_pictures_needs_no_charts_library(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "import runner.report.publication, runner.report.terminal, runner.report.summary\n"
        "import runner.report.comparison, runner.report.bundling\n"
        "print([one for one in ('altair', 'vl_convert') if one in sys.modules])\n"
    )
    root = Path(__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = tmp_path / "run-1"
    (run / "trials").mkdir(parents=True)
    (run / "run.json").write_text(json.dumps({**RUN, "places": {"3.9": {"image": "sha256:12"}}}))
    (run / "cells.csv").write_text("python\n3.9\n")
    (run / "trials" / "vm-1.csv").write_text("machine\nvm-1\n")
    (run / "trials" / ".lock").write_text("")
    (run / "report.md").write_text("# Report\n")
    return run


def test_a_bundle_holds_what_reproduces_the_run(folder: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle(folder, tmp_path / "out.zip")) as archive:
        assert archive.namelist() == [
            f"run-1/{name}"
            for name in ("REPRODUCE.md", "matrix.yaml", "cells.csv", "report.md", "run.json",
                         "trials/vm-1.csv")
        ]  # fmt: skip
        said = archive.read("run-1/REPRODUCE.md").decode()
        assert "ipcmatrix run --profile quick --seed 7 --matrix matrix.yaml" in said
        assert "sha256:12" in said
        assert archive.read("run-1/matrix.yaml").startswith(b"axes:\n")


def test_a_bundle_of_the_same_folder_has_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    first = bundle(folder, tmp_path / "one.zip").read_bytes()
    (folder / "report.md").touch()
    assert bundle(folder, tmp_path / "two.zip").read_bytes() == first


def test_a_bundle_takes_the_report_from_where_it_was_written(folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "elsewhere"
    (report / "tables").mkdir(parents=True)
    (report / "report.md").write_text("# Newer\n")
    (report / "tables" / "cells.csv").write_text("python\n3.9\n")
    (report / "run.json").write_text("{}")
    with zipfile.ZipFile(bundle(folder, tmp_path / "out.zip", report)) as archive:
        assert archive.read("run-1/report.md") == b"# Newer\n"
        assert "run-1/tables/cells.csv" in archive.namelist()
        assert archive.read("run-1/run.json") == (folder / "run.json").read_bytes()


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="name the folder of a run"):
        bundle(tmp_path, tmp_path / "out.zip")
    assert not (tmp_path / "out.zip").exists()


def test_a_picture_that_no_section_shows_is_not_written() -> None:
    findings = Factory(("3.11", "3.13"), ("pipe", "queue"), CONTEXTS[:1]).findings()
    pairs = findings.head_to_heads
    alone = replace(findings, head_to_heads=pairs[pairs["family"] == "transport"])
    pictures = draw_pictures(View(alone))
    document = compose(View(alone), pictures)
    named = {name for section in document.sections for name in section.pictures}
    assert "versions" in {picture.name for picture in pictures}
    assert "versions" not in named
    assert {picture.name for picture in document.pictures} <= named
