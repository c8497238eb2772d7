"""The answers to `describe` and `facts`: what this interpreter supports, and its build."""

from __future__ import absolute_import

import os
import platform
import sys
import sysconfig
import tempfile

import compat
import payloads
import placement
import probes
import topologies
import transports
import userfiles
import userplugins
from payloads import own

ANY_NUMBER = 10**9
START_METHODS = ("fork", "spawn", "forkserver")


def describe():
    """Return what the harness can do under this interpreter (see __main__ for the shape)."""
    return dict(
        names(),
        version=platform.python_version(),
        implementation=compat.implementation(),
        transports=dict(_reasons(transports), **userplugins.reasons("transport")),
        payloads=dict(
            _reasons(payloads),
            **dict(
                userplugins.reasons("payload"),
                **dict((entry["name"], "") for entry in own.entries())
            )
        ),
        topologies=dict(
            ((name, "") for name in topologies.NAMES), **userplugins.reasons("topology")
        ),
        probes=_reasons(probes),
        default_start_method=compat.default_start_method(),
        rules=rules(),
        facts=interpreter(),
    )


def names():
    """Return what may stand in a matrix; no package is looked for."""
    available = compat.start_methods()
    return {
        "start_methods": dict(
            (name, "" if name in available else "this interpreter has no start method " + name)
            for name in START_METHODS
        ),
        "placements": dict((name, placement.supported(name)) for name in placement.NAMES),
        "faults": dict((one.name, one.fault) for one in userfiles.files() if one.fault),
        "registry": {
            "transport": _entries(
                transports, "transport", role="ROLE", shared="SHARED", parameter="PARAMETER"
            ),
            "payload": _entries(
                payloads, "payload", parameter="PARAMETER", item_bytes="ITEM_BYTES"
            )
            + own.entries(),
            "topology": _entries(topologies, "topology", parameter="PARAMETER"),
            "probe": _entries(probes, "probe"),
        },
    }


def _reasons(table):
    return dict((name, table.load(name).supported()) for name in table.NAMES)


def _modules(table, kind):
    """Return (name, module) for each name of a table, and what is known of the user's own."""
    own = [(one.name, one) for one in userplugins.described(kind)]
    return [(name, table.load(name)) for name in table.NAMES] + own


def _entries(table, kind, **more):
    """Return the description of each name of a table, in the table's order."""
    found = []
    for name, module in _modules(table, kind):
        entry = {"name": name, "label": getattr(module, "LABEL", name), "summary": module.SUMMARY}
        entry.update((key, getattr(module, attribute, "")) for key, attribute in more.items())
        found.append(entry)
    return found


def rules():
    """Return the combinations that cannot be run, each with its reason."""
    found = []
    for name, topology in _modules(topologies, "topology"):
        most = topology.MOST_WORKERS
        if most is not None:
            reason = "%s has %d worker by nature" % (name, most)
            found.append(_rule({"topology": [name]}, reason, [most + 1, ANY_NUMBER]))
    for name, transport in _modules(transports, "transport"):
        found.extend(_transport_rules(name, transport))
    return found


def _transport_rules(name, transport):
    found = []
    if transport.PAYLOADS is not None:
        known = [entry["name"] for entry in own.entries()]
        known.extend(payloads.NAMES + userplugins.names("payload"))
        others = [other for other in known if other not in transport.PAYLOADS]
        reason = "%s carries only %s" % (name, ", ".join(transport.PAYLOADS))
        found.append(_rule({"transport": [name], "payload": others}, reason))
    shapes = _modules(topologies, "topology")
    known = [other for other, _ in shapes]
    polling = [other for other, topology in shapes if topology.NEEDS_POLL]
    if not getattr(transport, "POLLS", True):
        reason = "%s cannot see without blocking whether a message is there" % name
        found.append(_rule({"transport": [name], "topology": polling}, reason))
    methods = getattr(transport, "START_METHODS", None)
    if methods is not None:
        others = [other for other in START_METHODS if other not in methods]
        reason = "%s works under the start method %s only" % (name, ", ".join(methods))
        found.append(_rule({"transport": [name], "start_method": others}, reason))
    if transport.TOPOLOGIES is not None:
        others = [other for other in known if other not in transport.TOPOLOGIES]
        reason = "%s serves only %s" % (name, ", ".join(transport.TOPOLOGIES))
        found.append(_rule({"transport": [name], "topology": others}, reason))
    return found


def _rule(names, reason, workers=None):
    return {"names": names, "workers": workers, "reason": reason}


