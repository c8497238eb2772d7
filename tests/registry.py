"""What the harness says of its tables, as a run of the tests' data keeps it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from runner.model import Catalogue

_RUN = Path(__file__).parent / "data" / "aa" / "first" / "run.json"
REGISTRY: Mapping[str, Sequence[Mapping[str, Any]]] = json.loads(_RUN.read_text())["registry"]
CATALOGUE = Catalogue.of_runs([{"registry": REGISTRY}])
