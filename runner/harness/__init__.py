"""The harness: run by path under any Python from 2.7 on, never imported by the orchestrator.

This file makes the folder part of the installed package; the program does not read it.
"""
