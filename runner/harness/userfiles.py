"""The user's own files: loaded only by path, each under one name in every process.

The folder that IPCMATRIX_FILES names holds their bytes and .manifest.json, a list of

    {"name": "messages.py", "shown": "./messages.py", "functions": ["order"], "plugin": false}

messages.py is the module plugins.messages, so that what it defines can be pickled under every
start method. Tracebacks name it as the user does.

Such a file may do anything: to the modules, signals, descriptors and clocks of its process as well.
It is looked at in a process of its own, under the guard, which reports what it found; after that
only trials load it, each in an invocation that no trial without it shares. The agent never does.
"""

from __future__ import absolute_import
import __future__

import difflib
import importlib
import json
import mmap
import os
import re
import struct
import sys
import threading
import traceback
import types

import compat
import guard
import processes

FOLDER = "IPCMATRIX_FILES"
LOADING = 8.0
"""Seconds that a file may take to be loaded and looked at."""

ALTOGETHER = 20.0
"""Seconds of all files after which each may take only one more: the agent is waited for."""

LONGEST = 300
"""Characters of an error that a fault repeats."""

_LINE = struct.Struct("<I")
_FLAGS = __future__.absolute_import.compiler_flag  # 2.7 looked beside the file first


class Fault(Exception):
    """A mistake in a file, and its line; 0 if in none."""

    def __init__(self, line, text):
        Exception.__init__(self, text)
        self.line = line
        self.text = text


class File(object):
    """One file: `name` is its own, `shown` the path that the user gave."""

    def __init__(self, folder, entry):
        self.path = os.path.join(folder, entry["name"])
        self.name = str(entry["name"])
        self.shown = str(entry["shown"])
        self.plugin = entry["plugin"]
        self.functions = [str(name) for name in entry["functions"]]
        self.module = "plugins." + re.sub(r"\W", "_", os.path.splitext(self.name)[0])
        self.fault = ""
        self.found = {}
        self.entries = None

    def read(self):
        with open(self.path, "rb") as stream:
            return stream.read()

    def load(self):
        """Return the module."""
        return importlib.import_module(self.module)

    def line_of(self, kind, name):
        """Return the line in which a function or class of that name is defined."""
        import ast

        for node in ast.parse(self.read()).body:
            if isinstance(node, kind) and node.name == name:
                return node.lineno
        return 0


class _Finder(object):
    """Finds the modules of the package plugins, and loads them, under 2.7 and 3.x alike.

    Files import each other as plugins.helpers or, as elsewhere, as helpers: the same module.
    """

    def find_spec(self, name, path=None, target=None):
        del path, target
        found = _file_of(name)
        if found is None:
            return None
        from importlib.machinery import ModuleSpec  # novm

        return ModuleSpec(name, self, origin=found.shown)

    def create_module(self, spec):
        found = _file_of(spec.name)
        if spec.name == found.module:
            return None
        module = found.load()
        spec.loader_state = module.__spec__  # importing it under the other name replaces it
        return module

    def exec_module(self, module):
        if module.__spec__.name == module.__name__:
            _execute(module)
        else:
            module.__spec__ = module.__spec__.loader_state

    def find_module(self, name, path=None):
        del path
        return self if _file_of(name) else None

    def load_module(self, name):
        found = _file_of(name)
        if name != found.module:
            module = sys.modules[name] = found.load()
            return module
        module = sys.modules[name] = types.ModuleType(name)
        module.__loader__ = self
        try:
            _execute(module)
        except BaseException:
            del sys.modules[name]
            raise
        return module

    def get_source(self, name):
        """Return the text of a module, of which tracebacks show lines."""
        found = _file_of(name).read()
        if compat.PY2:
            return found
        from importlib.util import decode_source  # novm

        return decode_source(found)


def _execute(module):
    found = _file_of(module.__name__)
    module.__file__ = found.shown
    code = compile(found.read(), found.shown, "exec", _FLAGS, True)
    exec(code, module.__dict__)  # noqa: S102


sys.meta_path.append(_Finder())

_known = {}


def files():
    """Return the files, in the manifest's order."""
    folder = os.environ.get(FOLDER, "")
    if folder not in _known:
        entries = []
        if folder:
            with open(os.path.join(folder, ".manifest.json")) as stream:
                entries = json.load(stream)
        _known[folder] = [File(folder, entry) for entry in entries]
    return _known[folder]


def _file_of(name):
    """Return the file of a module, which is in the package or named as its neighbours may."""
    whole = name if name.startswith("plugins.") else "plugins." + name
    return next((one for one in files() if one.name.endswith(".py") and one.module == whole), None)


