"""The share of a quick run that lies inside timed phases, wanted ≥ 0.80, and that of calibration.

With trials of 70 ms: those of `quick` are shorter (docs/adr/0040). Two runs in one folder: the
second begins with the rates of the first.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

WANTED = 0.80


def lines() -> Iterator[str]:
    """Yield the shares of a first and a second quick run over every interpreter of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        matrix = yaml.safe_load(Path("matrix.yaml").read_text("utf-8"))
        matrix["profiles"]["quick"]["measure"]["target"] = "70ms"
        Path(folder, "matrix.yaml").write_text(yaml.safe_dump(matrix), "utf-8")
        for which in ("first", "second"):
            yield _line(which, folder)


def _line(which: str, folder: str) -> str:
    command = [sys.executable, "-m", "runner", "run", "--json", "--quiet"]
    finished = subprocess.run(
        [*command, "--matrix", f"{folder}/matrix.yaml", "--no-report", "--out", f"{folder}/runs"],
        capture_output=True,
        text=True,
        check=False,
    )
    if not finished.stdout:
        return f"no {which} run: {finished.stderr.strip()}"
    result = json.loads(finished.stdout)
    trials, calibration = 0.0, 0.0
    for path in Path(result["run"]).glob("trials/*.csv"):
        with path.open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                trials += float(row["wall_seconds"] or 0)
                calibration += float(row["wall_seconds"] or 0) * (row["phase"] == "calibration")
    whole = result["seconds"]
    share = result["timed_seconds"] / whole
    verdict = "" if which == "first" else " ok" if share >= WANTED else " low"
    return (
        f"{which} run of {whole:.0f} s: timed/wall {share:.3f}, wanted >= {WANTED}{verdict}; "
        f"trials with their processes/wall {trials / whole:.3f}, "
        f"calibration/wall {calibration / whole:.3f}"
    )
