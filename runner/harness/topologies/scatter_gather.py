"""Tasks out to N workers, results back, a few tasks of each worker in flight."""

from __future__ import absolute_import

from functools import partial
from itertools import cycle, islice, repeat

import compat
import quarters
import topologies
from compat import now, wait_readable
from topologies import NOTHING, timed_messages
from work import busy

SUMMARY = "one client scatters tasks over N workers and gathers their results"
PARAMETER = "busy microseconds that a worker spends on each task"
MOST_WORKERS = None
NEEDS_POLL = False
WAITS = True

MOST_IN_FLIGHT = 8
# Tasks and results in flight must fit into the smallest channel (64 KiB), or both sides block
# in a send while neither reads.
BYTES_IN_FLIGHT = 16 * 1024

MOST_COPIED = 128 * 1024 * 1024
# Bytes of messages that are objects of their own; the same objects come again after these.

check_work = topologies.answer_until_end


def layout(transport, workers):
    if getattr(transport, "TASKS", False):
        return topologies.Layout(1, [topologies.Role(topologies.PRODUCER, 0, [0], [], 0)])
    return topologies.two_way(transport, workers)


def in_flight(payload):
    """Return how many tasks of one worker may be under way at once, at least one."""
    size = len(compat.pickle_module().dumps(payload.body, 2))
    return max(1, min(MOST_IN_FLIGHT, BYTES_IN_FLIGHT // size))


def echo(message):
    """Be the task of a pool's worker."""
    return message


def busy_echo(seconds, message):
    """Be the task of a pool's worker that takes so much CPU time."""
    busy(seconds)
    return message


def distinct(job):
    """Return the messages of a phase, each an object of its own, made before the clock starts.

    A pool pickles a chunk of messages as one list. What is in it again and again moves once, and
    then as references: a hundred thousand bytes would take no longer than one.
    """
    if job.payload.is_fresh:
        return timed_messages(job)
    pickle, count = compat.pickle_module(), topologies.timed_count(job)
    message = pickle.dumps(job.payload.body, pickle.HIGHEST_PROTOCOL)
    copied = min(count, max(1, MOST_COPIED // len(message)))
    return islice(cycle([pickle.loads(message) for _ in range(copied)]), count)


def _exchange(seat, job):
    """Let a pool's own workers answer the messages; they count as they come back, in order."""
    task = partial(busy_echo, job.parameter * 1e-6) if job.parameter else echo
    messages = distinct(job)
    count, result = 0, None
    first = now()
    for result in seat.senders[0].exchange(task, messages):  # noqa: B007, the last is looked at
        count += 1
    received = now()
    intact = not count or job.payload.is_last(result, count)
    return NOTHING._replace(
        first=first,
        last=received,
        received=received,
        count=count,
        problem="" if intact else "altered: the last answer is not the message that was sent",
    )


def check_produce(seat, job):
    if not seat.receivers:
        answers = seat.senders[0].exchange(echo, topologies.checked_messages(0, job))
        return topologies.check_answers(answers, job)
    return topologies.check_ask(seat, job)


def produce(seat, job):
    if not seat.receivers:
        return _exchange(seat, job)
    tasks = iter(timed_messages(job))
    window = in_flight(job.payload)
    around, steps = quarters.of_job(job)
    first = now()
    if len(seat.senders) == 1:
        count = _shared(seat, tasks, window * seat.workers, around)
    else:
        count = _each(seat, tasks, window, around)
    received = now()
    topologies.end_phase(seat)
    return NOTHING._replace(
        first=first, last=received, received=received, count=count, steps=steps
    )


def _shared(seat, tasks, window, around):
    send, receive = seat.senders[0].send, around(seat.receivers[0].receive)
    under_way = _fill(send, tasks, window)
    count = under_way
    for task in tasks:
        receive()
        send(task)
        count += 1
    for _ in repeat(None, under_way):
        receive()
    return count


def _fill(send, tasks, window):
    sent = 0
    for _ in range(window):
        for task in tasks:
            send(task)
            sent += 1
            break
    return sent


def _each(seat, tasks, window, around):
    ends = {}
    under_way = 0
    for sender, receiver in zip(seat.senders, seat.receivers):
        under_way += _fill(sender.send, tasks, window)
        ends[receiver.handle] = (sender.send, around(receiver.receive))
    count = 0
    while count < under_way:
        for handle in wait_readable(list(ends)):
            send, receive = ends[handle]
            receive()
            count += 1
            for task in tasks:
                send(task)
                under_way += 1
                break
    return count


def work(seat, job):
    if not job.parameter:
        return topologies.answer_until_end(seat, job)
    seconds = job.parameter * 1e-6
    receive = seat.receivers[0].receive
    send = seat.senders[0].send
    count = 0
    while True:
        message = receive()
        if message is None:
            return NOTHING._replace(count=count)
        busy(seconds)
        send(message)
        count += 1
