"""The files of docs/your-own-code.md in a cluster: its workers have none of them but by the run."""

import re
from pathlib import Path

import pytest

from runner.runfolder.folder import read_folder
from tests.machines import MATRIX, cluster
from tests.small_runs import few_interpreters

pytestmark = [pytest.mark.machine, pytest.mark.timeout(600)]

SHOWN = (Path(__file__).parents[2] / "docs" / "your-own-code.md").read_text("utf-8")
OWN = 'queue, named_fifo]\n  payload: ["./carts.py:cart", "tree:2", "./message.json"]\n'


def test_workers_measure_files_of_ones_own_with_what_these_import(tmp_path: Path) -> None:
    with cluster(tmp_path, rounds=2) as made:
        made.environment |= few_interpreters(tmp_path / "home")
        for name, text in re.findall(r"```python\n# (\w+\.py)\n(.*?)```", SHOWN, flags=re.DOTALL):
            (tmp_path / name).write_text(text, "utf-8")
        (tmp_path / "message.json").write_text('{"id": 4711}')
        plugins = "plugins: [./my_transports.py, ./my_payloads.py]\n"
        text = MATRIX.replace("ROUNDS", "2").replace("queue]\n", OWN, 1)
        made.matrix.write_text(plugins + text)
        driver = made.driver("driver", "--machines", "1")
        made.worker("h1")
        assert driver.ends() == 0, driver.said
        part = read_folder(made.run / "parts" / "h1")
        kept = {path.name for path in (made.run / "parts" / "h1" / "files").iterdir()}
    rows = part.trials[0].frame
    assert set(rows["status"]) == {"ok"}
    assert set(rows["transport"]) == {"pipe", "queue", "named_fifo"}
    assert set(rows["payload"]) == {"carts.py:cart", "tree:2", "message.json"}
    assert {"prices.py", "carts.py", "my_transports.py", "my_payloads.py"} <= kept
