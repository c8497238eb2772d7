"""Run the benchmarks and print their ratios: `nox -s bench`, `nox -s bench -- fidelity plan`."""

import sys

from tests.benchmarks import (
    analysing,
    containers,
    fidelity,
    invocations,
    planning,
    share,
    starting,
    variants,
)

BENCHMARKS = {
    "fidelity": fidelity.lines,
    "invocation": invocations.lines,
    "share": share.lines,
    "counts": variants.counts,
    "warmup": variants.warmup,
    "plan": planning.lines,
    "start": starting.lines,
    "report": analysing.lines,
    "docker": containers.lines,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without a name; 2 for an unknown one."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"== {name}", flush=True)
        for line in BENCHMARKS[name]():
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
