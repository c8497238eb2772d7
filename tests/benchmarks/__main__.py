"""Run the benchmarks and print their ratios: `nox -s bench`, `nox -s bench -- fidelity plan`.

`decided:60s` gives a benchmark a value: there, the budget.
"""

import sys
from collections.abc import Callable, Iterator

from tests.benchmarks import (
    analysing,
    clusters,
    containers,
    decided,
    fidelity,
    invocations,
    planning,
    share,
    starting,
    variants,
)

BENCHMARKS: dict[str, Callable[..., Iterator[str]]] = {
    "fidelity": fidelity.lines,
    "invocation": invocations.lines,
    "share": share.lines,
    "counts": variants.counts,
    "warmup": variants.warmup,
    "length": variants.length,
    "plan": planning.lines,
    "start": starting.lines,
    "report": analysing.lines,
    "decided": decided.lines,
    "docker": containers.lines,
    "cluster": clusters.lines,
}


def main(names: list[str]) -> int:
    """Run the named benchmarks, all without a name; 2 for an unknown one."""
    asked = [name.partition(":") for name in names or BENCHMARKS]
    unknown = [name for name, _, _ in asked if name not in BENCHMARKS]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name, _, given in asked:
        print(f"== {name}", flush=True)
        for line in BENCHMARKS[name](*[given] if given else []):
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
