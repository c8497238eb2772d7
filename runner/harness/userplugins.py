"""Transports, payloads and topologies in files of the user's own.

Such a file holds classes with a NAME, each derived from transports.Transport, payloads.base.Kind
or topologies.Topology. An instance of one takes the place of a module of ours, with the
same names (see the docstrings of the three packages). All that can be known of it without opening
a channel is looked at before it is used.
"""

from __future__ import absolute_import

import ast
import importlib
import json
import re
import sys

import compat
import userfiles
from userfiles import Fault

CONTROL = re.compile(u"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z")
KINDS = (
    ("transport", "transports", "Transport"),
    ("payload", "payloads", "Kind"),
    ("topology", "topologies", "Topology"),
)

TEXT = str if not compat.PY2 else type(u"").__mro__[1]  # novm: basestring


def _text(value):
    if not isinstance(value, TEXT) or len(value) > 200:
        return False
    plain = compat.as_text(value)
    return not CONTROL.search(plain) and json.loads(compat.as_json(plain)) == plain


def _names(value):
    return value is None or (
        isinstance(value, (tuple, list)) and all(isinstance(one, TEXT) for one in value)
    )


def _flag(value):
    return isinstance(value, bool)


ATTRIBUTES = {
    "LABEL": (_text, "a line of text"),
    "SUMMARY": (lambda value: _text(value) and value, "one sentence"),
    "PARAMETER": (_text, "a line of text, or empty"),
    "ROLE": (("objects", "bound", "threads").__contains__, "objects, bound or threads"),
    "LAUNCH": (("process", "thread", "pool").__contains__, "process, thread or pool"),
    "HANDED": (("argument", "initializer").__contains__, "argument or initializer"),
    "SHARED": (_flag, "True or False"),
    "DUPLEX": (_flag, "True or False"),
    "POLLS": (_flag, "True or False"),
    "HELPER": (_flag, "True or False"),
    "NEEDS_POLL": (_flag, "True or False"),
    "WAITS": (_flag, "True or False"),
    "START_METHODS": (_names, "a tuple of start methods, or None"),
    "PAYLOADS": (_names, "a tuple of names of payloads, or None"),
    "TOPOLOGIES": (_names, "a tuple of names of topologies, or None"),
    "ITEM_BYTES": (
        lambda value: value is None or (isinstance(value, int) and value > 0),
        "a number of bytes, or None",
    ),
    "MOST_WORKERS": (lambda value: value in (None, 1), "1, or None for any number"),
}
"""What each name may be, and how a fault says so."""

METHODS = {
    "transport": (
        ("supported", 0), ("sender", 2), ("receiver", 2), ("close", 1), ("facts", 1),
        ("helper_usage", 1),
    ),
    "payload": (("supported", 0), ("build", 1)),
    "topology": (
        ("supported", 0), ("layout", 2), ("produce", 2), ("work", 2), ("check_produce", 2),
        ("check_work", 2),
    ),
}
"""The methods that each must have, and with how many arguments they are called."""

LAZY = 0x20 | 0x80 | 0x200  # generator, coroutine, generator of a coroutine


def load(kind, name):
    """Return the object that replaces the module of that name; None if no file has it.

    Where a file cannot be read that could have it, what is wrong with it is raised.
    """
    trouble = None
    known = [one for one in userfiles.files() if one.plugin and not one.fault]
    # Files may do anything when they are loaded: those that do not mention the name come last.
    for one in sorted(known, key=lambda one: name.encode("ascii", "replace") not in one.read()):
        try:
            found = entries(one)
        except Exception as error:
            trouble = error
            continue
        for other_kind, other, made in found:
            if (other_kind, other) == (kind, name):
                return made
    if trouble is not None:
        raise trouble
    return None


class Described(object):
    """What is known of a class of the user's own without its file."""

    def __init__(self, kind, name, reason, attributes):
        self.kind = kind
        self.name = str(name)
        self.reason = reason
        self.__dict__.update(attributes)


