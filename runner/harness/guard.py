"""Keeps what runs below an agent within its time, and leaves no process; knows no transport.

An invocation and all that it starts are one session and one process group. The agent gives each
piece of work a deadline; after it every process is asked for its stacks, then the group is killed.
"""

from __future__ import absolute_import

import errno
import fcntl
import glob
import json
import os
import select
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback

import compat
import processes

try:
    import faulthandler  # novm
except ImportError:  # 2.7, and PyPy of its time
    faulthandler = None

STACKS = "IPCMATRIX_STACKS"
STACKS_WAIT = 0.4
MOST_DETAIL = 16000

_exit = os._exit  # whatever code of the user's own makes of os, a child never comes back

_stack_files = []


def print_stacks_on_request(name):
    """Make SIGUSR1 write the stacks of all threads to a file of this process, for the guard."""
    folder = os.environ.get(STACKS)
    if not folder:
        return
    stream = open(os.path.join(folder, "%d-%s" % (os.getpid(), name)), "w")
    _stack_files.append(stream)  # the handler needs it open for good
    if faulthandler is not None and hasattr(faulthandler, "register"):
        faulthandler.register(signal.SIGUSR1, file=stream, all_threads=True)
        return

    def write(number, frame):
        del number
        for ident, top in list(sys._current_frames().items()) or [(0, frame)]:
            stream.write("Thread %s (most recent call last):\n" % ident)
            traceback.print_stack(top, file=stream)
        stream.flush()

    if threading.current_thread().__class__.__name__ == "_MainThread":
        signal.signal(signal.SIGUSR1, write)


def failure():
    """Return the traceback of the exception at hand, whatever it is; a long one without its middle.

    Its text is made by code of a user's own, perhaps, which may fail as well.
    """
    try:
        text = traceback.format_exc()
    except BaseException:
        kind, _, trace = sys.exc_info()
        text = "".join(traceback.format_tb(trace)) + "%s, of the text of an error" % kind.__name__
    if len(text) > MOST_DETAIL:
        text = text[: MOST_DETAIL // 2] + "\n...\n" + text[-(MOST_DETAIL // 2) :]
    return text


class Folder(object):
    """A temporary folder that the agent holds; sockets, stacks, what children leave go there."""

    PREFIX = "ipcmatrix-agent-"

    def __init__(self):
        self.lock = None
        while self.lock is None:
            self.path = tempfile.mkdtemp(prefix=self.PREFIX)
            self.lock = _hold(self.path)

    def use(self):
        """Make this process and its children put their temporary files here."""
        os.environ["TMPDIR"] = self.path
        os.environ[STACKS] = self.path
        tempfile.tempdir = self.path

    def empty(self):
        """Remove all that is in the folder."""
        for name in os.listdir(self.path):
            whole = os.path.join(self.path, name)
            if os.path.isdir(whole):
                shutil.rmtree(whole, ignore_errors=True)
            else:
                os.unlink(whole)

    def stacks(self):
        """Return what the processes wrote when asked for their stacks."""
        parts = []
        for name in sorted(glob.glob(os.path.join(self.path, "[0-9]*-*"))):
            with open(name) as stream:
                text = stream.read(MOST_DETAIL)
            if text.strip():
                parts.append("%s:\n%s" % (os.path.basename(name).split("-", 1)[1], text))
        return "\n".join(parts)

    def remove(self):
        """Remove the folder, then let go of it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def _hold(path):
    """Lock a folder until this process and all that it forks have ended; None where it is gone.

    The orchestrator separates living folders from dead ones by this lock, whatever
    their process numbers (runner/process/held.py): one that swept before we locked has removed it.
    """
    number = os.open(path, os.O_RDONLY)
    fcntl.fcntl(number, fcntl.F_SETFD, fcntl.FD_CLOEXEC)
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.path.samestat(os.fstat(number), os.lstat(path)):
            return number
    except (IOError, OSError) as error:
        # A file system without locks: there nothing can mistake the folder for a dead agent's.
        if error.errno not in (errno.EWOULDBLOCK, errno.ENOENT):
            return number
    os.close(number)
    return None


class Invocation(object):
    """A process in its own session that does pieces of work and writes a JSON line for each.

    `work(emit)` is called in the forked child; with `command` a fresh interpreter is started
    instead, which gets the number of the descriptor to write to as its last argument.
    """

    def __init__(self, folder, work=None, command=None):
        self.folder = folder
        reading, writing = os.pipe()
        sys.stderr.flush()
        agent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            _in_child(agent, work, command, writing)
        os.close(writing)
        self.reading = reading
        self.buffer = b""
        self.ended = False

    def line(self, deadline):
        """Return the next parsed line, None at the end of the work; Overdue past the deadline."""
        while b"\n" not in self.buffer:
            left = deadline - compat.now()
            if left <= 0:
                raise Overdue()
            try:
                if not select.select([self.reading], [], [], left)[0]:
                    raise Overdue()
                piece = os.read(self.reading, 65536)
            except (select.error, OSError) as error:
                if error.args[0] == errno.EINTR:
                    continue
                raise
            if not piece:
                return None
            self.buffer += piece
        line, _, self.buffer = self.buffer.partition(b"\n")
        try:
            return json.loads(line.decode("ascii"))
        except ValueError:
            return None  # the work has lost its descriptor, and another has written there

    def stacks(self):
        """Ask every process of the group for its stacks and return them."""
        for pid in processes.group(self.pid):
            # Without a handler it would die: a tracker before it unlinks what leaked, a forkserver
            # before its children, which end with it, have printed anything.
            if processes.catches(pid, signal.SIGUSR1):
                processes.send(pid, signal.SIGUSR1)
        time.sleep(STACKS_WAIT)
        return self.folder.stacks()

    def end(self, natural=False):
        """End the group whatever it does, reap it; return the invocation's wait status.

        `natural` says that its work is done, so that it is about to end by itself.
        """
        os.close(self.reading)
        status = processes.leaves_by_itself(self.pid) if natural else None
        # Looking through /proc costs milliseconds, and mostly nothing is left to be found.
        if status is None or processes.exists(-self.pid):
            status = self._end_the_rest(status)
        processes.end_children()
        self.folder.empty()
        return status

    def _end_the_rest(self, status):
        processes.let_trackers_finish(self.pid)
        processes.send(-self.pid, signal.SIGKILL)
        if status is None:
            status = processes.reap(self.pid)
        deadline = compat.now() + processes.END_WAIT
        while processes.group(self.pid) and compat.now() < deadline:
            processes.has_children()  # reaps
            time.sleep(0.005)
        return status


class Overdue(Exception):
    """The work did not answer within its deadline."""


def _in_child(agent, work, command, writing):
    """Become the invocation; never returns."""
    code = 1
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        if nothing:
            os.dup2(nothing, 0)  # what the agent is asked is not for its children
            os.close(nothing)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        compat.die_with_parent(agent)
        if command is not None:
            compat.set_inheritable(writing)
            os.execv(command[0], command + [str(writing)])
        serve(work, writing)
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        try:
            sys.stderr.flush()
        except Exception:
            pass  # the work has closed it
        _exit(code)


def serve(work, writing):
    """Do the work as the invocation: each value that it emits becomes a line on `writing`."""
    print_stacks_on_request("supervisor")

    def emit(value):
        line = compat.as_json(value).encode("ascii") + b"\n"
        while line:
            line = line[os.write(writing, line) :]

    work(emit)
    from multiprocessing import util

    util._exit_function()  # removes temporary folders; os._exit would leave them
