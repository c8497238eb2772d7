"""`python -m tests.fuzz [TARGET] [N] [--seed S]`: inputs made at random, and the counts."""

import argparse
from collections.abc import Mapping

from tests.fuzz.agent_lines import AGENT_LINE
from tests.fuzz.matrix_text import COMMAND_LINE, MATRIX
from tests.fuzz.run_folders import RUN_FOLDER
from tests.fuzz.site_history import SITE
from tests.fuzz.target import Target, fuzz
from tests.fuzz.verbs import ARGUMENTS, MERGE, PART, PUBLISH, TRY

TARGETS: Mapping[str, Target] = {
    "matrix": MATRIX,
    "flags": COMMAND_LINE,
    "run": RUN_FOLDER,
    "agent": AGENT_LINE,
    "site": SITE,
    "merge": MERGE,
    "publish": PUBLISH,
    "part": PART,
    "try": TRY,
    "arguments": ARGUMENTS,
}


def main() -> None:
    """Try one target, or every one in turn."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", nargs="?", choices=TARGETS, help="all of them if not given")
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    for name in [given.target] if given.target else TARGETS:
        outcomes = fuzz(TARGETS[name], given.count, given.seed)
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(outcomes.items()))
        print(f"{name}: {outcomes.total():,} inputs, no error but ours: {told}", flush=True)


if __name__ == "__main__":
    main()
