"""The role's own process: it obeys the supervisor's commands until it has to leave.

The control connection speaks tuples. From the supervisor: ("timed", count, fault),
("check", count, fault), ("usage",), ("end", count) to send END again, ("leave",). From the role:
("ready", pid, cores, gil), ("outcome", Outcome), ("usage", {pid: Usage}), ("leaving", moment),
("error", traceback) from a role that raised, ("unsupported", reason) from one whose transport
cannot serve the topology, and ("died", exit code) of a worker of its pool.
"""

from __future__ import absolute_import

import os
import sys
import time

import compat
import guard
import payloads
import topologies
import transports
from topologies import Job, Seat

WATCHED = 0.5


class Assignment(object):
    """A role's arguments at its start; plain values, so that any start method can pass them."""

    def __init__(self, role, spec, layout, cores, parent):
        self.role = role
        self.transport = spec["transport"]
        self.payload = spec["payload"]
        self.topology = spec["topology"]
        self.noting = spec["jit"]
        self.producers = sum(1 for other in layout.roles if other.kind == topologies.PRODUCER)
        self.workers = len(layout.roles) - self.producers or spec["workers"]
        self.cores = cores
        self.parent = parent


def in_process(assignment, channels, control):
    """Target of a Process: play the role, and leave."""
    compat.die_with_parent(assignment.parent)
    guard.print_stacks_on_request("%s-%d" % (assignment.role.kind, assignment.role.index))
    if not play(assignment, channels, control):
        # The feeder thread of a queue may never empty: a failed role does not wait for it.
        sys.stderr.flush()
        os._exit(1)


def play(assignment, channels, control):
    """Play the role; False when it raised, after its traceback was sent."""
    pools = []
    try:
        if assignment.cores:
            compat.run_on(assignment.cores)
        topology, parameter = topologies.parse(assignment.topology)
        seat = _sit(assignment, channels, topology)
        pools = [sender for sender in seat.senders if hasattr(sender, "exchange")]
        for pool in pools:
            pool.watch(lambda code: _lost(control, code))
        payload = payloads.build(assignment.payload)
        control.send(("ready", os.getpid(), compat.allowed_cores(), compat.gil()))
        _obey(seat, topology, Job(payload, 0, parameter, "", assignment.noting), control)
        for pool in pools:
            pool.dismiss()
    except transports.Unsuitable as reason:
        control.send(("unsupported", str(reason)))
        return False
    except BaseException:  # of the code of a user too, whatever it raises is its failure
        text = guard.failure()
        if pools:
            time.sleep(WATCHED)  # where a worker of it died, the watch says how
        control.send(("error", text))
        return False
    return True


def _lost(control, code):
    """Report the worker of a pool that ended, and end: its task will never be done."""
    control.send(("died", code))
    os._exit(1)


def _sit(assignment, channels, topology):
    transport, _ = transports.parse(assignment.transport)
    role = assignment.role
    # Receivers first, on all sides: a sender may wait until those whom it deals out to are there.
    receivers = [transport.receiver(channels[i], role.side) for i in role.inward]
    senders = [transport.sender(channels[i], role.side) for i in role.outward]
    waits = len(receivers) > 1 and getattr(topology, "WAITS", False)
    if waits and any(receiver.handle is None for receiver in receivers):
        raise transports.Unsuitable("%s gives no handle to wait for" % assignment.transport)
    if topology.NEEDS_POLL and any(receiver.poll is None for receiver in receivers):
        raise transports.Unsuitable(
            "%s cannot see without blocking whether a message is there" % assignment.transport
        )
    return Seat(role, senders, receivers, assignment.producers, assignment.workers)


def _obey(seat, topology, job, control):
    parts = _parts(seat.role, topology)
    before = _usages(seat)
    while True:
        command = control.recv()
        if command[0] in parts:
            job = job._replace(count=command[1], fault=_own_fault(seat.role, command[2]))
            _fail_if_told(job.fault)
            _fail_in_a_pool(seat, command[2])
            before = _usages(seat)
            outcome = parts[command[0]](seat, job)
            control.send(("outcome", _summed(outcome)))
        elif command[0] == "usage":
            after = _usages(seat)
            spent = [(pid, compat.used_between(before[pid], after[pid])) for pid in after]
            control.send(("usage", dict((pid, tuple(used)) for pid, used in spent)))
        elif command[0] == "end":
            for _ in range(command[1]):
                seat.senders[0].send(transports.END)
        else:
            control.send(("leaving", compat.now()))
            return


def _usages(seat):
    """Return the Usage of this process, and of the workers of its pool, by their pids."""
    found = {os.getpid(): compat.usage()}
    for sender in seat.senders:
        if hasattr(sender, "usages"):
            found.update(sender.usages())
    return found


def _fail_in_a_pool(seat, fault):
    """Let a worker of the pool fail as a test asks for."""
    who, _, kind = (fault or "").partition(":")
    for sender in seat.senders:
        if who == topologies.WORKER and hasattr(sender, "exchange"):
            list(sender.exchange(_fail_if_told, [kind]))


def _parts(role, topology):
    if role.kind == topologies.PRODUCER:
        return {"timed": topology.produce, "check": topology.check_produce}
    return {"timed": topology.work, "check": topology.check_work}


def _summed(outcome):
    """Return the outcome as a plain tuple, its round trips as percentiles."""
    return tuple(outcome._replace(latencies=percentiles(outcome.latencies)))


def percentiles(latencies):
    """Return {p50, p90, p99, p999, max} in seconds by nearest rank, or {} for none."""
    if not latencies:
        return {}
    ordered = sorted(latencies)
    count = len(ordered)

    def rank(permille):
        return ordered[max(0, -(-count * permille // 1000) - 1)]

    return {
        "p50": rank(500),
        "p90": rank(900),
        "p99": rank(990),
        "p999": rank(999),
        "max": ordered[-1],
    }


def _own_fault(role, fault):
    """Return the kind of a `role:kind` fault that is meant for this role, or ""."""
    who, _, kind = (fault or "").partition(":")
    return kind if who == role.kind and role.index == 0 else ""


def _fail_if_told(kind):
    """Fail as a test asks for, in place of the timed phase."""
    if kind in FAILURES:
        FAILURES[kind]()


def _raise():
    raise RuntimeError("a test asked this role to raise")


def _hang():
    while True:
        time.sleep(3600)


def _spin():
    while True:
        pass


def _eat_memory():
    eaten = []
    while True:
        eaten.append(bytearray(16 * 1024 * 1024))


FAILURES = {
    "raise": _raise,
    "exit": lambda: os._exit(3),
    "kill": lambda: os.kill(os.getpid(), 9),
    "hang": _hang,
    "spin": _spin,
    "memory": _eat_memory,
}
"""The faults that end a role; `lose`, `double`, `reorder`, `alter` spoil messages instead."""
