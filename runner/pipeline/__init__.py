"""The stages in order, a function a verb: the only package that knows two stages.

Each verb is imported from its own module, so that `check` waits for no library of the report.
"""
