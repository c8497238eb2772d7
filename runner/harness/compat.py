"""Every difference between Python 2 and 3, and between systems, and nothing else."""

from __future__ import absolute_import

import json
import multiprocessing
import os
import platform
import re
import resource
import shlex
import sys
import time
from collections import namedtuple

PY2 = sys.version_info[0] == 2

if PY2:
    import itertools

    import __builtin__ as builtins  # novm

    # Looked up by name, since linters for 3.x do not know it.
    lazy_zip = getattr(itertools, "izip")  # noqa: B009
    lazy_map = getattr(itertools, "imap")  # noqa: B009
    counting = builtins.__dict__["xrange"]
else:
    lazy_zip, lazy_map, counting = zip, map, range

try:
    import ctypes

    _libc = ctypes.CDLL(None, use_errno=True)
except (ImportError, OSError):
    ctypes = None
    _libc = None

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
CLOCK_MONOTONIC = 1
CLOCK_THREAD_CPUTIME_ID = 3

Usage = namedtuple("Usage", "user system voluntary involuntary peak_rss_kib")


def _timespec():
    class Timespec(ctypes.Structure):
        _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

    return Timespec


def _monotonic_by_ctypes():
    moment = _timespec()()
    place = ctypes.byref(moment)
    gettime = _libc.clock_gettime

    def now():
        gettime(CLOCK_MONOTONIC, place)
        return moment.seconds + moment.nanoseconds * 1e-9

    now()
    return now


def _choose_clock():
    """Return the system-wide monotonic clock in seconds, and its name."""
    if not PY2:
        # CLOCK_MONOTONIC on Linux, mach_absolute_time on macOS: one clock for all processes.
        return time.perf_counter, "perf_counter"  # novm
    try:
        return _monotonic_by_ctypes(), "clock_gettime(CLOCK_MONOTONIC) by ctypes"
    except (AttributeError, OSError):
        return time.time, "time.time (not monotonic: this interpreter has no ctypes)"


now, CLOCK = _choose_clock()


def _cpu_clock_by_ctypes():
    kind = _timespec()
    reference = ctypes.byref
    gettime = _libc.clock_gettime
    number = 16 if sys.platform == "darwin" else CLOCK_THREAD_CPUTIME_ID

    def cpu_now():
        moment = kind()  # not shared: another thread may come between the call and the reading
        gettime(number, reference(moment))
        return moment.seconds + moment.nanoseconds * 1e-9

    cpu_now()
    return cpu_now


def _choose_cpu_clock():
    """Return the clock of the CPU time of the calling thread, in seconds."""
    of_thread = getattr(time, "thread_time", None)
    if of_thread is not None:
        return of_thread
    if not PY2:
        return lambda: time.clock_gettime(time.CLOCK_THREAD_CPUTIME_ID)  # novm
    try:
        return _cpu_clock_by_ctypes()
    except (AttributeError, OSError):
        return time.clock  # novm, that of the process: the nearest that 2.7 has without ctypes


cpu_now = _choose_cpu_clock()


