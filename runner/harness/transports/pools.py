"""What the pools share that people are told to use; no transport.

Their workers are their own: a producer hands over messages as tasks, and gets the results back.
"""

from __future__ import absolute_import

import threading
import time
from functools import partial

import compat
import processes
import transports
from transports import Sender

LOOK_EVERY = 0.1
CHUNK = "messages in a chunk; what the library chooses where none is named"


class Channel(object):
    """What the producer makes its pool of."""

    workers = 1
    cores = ()

    def __init__(self, context, chunk):
        self.chunk = chunk
        self.method = "fork"
        if hasattr(context, "get_start_method"):
            self.method = context.get_start_method()


open = Channel


def ends(channel, senders, receivers):
    del senders
    channel.workers = receivers


def begin(parent, cores):
    """Initialise a worker."""
    compat.die_with_parent(parent)
    if cores:
        compat.run_on(cores)


def initialiser(channel):
    """Return the arguments of begin."""
    return compat.parent_of_children(compat.context(channel.method)), channel.cores


class Tasks(Sender):
    """Hands messages over as tasks: exchange(function, messages) gives the results in order.

    `workers` are the first ones: a Pool silently replaces one that died, and its task is lost.
    """

    def __init__(self, exchange, workers, dismiss):
        self.exchange = exchange
        self.workers = workers
        self._end = dismiss
        self._needed = True
        Sender.__init__(self, None)

    def dismiss(self):
        """Let the workers end."""
        self._needed = False
        self._end()

    def look(self, died):
        """Call `died(exitcode)` where one of the workers has ended that is still needed."""
        codes = [one.exitcode for one in self.workers if one.exitcode is not None]
        if codes and self._needed:
            # An executor ends the others of its workers where one died.
            died(([code for code in codes if code != -15] or codes)[0])

    def usages(self):
        """Return the Usage of each worker by its pid."""
        found = [(one.pid, processes.usage(one.pid)) for one in self.workers]
        return dict((pid, usage) for pid, usage in found if usage is not None)

    def watch(self, died):
        """Call `died(exitcode)` when one of the workers ends."""

        def look():
            while True:
                self.look(died)
                time.sleep(LOOK_EVERY)

        thread = threading.Thread(target=look)
        thread.daemon = True
        thread.start()


def of_a_pool(channel, map_name):
    """Return the Tasks of a multiprocessing.Pool, by one of its methods."""
    pool = compat.context(channel.method).Pool(channel.workers, begin, initialiser(channel))
    chunk = () if channel.chunk is None else (channel.chunk,)
    mapped = getattr(pool, map_name)

    def dismiss():
        pool.close()
        pool.join()

    return Tasks(
        lambda function, messages: mapped(function, messages, *chunk), list(pool._pool), dismiss
    )


def of_an_executor(channel, executor):
    """Return the Tasks of an executor whose workers are processes."""
    # It starts its workers as tasks come: each of these holds one until all are there.
    for future in [executor.submit(time.sleep, 0.05) for _ in range(4 * channel.workers)]:
        future.result()
    chunk = {} if channel.chunk is None else {"chunksize": channel.chunk}
    return Tasks(
        partial(executor.map, **chunk), list(executor._processes.values()), executor.shutdown
    )


def facts(channel):
    """Return the chunk as a fact, and that the pools pickle as the library does."""
    chunk = "the library's own" if channel.chunk is None else str(channel.chunk)
    return dict(transports.protocol_facts(), chunk=chunk)