def interpreter():
    """Return the facts of this interpreter's build and of its means of measuring."""
    config = sysconfig.get_config_vars()
    arguments = str(config.get("CONFIG_ARGS") or "")
    flags = str(config.get("PY_CFLAGS") or "")
    return {
        "version": platform.python_version(),
        "implementation": compat.implementation(),
        "build": " ".join(platform.python_build()),
        "compiler": platform.python_compiler(),
        "pgo": _yes("--enable-optimizations" in arguments),
        "lto": _yes("--with-lto" in arguments or "-flto" in flags),
        "debug": _yes(hasattr(sys, "gettotalrefcount")),
        "gil": compat.gil(),
        "jit": compat.jit(),
        "libc": " ".join(platform.libc_ver()).strip() or "unknown",
        "clock": compat.CLOCK,
        "clock_resolution": "%.9f" % _clock_resolution(),
        "switch_interval": _switch_interval(),
        "pickle_protocol": str(compat.connection_protocol()),
        "pickle_highest": str(compat.pickle_module().HIGHEST_PROTOCOL),
        "hash_seed": os.environ.get("PYTHONHASHSEED", "random"),
        "allocator": os.environ.get("PYTHONMALLOC", "default"),
        "environment_size": str(sum(len(k) + len(v) + 2 for k, v in os.environ.items())),
        "pointer_bits": platform.architecture()[0],
        "numpy": _version_of("numpy"),
    }


def _yes(value):
    return "yes" if value else "no"


def _clock_resolution():
    """Return the smallest step seen between two readings, in seconds."""
    steps = []
    last = compat.now()
    while len(steps) < 100:
        moment = compat.now()
        if moment > last:
            steps.append(moment - last)
            last = moment
    return min(steps)


def _switch_interval():
    if hasattr(sys, "getswitchinterval"):
        return "%g s" % sys.getswitchinterval()  # novm
    return "%d bytecodes" % sys.getcheckinterval()


def _version_of(name):
    try:
        return __import__(name).__version__
    except ImportError:
        return "none"


def inside():
    """Return the limits and the identity of this place, as seen from inside."""
    facts = {
        "cores": ",".join(str(core) for core in compat.allowed_cores()),
        "uid": str(os.getuid()),
        "shm_bytes": _filesystem_bytes("/dev/shm"),
        "tmp_writable": _yes(os.access("/tmp", os.W_OK)),
        "root_writable": _yes(_can_write("/")),
        "docker_socket": _yes(os.path.exists("/var/run/docker.sock")),
        "interfaces": ",".join(_interfaces()),
        "ipc_namespace": _link("/proc/self/ns/ipc"),
        "swap_bytes": _swap_bytes(),
        "writable_mounts": _writable_mounts(),
        "process_1": _read("/proc/1/comm"),
    }
    for key, names in _CGROUP_FILES.items():
        facts[key] = next((text for text in map(_read, names) if text), "unknown")
    facts.update(_status_facts())
    return facts


_CGROUP_FILES = {
    "memory_bytes": ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    "pids": ("/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"),
    "cpu_quota": ("/sys/fs/cgroup/cpu.max", "/sys/fs/cgroup/cpu/cpu.cfs_quota_us"),
    "cpuset": (
        "/sys/fs/cgroup/cpuset.cpus.effective",
        "/sys/fs/cgroup/cpuset/cpuset.effective_cpus",
        "/sys/fs/cgroup/cpuset/cpuset.cpus",
    ),
    "cpu_stat": ("/sys/fs/cgroup/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat"),
}


def _status_facts():
    wanted = {"CapEff": "capabilities", "NoNewPrivs": "no_new_privileges", "Seccomp": "seccomp"}
    found = {}
    for line in _read("/proc/self/status").splitlines():
        name, _, value = line.partition(":")
        if name in wanted:
            found[wanted[name]] = value.strip()
    return found


# Kinds of mounted file systems that are not on the host's disks.
_VIRTUAL = frozenset(
    ("proc", "sysfs", "tmpfs", "devpts", "mqueue", "cgroup", "cgroup2", "devtmpfs", "overlay")
)


def _writable_mounts():
    """Return where file systems of disks are mounted writable, separated by commas, or none."""
    lines = [line.split() for line in _read("/proc/self/mounts").splitlines()]
    if not lines:
        return "unknown"
    found = [
        fields[1]
        for fields in lines
        if fields[2] not in _VIRTUAL and "rw" in fields[3].split(",")
    ]
    return ",".join(found) or "none"


def _swap_bytes():
    """Return how much may be swapped: max for no limit, unknown if nothing says."""
    more = _read("/sys/fs/cgroup/memory.swap.max")
    if more:
        return more
    # The first generation of control groups limits the sum of memory and swap.
    both = _read("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes")
    memory = _read("/sys/fs/cgroup/memory/memory.limit_in_bytes")
    if both and memory:
        # Without a limit both are the largest whole number of pages.
        return "max" if int(both) > 1 << 60 else str(int(both) - int(memory))
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("SwapTotal:"):
            return "0" if line.split()[1] == "0" else "unknown"
    return "unknown"


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return "unknown"


def _read(path):
    try:
        with open(path) as stream:
            return stream.read().strip()
    except (IOError, OSError):
        return ""


def _filesystem_bytes(path):
    try:
        stat = os.statvfs(path)
    except OSError:
        return "unknown"
    return str(stat.f_frsize * stat.f_blocks)


def _can_write(folder):
    try:
        tempfile.TemporaryFile(dir=folder).close()
    except (IOError, OSError):
        return False
    return True


def _interfaces():
    try:
        return sorted(os.listdir("/sys/class/net"))
    except OSError:
        return []
