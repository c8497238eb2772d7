"""The roles of a trial as their supervisor sees them: commands out, answers in, deaths noticed."""

from __future__ import absolute_import

import select
import time

import compat
import processes

LOOK_EVERY = 0.2
STALLED_AFTER = 1.0
MOVING = 0.01
"""The share of a core above which roles do something: one that waits may look now and then."""
DEATH_WAIT = 1.0


class TrialTrouble(Exception):
    """The trial ended in a status that is not ok."""

    def __init__(self, status, detail):
        Exception.__init__(self, detail)
        self.status = status
        self.detail = detail


class Crew(object):
    """Roles with their control connections.

    `controls` are the supervisor's ends, one a role in the order of the layout; `processes` are
    its children, of which none may end before the command to leave; `hosts` are the controls of
    a process that hosts roles as threads or in a Pool.
    """

    def __init__(self, controls, processes, hosts=()):
        self.controls = controls
        self.processes = processes
        self.hosts = list(hosts)
        self.joined = {}

    def command(self, *words):
        """Send every role the same command."""
        for control in self.controls:
            control.send(words)

    def gather(self, expected, stalled=None):
        """Return every role's answer in order; TrialTrouble when a role fails or ends.

        `stalled(indices)` is called now and then with the roles that have not answered.
        """
        waiting = dict((control.fileno(), i) for i, control in enumerate(self.controls))
        answers = [None] * len(waiting)
        while waiting:
            ready = _readable(list(waiting))
            for number in ready:
                index = waiting.pop(number)
                answers[index] = self._answer(index, expected)
            if not ready:
                self._look_for_dead()
                if stalled is not None:
                    stalled(set(waiting.values()))
        return answers

    def _answer(self, index, expected):
        try:
            answer = self.controls[index].recv()
        except (EOFError, IOError, OSError):
            raise TrialTrouble("crashed", self._how_it_ended())
        if answer[0] == "error":
            raise TrialTrouble("failed", answer[1])
        if answer[0] == "unsupported":
            raise TrialTrouble("unsupported", answer[1])
        if answer[0] == "died":
            raise TrialTrouble("crashed", "a worker of the pool: " + ending(answer[1]))
        if answer[0] != expected:
            raise TrialTrouble("failed", "role %d said %r, not %s" % (index, answer, expected))
        return answer

    def _how_it_ended(self):
        """Return in words how the child ended that closed its control connection."""
        deadline = compat.now() + DEATH_WAIT
        while compat.now() < deadline:
            self._hear_hosts()
            for process in self.processes:
                if not process.is_alive():
                    return ending(process.exitcode)
            time.sleep(0.01)
        return "closed its control connection and continued"

    def _look_for_dead(self):
        """Raise TrialTrouble if a child has ended before the command to leave."""
        self._hear_hosts()
        dead = [process for process in self.processes if not process.is_alive()]
        # Read a role's last messages first: one may be its traceback.
        if dead and not _readable([control.fileno() for control in self.controls], 0):
            raise TrialTrouble("crashed", ending(dead[0].exitcode))

    def _hear_hosts(self):
        for host in self.hosts:
            try:
                while host.poll(0):
                    self._hosts_word(host.recv())
            except (EOFError, IOError, OSError):
                pass

    def _hosts_word(self, word):
        if word[0] == "error":
            raise TrialTrouble("failed", word[1])
        if word[0] == "died":
            raise TrialTrouble("crashed", "a worker of the Pool: " + ending(word[1]))
        self.joined[word[1]] = word[2]

    def leave(self):
        """Make all leave and join them; return how many seconds after leaving each was joined.

        None for a role whose joining could not be seen.
        """
        self.command("leave")
        left = [answer[1] for answer in self.gather("leaving")]
        for index, process in enumerate(self.processes):
            process.join()
            if not self.hosts:
                self.joined[index] = compat.now()
            if process.exitcode:
                raise TrialTrouble("crashed", "on leaving: " + ending(process.exitcode))
        self._hear_hosts()
        return [
            self.joined[index] - moment if index in self.joined else None
            for index, moment in enumerate(left)
        ]

    def dismiss(self):
        """End roles that did not leave, and close the connections."""
        for process in self.processes:
            if process.is_alive():
                process.terminate()
        for control in self.controls + self.hosts:
            control.close()


class Stall(object):
    """Sends END again where the producers are done and nothing moves: a message was lost.

    A worker counts its messages without looking at them, so a lost one would leave it waiting;
    an END in its place shows it.
    """

    def __init__(self, crew, producers, pids):
        self.crew = crew
        self.producers = producers
        self.pids = set(pids)
        self.count = 4
        self.cpu = 0
        self.looked = self.since = compat.now()

    def __call__(self, waiting):
        if waiting.intersection(self.producers):
            return
        cpu = sum(processes.cpu_nanoseconds(pid) for pid in self.pids) * 1e-9
        spent, self.cpu = cpu - self.cpu, cpu
        lasted, self.looked = compat.now() - self.looked, compat.now()
        if spent > MOVING * lasted:
            self.since = compat.now()
        elif compat.now() - self.since > STALLED_AFTER:
            for index in self.producers:
                self.crew.controls[index].send(("end", self.count))
            self.count *= 4
            self.since = compat.now()


def ending(exitcode):
    """Return in words how a process with this exit code ended."""
    if exitcode is None:
        return "ended, its exit code is not known"
    if exitcode < 0:
        return "killed by signal %d" % -exitcode
    if exitcode == 255:
        return "ended with exit code 255, which a forkserver before 3.7 says of a killed one too"
    return "ended with exit code %d" % exitcode


def _readable(numbers, seconds=LOOK_EVERY):
    try:
        return select.select(numbers, [], [], seconds)[0]
    except select.error:  # 2.7 raises EINTR
        return []
