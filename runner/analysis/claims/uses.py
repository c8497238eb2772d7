"""The claims on what Pipe and Queue are, and who may use them how; probes decide."""

from runner.analysis.claims.answers import NO, YES, Answers, claim, when

CLAIMS = (
    claim(
        9,
        "001",
        "A Pipe has two endpoints and serves two processes; for more take a Queue",
        Answers(
            depends=when(shared_pipe_locked=YES, shared_pipe_writers=NO),
            refuted=when(shared_pipe_locked=YES, shared_pipe_writers=YES),
            holds=when(shared_pipe_locked=NO, shared_pipe_writers=NO),
            note="on a lock: two ends, but more processes may share one when they take turns",
        ),
    ),
    claim(
        10,
        "000, 001",
        "Connections have no lock: several processes at one end are not safe",
        Answers(
            holds={"shared_pipe_writers": (NO,), "shared_pipe_readers": (YES, NO)},
        ),
    ),
    claim(
        11,
        "000",
        "A Pipe is unidirectional, at best half-duplex",
        Answers(
            refuted=when(pipe_full_duplex=YES, pipe_simplex_one_way=YES),
            holds=when(pipe_full_duplex=NO, pipe_simplex_one_way=YES),
            note="true of Pipe(duplex=False) alone",
        ),
    ),
    claim(
        12,
        "000",
        "One Queue carries a conversation both ways",
        Answers(
            refuted=when(queue_two_ways=YES),
            holds=when(queue_two_ways=NO),
            note="one Queue has no directions",
        ),
    ),
    claim(
        13,
        "000",
        "That a pipe has no lock is why reading an empty one blocks",
        Answers(
            refuted=when(recv_on_empty_blocks=YES),
            note="it blocks, but not for that reason: a Queue, which has locks, waits as well",
        ),
    ),
    claim(
        15,
        "000",
        "A pipe serves one writer and one reader, never more",
        Answers(
            refuted=when(shared_pipe_locked=YES),
            holds=when(shared_pipe_locked=NO),
            note="with a lock at each end it serves several",
        ),
    ),
    claim(
        21,
        "001",
        "Pipe is synchronous, Queue asynchronous",
        Answers(
            holds=when(send_blocks=YES, put_returns_early=YES),
            refuted=when(put_returns_early=NO),
        ),
    ),
    claim(
        35,
        "000",
        "A Queue is first in, first out",
        Answers(
            depends=when(order_one_producer=YES, order_several_producers=YES),
            holds=when(order_one_producer=YES, order_several_producers=NO),
            refuted=when(order_one_producer=NO),
            note="on the number of producers: for each by itself it is, across them it is not",
        ),
    ),
    claim(
        41,
        "000, 001",
        "A Queue is safe for several producers and consumers",
        Answers(
            holds=when(queue_shared_by_all=YES, queue_worker_death=YES),
            depends=when(queue_shared_by_all=YES, queue_worker_death=NO),
            refuted=when(queue_shared_by_all=NO),
            note="on all of them living: one killed while it waits in get() takes the lock along",
        ),
    ),
    claim(
        45,
        "001",
        "Pipe is a function that returns two Connections; a Queue has put, get, empty and full",
        Answers(
            holds=when(pipe_and_queue_surface=YES),
            refuted=when(pipe_and_queue_surface=NO),
        ),
    ),
    claim(
        46,
        "001",
        "A Pipe is one-way or two-way, as its maker asks",
        Answers(
            holds=when(pipe_simplex_one_way=YES, pipe_full_duplex=YES),
            refuted=when(pipe_simplex_one_way=YES, pipe_full_duplex=NO),
        ),
    ),
    claim(
        47,
        "001",
        "send and recv turn objects into a byte stream by pickling",
        Answers(
            holds=when(send_pickles=YES),
            refuted=when(send_pickles=NO),
        ),
    ),
    claim(
        48,
        "001",
        "A Queue moves its data over a Connection, that is, over a Pipe",
        Answers(
            holds=when(queue_built_on_pipe=YES),
            refuted=when(queue_built_on_pipe=NO),
        ),
    ),
    claim(
        49,
        "000",
        "A Pipe is for two-way, a Queue for one-way communication (its summary)",
        Answers(
            holds=when(pipe_full_duplex=YES, queue_two_ways=YES),
            refuted=when(pipe_full_duplex=NO),
        ),
    ),
    claim(
        50,
        "001",
        "A Pipe() made without arguments is unidirectional (a comment in its code)",
        Answers(
            refuted=when(pipe_full_duplex=YES),
            holds=when(pipe_full_duplex=NO),
        ),
    ),
)