def usage():
    """Return what this process with all its threads has used until now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    # macOS counts the resident set in bytes, everything else in KiB.
    rss = used.ru_maxrss // 1024 if sys.platform == "darwin" else used.ru_maxrss
    return Usage(used.ru_utime, used.ru_stime, used.ru_nvcsw, used.ru_nivcsw, rss)


def used_between(before, after):
    """Return the difference of two usages; the peak is the later one's.

    The split of another process's time is an estimate that may shift backwards: the sum holds.
    """
    spans = [late - early for early, late in zip(before[:4], after[:4])]
    both = max(0.0, spans[0] + spans[1])
    system = min(max(0.0, spans[1]), both)
    return Usage(both - system, system, spans[2], spans[3], after.peak_rss_kib)


def _prctl(option, value):
    if _libc is None or not sys.platform.startswith("linux"):
        return False
    return _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) == 0


def die_with_parent(parent=None):
    """Ask the kernel to kill this process when its parent ends; False where it cannot.

    `parent` is the pid that the parent has; where it has ended before the kernel was asked, this
    process ends now. None where the pid cannot be known.
    """
    able = _prctl(PR_SET_PDEATHSIG, 9)
    if parent is not None and os.getppid() != parent:
        os._exit(1)
    return able


def parent_of_children(chosen):
    """Return the pid that children of this process under a context see as their parent, or None.

    A forkserver's children are its own, and its pid is unknown.
    """
    method = chosen.get_start_method() if hasattr(chosen, "get_start_method") else "fork"
    return None if method == "forkserver" else os.getpid()


def adopt_orphans():
    """Become the parent of orphaned descendants, so that they can be reaped."""
    return _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _choose_yield():
    if hasattr(os, "sched_yield"):
        return os.sched_yield
    found = getattr(_libc, "sched_yield", None)
    return found if found is not None else lambda: time.sleep(0)


yield_core = _choose_yield()
"""Lets another process or thread run that waits for this core."""


def allowed_cores():
    """Return the sorted numbers of the cores on which this thread may run."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))  # novm
    for name in ("thread-self", "self"):  # the first is of Linux 3.17
        try:
            with open("/proc/%s/status" % name) as status:
                for line in status:
                    if line.startswith("Cpus_allowed_list:"):
                        return spans(line.split(":", 1)[1])
        except (IOError, OSError):
            pass
    return list(range(multiprocessing.cpu_count()))


def spans(text):
    """Return the numbers of a list as the kernel writes it: 0-2,5 is 0, 1, 2 and 5."""
    cores = []
    for span in text.strip().split(","):
        if span:
            first, _, last = span.partition("-")
            cores.extend(range(int(first), int(last or first) + 1))
    return cores


def run_on(cores):
    """Bind the calling thread to `cores`; OSError where the system has no affinity."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)  # novm
        return
    reason = affinity_lacks()
    if reason:
        raise OSError(reason)
    width = 8 * ctypes.sizeof(ctypes.c_ulong)
    words = (ctypes.c_ulong * (max(cores) // width + 1))()
    for core in cores:
        words[core // width] |= 1 << (core % width)
    if _libc.sched_setaffinity(0, ctypes.sizeof(words), ctypes.byref(words)) != 0:
        raise OSError(ctypes.get_errno(), "sched_setaffinity refused the cores %r" % (cores,))


def affinity_lacks():
    """Return "" where a thread can be bound to cores, or the reason why not."""
    if hasattr(os, "sched_setaffinity"):
        return ""
    if _libc is None:
        return "this interpreter has neither os.sched_setaffinity nor ctypes"
    if not hasattr(_libc, "sched_setaffinity"):
        return "this system has no sched_setaffinity"
    return ""


def start_methods():
    """Return the start methods of this interpreter, its default first."""
    if not hasattr(multiprocessing, "get_all_start_methods"):
        return ["fork"]
    return multiprocessing.get_all_start_methods()  # novm


def default_start_method():
    """Return the name of this interpreter's default start method."""
    if not hasattr(multiprocessing, "get_context"):
        return "fork"
    return multiprocessing.get_context().get_start_method()  # novm


def context(start_method):
    """Return what offers Process, Pipe, Queue and so on under `start_method` (`default` too)."""
    if not hasattr(multiprocessing, "get_context"):
        return multiprocessing
    if start_method == "default":
        start_method = default_start_method()
    return multiprocessing.get_context(start_method)  # novm


def simple_queue(chosen):
    """Return a SimpleQueue of the context; 2.7 keeps it in multiprocessing.queues."""
    if hasattr(chosen, "SimpleQueue"):
        return chosen.SimpleQueue()
    from multiprocessing.queues import SimpleQueue

    return SimpleQueue()


