"""How many comparisons of the default matrix a budget decides, by placement."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator


def lines(budget: str = "") -> Iterator[str]:
    """Yield the counts of one run; `decided:60s` gives another budget than the matrix's own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "runner", "run", "--quiet", "--json", "--out", folder]
        command += ["--budget", budget] if budget else []
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1):  # 1: some combinations were not ok
        yield f"the run ended with exit code {done.returncode}"
        return
    found = json.loads(done.stdout)
    compared = found["comparisons"]
    share = found["timed_seconds"] / found["seconds"]
    yield f"{found['ending']}: {found['seconds']:.0f} s, {share:.0%} of them timed"
    for name, part in (("bound", compared["bound"]), ("free", compared["free"])):
        yield (
            f"{name}: {part['total']} comparisons with the baseline: {part['decided']} decided, "
            f"{part['equal']} equal, {part['open']} open"
        )
    widest = sorted(compared["each"], key=lambda one: -(one["equal_within"] or float("inf")))
    for one in [one for one in widest if one["verdict"] in ("open", "invalid")][:5]:
        known = one["equal_within"]
        within = "no interval" if known is None else f"within {known:.1%}"
        yield f"  open: {one['option']} in {one['block']}, {one['rounds']} rounds, {within}"
