"""The barest loops over each transport against the harness, paired, inside one interpreter.

    python bare_loops.py HARNESS PAIRS SECONDS PLACEMENT TRANSPORT...

prints one JSON object: {transport: [[messages, bare seconds, harness seconds], ...]}. Runs on
Python 2.7 too. The bare side does what a reader of the standard library's documentation would
write: two processes, a loop that sends, a loop that receives, the same clock. PLACEMENT is `free`,
or `together` for one core for both sides.
"""

from __future__ import absolute_import, print_function

import json
import multiprocessing
import os
import random
import struct
import sys
import threading
from itertools import repeat

sys.path.insert(0, sys.argv[1])

import compat  # noqa: E402
import invocation  # noqa: E402
from transports import pipe_buffered  # noqa: E402

now = compat.now
counting = compat.counting
context = compat.context("fork" if "fork" in compat.start_methods() else "default")
pickle = compat.pickle_module()


def put_each(channel, count):
    put = channel.put
    for number in counting(count):
        put(number)


def get_each(channel, count):
    get = channel.get
    for _ in repeat(None, count):
        get()


def join_each(channel, count):
    get, task_done = channel.get, channel.task_done
    for _ in repeat(None, count):
        get()
        task_done()


def pipe_send(channel, count):
    send = channel[0].send
    for number in counting(count):
        send(number)


def pipe_recv(channel, count):
    recv = channel[1].recv
    for _ in repeat(None, count):
        recv()


def bytes_send(channel, count):
    send_bytes, dumps, protocol = channel[0].send_bytes, pickle.dumps, pickle.HIGHEST_PROTOCOL
    for number in counting(count):
        send_bytes(dumps(number, protocol))


def bytes_recv(channel, count):
    recv_bytes, loads = channel[1].recv_bytes, pickle.loads
    for _ in repeat(None, count):
        loads(recv_bytes())


def struct_write(channel, count):
    write, number_to, pack = os.write, channel[0], struct.Struct("<q").pack
    for number in counting(count):
        write(number_to, pack(number))


def struct_read(channel, count):
    read, number_from, unpack = os.read, channel[1], struct.Struct("<q").unpack
    for _ in repeat(None, count):
        unpack(read(number_from, 8))[0]


def buffered_send(channel, count):
    # The sender thread is the transport itself, which no library has: what is compared is the
    # loop around it. It belongs to the process that sends, and lives as long as that.
    if not _buffers:
        _buffers.append(pipe_buffered.Buffer(channel[0].send))
    put = _buffers[0].put
    for number in counting(count):
        put(number)


def locked_send(channel, count):
    send, lock = channel[0].send, channel[2]
    for number in counting(count):
        with lock:
            send(number)


def locked_recv(channel, count):
    recv, lock = channel[1].recv, channel[3]
    for _ in repeat(None, count):
        with lock:
            recv()


def simplex():
    reading, writing = context.Pipe(False)
    return writing, reading


def os_pipe():
    reading, writing = os.pipe()
    return writing, reading


def locked():
    return simplex() + (context.Lock(), context.Lock())


LOOPS = {
    "os_pipe": (os_pipe, struct_write, struct_read),
    "pipe": (context.Pipe, pipe_send, pipe_recv),
    "pipe_simplex": (simplex, pipe_send, pipe_recv),
    "pipe_bytes": (simplex, bytes_send, bytes_recv),
    "pipe_buffered": (simplex, buffered_send, pipe_recv),
    "pipe_locked": (locked, locked_send, locked_recv),
    "queue": (context.Queue, put_each, get_each),
    "simple_queue": (lambda: compat.simple_queue(context), put_each, get_each),
    "joinable_queue": (context.JoinableQueue, put_each, join_each),
    "manager_queue": (lambda: manager().Queue(), put_each, get_each),
    "pool_manager_queue": (lambda: manager().Queue(), put_each, get_each),
    "pool_initializer_queue": (context.Queue, put_each, get_each),
    "thread_queue": (compat.thread_queue_class(), put_each, get_each),
}

_buffers = []
_managers = []
_pool_work = []


def manager():
    # Fresh for each race, as for each trial: how a scheduler treats a process depends on its past.
    _managers.append(context.Manager())
    return _managers[-1]


def side(loop, channel, count, warmup, control):
    control.send("ready")
    control.recv()
    loop(channel, warmup)
    control.send("warm")
    control.recv()
    started = now()
    loop(channel, count)
    control.send((started, now()))
    control.recv()


def race(transport, count, warmup):
    """Return the seconds from the first send to the last receive of the bare loops."""
    make, produce, consume = LOOPS[transport]
    channel = make()
    pairs = [context.Pipe() for _ in range(2)]
    work = [
        (loop, channel, count, warmup, pair[1]) for loop, pair in zip((produce, consume), pairs)
    ]
    hosts = started_hosts(transport, work)
    for word in ("ready", "warm"):
        for ours, _ in pairs:
            assert ours.recv() == word
        for ours, _ in pairs:
            ours.send("go")
    started, ended = pairs[0][0].recv()[0], pairs[1][0].recv()[1]
    for ours, _ in pairs:
        ours.send("leave")
    for host in hosts:
        host.join()
    while _managers:
        _managers.pop().shutdown()
    return ended - started


def started_hosts(transport, work):
    if transport in HOSTED:
        hosts = [context.Process(target=HOSTED[transport], args=(work,))]
    else:
        hosts = [context.Process(target=side, args=arguments) for arguments in work]
    for host in hosts:
        host.start()
    return hosts


def as_threads(work):
    threads = [threading.Thread(target=side, args=arguments) for arguments in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def as_pool_with_arguments(work):
    as_pool(work, [arguments[1] for arguments in work])


def as_pool(work, channels=(None, None)):
    pool = context.Pool(len(work), _pool_work.extend, (work,))
    tasks = [pool.apply_async(pool_side, each) for each in enumerate(channels)]
    for task in tasks:
        task.get()
    pool.close()
    pool.join()


def pool_side(index, channel):
    loop, handed, count, warmup, control = _pool_work[index]
    side(loop, handed if channel is None else channel, count, warmup, control)


HOSTED = {
    "thread_queue": as_threads,
    "pool_manager_queue": as_pool_with_arguments,
    "pool_initializer_queue": as_pool,
}


def harness(transport, count, warmup):
    """Return the same seconds as the harness measures them."""
    record = invocation.run(
        {
            "transport": transport,
            "payload": "int",
            "topology": "one_to_one",
            "workers": 1,
            "start_method": "fork",
            "placement": "free",
            "messages": count,
            "warmup": warmup,
            "verify": 0,
            "fault": "",
        }
    )
    assert record["status"] == "ok", record["detail"]
    return record["seconds"]


def pairs_of(transport, pairs, target):
    count = 200
    while True:
        seconds = harness(transport, count, count // 10)
        if seconds > target / 2:
            break
        count *= 2
    count = max(200, int(count * target / seconds))
    found = []
    for _ in range(pairs):
        sides = [race, harness]
        random.shuffle(sides)
        seconds = dict((which, which(transport, count, count // 10)) for which in sides)
        found.append([count, seconds[race], seconds[harness]])
    return found


if __name__ == "__main__":
    if sys.argv[4] == "together":
        compat.run_on([compat.allowed_cores()[0]])
    results = dict(
        (name, pairs_of(name, int(sys.argv[2]), float(sys.argv[3]))) for name in sys.argv[5:]
    )
    print(json.dumps(results))
    sys.stdout.flush()
    del multiprocessing
