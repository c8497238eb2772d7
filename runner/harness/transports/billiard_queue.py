"""billiard.Queue: Celery's fork of multiprocessing."""

from __future__ import absolute_import

import transports
from transports import packages, queue

LABEL = "billiard.Queue"
ROLE = "objects"
SUMMARY = "billiard.Queue(): the Queue of Celery's fork of multiprocessing"
SHARED = True
DUPLEX = False
LAUNCH = "process"
START_METHODS = ("fork",)
PAYLOADS = None
TOPOLOGIES = None
ABOUT = {
    "serialises": queue.ABOUT["serialises"],
    "holds": queue.ABOUT["holds"],
    "needs": "billiard, semaphores; fork",
    "versions": "2.7 and newer",
    "pitfalls": "as Queue; it knows processes of billiard's own kind only, others get it by fork",
}

helper_usage = transports.no_helper
sender = queue.sender
receiver = queue.receiver
close = queue.close


def supported():
    return packages.lacks("billiard", "billiard") or transports.semaphores()


def open(context):
    del context
    import billiard

    return billiard.Queue()


def facts(channel):
    return dict(queue.facts(channel), **packages.facts("billiard", "billiard"))
