"""Where the processes of a trial run: anywhere, all on one core, or each on a core of its own."""

from __future__ import absolute_import

import glob
from collections import namedtuple

import compat

NAMES = ("free", "together", "apart")

CPU = "/sys/devices/system/cpu"

Core = namedtuple("Core", "number physical node cache capacity")
"""A core as the system numbers it.

`physical` is the same for SMT siblings, `node` for cores of one NUMA node, `cache` for those that
share a last-level cache. `capacity` is the computing power, 1024 for the strongest kind.
"""

Places = namedtuple("Places", "producers workers helpers")
"""For each process of a kind the list of cores that it is bound to, empty where it is free."""

WEAK = (("cpu_atom", 512), ("cpu_lowpower", 256))
"""Counters that only weaker cores of x86 have, and what stands for their capacity: they lack it."""

ONE_KIND = 0.9
"""Cores whose capacities differ by less than this share are of one kind."""

ONE_CORE = "apart needs two cores; one is allowed here"

_known = {}


def supported(name):
    """Return "" where the placement can be had here, or the reason why not."""
    if name == "free":
        return ""
    cores = compat.allowed_cores()
    lacks = compat.affinity_lacks() or _refusal(cores)
    if lacks:
        return lacks
    return ONE_CORE if name == "apart" and len(cores) < 2 else ""


def _refusal(cores):
    """Return "" where this system lets us bind a process, or why not: a sandbox may refuse."""
    try:
        compat.run_on(cores[-1:])
        bound = compat.allowed_cores()
        compat.run_on(cores)
    except (OSError, ValueError) as error:
        return "this system does not let a process be bound to a core: %s" % error
    if bound != cores[-1:]:
        return "this system does not bind a process to a core, though it says so"
    return ""


def places(name, cores, producers, workers, helpers):
    """Return the Places of so many processes of each kind on the Core values that are allowed.

    `together` they share the core that is the first of those for `apart`. Helpers are processes
    such as a manager's server; helper threads inherit the cores of their process.
    """
    if name == "free":
        return Places([[]] * producers, [[]] * workers, [[]] * helpers)
    if name == "together":
        first = [chosen(cores, 2)[0].number]
        return Places([first] * producers, [first] * workers, [first] * helpers)
    numbers = [core.number for core in chosen(cores, producers + workers + helpers)]
    own = min(producers, len(numbers) - 1)
    shared = numbers[own:]
    taken, spare = shared[:workers] or shared, shared[workers:]
    return Places(
        [[numbers[seat % own]] for seat in range(producers)],
        [[shared[seat % len(shared)]] for seat in range(workers)],
        [[spare[seat]] if seat < len(spare) else taken for seat in range(helpers)],
    )


def chosen(cores, count):
    """Return at most `count` cores for processes that are to run apart, at least two of them.

    Of the allowed ones: of one kind, the strongest with two cores, whatever `count` is, so that
    all trials of a run are on the same kind; no SMT siblings, but where there is nothing else;
    with one last-level cache, else of one NUMA node, where so many fit.
    """
    pool = _without_siblings(_strongest_kind(cores))
    if len(pool) < 2:
        pool = cores
    pool = sorted(pool, key=lambda core: (core.node, core.cache, core.number))
    for near in (lambda core: (core.node, core.cache), lambda core: core.node):
        groups = {}
        for core in pool:
            groups.setdefault(near(core), []).append(core)
        fitting = [group for group in groups.values() if len(group) >= max(count, 2)]
        if fitting:
            pool = min(fitting)
            break
    return pool[: max(count, 2)]


def _strongest_kind(cores):
    """Return the cores of the strongest kind that has two, or all where none has."""
    rest = sorted(cores, key=lambda core: -core.capacity)
    while rest:
        least = ONE_KIND * rest[0].capacity
        kind = [core for core in rest if core.capacity >= least]
        if len(_without_siblings(kind)) > 1:
            return kind
        rest = rest[len(kind) :]
    return cores


def _without_siblings(cores):
    """Return the first allowed core of each physical one."""
    first = {}
    for core in sorted(cores):
        first.setdefault(core.physical, core)
    return sorted(first.values())


def machine():
    """Return the Core of each core on which this process may run.

    What is read is kept: the agent has read it before it forks its trials.
    """
    allowed = compat.allowed_cores()
    new = [number for number in allowed if number not in _known]
    _known.update((core.number, core) for core in described(new))
    return [_known[number] for number in allowed]


def described(allowed, root=""):
    """Return the Core of each of these numbers, from the system's tree /sys.

    If the tree does not say, each core is a physical one and all are alike.
    """
    weak = {}
    for name, capacity in WEAK:
        weak.update(dict.fromkeys(_numbers(root + "/sys/devices/%s/cpus" % name), capacity))
    return [_described(root + CPU + "/cpu%d" % number, number, weak) for number in allowed]


def _described(folder, number, weak):
    siblings = _numbers(folder + "/topology/core_cpus_list") or _numbers(
        folder + "/topology/thread_siblings_list"
    )
    nodes = [path.rpartition("node")[2] for path in glob.glob(folder + "/node[0-9]*")]
    levels = sorted(
        (_number(index + "/level", 0), index) for index in glob.glob(folder + "/cache/index*")
    )
    sharing = _numbers(levels[-1][1] + "/shared_cpu_list") if levels else []
    return Core(
        number=number,
        physical=min(siblings or [number]),
        node=min([int(node) for node in nodes if node.isdigit()] or [0]),
        cache=min(sharing or [0]),
        capacity=_number(folder + "/cpu_capacity", weak.get(number, 1024)),
    )


def _numbers(path):
    try:
        return compat.spans(_text(path))
    except ValueError:  # no list of numbers: as good as nothing
        return []


def _number(path, otherwise):
    text = _text(path)
    return int(text) if text.isdigit() else otherwise


def _text(path):
    try:
        with open(path) as stream:
            return stream.read().strip()
    except (IOError, OSError, ValueError):  # the last: bytes that are no text
        return ""


def as_text(found):
    """Return Places as text: 0;1/2+3/4 is two producers, a worker that may use two cores, a helper.

    "" where the processes are free.
    """
    kinds = [";".join("+".join(map(str, cores)) for cores in kind) for kind in found]
    return "/".join(kinds).strip("/;")
