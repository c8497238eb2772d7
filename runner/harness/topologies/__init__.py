"""Who sends to whom: one file a topology, loaded by name.

A topology is a module with

    SUMMARY      one sentence
    PARAMETER    what may stand after the colon, or ""
    parsed       what to make of it; a whole number where this is lacking
    MOST_WORKERS None for any number; 1 where there is one worker by nature
    NEEDS_POLL   True: only for transports whose receivers can see that a message is there
    WAITS        where there is one: True: who receives on several channels waits for them together,
                 which needs a handle of each

    layout(transport, workers)   a Layout: how many channels, and which role holds which ends
    produce(seat, job)           a producer's part of a phase: an Outcome
    work(seat, job)              a worker's part of a phase: an Outcome
    check_produce, check_work    their parts of the checked phase, which no clock sees

A phase starts in all roles together and ends when each has given its Outcome.
"""

from __future__ import absolute_import

import importlib
from collections import namedtuple
from itertools import cycle

import userplugins
from transports import END

NAMES = (
    "one_to_one",
    "fan_out",
    "fan_in",
    "request_reply",
    "request_reply_poll",
    "scatter_gather",
)

PRODUCER, WORKER = "producer", "worker"

Layout = namedtuple("Layout", "channels roles")
"""`channels`: how many to open; `roles`: Role values, producers first."""

Role = namedtuple("Role", "kind index outward inward side")
"""`outward` and `inward` are channel numbers that it sends on and receives from."""

Seat = namedtuple("Seat", "role senders receivers producers workers")
"""A role with its ends made, in its own process, and how many there are of each kind."""

Job = namedtuple("Job", "payload count parameter fault noting")
"""What a phase does: `count` messages in all; receivers note the steps where `noting`."""

Outcome = namedtuple("Outcome", "first last finished received count latencies problem steps")
"""Moments of the system-wide clock in seconds, None where the role has none.

first: before its first send; last: its last send returned; finished: its own wait for the
readers returned; received: after its last receive; count: messages that it moved; latencies:
seconds of each round trip; problem: what was wrong with the delivery, or ""; steps: when how
many messages had come (see quarters), where the job asks for it.
"""

NOTHING = Outcome(None, None, None, None, 0, (), "", ())


class UnknownTopology(ValueError):
    """Unknown name of a topology, or a wrong parameter."""


def load(name):
    """Return the module of a topology; UnknownTopology lists the known ones."""
    if name in NAMES:
        return importlib.import_module("topologies." + name)
    found = userplugins.load("topology", name)
    if found is None:
        known = NAMES + userplugins.names("topology")
        raise UnknownTopology("unknown topology %r; known: %s" % (name, ", ".join(known)))
    return found


def parse(text):
    """Return (module, parameter) for `name` or `name:parameter`."""
    name, _, parameter = text.partition(":")
    module = load(name)
    if parameter and not module.PARAMETER:
        raise UnknownTopology("topology %s takes no parameter, got %r" % (name, parameter))
    if parameter and hasattr(module, "parsed"):
        try:
            return module, module.parsed(parameter)
        except ValueError as error:
            raise UnknownTopology("topology %s: %s" % (text, error))
    if parameter and not parameter.isdigit():
        raise UnknownTopology(
            "topology %s: the parameter (%s) must be a whole number" % (text, module.PARAMETER)
        )
    return module, int(parameter or 0)


def one_way(transport, producers, workers):
    """Return the layout in which every producer can reach every worker."""
    pairs = max(producers, workers)
    channels = 1 if transport.SHARED else pairs

    def mine(index, of):
        if transport.SHARED:
            return [0]
        return [index] if of == pairs else list(range(pairs))

    roles = [Role(PRODUCER, i, mine(i, producers), [], 0) for i in range(producers)]
    roles += [Role(WORKER, i, [], mine(i, workers), 1) for i in range(workers)]
    return Layout(channels, roles)


def two_way(transport, workers):
    """Return the layout of one asking role and `workers` answering ones."""
    if transport.SHARED:
        asking, answers, channels = [0] * workers, [1] * workers, 2
    elif transport.DUPLEX:
        asking = answers = list(range(workers))
        channels = workers
    else:
        asking = list(range(workers))
        answers = list(range(workers, 2 * workers))
        channels = 2 * workers
    ends = 1 if transport.SHARED else workers
    roles = [Role(PRODUCER, 0, asking[:ends], answers[:ends], 0)]
    roles += [Role(WORKER, i, [answers[i]], [asking[i]], 1) for i in range(workers)]
    return Layout(channels, roles)


