"""Several writers and readers on one channel: what arrives whole, truncated, twice or never."""

from __future__ import absolute_import, print_function

import struct
import time
import zlib
from collections import Counter, namedtuple
from functools import partial

import compat
from probes import children

LONGEST = 1 << 20
LAST = b"last"
_HEAD = struct.Struct("!II")
_NUMBER = struct.Struct("!I")
_TRUNCATED = 0xFFFFFFFF
_WRITER_BITS = 20
_PATIENCE = 10  # truncated frames after which a reader gives the stream up
_LATEST = 10  # seconds until the last process of a crew must have started

Tally = namedtuple("Tally", "planned whole truncated twice missing stuck")
Crew = namedtuple("Crew", "writers readers")
Channel = namedtuple("Channel", "give take write_end read_end")


class Gate(object):
    """Holds a crew back until all of it has started: one that is early could do all the work."""

    def __init__(self, crew):
        context = children.context()
        self._size = sum(crew)
        self._ready = context.Semaphore(0)
        self._opened = context.Event()

    def wait(self):
        """Wait for the others (in a process of the crew)."""
        self._ready.release()
        self._opened.wait()

    def open(self):
        """Let the crew go; RuntimeError where not all of it starts."""
        until = compat.now() + _LATEST
        for number in range(self._size):
            if not self._ready.acquire(True, max(0.0, until - compat.now())):
                raise RuntimeError("%d of %d processes have started" % (number, self._size))
        self._opened.set()


class NoLock(object):
    """A lock that keeps nobody out."""

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        return False


def pipe_channel(duplex):
    """Return a Channel over one Pipe, whose frames are bounded so that junk cannot ask for GB."""
    source, sink = children.context().Pipe(duplex)
    return Channel(sink.send_bytes, partial(source.recv_bytes, LONGEST), sink, source)


def queue_channel(queue):
    """Return a Channel over a queue."""
    return Channel(queue.put, queue.get, None, None)


def tally(channel, crew, frames, size, locked=False, seconds=1.5):
    """Return what the crew's readers got of `frames` frames of `size` bytes from each writer."""
    gate = Gate(crew)
    locks = [children.context().Lock() if locked else NoLock() for _ in range(2)]
    reports, reading = _start_readers(channel, crew.readers, locks[1], gate)
    writing = [
        children.start(write, channel, locks[0], gate, writer, frames, size)
        for writer in range(crew.writers)
    ]
    _close(channel.write_end)
    _close(channel.read_end)
    gate.open()
    until = compat.now() + seconds
    stuck = _end(writing, until)
    if channel.write_end is None:
        for _ in reading:
            channel.give(LAST)
    stuck += _end(reading, until)
    return _count(reports, crew.writers * frames, stuck)


def write(channel, lock, gate, writer, frames, size):
    """Give numbered frames (in a writer)."""
    _close(channel.read_end)
    gate.wait()
    for number in range(frames):
        frame = _frame(writer << _WRITER_BITS | number, size)
        try:
            with lock:
                channel.give(frame)
        except (IOError, OSError):
            return  # every reader has gone: the stream is dead, and the tally says so


def read(channel, lock, gate, report):
    """Report the number of each frame, or that it was truncated (in a reader)."""
    _close(channel.write_end)
    gate.wait()
    truncated = 0
    while truncated < _PATIENCE:
        try:
            with lock:
                frame = channel.take()
        except EOFError:
            return
        except (IOError, OSError):
            frame, truncated = b"", _PATIENCE
        if frame == LAST:
            return
        number = _number_of(frame)
        truncated += number == _TRUNCATED
        report.send_bytes(_NUMBER.pack(number))


def _start_readers(channel, readers, lock, gate):
    reports, reading = [], []
    for _ in range(readers):
        report, end = children.context().Pipe(False)
        reading.append(children.start(read, channel, lock, gate, end))
        end.close()
        reports.append(report)
    return reports, reading


def _frame(number, size):
    body = struct.pack("B", number % 251) * size
    return _HEAD.pack(number, zlib.crc32(body) & 0xFFFFFFFF) + body


def _number_of(frame):
    if len(frame) < _HEAD.size:
        return _TRUNCATED
    number, check = _HEAD.unpack(frame[: _HEAD.size])
    return number if zlib.crc32(frame[_HEAD.size :]) & 0xFFFFFFFF == check else _TRUNCATED


def _end(processes, until):
    """Return how many of the processes had to be killed at the moment `until`."""
    while compat.now() < until and any(process.is_alive() for process in processes):
        time.sleep(0.01)
    return sum(not children.ended(process, 0.05) for process in processes)


def _count(reports, planned, stuck):
    seen = Counter()
    for report in reports:
        try:
            while True:
                seen[_NUMBER.unpack(report.recv_bytes())[0]] += 1
        except (EOFError, IOError, OSError):
            report.close()
    truncated = seen.pop(_TRUNCATED, 0)
    twice = sum(1 for times in seen.values() if times > 1)
    return Tally(planned, len(seen), truncated, twice, planned - len(seen), stuck)


def _close(end):
    if end is not None:
        end.close()


def intact(counted):
    """Return whether every frame arrived whole and once."""
    return counted == Tally(counted.planned, counted.planned, 0, 0, 0, 0)


def as_text(counted):
    """Return a tally in words."""
    return (
        "%d frames planned: %d arrived whole, %d times a reader met a truncated one, "
        "%d arrived twice, "
        "%d are missing, %d processes were stuck" % counted
    )
