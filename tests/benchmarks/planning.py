"""Planning 10^6 cells: wanted ≤ 3 s and ≤ 300 MB."""

import subprocess
import sys
from collections.abc import Iterator

CODE = """
import resource, time
from runner.model import Capabilities, Compare, Images, Limits, Matrix, Measure
from runner.plan import plan
names = lambda word, n: tuple(f"{word}{i}" for i in range(n))
axes = {
    "python": tuple(f"3.{i}" for i in range(10)), "transport": names("t", 20),
    "payload": names("p", 10), "topology": names("o", 5), "workers": tuple(map(str, range(1, 11))),
    "start_method": ("fork", "spawn"), "placement": ("free", "together", "apart", "any", "none"),
}
known = lambda axis: dict.fromkeys(axes[axis], "")
can = Capabilities("3", "cpython", known("transport"), known("payload"), known("topology"),
    known("start_method"), known("placement"), {}, "fork", (), {})
matrix = Matrix(axes=axes, exclude=({"transport": "t3", "payload": "p2"},), include=(),
    compare=Compare({"transport": {}, "python": {}}, {}), measure=Measure(), executor="local",
    limits=Limits(), images=Images(), profile="", text="", source="-", exclude_places=("-:1:1",))
before = time.perf_counter()
made = plan(matrix, dict.fromkeys(axes["python"], can))
seconds = time.perf_counter() - before
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(f"{len(made.cells)} cells, {len(made.blocks)} blocks: {seconds:.2f} s of 3, "
      f"peak {peak:.0f} MiB of 286")
"""


def lines() -> Iterator[str]:
    """Yield seconds and peak memory of one plan, in an interpreter of its own."""
    yield subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
    ).stdout.strip()
