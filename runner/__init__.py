"""A benchmark matrix of Python versions, transports, payloads, topologies and worker counts."""

__version__ = "0.2.0"
