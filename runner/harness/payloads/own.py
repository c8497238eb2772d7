"""The user's own payloads: the value of a function, or a recorded message."""

from __future__ import absolute_import

import ast
import json

import compat
import userfiles
from payloads.base import Payload, UnknownPayload


class FromFunction(Payload):
    """What `function(number)` returns."""

    def __init__(self, function, equal=None):
        self.numbered = function  # the function itself: no frame of ours calls it
        if equal is not None:
            self.same = equal
        Payload.__init__(self)


class Recorded(Payload):
    """The message in a file, the same for every number."""

    def __init__(self, one):
        self._content = one.read()
        self._loads = compat.pickle_module().loads
        if one.name.endswith(".json"):
            self._content, self._loads = self._content.decode("utf-8"), json.loads
        Payload.__init__(self)

    def numbered(self, number):
        del number
        return self._loads(self._content)


def build(one, function):
    """Return the Payload of a file, or of a function in it."""
    if not one.name.endswith(".py"):
        return Recorded(one)
    module = one.load()
    made = getattr(module, function, None)
    if not callable(made):
        known = sorted(
            name
            for name, value in vars(module).items()
            if callable(value)
            and not isinstance(value, type)
            and not name.startswith("_")
            and not name.endswith("_equal")
            and getattr(value, "__module__", "") == module.__name__
        )
        raise UnknownPayload(
            "has no function %s; %s" % (function, userfiles.nearest(function, known))
        )
    return FromFunction(made, getattr(module, function + "_equal", None))


def values(one):
    """Return the values of the axis payload that a file gives, each with its function."""
    if not one.name.endswith(".py"):
        return [(one.name, "")]
    return [("%s:%s" % (one.name, function), function) for function in one.functions]


def entries():
    """Return the description of each payload of the user's own files."""
    known = [one.found.get("payload", []) for one in userfiles.files() if not one.fault]
    return [entry for found in known for entry in found]


def look(one):
    """Return the description of each payload of a file; Fault for one that cannot be a message."""
    if one.name.endswith(".py"):
        one.load()  # a mistake of its syntax is reported as such
    found = []
    for value, function in values(one):
        summary = "the message recorded in " + one.shown
        if not function:
            check(Recorded(one), value, 0)
        else:
            line = one.line_of(ast.FunctionDef, function)
            try:
                payload = build(one, function)
            except UnknownPayload as error:
                raise userfiles.Fault(line, str(error))
            check(payload, function + "(0)", line)
            summary = _summary(one, function)
        entry = {"name": value, "label": value, "summary": summary}
        entry.update(parameter="", item_bytes=None)
        found.append(entry)
    return found


def _summary(one, function):
    doc = getattr(getattr(one.load(), function), "__doc__", None)
    said = doc.strip().split("\n")[0] if isinstance(doc, str) else ""
    return said or "what %s of %s returns" % (function, one.shown)


def check(payload, what, line):
    """Raise Fault if a payload cannot be sent, or if a change on arrival would not show."""
    pickle = compat.pickle_module()
    if payload.body is None:
        raise userfiles.Fault(line, "%s is None, which ends a phase of messages" % what)
    advice = "give its class __eq__, or write a function of that name with _equal behind it"
    again = payload.numbered(0)
    if not _equal(payload, again, what, line):
        text = "%s made twice is not equal to itself: %s" % (what, advice)
        raise userfiles.Fault(line, text)
    try:
        carried = pickle.loads(pickle.dumps(again, compat.connection_protocol()))
    except Exception as error:
        text = "%s cannot be pickled: %s: %s" % (what, type(error).__name__, error)
        raise userfiles.Fault(line, text)
    if not _equal(payload, carried, what, line):
        text = "%s is not equal to itself once it was pickled: %s" % (what, advice)
        raise userfiles.Fault(line, text)


def _equal(payload, other, what, line):
    try:
        return bool(payload.same(other, payload.body))
    except Exception as error:
        text = "%s cannot be compared: %s: %s; write a function of that name with _equal behind it"
        raise userfiles.Fault(line, text % (what, type(error).__name__, error))
