"""Files of the user's own: looked at in time, faults told with the line, carried anywhere."""

from __future__ import absolute_import

import json
import os
import shutil
import sys
import tempfile
import unittest

from agents import HARNESS, OUTERMOST, Agent, living_in_session

sys.path.insert(0, HARNESS)

import compat  # noqa: E402
import guard  # noqa: E402
import processes  # noqa: E402
import userfiles  # noqa: E402

GOOD = """
class Order(object):
    def __init__(self, number):
        self.number = number
    def __eq__(self, other):
        return isinstance(other, Order) and self.number == other.number
    def __ne__(self, other):
        return not self == other

class Cloud(object):
    pass

def order(number):
    "An order."
    return Order(number)

def cloud(number):
    return Cloud()

def cloud_equal(one, other):
    return isinstance(one, Cloud) and isinstance(other, Cloud)
"""
FAULTY = {
    "syntax.py": ("def order(number):\n    return (", ":2: "),
    "raises.py": ("import os\n\nnowhere\n", ":3: NameError: name 'nowhere' is not defined"),
    "leaves.py": ("import sys\nsys.exit(5)\n", ":2: SystemExit: 5"),
    "imports.py": (
        "import sys\nimport nowhere_at_all\n",
        "; a file of your own: put it beside this one and import it by an import statement; a "
        "package: name it under packages",
    ),
    "named.py": (
        "class Order(object):\n    NAME = 'order'\n",
        "order is the NAME of a class: name the file under plugins, and write order alone",
    ),
    "exits.py": ("import os\nos._exit(5)\n", ":2: the process that loaded it ended"),
    "killed.py": (
        "import os\nos.kill(os.getpid(), 9)\n",
        ":2: the process that loaded it killed by signal 9",
    ),
    "loops.py": (
        "import time\nwhile True:\n    time.sleep(0.01)\n",
        "it is not loaded within 1 s",
    ),
    "threads.py": (
        "import threading, time\nt = threading.Thread(target=time.sleep, args=(60,))\n"
        "t.daemon = True\nt.start()\ndef order(number):\n    return 1\n",
        "it leaves a thread running",
    ),
    "forks.py": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n"
        "def order(number):\n    return 1\n",
        "it leaves a process running",
    ),
    "lacking.py": ("def odrer(number):\n    return 1\n", "no function order; did you mean odrer?"),
    "unequal.py": ("def order(number):\n    return object()\n", ":1: order(0) made twice is not"),
    "random.py": (
        "import itertools\nserial = itertools.count()\ndef order(number):\n"
        "    return {'id': next(serial)}\n",
        ":3: order(0) made two unequal messages: the same number must give the same content; if "
        "it does, write a function order_equal(one, other)",
    ),
    "lambda.py": (
        "def order(number):\n    return {'id': [lambda: number]}\n",
        ":1: order(0) holds a function that is made each time (<lambda>): define it at the top",
    ),
    "inside.py": (
        "def order(number):\n    class Local(object):\n        pass\n    return [Local()]\n",
        ":1: order(0): its type Local is another class each time: define it at the top of the file",
    ),
    "advice.py": (
        "class Seats(object):\n    pass\ndef order(number):\n    return Seats()\n",
        ":3: order(0) made twice is not equal to itself: give its class Seats __eq__, or write a "
        "function order_equal(one, other)",
    ),
    "nothing.py": ("def order(number):\n    return None\n", ":1: order(0) is None, which ends"),
    "local.py": (
        "def order(number):\n    class Local(object):\n        pass\n    return Local()\n"
        "def order_equal(one, other):\n    return True\n",
        ":1: order(0) cannot be pickled",
    ),
    "broken.json": ("{", "broken.json: "),
    "broken.pkl": ("no pickle", "broken.pkl: "),
}
PLUGIN = """
from payloads import Kind, Payload
from topologies import Topology, one_to_one
from transports import Transport, pipe

class Pigeon(Transport):
    NAME = "pigeon"
    LABEL = "Carrier pigeon"
    SUMMARY = "a transport of a test"
    DUPLEX = True

    def open(self, context):
        return pipe.open(context)

    def sender(self, channel, side):
        return pipe.sender(channel, side)

    def receiver(self, channel, side):
        return pipe.receiver(channel, side)

    def close(self, channel):
        pipe.close(channel)

class Dodo(Pigeon):
    NAME = "dodo"
    def supported(self):
        return "it died out"

class Tree(Payload):
    def __init__(self, depth):
        self.depth = depth
        Payload.__init__(self)
    def numbered(self, number):
        return [number] * self.depth

class TreeKind(Kind):
    NAME = "tree"
    SUMMARY = "a list"
    PARAMETER = "items"
    def build(self, parameter):
        return Tree(int(parameter or 3))

class Relay(Topology):
    NAME = "relay"
    SUMMARY = "one to one under another name"
    MOST_WORKERS = 1
    layout = staticmethod(one_to_one.layout)
    produce = staticmethod(one_to_one.produce)
    work = staticmethod(one_to_one.work)
"""
FAULTY_PLUGINS = (
    ("", "", "defines nothing: a transport is a class with NAME"),
    ('NAME = "pigeon"', 'NAME = "queue"', ":6: transport queue is there already"),
    ('NAME = "pigeon"', 'NAME = "evil\\x1b[31m"', ":6: class Pigeon: NAME is"),
    ('"Carrier pigeon"', '"two\\nlines"', ":6: transport pigeon: LABEL is"),
    ('"a transport of a test"', '""', ":6: transport pigeon: SUMMARY is '', not one sentence"),
    ('NAME = "pigeon"', 'NAME = "pigeon\\n"', ":6: class Pigeon: NAME is 'pigeon\\n', not a word"),
    ('"a transport of a test"', 'u"\\ud800"', ":6: transport pigeon: SUMMARY is"),
    (
        "return pipe.sender(channel, side)",
        "yield pipe.sender(channel, side)",
        ":15: transport pigeon: sender gives a generator or a coroutine",
    ),
    ('NAME = "tree"', 'NAME = "fresh"', ":36: payload fresh is there already"),
    ("DUPLEX = True", "DUPLEX = 1", ":6: transport pigeon: DUPLEX is 1, not True or False"),
    ("DUPLEX = True", 'ROLE = "mine"', ":6: transport pigeon: ROLE is 'mine', not objects, bound"),
    ("def sender(self, channel, side)", "def send(self, channel, side)", "has no method sender"),
    ("def sender(self, channel, side)", "def sender(self, channel)", ":15: transport pigeon: s"),
    ('return "it died out"', "return None", ":24: supported() of dodo gives None"),
    ("        Payload.__init__(self)\n", "", ":29: Tree does not call Payload.__init__(self)"),
    (
        "parameter or 3",
        "parameter",
        ':41: payload tree: build("") raises ValueError: invalid literal for int() with base 10: '
        "''; it is called for the bare name, without a parameter, which needs a default",
    ),
    ("return [number] * self.depth", "return None", ":36: message 0 of payload tree is None"),
    ("class Relay(Topology)", "class Relay(object)", ":43: class Relay has a NAME, but is not"),
    ('NAME = "dodo"', 'NAME = "pigeon"', ":24: transport pigeon is in ./plugin.py already"),
)


