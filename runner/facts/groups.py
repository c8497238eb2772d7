"""Control groups of processes: where they lie, and how often a quota of CPU held them back."""

from collections.abc import Iterable, Mapping

from runner.facts.reading import Tree

ROOT = "/sys/fs/cgroup"
OURSELVES = "self"


def held_back(tree: Tree, pids: Iterable[int | str] = (OURSELVES,)) -> Mapping[str, int]:
    """Return `nr_throttled` of the control groups of `pids` and of all above them, by folder.

    A group's count is of its own quota alone, so those above belong to it. A group without a
    controller of CPU has none.
    """
    folders = dict.fromkeys(folder for pid in pids for folder in _folders(tree, pid))
    counts = {one: tree.table(f"{one}/cpu.stat", " ").get("nr_throttled", "") for one in folders}
    return {folder: int(count) for folder, count in counts.items() if count.isdecimal()}


def _folders(tree: Tree, pid: int | str) -> Iterable[str]:
    """Yield the folders of a process' group and of those above it, of version 2 or 1."""
    yield from (ROOT, f"{ROOT}/cpu")
    for line in tree.lines(f"/proc/{pid}/cgroup"):
        controllers, _, path = line.partition(":")[2].partition(":")
        if controllers and "cpu" not in controllers.split(","):
            continue
        mounted = f"{ROOT}/cpu" if controllers else ROOT
        names = [name for name in path.split("/") if name]
        for depth in range(1, len(names) + 1):
            yield "/".join([mounted, *names[:depth]])
