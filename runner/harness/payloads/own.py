"""The user's own payloads: the value of a function, or a recorded message."""

from __future__ import absolute_import

import ast
import json
import types

import compat
import userfiles
from payloads.base import Payload, UnknownPayload
from userplugins import CONTROL


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
        if any(getattr(value, "NAME", None) == function for value in vars(module).values()):
            text = "%s is the NAME of a class: name the file under plugins, and write %s alone"
            raise UnknownPayload(text % (function, function))
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
            check(Recorded(one), value, 0, "record plain values")
        else:
            line = one.line_of(ast.FunctionDef, function)
            try:
                payload = build(one, function)
            except UnknownPayload as error:
                raise userfiles.Fault(line, str(error))
            advice = "write a function %s_equal(one, other)" % function
            check(payload, function + "(0)", line, advice)
            summary = _summary(one, function)
        entry = {"name": value, "label": value, "summary": summary}
        entry.update(parameter="", item_bytes=None)
        found.append(entry)
    return found


def _summary(one, function):
    doc = getattr(getattr(one.load(), function), "__doc__", None)
    said = compat.as_text(doc).strip().split("\n")[0] if isinstance(doc, str) else ""
    return CONTROL.sub("?", said)[:200] or "what %s of %s returns" % (function, one.shown)


def check(payload, what, line, advice):
    """Raise Fault if a payload cannot be sent, or if a change on arrival would not show.

    `advice` says how its author can say what is equal.
    """
    pickle = compat.pickle_module()
    if payload.body is None:
        raise userfiles.Fault(line, "%s is None, which ends a phase of messages" % what)
    again = payload.numbered(0)
    if not _equal(payload, again, what, line, advice):
        raise userfiles.Fault(line, _unequal(payload.body, again, what, advice))
    try:
        carried = pickle.loads(pickle.dumps(again, compat.connection_protocol()))
    except Exception as error:
        text = "%s cannot be pickled: %s: %s" % (what, type(error).__name__, error)
        raise userfiles.Fault(line, text)
    if not _equal(payload, carried, what, line, advice):
        text = "%s is not equal to itself once it was pickled: give its class __eq__, or %s"
        raise userfiles.Fault(line, text % (what, advice))


def _unequal(one, other, what, advice):
    """Return why two messages that were made alike are not equal, and what to do."""
    one, other = _differing(one, other)
    name = type(one).__name__
    if type(one) is not type(other) and name == type(other).__name__:
        return "%s: its type %s is another class each time: define it at the top of the file" % (
            what, name,
        )
    if isinstance(one, types.FunctionType):
        return (
            "%s holds a function that is made each time (%s): define it at the top of the file"
            % (what, one.__name__)
        )
    if type(one) is type(other) and _compares_by_identity(type(one)):
        return "%s made twice is not equal to itself: give its class %s __eq__, or %s" % (
            what, name, advice,
        )
    return (
        "%s made two unequal messages: the same number must give the same content; if it does, %s"
        % (what, advice)
    )


def _differing(one, other):
    """Return the innermost parts in which two values differ."""
    while type(one) is type(other):
        if isinstance(one, dict) and set(one) == set(other):
            pairs = [(one[key], other[key]) for key in one]
        elif isinstance(one, (list, tuple)) and len(one) == len(other):
            pairs = list(zip(one, other))
        elif hasattr(one, "__dict__") and not _compares_by_identity(type(one)):
            pairs = [(value, vars(other).get(key)) for key, value in vars(one).items()]
        else:
            break
        parts = [pair for pair in pairs if not _plainly_equal(*pair)]
        if not parts:
            break
        one, other = parts[0]
    return one, other


def _plainly_equal(one, other):
    try:
        return type(one) is type(other) and bool(one == other)
    except Exception:
        return False


def _compares_by_identity(made):
    """Return whether a class leaves it to object which of its values are equal."""
    own = [name for base in made.__mro__[:-1] for name in vars(base)]
    return "__eq__" not in own and "__cmp__" not in own


def _equal(payload, other, what, line, advice):
    try:
        return bool(payload.same(other, payload.body))
    except Exception as error:
        text = "%s cannot be compared: %s: %s; %s"
        raise userfiles.Fault(line, text % (what, type(error).__name__, error, advice))
