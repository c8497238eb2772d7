"""When how many messages of a phase had come: noted under interpreters that compile at run time.

Their loops may still be compiled while the clock runs, which only a look inside the trial shows.
Other interpreters call none of this: their loops stay bare.

A step is (moment, messages that came since the step before); the messages behind the last step
come until the clock stops.
"""

from __future__ import absolute_import

from compat import now

STEPS_OF_A_WORKER = 256
"""Steps noted by a worker that cannot know its share: so many of an even one."""


def goals(count):
    """Return after how many of `count` messages a quarter, a half, three quarters have come."""
    return sorted(set(count * part // 4 for part in (1, 2, 3)) - set([0]))


class Steps(object):
    """Notes when the quarters of `count` messages have come, from whichever receiver."""

    def __init__(self, count):
        self.noted = []
        self._goals = goals(count)
        self._came = self._reached = 0

    def counting(self, receive):
        """Return `receive` with each of its messages counted; END is none."""

        def counted():
            message = receive()
            if message is not None:
                self._came += 1
                if self._goals and self._came == self._goals[0]:
                    self._note(self._goals.pop(0))
            return message

        return counted

    def _note(self, reached):
        self.noted.append((now(), reached - self._reached))
        self._reached = reached


def as_it_is(receive):
    """Return the transport's own bound method: where nothing is noted the loops stay bare."""
    return receive


def of_job(job):
    """Return what a loop over several receivers puts around each, and the list of its steps."""
    if not job.noting:
        return as_it_is, []
    steps = Steps(job.count)
    return steps.counting, steps.noted


def receive_each(receiver, count):
    """Receive `count` messages, in four bare loops; return the last one and the steps."""
    steps = []
    done = 0
    for goal in goals(count):
        receiver.receive_each(goal - done)
        steps.append((now(), goal - done))
        done = goal
    return receiver.receive_each(count - done), steps


def receive_until_end(receiver, size):
    """Receive until END in bare loops of `size` messages; return their number and the steps."""
    steps = []
    came = receiver.receive_at_most(size)
    while came == size:
        steps.append((now(), size))
        came = receiver.receive_at_most(size)
    return len(steps) * size + came, steps


def of_round_trips(moments):
    """Return the steps of a client from the moments before, between and after its round trips."""
    ends = goals(len(moments) - 1)
    return [(moments[end], end - before) for before, end in zip([0] + ends, ends)]


def moments(first, received, steps, count):
    """Return when a quarter, half, three quarters and all of `count` messages had come.

    `steps` are those of all receivers together. Between two of them, messages are taken to have
    come evenly; the first came after the moment `first`, the last at the moment `received`.
    """
    found = []
    wanted = [count * part / 4.0 for part in (1, 2, 3)]
    known, since = 0, first
    rest = count - sum(messages for _, messages in steps)
    for moment, messages in sorted(steps) + [(received, rest)]:
        while wanted and known + messages >= wanted[0]:
            share = (wanted.pop(0) - known) / messages
            found.append(since + share * (moment - since))
        known += messages
        since = moment
    return found + [received]
