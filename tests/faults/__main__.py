"""Run a campaign of faults: `nox -s faults`, `nox -s faults -- --faults 200 --executor docker`.

`nox -s faults -- cluster --faults 100` disturbs one run on a cluster of three machines here.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults import clusters
from tests.faults.campaign import EXECUTORS, campaign


def main() -> int:
    """Apply the faults, print the counts; 1 where something broke."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["runs", "cluster"], default="runs")
    parser.add_argument("--faults", type=int, default=500, help="how many, for each executor")
    parser.add_argument("--executor", choices=[*EXECUTORS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=20121)
    given = parser.parse_args()
    if given.what == "cluster":
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            counts = clusters.campaign(given.faults, given.seed, Path(folder), say=print)
        print(f"== cluster, seed {given.seed}")
        print("\n".join(counts.lines()), flush=True)
        return int(bool(counts.wrong()))
    executors = EXECUTORS if given.executor == "all" else [given.executor]
    broken = False
    for executor in executors:
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            counts = campaign(given.faults, executor, given.seed, Path(folder))
        print(f"== {executor}, seed {given.seed}")
        print("\n".join(counts.lines()), flush=True)
        broken |= bool(counts.wrong())
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
