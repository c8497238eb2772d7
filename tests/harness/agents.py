"""An agent under test: the harness started as the orchestrator starts it."""

from __future__ import absolute_import

import json
import os
import subprocess
import sys

HARNESS = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
    "runner",
    "harness",
)

TRIAL = {
    "transport": "pipe",
    "payload": "int",
    "topology": "one_to_one",
    "workers": 1,
    "start_method": "default",
    "placement": "free",
    "messages": 500,
    "warmup": 50,
    "verify": 20,
    "timeout": 60.0,  # of a busy machine; tests of hangs name shorter ones
    "fault": "",
}

OUTERMOST = sys.version_info < (3,) or sys.version_info >= (3, 13)
"""Whether this is the oldest or one of the newest interpreters: they try all combinations.

Those between try each transport, topology, start method and fault, and not each with each.
"""


def shared(pairs):
    """Return the pairs that this interpreter tries; two neighbours of those between share them."""
    return pairs if OUTERMOST else pairs[sys.version_info[1] % 2 :: 2]


def forbidden(trial, rules):
    """Return whether one of describe's rules says that the trial cannot be run."""
    for rule in rules:
        named = all(
            trial[axis].partition(":")[0] in names for axis, names in rule["names"].items()
        )
        span = rule["workers"]
        if named and (span is None or span[0] <= trial["workers"] <= span[1]):
            return True
    return False


def fitting(transport, known):
    """Return a trial that the transport can run, of the first payload, topology and method."""
    for payload in ["int"] + sorted(known["payloads"]):
        for topology in ["one_to_one"] + sorted(known["topologies"]):
            for method in ("default", "fork"):
                trial = dict(
                    transport=transport, payload=payload, topology=topology, start_method=method
                )
                if not forbidden(dict(TRIAL, **trial), known["rules"]):
                    return trial
    raise AssertionError("nothing that %s could run" % transport)


def left(record):
    """Return what a trial left behind; other tests may have made what is in /dev just then."""
    lines = record["facts"]["left"].split("\n")
    return [one for one in lines if one and not one.startswith("/dev/")]


class Agent(object):
    """A context manager around a running agent."""

    def __init__(self, files=""):
        self.process = subprocess.Popen(
            [sys.executable, "-B", HARNESS, "agent", "", files],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.hello = self.read()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def read(self):
        return json.loads(self.process.stdout.readline().decode("ascii"))

    def write(self, request):
        self.process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        self.process.stdin.flush()

    def ask(self, **request):
        self.write(request)
        return self.read()

    def run(self, trials, invocation="forked"):
        """Return the records of trials; each is a dict that overrides TRIAL."""
        self.begin(trials, invocation)
        return self.records()

    def begin(self, trials, invocation="forked"):
        """Have trials run, whose records are read later."""
        whole = [dict(TRIAL, **trial) for trial in trials]
        self.write({"op": "run", "id": "1", "invocation": invocation, "trials": whole})

    def records(self):
        """Return the records of the trials that were begun."""
        records = []
        while True:
            answer = self.read()
            if "end" in answer:
                return records
            if "error" in answer:
                raise AssertionError(answer["error"])
            assert answer["trial"] == len(records), answer
            records.append(answer["record"])


def end(agents):
    """End agents in the order in which they can: under 2.7 each holds the pipes of those before."""
    for agent in reversed(agents):
        agent.__exit__()


def living_in_session(leader):
    """Return the pids whose parent chain or session leads to `leader`, besides itself."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == leader:
            continue
        try:
            with open("/proc/%s/stat" % name) as stream:
                fields = stream.read().rpartition(")")[2].split()
        except (IOError, OSError):
            continue
        if fields[0] not in "ZX" and int(fields[1]) == leader:
            found.append(int(name))
    return found
