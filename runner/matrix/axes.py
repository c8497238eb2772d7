"""The models of everything that names axes: values, single points, filters and compared axes.

Keys that the file leaves out are not set; the defaults here are never read.
"""

from typing import Annotated

from annotated_types import MinLen

from runner.matrix.fields import Keys, Named, OneOrMore

Values = MinLen(1)

Python = Annotated[str, Named("python")]
PythonOrStanding = Annotated[str, Named("python", listed=True)]
Transport = Annotated[str, Named("transport")]
Payload = Annotated[str, Named("payload")]
Topology = Annotated[str, Named("topology")]
Workers = Annotated[str, Named("workers")]
StartMethod = Annotated[str, Named("start_method")]
Placement = Annotated[str, Named("placement")]
Messages = Annotated[str, Named("messages")]


class SomeAxes(Keys):
    """The values of some axes. Every cell of their product is measured."""

    python: Annotated[tuple[PythonOrStanding, ...], Values] = ()
    """Interpreters, such as 2.7, 3.11, 3.14t or pypy3.11; found: all on this machine;
    oldest, newest: of those that are measured."""
    transport: Annotated[tuple[Transport, ...], Values] = ()
    """Transports: ways to pass messages."""
    payload: Annotated[tuple[Payload, ...], Values] = ()
    """Messages; int if not listed."""
    topology: Annotated[tuple[Topology, ...], Values] = ()
    """Who sends to whom; one_to_one if not listed."""
    workers: Annotated[tuple[Workers, ...], Values] = ()
    """Number of worker processes; 1 if not listed."""
    start_method: Annotated[tuple[StartMethod, ...], Values] = ()
    """How processes start; the interpreter's default if not listed."""
    placement: Annotated[tuple[Placement, ...], Values] = ()
    """Cores that the processes may use; free if not listed."""
    messages: Annotated[tuple[Messages, ...], Values] = ()
    """Messages of a trial; auto (as many as the target time takes) if not listed."""


class Grid(Keys):
    """A further product, planned in addition to that of the axes: a value or a list for each axis.

    A grid that does not name python or transport takes those of the axes. Every other axis that
    it does not name has its default: int, one_to_one, 1, default, free, auto.
    """

    python: Annotated[tuple[PythonOrStanding, ...], Values, OneOrMore()] = ()
    """Interpreters; those of the axes if not named."""
    transport: Annotated[tuple[Transport, ...], Values, OneOrMore()] = ()
    """Transports; those of the axes if not named."""
    payload: Annotated[tuple[Payload, ...], Values, OneOrMore()] = ()
    """Messages; int if not named."""
    topology: Annotated[tuple[Topology, ...], Values, OneOrMore()] = ()
    """Who sends to whom; one_to_one if not named."""
    workers: Annotated[tuple[Workers, ...], Values, OneOrMore()] = ()
    """Number of worker processes; 1 if not named."""
    start_method: Annotated[tuple[StartMethod, ...], Values, OneOrMore()] = ()
    """How processes start; the interpreter's default if not named."""
    placement: Annotated[tuple[Placement, ...], Values, OneOrMore()] = ()
    """Cores that the processes may use; free if not named."""
    messages: Annotated[tuple[Messages, ...], Values, OneOrMore()] = ()
    """Messages of a trial; auto if not named."""


class CellPoint(Keys):
    """One value on some of the axes."""

    python: Python = ""
    transport: Transport = ""
    payload: Payload = ""
    topology: Topology = ""
    workers: Workers = ""
    start_method: StartMethod = ""
    placement: Placement = ""
    messages: Messages = ""


class Inclusion(CellPoint):
    """One value on some of the axes; python: found means one entry per interpreter."""

    python: PythonOrStanding = ""


class Filter(Keys):
    """Cells with one of the listed values on every axis named; {} means all cells."""

    python: Annotated[tuple[PythonOrStanding, ...], Values] = ()
    transport: Annotated[tuple[Transport, ...], Values] = ()
    payload: Annotated[tuple[Payload, ...], Values] = ()
    topology: Annotated[tuple[Topology, ...], Values] = ()
    workers: Annotated[tuple[Workers, ...], Values] = ()
    start_method: Annotated[tuple[StartMethod, ...], Values] = ()
    placement: Annotated[tuple[Placement, ...], Values] = ()
    messages: Annotated[tuple[Messages, ...], Values] = ()


class ComparedAxes(Keys):
    """Axes to compare, each with a filter of the cells that take part."""

    python: Filter = Filter()
    transport: Filter = Filter()
    payload: Filter = Filter()
    topology: Filter = Filter()
    workers: Filter = Filter()
    start_method: Filter = Filter()
    placement: Filter = Filter()
    messages: Filter = Filter()
