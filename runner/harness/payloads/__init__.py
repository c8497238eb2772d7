"""Payloads, the contents of messages: one file each, loaded by name.

A payload is a module with

    SUMMARY     one sentence
    PARAMETER   what may stand after the colon, or ""
    ITEM_BYTES  bytes of content for each item that the parameter counts, or None where a
                message's size does not follow from its name

    supported()        "" or the reason why this interpreter cannot
    build(parameter)   a Payload; UnknownPayload says what is allowed

The order of NAMES is that of tables and pictures.
"""

from __future__ import absolute_import

import importlib

import userfiles
import userplugins
from payloads.base import Fresh, Kind, Payload, UnknownPayload

__all__ = ["NAMES", "Kind", "Payload", "UnknownPayload", "build", "load"]

NAMES = ("int", "str", "bytes", "dict", "object", "ndarray", "made_ndarray")


def load(name):
    """Return the module of a payload; UnknownPayload lists the known ones."""
    if name in NAMES:
        return importlib.import_module("payloads." + name)
    found = userplugins.load("payload", name)
    if found is None:
        known = NAMES + userplugins.names("payload")
        raise UnknownPayload("unknown payload %r; known: %s" % (name, ", ".join(known)))
    return found


def build(text):
    """Return the Payload for `name` or `name:parameter`; ValueError says what is allowed.

    The name may also be that of a file of the user's own, the parameter of a function in it. With
    `fresh:` before all of it each message is a new object.
    """
    name, _, parameter = text.partition(":")
    if name == "fresh":
        inner = build(parameter)
        return inner if inner.is_fresh else Fresh(inner)
    file = userfiles.named(name)
    if file is not None:
        from payloads import own

        return own.build(file, parameter)
    return load(name).build(parameter)
