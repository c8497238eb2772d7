"""Answers are lines of their own with the mark that was asked for, whatever else is printed."""

from __future__ import absolute_import

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

from agents import HARNESS, TRIAL

MARK = "0123456789abcdef:"
SITE = """
import atexit, os, sys
def late():
    print("late")
    sys.stdout.flush()
atexit.register(late)
sys.stdout.write("no end of this line")
"""


class AnswersTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        with open(os.path.join(self.folder, "sitecustomize.py"), "w") as stream:
            stream.write(SITE)

    def tearDown(self):
        shutil.rmtree(self.folder)

    def written(self, requests, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-B", "-s", HARNESS] + list(arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(os.environ, PYTHONPATH=self.folder),
            cwd="/",
        )
        lines = "".join(json.dumps(one) + "\n" for one in requests)
        out, err = process.communicate(lines.encode("ascii"))
        self.assertEqual(process.returncode, 0, err)
        lines = out.decode("ascii").split("\n")
        self.assertEqual(lines[0], "no end of this line")
        self.assertNotIn("late", lines)
        self.assertIn("late", err.decode("ascii"))
        others = [line for line in lines[1:] if line and not line.startswith(MARK)]
        self.assertEqual(others, [])
        return [json.loads(line[len(MARK) :]) for line in lines[1:] if line]

    def test_an_agent(self):
        run = {"op": "run", "id": "1", "trials": [dict(TRIAL, messages=9)]}
        requests = [dict(run, invocation="forked"), dict(run, invocation="fresh"), {"op": "exit"}]
        answers = self.written(requests, "agent", MARK)
        self.assertEqual(answers[0]["ready"], True)
        statuses = [one["record"]["status"] for one in answers if "record" in one]
        self.assertEqual(statuses, ["ok", "ok"], answers)

    def test_a_description(self):
        (answer,) = self.written([], "describe", MARK)
        self.assertIn("pipe", answer["transports"])
        (names,) = self.written([], "names", MARK)
        self.assertEqual(names, dict((name, answer[name]) for name in names))
        self.assertEqual(
            sorted(names), ["faults", "placements", "registry", "start_methods"]
        )


if __name__ == "__main__":
    unittest.main()
