"""The run folder's format: its columns, how it is written, resumed, read and checked.

`folder` and `dataset` read a whole one, by pandas; they are imported where that is done.
"""
