"""Inputs made at random: each is taken or refused by one of our own errors, and nothing else.

`python -m tests.fuzz TARGET N` tries N inputs; a target is one entry in `__main__.TARGETS`.
"""
