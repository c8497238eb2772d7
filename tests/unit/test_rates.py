"""The rates of a run are where the next one on the same machine begins."""

from pathlib import Path

from runner.model import Cell, OwnFile
from runner.pipeline.facts import last_rates, rates_json
from runner.runfolder import journal
from small_journal import CELLS, MATRIX, NEEDED

PIPE, ARRAY = Cell("3.11", "pipe"), Cell("3.11", "queue", "str:100", "fan_out", 2)
OWN = Cell("3.11", "pipe", "messages.py:order")


def run(out: Path, name: str, machine: str = "box", **facts: object) -> None:
    with journal.create(out, name, MATRIX, CELLS, machine, {**NEEDED, "executor": "local"}) as kept:
        kept.note(facts)


def test_a_run_begins_with_the_rates_of_the_newest_on_its_machine(tmp_path: Path) -> None:
    known = rates_json({PIPE: 1000.0, ARRAY: 20.0, OWN: 3.0}, [OwnFile("./messages.py", b"")])
    assert known == {
        "3.11 pipe int one_to_one 1 default free": 1000.0,
        "3.11 queue str:100 fan_out 2 default free": 20.0,
    }
    assert last_rates(tmp_path, "box", "local") == {}
    run(tmp_path, "20260101-a", rates={"3.11 pipe int one_to_one 1 default free": 7.0})
    run(tmp_path, "20260102-b", rates=known)
    run(tmp_path, "20260103-c", rates={"some key": 1.0}, machine="another")
    run(tmp_path, "20260104-d")
    (tmp_path / "20260105-e").mkdir()
    (tmp_path / "20260105-e" / "run.json").write_text("damaged")
    assert last_rates(tmp_path, "box", "local") == {PIPE: 1000.0, ARRAY: 20.0}
    assert last_rates(tmp_path, "box", "docker") == {}