def end_phase(seat):
    """Send one END for each role that this one's messages can reach."""
    if len(seat.senders) > 1:
        for sender in seat.senders:
            sender.send(END)
        return
    for _ in range(max(1, seat.workers // seat.producers)):
        seat.senders[0].send(END)


def timed_count(job):
    """Return how many messages of a phase are sent; a test's fault may lose or double some."""
    if job.fault == "lose":
        return max(job.count - 3, 0)
    return job.count + 3 if job.fault == "double" else job.count


def timed_messages(job, telling=False):
    """Return the messages of a phase, `telling` their numbers."""
    return (job.payload.telling if telling else job.payload.messages)(timed_count(job))


def checked_messages(producer, job):
    """Return the checked messages of one producer; a test's fault may spoil them."""
    messages = [job.payload.wrap(producer, number) for number in range(job.count)]
    if job.fault == "reorder":
        messages[0], messages[-1] = messages[-1], messages[0]
    elif job.fault == "alter":
        messages[-1] = job.payload.altered(messages[-1])
    return messages


def check_produce(seat, job):
    """Send the checked messages in turn over all senders, then END."""
    sends = cycle([sender.send for sender in seat.senders])
    for message in checked_messages(seat.role.index, job):
        next(sends)(message)
    for sender in seat.senders:
        sender.finish()
    end_phase(seat)
    return NOTHING


def check_work(seat, job):
    """Receive until END; the Outcome's problem says what was altered or out of order."""
    taken = []
    problem = ""
    for message in checked_arrivals(seat):
        producer, number, intact = job.payload.unwrap(message)
        if not intact:
            problem = problem or "altered: message %r of producer %r" % (number, producer)
        taken.append((producer, number))
    return NOTHING._replace(count=taken, problem=problem or out_of_order(taken))


def checked_arrivals(seat):
    """Yield the messages that come before the END of each producer that reaches this role."""
    if len(seat.receivers) > 1:
        ends = 1
    else:
        ends = max(1, seat.producers // seat.workers)
    for receiver in seat.receivers:
        left = ends
        while left:
            message = receiver.receive()
            if message is None:
                left -= 1
            else:
                yield message


def out_of_order(taken):
    """Return "" where each producer's numbers rise, or the first place where they do not."""
    last = {}
    for producer, number in taken:
        if number is not None and number <= last.get(producer, -1):
            return "reordered or doubled: producer %r sent %r after %r" % (
                producer,
                last[producer],
                number,
            )
        last[producer] = number
    return ""


def check_ask(seat, job):
    """Send each checked message and compare what comes back with it."""
    pairs = cycle(list(zip(seat.senders, seat.receivers)))

    def answers():
        for message in checked_messages(0, job):
            sender, receiver = next(pairs)
            sender.send(message)
            yield receiver.receive()

    outcome = check_answers(answers(), job)
    end_phase(seat)
    return outcome


def check_answers(answers, job):
    """Return the Outcome of answers, which are the checked messages in their order."""
    problem = ""
    taken = []
    for answer in answers:
        producer, number, intact = job.payload.unwrap(answer)
        if not intact:
            problem = problem or "altered: the answer to message %r" % (number,)
        taken.append((producer, number))
    return NOTHING._replace(count=taken, problem=problem or out_of_order(taken))


class Topology(object):
    """A topology in a file of the user's own; an instance replaces a module."""

    LABEL = ""
    SUMMARY = ""
    PARAMETER = ""
    MOST_WORKERS = None
    NEEDS_POLL = False

    check_produce = staticmethod(check_produce)
    check_work = staticmethod(check_work)

    def supported(self):
        return ""


def answer_until_end(seat, job):
    """Send back what comes, until END."""
    del job
    receive = seat.receivers[0].receive
    send = seat.senders[0].send
    count = 0
    while True:
        message = receive()
        if message is None:
            return NOTHING._replace(count=count)
        send(message)
        count += 1
