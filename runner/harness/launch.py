"""Where roles run: each in a process, all within one process, or in a Pool's workers.

Within one process each role has a thread, and an interpreter of its own where the transport asks.
"""

from __future__ import absolute_import

import os
import sys
import threading

import compat
import guard
import roles
import transports
from crew import Crew

WITHIN_ONE = ("thread", "interpreter")


def start(context, transport, spec, layout, channels, places):
    """Start every role where the transport wants it, on its cores; return the Crew."""
    parent = compat.parent_of_children(context)
    assignments = [
        roles.Assignment(role, spec, layout, cores, parent)
        for role, cores in zip(layout.roles, places.producers + places.workers)
    ]
    pairs = [context.Pipe() for _ in assignments]
    mine = [pair[0] for pair in pairs]
    theirs = [pair[1] for pair in pairs]
    if transport.LAUNCH == "process":
        crew = Crew(mine, _processes(context, assignments, channels, theirs))
    else:
        crew = _hosted(context, transport.LAUNCH, assignments, channels, mine, theirs)
    for control in theirs:
        control.close()
    return crew


def _processes(context, assignments, channels, controls):
    processes = []
    for assignment, control in zip(assignments, controls):
        process = context.Process(
            target=roles.in_process, args=(assignment, channels, control)
        )
        process.start()
        processes.append(process)
    return processes


def _hosted(context, kind, assignments, channels, mine, theirs):
    ours, its = context.Pipe()
    if kind in WITHIN_ONE:
        target = host_threads
        arguments = (assignments, len(channels), theirs, its)
    else:
        target = host_pool
        method = context.get_start_method() if hasattr(context, "get_start_method") else "fork"
        arguments = (assignments, channels, theirs, its, method)
    process = context.Process(target=target, args=arguments)
    process.start()
    its.close()
    return Crew(mine, [process], [ours])


def count_ends(transport, channels, roles):
    """Tell a transport that wants to know it how many roles hold each end of its channels."""
    if hasattr(transport, "ends"):
        for index, channel in enumerate(channels):
            senders = sum(index in role.outward for role in roles)
            receivers = sum(index in role.inward for role in roles)
            transport.ends(channel, senders, receivers)


def host_threads(assignments, channels, controls, supervisor):
    """Target of a Process: play each role in a thread over channels made here."""
    compat.die_with_parent(assignments[0].parent)
    guard.print_stacks_on_request("threads")
    try:
        transport, _ = transports.parse(assignments[0].transport)
        play = _play_in_an_interpreter if transport.LAUNCH == "interpreter" else roles.play
        opened = [transport.open(None) for _ in range(channels)]
        count_ends(transport, opened, [assignment.role for assignment in assignments])
        threads = [
            threading.Thread(target=play, args=(assignment, opened, control))
            for assignment, control in zip(assignments, controls)
        ]
        for thread in threads:
            thread.daemon = True
            thread.start()
        for index, thread in enumerate(threads):
            thread.join()
            supervisor.send(("joined", index, compat.now()))
        for channel in opened:
            transport.close(channel)
    except BaseException:
        supervisor.send(("error", guard.failure()))


def _play_in_an_interpreter(assignment, channels, control):
    from concurrent import interpreters  # novm

    try:
        interpreter = interpreters.create()
        interpreter.prepare_main(
            harness=os.path.dirname(os.path.abspath(__file__)),
            assignment=transports.dumps(assignment, transports.PROTOCOL),
            channels=tuple(channels),
            control=control.fileno(),
        )
        getattr(interpreter, "exec")(  # noqa: B009, a keyword of 2.7
            "import sys\n"
            "sys.path.insert(0, harness)\n"
            "import launch\n"
            "launch.play_here(assignment, channels, control)\n"
        )
        interpreter.close()
    except Exception:
        control.send(("error", guard.failure()))


def play_here(assignment, channels, control):
    """Play a role in this interpreter; `control` is the number of its descriptor."""
    from multiprocessing.connection import Connection  # novm

    roles.play(transports.loads(assignment), channels, Connection(os.dup(control)))


_handed = {}


def _receive_in_pool(controls, channels, parent):
    """Initialise a Pool's worker: what cannot be an argument of its tasks comes here."""
    compat.die_with_parent(parent)
    _handed["controls"] = controls
    _handed["channels"] = channels


def _play_in_pool(index, assignment, channels):
    guard.print_stacks_on_request("%s-%d" % (assignment.role.kind, assignment.role.index))
    if channels is None:
        channels = _handed["channels"]
    return roles.play(assignment, channels, _handed["controls"][index])


def host_pool(assignments, channels, controls, supervisor, start_method):
    """Target of a Process: play each role as a task of a Pool; a Pool's threads live here."""
    compat.die_with_parent(assignments[0].parent)
    guard.print_stacks_on_request("pool")
    transport, _ = transports.parse(assignments[0].transport)
    as_argument = transport.HANDED == "argument"
    try:
        context = compat.context(start_method)
        handed = (
            controls,
            None if as_argument else channels,
            compat.parent_of_children(context),
        )
        pool = context.Pool(len(assignments), _receive_in_pool, handed)
        # A Pool silently replaces a worker that died, and the task is lost: watch the first ones.
        first_workers = list(pool._pool)
        results = [
            pool.apply_async(
                _play_in_pool, (index, assignment, channels if as_argument else None)
            )
            for index, assignment in enumerate(assignments)
        ]
        _await(results, first_workers, supervisor)
        pool.close()
        pool.join()
    except BaseException:
        supervisor.send(("error", guard.failure()))
        sys.stderr.flush()
        os._exit(1)


def _await(results, workers, supervisor):
    for index, result in enumerate(results):
        while not result.ready():
            result.wait(0.1)
            for worker in workers:
                if worker.exitcode is not None and not all(other.ready() for other in results):
                    supervisor.send(("died", worker.exitcode))
                    os._exit(1)
        result.get()
        supervisor.send(("joined", index, compat.now()))