def put(folder, contents, functions=("order",), plugin=False, helpers=()):
    """Lay files out as the orchestrator does; `helpers` are only imported by others."""
    manifest = []
    for name, text in contents.items():
        with open(os.path.join(folder, name), "w") as stream:
            stream.write(text)
        manifest.append({"name": name, "shown": "./" + name})
        manifest[-1]["functions"] = [] if name in helpers else functions
        manifest[-1]["plugin"] = plugin and name not in helpers
    with open(os.path.join(folder, ".manifest.json"), "w") as stream:
        json.dump(manifest, stream)


class UserFilesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()

    def tearDown(self):
        shutil.rmtree(self.folder)

    def test_a_fault_has_its_file_and_line_and_leaves_no_process(self):
        put(self.folder, dict((name, text) for name, (text, _) in FAULTY.items()))
        usual = userfiles.LOADING
        userfiles.LOADING = 1.0
        try:
            found = self.examined()
        finally:
            userfiles.LOADING = usual
        for name, (_, expected) in FAULTY.items():
            self.assertTrue(found[name].startswith("./" + name), (name, found[name]))
            self.assertIn(expected, found[name])
        self.assertFalse(processes.has_children())

    def test_a_fault_of_a_plugin_has_its_line(self):
        contents = {"plugin0.py": "import os"}
        expected = {"plugin0.py": FAULTY_PLUGINS[0][2]}
        for number, (old, new, said) in enumerate(FAULTY_PLUGINS[1:], 1):
            self.assertIn(old, PLUGIN)
            contents["plugin%d.py" % number] = PLUGIN.replace(old, new, 1)
            expected["plugin%d.py" % number] = said.replace("plugin.py", "plugin%d.py" % number)
        put(self.folder, contents, (), plugin=True)
        found = self.examined()
        for name, said in expected.items():
            self.assertIn(said, found[name])

    def test_names_that_a_transport_lists_may_be_in_another_file(self):
        lists = "    TOPOLOGIES = ['one_to_one', 'relay']\n    PAYLOADS = ['tree', 'mine.py:o']\n"
        lister = (
            PLUGIN.partition("class Dodo")[0]
            .replace('"pigeon"', '"owl"')
            .replace('"Carrier pigeon"', '"Owl"')
            + lists
            + "    START_METHODS = %s\n"
        )
        put(
            self.folder,
            {"lister.py": lister % ["fork"], "plugin.py": PLUGIN},
            (),
            plugin=True,
        )
        self.assertEqual(self.examined(), {"lister.py": "", "plugin.py": ""})
        put(
            self.folder,
            {"lister.py": lister % ["frok"], "plugin.py": PLUGIN},
            (),
            plugin=True,
        )
        userfiles._known.clear()
        said = self.examined()
        self.assertIn(
            './lister.py:6: transport owl: START_METHODS: unknown start method "frok"; '
            "did you mean fork?",
            said["lister.py"],
        )
        self.assertEqual(said["plugin.py"], "")

    def examined(self):
        os.environ[userfiles.FOLDER] = self.folder
        compat.adopt_orphans()
        held = guard.Folder()
        try:
            userfiles.examine(held)
            return dict((one.name, one.fault) for one in userfiles.files())
        finally:
            del os.environ[userfiles.FOLDER]
            held.remove()

    def test_many_files_that_hang_are_not_waited_for_as_long_as_one(self):
        names = ["a.py", "b.py"]
        put(self.folder, dict.fromkeys(names, "import time\ntime.sleep(60)\n"))
        usual = userfiles.ALTOGETHER
        userfiles.ALTOGETHER = 0.0
        try:
            found = self.examined()
        finally:
            userfiles.ALTOGETHER = usual
        for name in names:
            self.assertIn("it is not loaded within 1 s", found[name])

    def test_a_label_that_another_has_is_refused(self):
        put(self.folder, {"plugin.py": PLUGIN.replace("Carrier pigeon", "Queue")}, (), plugin=True)
        self.assertIn(
            "./plugin.py:6: transport pigeon: LABEL is Queue, which is the label of queue",
            self.examined()["plugin.py"],
        )

    def test_files_of_any_editor_are_read(self):
        text = b"def order(number):\n    return number, 'gr\xc3\xbcn'\n"
        contents = {
            "bom.py": b"\xef\xbb\xbf" + text,
            "windows.py": text.replace(b"\n", b"\r\n"),
            "cookie.py": b"# -*- coding: latin-1 -*-\n" + text,
            "plain.py": b"# -*- coding: utf-8 -*-\n" + text,
        }
        put(self.folder, dict.fromkeys(contents, ""))
        for name, content in contents.items():
            with open(os.path.join(self.folder, name), "wb") as stream:
                stream.write(content)
        self.assertEqual(self.examined(), dict.fromkeys(contents, ""))

    def test_a_plugin_works_with_every_start_method(self):
        put(self.folder, {"plugin.py": PLUGIN}, (), plugin=True)
        with Agent(self.folder) as agent:
            known = agent.ask(op="describe")["describe"]
            self.assertEqual(known["faults"], {})
            self.assertEqual(known["transports"]["pigeon"], "")
            self.assertEqual(known["transports"]["dodo"], "it died out")
            entry = known["registry"]["transport"][-2]
            self.assertEqual((entry["name"], entry["label"]), ("pigeon", "Carrier pigeon"))
            self.assertIn({"topology": ["relay"]}, [rule["names"] for rule in known["rules"]])
            methods = [name for name, reason in known["start_methods"].items() if not reason]
            shapes = [("relay", method) for method in methods] + [("request_reply", "default")]
            trials = [
                {"transport": "pigeon", "payload": "tree:4", "topology": topology,
                 "start_method": method}
                for topology, method in shapes
            ]
            for record, trial in zip(agent.run(trials), trials):
                self.assertEqual(record["status"], "ok", (trial, record["detail"]))

    def test_messages_of_its_classes_arrive_with_every_start_method(self):
        contents = {"messages.py": GOOD, "data.json": '{"id": 1, "tags": ["a", "b"]}'}
        put(self.folder, contents, ("order", "cloud"))
        with Agent(self.folder) as agent:
            known = agent.ask(op="describe")["describe"]
            self.assertEqual(known["faults"], {})
            values = ["messages.py:order", "messages.py:cloud", "data.json"]
            fresh = ["fresh:messages.py:order", "fresh:data.json", "fresh:str:9", "fresh:int"]
            listed = [one["name"] for one in known["registry"]["payload"]]
            self.assertEqual(listed[-3:], values)
            methods = [name for name, reason in known["start_methods"].items() if not reason]
            trials = [
                {"payload": value, "transport": transport}
                for value in values + fresh[:1]
                for transport in ("pipe", "queue", "thread_queue")
            ]
            trials += [
                {"payload": value, "start_method": method}
                for value in ([values[0], values[2], fresh[0]] if OUTERMOST else values[:1])
                for method in methods
            ]
            trials += [{"payload": value} for value in fresh[1:]]
            for record, trial in zip(agent.run(trials), trials):
                self.assertEqual(record["status"], "ok", (trial, record["detail"]))
            self.assertEqual(living_in_session(agent.process.pid), [])

    def test_files_that_others_import_are_one_module_under_each_name(self):
        """And on 2.7 as well, the standard library goes first: a file beside is never meant."""
        main = (
            "import json\nimport prices\nfrom plugins import prices as same\n"
            "from . import prices as relative\nfrom prices import Price\n"
            "assert prices is same is relative\nassert prices.__name__ == 'plugins.prices'\n"
            "assert json.loads('1') == 1\n"
            "def order(number):\n    import late\n    return Price(late.doubled(number))\n"
        )
        prices = GOOD.replace("Order", "Price")
        late = "def doubled(number):\n    return 2 * number\n"
        broken = "import messages\nraise RuntimeError(messages.__name__)\n"
        contents = {"messages.py": main, "prices.py": prices, "late.py": late, "json.py": broken}
        put(self.folder, contents, helpers=("prices.py", "late.py", "json.py"))
        with Agent(self.folder) as agent:
            known = agent.ask(op="describe")["describe"]
            fault = "./json.py:2: RuntimeError: plugins.messages"
            self.assertEqual(known["faults"], {"json.py": fault})
            methods = [name for name, reason in known["start_methods"].items() if not reason]
            trials = [
                {"payload": "messages.py:order", "start_method": method} for method in methods
            ] + [{"payload": "messages.py:order", "transport": "queue"}]
            trials.append({"payload": "fresh:messages.py:order"})
            for record, trial in zip(agent.run(trials), trials):
                self.assertEqual(record["status"], "ok", (trial, record["detail"]))

    def test_a_message_that_fails_later_shows_the_line_as_the_user_names_it(self):
        text = "def order(number):\n    return 1 // (number - 3 or 0)\n"
        put(self.folder, {"late.py": text})
        with Agent(self.folder) as agent:
            record = agent.run([{"payload": "late.py:order"}])[0]
        self.assertEqual(record["status"], "failed")
        self.assertIn('File "./late.py", line 2, in order\n    return 1 //', record["detail"])

    def test_what_a_file_does_to_its_process_is_not_done_to_other_trials(self):
        """Neither to the agent, which describes it without ever loading it."""
        rude = PLUGIN + (
            "\nimport gc, os, signal, sys, tempfile, time, warnings\nimport compat\n"
            "compat.now = time.sleep = None\n"
            "os.chdir('/')\n"
            "os.closerange(0, 3)\n"
            "os.environ.clear()\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            "warnings.simplefilter('error')\n"
            "gc.disable()\n"
            "for name in ('json', 'select', 'traceback', 'transports.pipe', 'guard'):\n"
            "    sys.modules.pop(name, None)\n"
        )
        put(self.folder, {"plugin.py": rude, "messages.py": GOOD}, ("order",), plugin=True)
        manifest = os.path.join(self.folder, ".manifest.json")
        with open(manifest) as stream:
            entries = json.load(stream)
        for entry in entries:
            entry["plugin"] = entry["name"] == "plugin.py"
            entry["functions"] = [] if entry["plugin"] else ["order"]
        with open(manifest, "w") as stream:
            json.dump(entries, stream)
        with Agent(self.folder) as agent:
            known = agent.ask(op="describe")["describe"]
            self.assertEqual(known["faults"], {})
            trials = [{"transport": one} for one in ("pipe", "pigeon", "pipe", "pigeon", "queue")]
            trials += [{"payload": "messages.py:order"}, {"payload": "tree:4"}, {}]
            found = [one["status"] for one in agent.run([dict(one, timeout=5.0) for one in trials])]
            fine = [found[place] for place in (0, 2, 4, 5, 7)]
            self.assertEqual(fine, ["ok"] * 5)
            self.assertNotEqual([found[place] for place in (1, 3, 6)], ["ok"] * 3)
            self.assertEqual(living_in_session(agent.process.pid), [])

    def test_a_file_that_is_not_asked_for_is_not_loaded(self):
        contents = {"first.py": PLUGIN, "second.py": PLUGIN}
        for old, new in (("pigeon", "crow"), ("dodo", "moa"), ("tree", "bush"), ("relay", "chain")):
            contents["second.py"] = contents["second.py"].replace('"%s"' % old, '"%s"' % new)
        put(self.folder, contents, (), plugin=True)
        os.environ[userfiles.FOLDER] = self.folder
        try:
            import userplugins

            self.assertEqual(userplugins.load("transport", "crow").NAME, "crow")
            self.assertNotIn("plugins.first", sys.modules)
        finally:
            del os.environ[userfiles.FOLDER]


if __name__ == "__main__":
    unittest.main()