def named(name):
    """Return the file of that name, or None."""
    return next((one for one in files() if one.name == name), None)


def used(spec):
    """Return the names of the files that a trial has to do with."""
    found = set()
    for axis in ("transport", "payload", "topology"):
        name, _, rest = str(spec.get(axis, "")).partition(":")
        if axis == "payload" and name == "fresh":
            name = rest.partition(":")[0]
        for one in files():
            own = [each[1] for each in one.found.get("plugin", []) if each[0] == axis]
            if name in own or (axis == "payload" and name == one.name):
                found.add(one.name)
    return found


def examine(folder):
    """Look at every file, each in a process of its own; its fault says what came of that."""
    until = compat.now() + ALTOGETHER
    for one in files():
        within = max(1.0, min(LOADING, until - compat.now()))
        answer = _examined(one, folder, within)
        one.fault, one.found = answer["fault"], answer["found"]
    if not any(one.fault for one in files()):  # the names of a faulty file are not known
        import userplugins

        wrong = userplugins.misspelt() + userplugins.doubled()
        for one, fault in reversed(wrong):  # the first of a file is reported
            one.fault, one.found = _at(one, fault.line, fault.text), {}


def nearest(name, known):
    """Return `did you mean ...? known: ...` for a message about an unknown name."""
    close = difflib.get_close_matches(name, known, 1)
    guess = "did you mean %s? " % close[0] if close else ""
    return "%sknown: %s" % (guess, ", ".join(known) or "none")


def _examined(one, folder, within):
    # Where it is just now, for the case that it never comes back to say so.
    place = mmap.mmap(-1, _LINE.size)
    running = guard.Invocation(folder, work=lambda emit: emit(_look(one, place)))
    try:
        answer = running.line(compat.now() + within)
        status = running.end(natural=answer is not None)
        problem = "the process that loaded it " + processes.ending(status)
    except guard.Overdue:
        answer = None
        running.end()
        problem = "it is not loaded within %.3g s" % within
    if not isinstance(answer, dict) or set(answer) != set(("fault", "found")):
        return {"fault": _at(one, _LINE.unpack(place[:])[0], problem), "found": {}}
    return answer


def _look(one, place):
    """Return {"fault", "found"} of a file, in a process that may be lost for it."""
    started = os.getpid()

    def trace(frame, event, argument):
        del event, argument
        if frame.f_code.co_filename != one.shown:
            return None
        place[:] = _LINE.pack(frame.f_lineno)
        return trace

    answer = {"fault": "", "found": {}}
    sys.settrace(trace)
    try:
        answer["found"] = _found(one)
    except BaseException:
        answer["fault"] = _sentence(one)
    finally:
        sys.settrace(None)
    if os.getpid() != started:
        os._exit(0)  # a fork of the file's own, which has come back as well
    line = _LINE.unpack(place[:])[0]
    if not answer["fault"] and threading.active_count() > 1:
        answer["fault"] = _at(one, line, "it leaves a thread running when it is loaded")
    if not answer["fault"] and processes.has_children():
        answer["fault"] = _at(one, line, "it leaves a process running when it is loaded")
    return answer


def _found(one):
    """Return {"payload": [entry], "plugin": [arguments of a Described]}; Fault where not."""
    import userplugins
    from payloads import own

    found = {"payload": own.look(one)}
    return dict(found, plugin=userplugins.look(one)) if one.plugin else found


def line_in(one, trace):
    """Return the innermost line of a file in a traceback; 0 if it is not in it."""
    lines = [step[1] for step in traceback.extract_tb(trace) if step[0] == one.shown]
    return lines[-1] if lines else 0


def _sentence(one):
    """Return the exception at hand as a fault of the file."""
    kind, error, trace = sys.exc_info()
    try:
        text = str(error).strip().split("\n")[0][:LONGEST]
    except Exception:
        text = "an error that cannot be printed"
    if isinstance(error, Fault):
        return _at(one, error.line, error.text)
    line = line_in(one, trace)
    if isinstance(error, SyntaxError) and error.filename == one.shown:
        line, text = error.lineno or 0, error.msg
    if isinstance(error, ImportError) and text.startswith("No module named"):
        text += (
            "; a file of your own: put it beside this one and import it by an import statement; a "
            "package: name it under packages, and import it inside the method that needs it"
        )
    return _at(one, line, "%s: %s" % (kind.__name__, text) if text else kind.__name__)


def _at(one, line, text):
    return "%s: %s" % ("%s:%d" % (one.shown, line) if line else one.shown, text)