def described(kind):
    """Return the Described of one kind in files without a fault, in the order of the files."""
    known = [one.found.get("plugin", []) for one in userfiles.files() if not one.fault]
    return [Described(*each) for found in known for each in found if each[0] == kind]


def names(kind):
    """Return the names of one kind in files without a fault, in the order of the files."""
    return tuple(one.name for one in described(kind))


def reasons(kind):
    """Return for each such name "" or the reason why this interpreter cannot."""
    return dict((one.name, one.reason) for one in described(kind))


def entries(one):
    """Return (kind, name, instance) for each class of a file that has a NAME; Fault else."""
    if one.entries is None:
        one.entries = _entries(one)
    return one.entries


def look(one):
    """Return the arguments of a Described for each class of a file; Fault for what is wrong."""
    taken = dict(
        (each[1], other.shown)
        for other in userfiles.files()
        for each in other.found.get("plugin", [])
    )
    found = []
    for kind, name, made in entries(one):
        line = one.line_of(ast.ClassDef, type(made).__name__)
        if name in taken:
            raise Fault(line, "%s %s is in %s already" % (kind, name, taken[name]))
        why = made.supported()
        if not _text(why):
            raise Fault(line, "supported() of %s gives %r, not one line of text" % (name, why))
        if kind == "payload" and not why:
            _check_payload(one, name, made, line)
        taken[name] = one.shown
        given = [key for key in ATTRIBUTES if hasattr(made, key)]
        attributes = dict(((key, getattr(made, key)) for key in given), line=line)
        found.append([kind, name, why, attributes])
    return found


def _check_payload(one, name, made, line):
    from payloads import Payload, own

    try:
        payload = made.build("")
    except Exception as error:
        at = userfiles.line_in(one, sys.exc_info()[2]) or line
        text = (
            'payload %s: build("") raises %s: %s; it is called for the bare name, without a '
            "parameter, which needs a default"
        )
        raise Fault(at, text % (name, type(error).__name__, error))
    if not hasattr(payload, "body"):
        made_of = type(payload).__name__
        if not isinstance(payload, Payload):
            what = 'payload %s: build("") gives a value of type %s, not a payloads.Payload'
            raise Fault(line, what % (name, made_of))
        at = one.line_of(ast.ClassDef, made_of) or line
        raise Fault(at, "%s does not call Payload.__init__(self)" % made_of)
    advice = "give class %s a method same(self, one, other)" % type(payload).__name__
    own.check(payload, "message 0 of payload " + name, line, advice)


def misspelt():
    """Return (file, Fault) where a transport names a topology or the like that there is not.

    To be asked once all files are known: a transport may name what another file has.
    """
    import describe
    import payloads
    import topologies

    known = (
        ("TOPOLOGIES", "topology", topologies.NAMES + names("topology")),
        ("PAYLOADS", "payload", payloads.NAMES + names("payload")),
        ("START_METHODS", "start method", describe.START_METHODS),
    )
    found = []
    for one in userfiles.files():
        for made in [Described(*each) for each in one.found.get("plugin", [])]:
            for attribute, what, those in known:
                # A name with a dot is a file's: of those a matrix has what it names.
                for name in getattr(made, attribute, None) or ():
                    if name not in those and not (attribute == "PAYLOADS" and "." in name):
                        text = "transport %s: %s: unknown %s %s; %s" % (
                            made.name, attribute, what, json.dumps(name),
                            userfiles.nearest(name, those),
                        )
                        if what != "start method":
                            text += "; one of your own: name its file under plugins"
                        found.append((one, Fault(made.line, text)))
    return found