def thread_queue_class():
    """Return the queue for threads: queue.Queue, or Queue.Queue on 2.7."""
    if PY2:
        from Queue import Queue  # novm
    else:
        from queue import Queue  # novm
    return Queue


def pickle_module():
    """Return the C pickle of this interpreter (cPickle on 2.7)."""
    if PY2:
        import cPickle as pickle  # novm
    else:
        import pickle
    return pickle


def finds(module):
    """Return whether there is a module of this name to import, without importing it."""
    if PY2:
        import imp  # novm

        try:
            stream = imp.find_module(module)[0]
        except ImportError:
            return False
        if stream:
            stream.close()
        return True
    from importlib.util import find_spec  # novm

    return find_spec(module) is not None


def connection_protocol():
    """Return the pickle protocol that a Connection's send uses here."""
    # The C Connection of 2.7 pickles with HIGHEST_PROTOCOL; 3.x with the default protocol.
    pickle = pickle_module()
    return pickle.HIGHEST_PROTOCOL if PY2 else pickle.DEFAULT_PROTOCOL


def implementation():
    """Return cpython or pypy, with a t where the build runs without the GIL."""
    name = platform.python_implementation().lower()
    import sysconfig

    return name + ("t" if sysconfig.get_config_var("Py_GIL_DISABLED") else "")


def gil():
    """Return yes where threads of this process take turns, no where they run side by side.

    A build without the GIL turns it on again when a module is imported that needs it.
    """
    asked = getattr(sys, "_is_gil_enabled", None)
    return "no" if asked is not None and not asked() else "yes"


def jit():
    """Return pypy or on where this interpreter compiles at run time, off or none where it does not.

    none says that its build has no JIT, off that it is switched off.
    """
    asked = getattr(sys, "_jit", None)
    if asked is not None:
        return "on" if asked.is_enabled() else "off"
    if platform.python_implementation() == "PyPy":
        return "pypy"
    if sys.version_info < (3, 13):
        return "none"
    import sysconfig

    arguments = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    return jit_of_build(arguments, os.environ.get("PYTHON_JIT", ""))


def jit_of_build(arguments, wish):
    """Return jit() of a 3.13, which cannot be asked, by its configure and its PYTHON_JIT."""
    build = "no"
    for word in shlex.split(arguments):
        name, _, value = word.partition("=")
        if name == "--enable-experimental-jit":
            build = value or "yes"
        elif name == "--disable-experimental-jit":
            build = "no"
    if build == "no":
        return "none"
    enabled = wish[0] != "0" if wish else not build.endswith("-off")
    return "on" if enabled else "off"


def set_inheritable(handle):
    """Let a started program keep the file descriptor (2.7 always does)."""
    if hasattr(os, "set_inheritable"):
        os.set_inheritable(handle, True)  # novm


def _choose_wait():
    if PY2:
        import select

        return lambda handles: select.select(handles, [], [])[0]
    from multiprocessing.connection import wait  # novm

    return wait


wait_readable = _choose_wait()
"""Return those of the given handles that can be read without blocking, at least one."""


_ESCAPED = re.compile(r"\\(?:u(?:d[89ab]..\\ud[c-f]..|(d[89a-f]..))|.)")


def as_json(value):
    """Return a value as ASCII JSON, whatever text code of a user's own has put into it.

    Half a pair of surrogates becomes U+FFFD: other readers of JSON refuse it. Bytes that 2.7 takes
    for text are read as Latin-1 where they are not UTF-8.
    """
    try:
        text = json.dumps(value)
    except UnicodeDecodeError:
        text = json.dumps(value, encoding="latin-1")  # novm, 2.7 only
    if "\\ud" in text:
        text = _ESCAPED.sub(lambda found: "\\ufffd" if found.group(1) else found.group(0), text)
    return text


def as_text(value):
    """Return text as unicode; that of 2.7 may be bytes."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
