"""The models of everything that names axes: values, single points, filters and compared axes.

What is not written in the file is not set; the defaults here are never read.
"""

from typing import Annotated

from annotated_types import MinLen

from runner.matrix.fields import Keys, Named, OneOrMore

Values = MinLen(1)

Python = Annotated[str, Named("python")]
PythonOrFound = Annotated[str, Named("python", listed=True)]
Transport = Annotated[str, Named("transport")]
Payload = Annotated[str, Named("payload")]
Topology = Annotated[str, Named("topology")]
Workers = Annotated[str, Named("workers")]
StartMethod = Annotated[str, Named("start_method")]
Placement = Annotated[str, Named("placement")]
Messages = Annotated[str, Named("messages")]


class SomeAxes(Keys):
    """The values of some axes. Every cell of their product is measured."""

    python: Annotated[tuple[PythonOrFound, ...], Values] = ()
    """Interpreters, as in 2.7, 3.11, 3.14t or pypy3.11; found: every one of this machine."""
    transport: Annotated[tuple[Transport, ...], Values] = ()
    """How messages travel."""
    payload: Annotated[tuple[Payload, ...], Values] = ()
    """What a message is; int where not listed."""
    topology: Annotated[tuple[Topology, ...], Values] = ()
    """Who sends to whom; one_to_one where not listed."""
    workers: Annotated[tuple[Workers, ...], Values] = ()
    """Worker processes; 1 where not listed."""
    start_method: Annotated[tuple[StartMethod, ...], Values] = ()
    """How processes start; the interpreter's default where not listed."""
    placement: Annotated[tuple[Placement, ...], Values] = ()
    """On which cores they run; free where not listed."""
    messages: Annotated[tuple[Messages, ...], Values] = ()
    """Messages of a trial; auto (as many as the target takes) where not listed."""


class Grid(Keys):
    """A further product, planned beside that of the axes: a value or a list for each axis.

    python and transport are those of the axes where a grid does not name them. Every other axis
    that it does not name has its default: int, one_to_one, 1, default, free, auto.
    """

    python: Annotated[tuple[PythonOrFound, ...], Values, OneOrMore()] = ()
    """Interpreters; those of the axes where not named."""
    transport: Annotated[tuple[Transport, ...], Values, OneOrMore()] = ()
    """How messages travel; as on the axes where not named."""
    payload: Annotated[tuple[Payload, ...], Values, OneOrMore()] = ()
    """What a message is; int where not named."""
    topology: Annotated[tuple[Topology, ...], Values, OneOrMore()] = ()
    """Who sends to whom; one_to_one where not named."""
    workers: Annotated[tuple[Workers, ...], Values, OneOrMore()] = ()
    """Worker processes; 1 where not named."""
    start_method: Annotated[tuple[StartMethod, ...], Values, OneOrMore()] = ()
    """How processes start; the interpreter's default where not named."""
    placement: Annotated[tuple[Placement, ...], Values, OneOrMore()] = ()
    """On which cores they run; free where not named."""
    messages: Annotated[tuple[Messages, ...], Values, OneOrMore()] = ()
    """Messages of a trial; auto where not named."""


class Point(Keys):
    """One value on some of the axes."""

    python: Python = ""
    transport: Transport = ""
    payload: Payload = ""
    topology: Topology = ""
    workers: Workers = ""
    start_method: StartMethod = ""
    placement: Placement = ""
    messages: Messages = ""


class Inclusion(Point):
    """One value on some of the axes; python: found stands for an entry for each interpreter."""

    python: PythonOrFound = ""


class Filter(Keys):
    """The cells that have one of the values on each axis named; {} takes every cell."""

    python: Annotated[tuple[Python, ...], Values] = ()
    transport: Annotated[tuple[Transport, ...], Values] = ()
    payload: Annotated[tuple[Payload, ...], Values] = ()
    topology: Annotated[tuple[Topology, ...], Values] = ()
    workers: Annotated[tuple[Workers, ...], Values] = ()
    start_method: Annotated[tuple[StartMethod, ...], Values] = ()
    placement: Annotated[tuple[Placement, ...], Values] = ()
    messages: Annotated[tuple[Messages, ...], Values] = ()


class ComparedAxes(Keys):
    """The axes that are compared, each with a filter of the cells that take part."""

    python: Filter = Filter()
    transport: Filter = Filter()
    payload: Filter = Filter()
    topology: Filter = Filter()
    workers: Filter = Filter()
    start_method: Filter = Filter()
    placement: Filter = Filter()
    messages: Filter = Filter()