def doubled():
    """Return (file, Fault) where a label is that of another: reports could not tell them apart."""
    found = []
    for kind, package, _ in KINDS:
        table = importlib.import_module(package)
        taken = dict((getattr(table.load(name), "LABEL", name), name) for name in table.NAMES)
        for one in userfiles.files():
            for made in [Described(*each) for each in one.found.get("plugin", [])]:
                if made.kind == kind and taken.setdefault(made.LABEL, made.name) != made.name:
                    text = "%s %s: LABEL is %s, which is the label of %s: give it another one"
                    text %= (kind, made.name, made.LABEL, taken[made.LABEL])
                    found.append((one, Fault(made.line, text)))
    return found


def _entries(one):
    module = one.load()
    classes = [
        (one.line_of(ast.ClassDef, value.__name__), value)
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and "NAME" in vars(value)
    ]
    if not classes:
        raise Fault(
            0,
            "defines nothing: a transport is a class with NAME derived from transports.Transport, "
            "a payload one from payloads.Kind, a topology one from topologies.Topology; leave "
            "files of functions, and what others only import, out of plugins",
        )
    ordered = sorted(classes, key=lambda each: each[0])
    return [_entry(one, line, made) for line, made in ordered]


def _entry(one, line, made):
    for kind, package, base in KINDS:
        table = importlib.import_module(package)
        if not issubclass(made, getattr(table, base)):
            continue
        name = made.NAME
        if not isinstance(name, TEXT) or not NAME.match(name):
            what = "class %s: NAME is %.60r, not a word of a-z, 0-9 and _ that begins with a letter"
            raise Fault(line, what % (made.__name__, name))
        if name in table.NAMES or (kind, name) == ("payload", "fresh"):
            raise Fault(line, "%s %s is there already: give it another NAME" % (kind, name))
        made.LABEL = vars(made).get("LABEL") or str(name)  # not that of a class it is derived from
        for attribute, (accepts, wanted) in ATTRIBUTES.items():
            if hasattr(made, attribute) and not accepts(getattr(made, attribute)):
                what = "%s %s: %s is %.60r, not %s"
                given = getattr(made, attribute)
                raise Fault(line, what % (kind, name, attribute, given, wanted))
        _check_methods(one, kind, name, made, line)
        return kind, str(name), made()
    raise Fault(
        line,
        "class %s has a NAME, but is not derived from transports.Transport, payloads.Kind or "
        "topologies.Topology" % made.__name__,
    )


def _check_methods(one, kind, name, made, line):
    called = METHODS[kind]
    if kind == "transport":
        more = bool(getattr(made, "HELPER", False)) + bool(getattr(made, "PARAMETER", ""))
        called += (("open", 1 + more),)
        called += (("fit", 2),) if hasattr(made, "fit") else ()
        if made.LAUNCH == "pool" and not hasattr(made, "HANDED"):
            what = "transport %s: with LAUNCH pool it needs HANDED: argument or initializer"
            raise Fault(line, what % name)
    for method, count in called:
        function = getattr(made, method, None)
        if function is None:
            raise Fault(line, "%s %s has no method %s" % (kind, name, method))
        code = getattr(getattr(function, "__func__", function), "__code__", None)
        if code is None:  # not of Python
            continue
        at = code.co_firstlineno if code.co_filename == one.shown else line
        if code.co_flags & LAZY:
            what = "%s %s: %s gives a generator or a coroutine; it is called for its value"
            raise Fault(at, what % (kind, name, method))
        if code.co_flags & 4:  # *arguments
            continue
        plain = isinstance(_found(made, method), staticmethod)
        most = code.co_argcount - (0 if plain else 1)
        defaults = getattr(getattr(function, "__func__", function), "__defaults__", None) or ()
        if not most - len(defaults) <= count <= most:
            what = "%s %s: %s is called with %d arguments, and takes %d"
            raise Fault(at, what % (kind, name, method, count, most))


def _found(made, name):
    """Return the value of a name in a class or one of its bases, unbound."""
    return next(vars(base)[name] for base in made.__mro__ if name in vars(base))
