"""What the harness says of its tables, as a run of the tests' data keeps it, and of itself here."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from runner.executors import wire
from runner.model import Capabilities, Catalogue
from runner.shipped import HARNESS

_RUN = Path(__file__).parent / "data" / "aa" / "first" / "run.json"
REGISTRY: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(_RUN.read_text())["registry"]
CATALOGUE = Catalogue.of_runs([{"registry": REGISTRY}])


@cache
def described() -> Capabilities:
    """What the harness can do under the interpreter of the tests."""
    command = [sys.executable, "-B", str(HARNESS), "agent"]
    asked = subprocess.run(command, input=wire.encode_describe(), capture_output=True, check=True)
    answer = wire.decode(asked.stdout.splitlines()[1])
    assert isinstance(answer, wire.Described)
    return answer.capabilities
