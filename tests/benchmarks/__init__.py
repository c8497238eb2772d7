"""Benchmarks of the program itself: ratios of one run, never asserted by a test."""
