"""The table of executors: chosen by name, loaded when chosen."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from runner.errors import BadInputError
from runner.executors import EXECUTORS, load


def test_an_unknown_executor_is_answered_with_the_known_ones() -> None:
    with pytest.raises(BadInputError) as caught:
        load("podman")
    assert "'podman'; known are docker, local" in str(caught.value)


@pytest.mark.parametrize("name", sorted(EXECUTORS))
def test_every_name_of_the_table_is_a_module(name: str) -> None:
    assert find_spec(EXECUTORS[name]) is not None


@pytest.mark.slow
def test_local_loads_nothing_of_the_engine() -> None:
    code = (
        "import sys; from runner.executors import load; module = load('local')\n"
        "assert module.LocalExecutor.name == 'local'\n"
        "sys.exit(', '.join({'docker', 'pandas'} & set(sys.modules)) or 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
