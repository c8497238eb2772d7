"""multiprocessing.JoinableQueue: a Queue that counts unfinished tasks; task_done and join."""

from __future__ import absolute_import

from itertools import repeat

import transports
from compat import counting
from transports import Receiver, Sender, queue

LABEL = "JoinableQueue"
ROLE = "objects"
SUMMARY = "multiprocessing.JoinableQueue(): task_done for each message, then join"
SHARED = True
DUPLEX = False
LAUNCH = "process"
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": "a thread of the sender, later; ForkingPickler",
    "holds": "as Queue",
    "needs": "semaphores",
    "pitfalls": "as Queue; a forgotten task_done lets join wait for good",
}

supported = transports.semaphores
helper_usage = transports.no_helper
close = queue.close
facts = queue.facts


class JoinableSender(Sender):
    """The producer's join is what the users of this queue wait for."""

    def __init__(self, channel):
        self.channel = channel
        Sender.__init__(self, channel.put)

    def finish(self):
        self.channel.join()
        return True


class JoinableReceiver(Receiver):
    """Says task_done for each message."""

    def __init__(self, channel):
        self.get = channel.get
        self.task_done = channel.task_done
        Receiver.__init__(self, self._receive, poll=queue._filled(channel))

    def _receive(self):
        message = self.get()
        self.task_done()
        return message

    def receive_each(self, count):
        get, task_done = self.get, self.task_done
        message = None
        for _ in repeat(None, count):
            message = get()
            task_done()
        return message

    def receive_until_end(self):
        get, task_done = self.get, self.task_done
        count = 0
        while True:
            message = get()
            task_done()
            if message is None:
                return count
            count += 1

    def receive_at_most(self, count):
        get, task_done = self.get, self.task_done
        for came in counting(count):
            message = get()
            task_done()
            if message is None:
                return came
        return count


def open(context):
    return context.JoinableQueue()


def sender(channel, side):
    del side
    return JoinableSender(channel)


def receiver(channel, side):
    del side
    return JoinableReceiver(channel)
