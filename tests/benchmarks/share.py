"""The share of a quick run's wall time that lies inside timed regions: wanted ≥ 0.60."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator

WANTED = 0.60


def lines() -> Iterator[str]:
    """Yield the share of a quick run over every interpreter of this machine."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "runner", "run", "--profile", "quick", "--json", "--quiet"]
        finished = subprocess.run(
            [*command, "--no-report", "--out", folder], capture_output=True, text=True, check=False
        )
    if not finished.stdout:
        yield f"no run: {finished.stderr.strip()}"
        return
    result = json.loads(finished.stdout)
    share = result["timed_seconds"] / result["seconds"]
    verdict = "ok" if share >= WANTED else "low"
    yield f"timed/wall {share:.3f} of {result['seconds']:.0f} s, wanted >= {WANTED} {verdict}"
