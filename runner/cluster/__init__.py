"""Sessions on other machines, by Dask distributed, which is imported inside functions only.

JSON and bytes are all that crosses; what a machine measures is in its spool before it is sent.
"""
