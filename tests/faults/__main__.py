"""Run a campaign of faults: `nox -s faults`, `nox -s faults -- --faults 200 --executor docker`."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.campaign import EXECUTORS, campaign


def main() -> int:
    """Apply the faults, print the counts; 1 where something broke."""
    parser = argparse.ArgumentParser(prog="faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=500, help="how many, for each executor")
    parser.add_argument("--executor", choices=[*EXECUTORS, "all"], default="all")
    parser.add_argument("--seed", type=int, default=20121)
    given = parser.parse_args()
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
