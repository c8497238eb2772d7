"""The processes below an agent: who is in a group, who still lives, how one ended."""

from __future__ import absolute_import

import errno
import glob
import os
import signal
import time

import compat

END_WAIT = 2.0
LEAVE_WAIT = 0.2



def group(leader):
    """Return the pids of the living processes in the process group of `leader`."""
    return _living(2, leader)


def children(parent):
    """Return the pids of the living children of `parent`."""
    return _living(1, parent)


def _living(field, wanted):
    found = []
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path) as stream:
                fields = stream.read().rpartition(")")[2].split()
        except (IOError, OSError):
            continue
        if int(fields[field]) == wanted and fields[0] not in "ZX":
            found.append(int(path.split("/")[2]))
    return found


def let_trackers_finish(leader):
    """Kill all but multiprocessing's trackers, which then unlink leaked semaphores and end."""
    members = group(leader)
    trackers = [pid for pid in members if is_tracker(pid)]
    if not trackers:
        return
    for pid in members:
        if pid not in trackers:
            send(pid, signal.SIGKILL)
    deadline = compat.now() + END_WAIT
    while compat.now() < deadline and set(trackers).intersection(group(leader)):
        time.sleep(0.005)


def catches(pid, number):
    """Return whether a process has a handler for a signal."""
    try:
        with open("/proc/%d/status" % pid) as stream:
            for line in stream:
                if line.startswith("SigCgt:"):
                    return bool(int(line.split()[1], 16) >> (number - 1) & 1)
    except (IOError, OSError):
        pass
    return False


def is_tracker(pid):
    """Return whether a process is one of multiprocessing's trackers of named resources."""
    try:
        with open("/proc/%d/cmdline" % pid) as stream:
            command = stream.read()
    except (IOError, OSError):
        return False
    return "resource_tracker" in command or "semaphore_tracker" in command


def usage(pid):
    """Return the compat.Usage of another process until now, None where it has ended."""
    try:
        with open("/proc/%d/stat" % pid) as stream:
            fields = stream.read().rpartition(")")[2].split()
        with open("/proc/%d/status" % pid) as stream:
            status = dict(line.partition(":")[::2] for line in stream)
        spent = cpu_nanoseconds(pid) * 1e-9
    except (IOError, OSError):
        return None
    # stat counts in ticks of 10 ms: it says the shares of what the scheduler knows by nanoseconds.
    user, system = int(fields[11]), int(fields[12])
    share = user / float(user + system) if user + system else 0.5

    def counted(name):
        return int(status[name].split()[0]) if name in status else 0

    return compat.Usage(
        spent * share,
        spent * (1 - share),
        counted("voluntary_ctxt_switches"),
        counted("nonvoluntary_ctxt_switches"),
        counted("VmHWM"),
    )


def cpu_nanoseconds(pid):
    """Return the CPU time of all threads of a process, 0 where the system does not tell."""
    total = 0
    tasks = "/proc/%d/task" % pid
    try:
        threads = os.listdir(tasks)  # glob would compile its pattern anew in every trial
    except OSError:
        return 0
    for thread in threads:
        try:
            with open("%s/%s/schedstat" % (tasks, thread)) as stream:
                total += int(stream.read().split()[0])
        except (IOError, OSError, ValueError, IndexError):
            pass
    return total


def send(pid, number):
    try:
        os.kill(pid, number)
    except OSError as error:
        if error.errno != errno.ESRCH:
            raise


def reap(pid):
    while True:
        try:
            return os.waitpid(pid, 0)[1]
        except OSError as error:
            if error.errno != errno.EINTR:
                return None


def leaves_by_itself(pid):
    """Return the wait status of an invocation that is done; None where it does not end soon."""
    deadline = compat.now() + LEAVE_WAIT
    while compat.now() < deadline:
        try:
            found, status = os.waitpid(pid, os.WNOHANG)
        except OSError:
            return None
        if found:
            return status
        time.sleep(0.0005)
    return None


def exists(pid):
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True


def has_children():
    """Return whether a child of this process still runs; those that have ended are reaped."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except OSError:
        return False
    return True


def end_children():
    """Kill every child of this process, with those of theirs that it adopts for it.

    Children that left their group, or their session, are found so as well.
    """
    deadline = compat.now() + END_WAIT
    while has_children() and compat.now() < deadline:
        for pid in children(os.getpid()):
            send(pid, signal.SIGKILL)
        time.sleep(0.005)


def ending(status):
    """Return a wait status in words."""
    if status is None:
        return "ended, how is not known"
    if os.WIFSIGNALED(status):
        return "killed by signal %d" % os.WTERMSIG(status)
    return "ended with exit code %d" % os.WEXITSTATUS(status)
