"""What a message is: one file a payload, loaded by name."""

from __future__ import absolute_import

import importlib

from payloads.base import UnknownPayload

NAMES = ("int", "str", "bytes", "dict", "object", "ndarray", "made_ndarray")


def load(name):
    """Return the module of a payload; UnknownPayload lists the known ones."""
    if name not in NAMES:
        raise UnknownPayload("unknown payload %r; known: %s" % (name, ", ".join(NAMES)))
    return importlib.import_module("payloads." + name)


def build(text):
    """Return the Payload for `name` or `name:parameter`; ValueError says what is allowed."""
    name, _, parameter = text.partition(":")
    return load(name).build(parameter)
