"""A POSIX message queue, by posix_ipc: the kernel keeps messages apart, and in order."""

from __future__ import absolute_import

import transports
from transports import Receiver, Sender, packages

LABEL = "POSIX message queue"
ROLE = "objects"
SUMMARY = "posix_ipc.MessageQueue: the kernel's own queue of messages, 8 KiB each at most"
SHARED = True
DUPLEX = False
LAUNCH = "process"
START_METHODS = ("fork",)
PAYLOADS = None
TOPOLOGIES = ("one_to_one", "fan_out", "fan_in", "request_reply", "request_reply_poll")
ABOUT = {
    "serialises": "caller, C pickle with the highest protocol",
    "holds": "10 messages",
    "needs": "posix_ipc, Linux; fork",
    "versions": "2.7 to 3.13; newer where it can be compiled",
    "pitfalls": "10 messages of 8 KiB are the default limits (/proc/sys/fs/mqueue); a queue "
    "outlives its processes until its name is removed",
}

MOST, LONGEST = 10, 8192

helper_usage = transports.no_helper


def supported():
    return packages.lacks("posix_ipc", "posix_ipc")


def open(context):
    del context
    import posix_ipc

    try:
        queue = posix_ipc.MessageQueue(
            None, posix_ipc.O_CREX, max_messages=MOST, max_message_size=LONGEST
        )
    except (posix_ipc.Error, OSError, ValueError) as error:
        raise transports.Unsuitable("the system gives no message queue: %s" % error)
    queue.unlink()  # those who are forked have it; nothing of it is left behind them
    return queue


def fit(channel, payload):
    del channel
    size = transports.largest(payload)
    if size > LONGEST:
        raise transports.Unsuitable(
            "a message of %d bytes is larger than the %d that a POSIX message queue takes"
            % (size, LONGEST)
        )


def sender(channel, side):
    del side
    send, dumps, protocol = channel.send, transports.dumps, transports.PROTOCOL
    return Sender(lambda message: send(dumps(message, protocol)))


def receiver(channel, side):
    del side
    receive, loads = channel.receive, transports.loads
    return Receiver(lambda: loads(receive()[0]), poll=lambda: channel.current_messages > 0)


def close(channel):
    channel.close()


def facts(channel):
    del channel
    return dict(
        transports.protocol_facts(transports.PROTOCOL), capacity="%d messages" % MOST,
        **packages.facts("posix_ipc", "posix_ipc")
    )
