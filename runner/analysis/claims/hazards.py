"""The claims on what goes wrong, or is said not to; probes decide."""

from runner.analysis.claims.answers import NO, YES, Answers, claim, when

CLAIMS = (
    claim(
        19,
        "001",
        "Only one thread of a process runs Python code at a time (it writes Cython)",
        Answers(
            holds=when(one_thread_at_once=YES),
            refuted=when(one_thread_at_once=NO),
        ),
    ),
    claim(
        22,
        "001",
        "Objects of one process leave a Queue in the order in which they were put",
        Answers(
            holds=when(order_one_producer=YES),
            refuted=when(order_one_producer=NO),
        ),
    ),
    claim(
        23,
        "001",
        "Joining a process before its Queue has been drained may deadlock",
        Answers(
            holds=when(join_before_drain_queue=YES),
            refuted=when(join_before_drain_queue=NO),
        ),
    ),
    claim(
        24,
        "001",
        "empty() may still be true for a moment after put()",
        Answers(
            holds=when(empty_after_put=YES),
        ),
    ),
    claim(
        25,
        "001",
        "A Queue cannot be an argument of a Pool's methods",
        Answers(
            holds=when(queue_to_pool_method=NO),
            refuted=when(queue_to_pool_method=YES),
        ),
    ),
    claim(
        27,
        "001",
        "A crash in a child prints no traceback unless the function is wrapped in try and except",
        Answers(
            depends=when(child_exception_stderr=YES, pool_exception_stderr=NO),
            refuted=when(child_exception_stderr=YES, pool_exception_stderr=YES),
            holds=when(child_exception_stderr=NO, pool_exception_stderr=NO),
            note="on who runs the function: a Process prints it, a Pool keeps it until get()",
        ),
    ),
    claim(
        28,
        "001",
        "Implied: what a Queue delivers is the object as it was put",
        Answers(
            refuted=when(mutate_after_put=NO),
            holds=when(mutate_after_put=YES),
            note="when it changes after put()",
        ),
    ),
    claim(
        33,
        "001",
        "put() pickles the object, and the thread only sends the bytes (quoted from the docs)",
        Answers(
            refuted=when(mutate_after_put=NO, unpicklable_put=NO),
            holds=when(mutate_after_put=YES, unpicklable_put=YES),
            note="the pickling itself happens later, in the thread",
        ),
    ),
    claim(
        34,
        "001",
        "Objects of several processes may leave a Queue in another order than put",
        Answers(
            holds=when(order_several_producers=YES),
        ),
    ),
    claim(
        36,
        "001",
        "A manager's queue does not hang a join before the drain",
        Answers(
            holds=when(join_before_drain_manager=NO),
            refuted=when(join_before_drain_manager=YES),
        ),
    ),
    claim(
        37,
        "001",
        "cancel_join_thread keeps the join before the drain from hanging",
        Answers(
            holds=when(join_before_drain_cancelled=NO),
            refuted=when(join_before_drain_cancelled=YES),
        ),
    ),
    claim(
        38,
        "001",
        "A parent may hang on its own exit when its child's Queue has not been drained",
        Answers(
            holds=when(exit_before_drain=YES),
            refuted=when(exit_before_drain=NO),
        ),
    ),
    claim(
        39,
        "001",
        "A Queue reaches a Pool's workers by the initializer",
        Answers(
            holds=when(queue_by_initializer=YES),
            refuted=when(queue_by_initializer=NO),
        ),
    ),
    claim(
        40,
        "001",
        "A manager's queue is a proxy, and can be an argument of a Pool's methods",
        Answers(
            holds=when(manager_proxy_to_pool=YES),
            refuted=when(manager_proxy_to_pool=NO),
        ),
    ),
    claim(
        42,
        "001",
        "JoinableQueue knows no tasks, it counts the unfinished ones",
        Answers(
            holds=when(joinable_counts=YES),
            refuted=when(joinable_counts=NO),
        ),
    ),
    claim(
        43,
        "001",
        "A Queue has a buffer and a thread that sends, so that put() need not wait",
        Answers(
            holds=when(queue_feeder_thread=YES, put_returns_early=YES),
            refuted=when(queue_feeder_thread=NO),
        ),
    ),
    claim(
        44,
        "001",
        "Threads suit work that waits for input and output, whatever else cannot run at once",
        Answers(
            holds=when(threads_overlap_io=YES),
            refuted=when(threads_overlap_io=NO),
        ),
    ),
    claim(
        51,
        "001",
        "Manager().Queue() is less troublesome: what Queue's users trip over does not happen to it",
        Answers(
            depends=when(join_before_drain_manager=NO, manager_queue_worker_death=YES),
            refuted=when(join_before_drain_manager=YES),
            note="on the trouble: no hang and no wedge, but see what a killed reader takes along",
        ),
    ),
)
