"""The claims on how fast Pipe and the Queues are."""

from runner.analysis.claims.bounds import Band, Speed
from runner.analysis.claims.claim import Claim
from runner.analysis.claims.comparisons import (
    costs_by_layer,
    differs_by_payload,
    differs_by_workers,
    gains_by_making,
    making_share,
    narrower_than_27,
    same_by_producer_clock,
    varies_by_virtual_machine,
)
from runner.analysis.claims.evidence import Cells

_INTS = Cells(("pipe", "queue"))
_LADDER = Cells(("pipe", "pipe_simplex", "simple_queue", "queue"))
_QUEUES = Cells(("queue", "simple_queue", "joinable_queue"))
_ALL = Cells(("pipe", "queue", "simple_queue", "joinable_queue"))
_ANYWHERE = Cells(
    ("pipe", "queue"),
    ("int", "str", "dict", "object", "ndarray", "made_ndarray"),
    ("one_to_one", "fan_out", "request_reply"),
)
_PAYLOADS = Cells(("pipe", "queue"), ("int", "str", "dict", "object"))
_WORKERS = Cells(("pipe", "queue"), topologies=("one_to_one", "fan_out"))
_EXCHANGE = Cells(("pipe", "queue"), topologies=("request_reply", "request_reply_poll"))
_MADE = Cells(("pipe", "pipe_simplex", "queue"), ("made_ndarray",))
_KEPT = Cells(("pipe", "pipe_simplex", "queue"), ("ndarray",))
_BUFFERED = Cells(("pipe_buffered", "queue"), ("made_ndarray",))
_MAKING = Cells(("pipe_buffered", "thread_queue"), ("made_ndarray",))
_MANAGER = Cells(("queue", "manager_queue"))

_PIPE_TO_QUEUE = (("pipe", "queue"),)
_PIPE_TO_QUEUES = (*_PIPE_TO_QUEUE, ("pipe", "simple_queue"), ("pipe", "joinable_queue"))
_QUEUE_PAIRS = (
    ("queue", "simple_queue"),
    ("queue", "joinable_queue"),
    ("simple_queue", "joinable_queue"),
)
_BOTH_PIPES = (("pipe_simplex", "queue"), ("pipe", "queue"))

CLAIMS = (
    Claim(
        1,
        "Under 2.7 a Pipe has three to four times the speed of a Queue (its figures: 3.20 times)",
        "001",
        Speed(_PIPE_TO_QUEUE, Band(2.5, 4.0)),
        cells=(_INTS,),
        pythons="2.7",
    ),
    Claim(
        2,
        "Under 3.x Pipe leads each of the Queues by about 20 %",
        "001",
        Speed(_PIPE_TO_QUEUES, Band(1.1, 1.3)),
        cells=(_ALL,),
        pythons="3",
    ),
    Claim(
        3,
        "Under 3.x no two kinds of Queue differ by more than about 15 %",
        "001",
        Speed(_QUEUE_PAIRS, Band(1 / 1.15, 1.15), every=True),
        cells=(_QUEUES,),
        pythons="3",
    ),
    Claim(
        4,
        "On 2.7 JoinableQueue is to be avoided: Queue is clearly faster (its figures: 1.56 times)",
        "001",
        Speed((("queue", "joinable_queue"),), Band(low=1.2)),
        cells=(Cells(("queue", "joinable_queue")),),
        pythons="2.7",
    ),
    Claim(
        5,
        "What Queue adds to the Pipe that it uses is what makes it slower",
        "001",
        costs_by_layer,
        cells=(_LADDER,),
    ),
    Claim(
        6,
        "The 3.x results vary because they were taken on a virtual machine",
        "001",
        varies_by_virtual_machine,
        cells=(_INTS,),
        pythons="3",
    ),
    Claim(
        7,
        "The type of the data changes how Pipe and Queue compare",
        "001",
        differs_by_payload,
        cells=(_PAYLOADS,),
    ),
    Claim(
        8,
        "N workers with a pipe each against one shared queue is another comparison than 1:1",
        "001",
        differs_by_workers,
        cells=(_WORKERS,),
    ),
    Claim(
        14,
        "A pipe beats a queue, whatever is sent and to whom",
        "000",
        Speed(_PIPE_TO_QUEUE, Band(low=1.0)),
        cells=(_ANYWHERE,),
    ),
    Claim(
        16,
        "Pipe is slower than Queue for a producer that makes a large array for each message",
        "001",
        Speed(_BOTH_PIPES, Band(high=1.0)),
        cells=(_MADE,),
    ),
    Claim(
        17,
        "A sender thread in front of the Pipe makes it as fast as Queue for such a producer",
        "001",
        Speed((("pipe_buffered", "queue"),), Band(1 / 1.1, 1.1)),
        cells=(_BUFFERED,),
    ),
    Claim(
        18,
        "Making the arrays is most of the time: 2.9 of 3.4 s",
        "001",
        making_share,
        cells=(_MAKING,),
    ),
    Claim(
        20,
        "For an exchange between two processes Pipe is faster than Queues",
        "001",
        Speed(_PIPE_TO_QUEUE, Band(low=1.0)),
        cells=(_EXCHANGE,),
    ),
    Claim(
        26,
        "A manager's queue has no drawback (tolerance: Queue at most 1.5 times as fast)",
        "001",
        Speed((("queue", "manager_queue"),), Band(high=1.5)),
        cells=(_MANAGER,),
    ),
    Claim(
        29,
        "The gap between Pipe and Queue is smaller on 3.x than on 2.7",
        "001",
        narrower_than_27,
        cells=(_INTS,),
        pythons="3",
    ),
    Claim(
        30,
        "On 3.x JoinableQueue is not slower than Queue (its figures: 1.09 to 1.11 times as fast)",
        "001",
        Speed((("joinable_queue", "queue"),), Band(1 / 1.03, 1.2)),
        cells=(Cells(("queue", "joinable_queue")),),
        pythons="3",
    ),
    Claim(
        31,
        "Queue's thread lets the making of data and its sending overlap: Queue gains on Pipe by it",
        "001",
        gains_by_making,
        cells=(_MADE, _KEPT),
    ),
    Claim(
        32,
        "Implied by the script as it is stored: the last send may stop the clock",
        "001",
        same_by_producer_clock,
        cells=(_INTS,),
    ),
)
