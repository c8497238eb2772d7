"""Builds without the GIL, by made answers: none can be had where these tests are written."""

from __future__ import absolute_import

import sys
import sysconfig
import unittest

from agents import HARNESS

sys.path.insert(0, HARNESS)
try:
    import compat
finally:
    sys.path.remove(HARNESS)

LACKING = object()


class BuildTest(unittest.TestCase):
    def answers(self, owner, name, value):
        """Let `owner` have an attribute, or lack it, until the test ends."""
        before = getattr(owner, name, LACKING)

        def put(wanted):
            if wanted is not LACKING:
                setattr(owner, name, wanted)
            elif hasattr(owner, name):
                delattr(owner, name)

        self.addCleanup(put, before)
        put(value)

    def test_a_build_without_the_gil_has_a_t_in_its_name(self):
        for answer, name in ((1, "cpythont"), (0, "cpython"), (None, "cpython")):
            self.answers(sysconfig, "get_config_var", {"Py_GIL_DISABLED": answer}.get)
            self.answers(compat.platform, "python_implementation", lambda: "CPython")
            self.assertEqual(compat.implementation(), name)

    def test_the_gil_is_off_only_where_the_interpreter_says_so(self):
        for asked, answer in ((lambda: False, "no"), (lambda: True, "yes"), (LACKING, "yes")):
            self.answers(sys, "_is_gil_enabled", asked)
            self.assertEqual(compat.gil(), answer)


if __name__ == "__main__":
    unittest.main()
