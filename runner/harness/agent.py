"""The agent: waits for requests, starts an invocation for each, answers with its records."""

from __future__ import absolute_import

import itertools
import json
import os
import signal
import sys
import traceback

import compat
import describe
import guard
import invocation
import probes
import processes
import userfiles

PROTOCOL = 2
HERE = os.path.dirname(os.path.abspath(__file__))
STARTING = 4.0
"""Seconds that a fresh interpreter may take before its first trial begins."""


def main(mark="", files=""):
    """Serve requests from stdin until its end or a request to exit."""
    os.environ.update({userfiles.FOLDER: files} if files else {})
    answers = Answers(mark)
    compat.die_with_parent()
    compat.adopt_orphans()
    signal.signal(signal.SIGTERM, _leave)
    folder = guard.Folder()
    folder.use()
    try:
        answers.write({"ready": True, "protocol": PROTOCOL, "pid": os.getpid()})
        userfiles.examine(folder)
        for line in iter(sys.stdin.readline, ""):
            if line.strip() and not _serve(line, answers, folder):
                break
    finally:
        folder.remove()


def _leave(number, frame):
    del number, frame
    sys.exit(0)


class Answers(object):
    """Our end of stdout, kept for answers only: anything printed goes to stderr."""

    def __init__(self, mark):
        self.mark = mark
        try:
            sys.stdout.flush()
        except (AttributeError, ValueError, IOError, OSError):
            pass  # a sitecustomize has put something else in its place
        self.number = os.dup(1)
        os.dup2(2, 1)

    def write(self, value):
        line = (self.mark + compat.as_json(value)).encode("ascii") + b"\n"
        if self.mark:
            line = b"\n" + line  # others may have left a line of theirs without its end
        while line:
            line = line[os.write(self.number, line) :]


def _serve(line, answers, folder):
    """Serve one request; False when it asks for the end."""
    name = None
    try:
        request = json.loads(line)
        name = request.get("id")
        operation = request["op"]
        if operation == "exit":
            return False
        if operation == "describe":
            answers.write({"describe": describe.describe()})
        elif operation == "facts":
            answers.write({"facts": describe.inside()})
        elif operation == "probe":
            answer = run_probe(request["name"], request["timeout"], folder)
            answers.write({"id": name, "probe": answer})
        elif operation == "run":
            for index, record in run_trials(request, folder):
                answers.write({"id": name, "trial": index, "record": record})
            answers.write({"id": name, "end": True})
        else:
            raise ValueError("unknown op %r" % operation)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        answers.write({"id": name, "error": "%s: %s" % (type(error).__name__, error)})
    return True


def run_trials(request, folder):
    """Yield (index, record) for each trial of a request, in order."""
    trials = list(enumerate(request["trials"]))
    fresh = request.get("invocation", "forked") == "fresh"
    while trials:
        done = 0
        # Whatever a file of the user's own does to its process, other trials are not in it.
        _, alike = next(itertools.groupby(trials, lambda one: userfiles.used(one[1])))
        for index, record in _invoke(list(alike), fresh, folder):
            done += 1
            yield index, record
        # A trial that ended its invocation has its record; those behind it need another one.
        trials = trials[done:]


def _invoke(trials, fresh, folder):
    """Run trials in one invocation until they are done or one ends it; yield their records."""
    if fresh:
        command = [sys.executable, "-B", "-s", HERE, "invocation"]
        running = guard.Invocation(
            folder, command=command + [json.dumps([spec for _, spec in trials])]
        )
    else:
        running = guard.Invocation(folder, work=lambda emit: work(trials, emit))
    ended = False
    done = False
    try:
        for index, spec in trials:
            record = _one(running, spec)
            if record is None:
                ended = True
                record = invocation.empty_record(
                    "crashed", "the invocation " + processes.ending(running.end())
                )
            yield index, record
            if ended or record["status"] == "timeout":
                return
        done = True
    finally:
        if not ended:
            running.end(natural=done)


def work(trials, emit):
    """Run the trials in this process, one at a time."""
    for _, spec in trials:
        emit({"begin": True})
        emit(invocation.run(spec))


def _one(running, spec):
    """Return the record of the next trial; None where the invocation ended without one."""
    try:
        if running.line(compat.now() + STARTING) is None:
            return None
        started = compat.now()
        record = running.line(started + spec["timeout"])
        # What else may come was written by code of the user's own.
        return record if isinstance(record, dict) and "status" in record else None
    except guard.Overdue:
        stacks = running.stacks() or "no process could print its stacks"
        record = invocation.empty_record(
            "timeout", "no end within %.1f s\n%s" % (spec["timeout"], stacks)
        )
        record["wall_seconds"] = spec["timeout"]
        return record


def run_probe(name, timeout, folder):
    """Return a probe's answer; a probe that does not end within `timeout` seconds is a hang."""
    probe = probes.load(name)
    reason = probe.supported()
    if reason:
        return {"answer": "unsupported", "detail": reason, "figures": {}}
    running = guard.Invocation(folder, work=lambda emit: emit(_answer_of(probe)))
    try:
        answer = running.line(compat.now() + timeout)
        status = running.end()
    except guard.Overdue:
        detail = "no end within %g s\n%s" % (timeout, running.stacks())
        running.end()
        return {"answer": "hang", "detail": detail, "figures": {}}
    if answer is None:
        detail = "the probe " + processes.ending(status)
        return {"answer": "error", "detail": detail, "figures": {}}
    return answer


def _answer_of(probe):
    try:
        return probe.run()
    except Exception:
        return {"answer": "error", "detail": traceback.format_exc(), "figures": {}}
